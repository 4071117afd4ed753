"""Spot prices of the zones of a region, cheapest first."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from neural_guide.deploy.aws.client import AwsClient
from neural_guide.planning.machines import Spec

PERIOD = timedelta(hours=24)
MAX_ENTRIES = 500  # of the history


class ZonePrice(NamedTuple):
    """Spot price of a zone.

    Attributes:
        zone: name of the zone.
        latest: latest price, dollars an hour.
        highest: highest price of the last day, dollars an hour.
    """

    zone: str
    latest: float
    highest: float


def fetch_prices(client: AwsClient, spec: Spec) -> list[ZonePrice]:
    """Fetch the price of every zone, cheapest first; empty in a dry run."""
    parameters = {
        "InstanceTypes": [spec.instance],
        "ProductDescriptions": ["Linux/UNIX"],
        "StartTime": datetime.now(UTC) - PERIOD,
        "MaxResults": MAX_ENTRIES,
    }
    response = client.call("ec2", "describe_spot_price_history", parameters, {"SpotPriceHistory": []})
    history: dict[str, list[tuple[datetime, float]]] = {}
    for entry in response["SpotPriceHistory"]:
        history.setdefault(entry["AvailabilityZone"], []).append((entry["Timestamp"], float(entry["SpotPrice"])))
    prices = [
        ZonePrice(zone, latest=max(entries)[1], highest=max(price for _, price in entries))
        for zone, entries in history.items()
    ]
    return sorted(prices, key=lambda price: (price.latest, price.zone))


def describe_prices(prices: list[ZonePrice], max_price: float) -> list[str]:
    """Describe each zone in a line: its price, and whether it is below the highest price that may be paid."""
    lines = [
        f"{price.zone}: ${price.latest:.4f} an hour, at most ${price.highest:.4f} in the last day, "
        + ("below" if price.latest <= max_price else "above")
        + f" the cap of ${max_price:.2f}"
        for price in prices
    ]
    return lines or ["No prices: a dry run, or this type is not offered as spot here."]
