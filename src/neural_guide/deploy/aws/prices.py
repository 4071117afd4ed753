"""Spot prices of the zones of a region, cheapest first."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from neural_guide.deploy.aws.client import Calls
from neural_guide.planning.machines import Spec

PAST = timedelta(hours=24)
MOST = 500  # entries of the history


class ZonePrice(NamedTuple):
    """What a zone charges.

    Attributes:
        zone: its name.
        now: dollars an hour, the latest price.
        highest: of the last day.
    """

    zone: str
    now: float
    highest: float


def prices(calls: Calls, spec: Spec) -> list[ZonePrice]:
    """The zones, cheapest first; none in a dry run."""
    parameters = {
        "InstanceTypes": [spec.instance],
        "ProductDescriptions": ["Linux/UNIX"],
        "StartTime": datetime.now(UTC) - PAST,
        "MaxResults": MOST,
    }
    answer = calls.ask("ec2", "describe_spot_price_history", parameters, {"SpotPriceHistory": []})
    history: dict[str, list[tuple[datetime, float]]] = {}
    for entry in answer["SpotPriceHistory"]:
        history.setdefault(entry["AvailabilityZone"], []).append((entry["Timestamp"], float(entry["SpotPrice"])))
    found = [ZonePrice(zone, max(of)[1], max(price for _, price in of)) for zone, of in history.items()]
    return sorted(found, key=lambda each: (each.now, each.zone))


def judged(found: list[ZonePrice], cap: float) -> list[str]:
    """A line each: whether it is below the cap."""
    lines = [
        f"{each.zone}: ${each.now:.4f} an hour, at most ${each.highest:.4f} in the last day, "
        + ("below" if each.now <= cap else "above")
        + f" the cap of ${cap:.2f}"
        for each in found
    ]
    return lines or ["No prices: a dry run, or this type is not offered as spot here."]
