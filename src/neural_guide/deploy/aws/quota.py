"""The spot quota of a profile's machine, which stands before everything else."""

from typing import Any

from neural_guide.deploy.aws.client import Calls
from neural_guide.errors import UserError
from neural_guide.planning.machines import Spec

# Counted in vCPUs; by the letter that a type begins with. Looked up by name where the code is not known.
QUOTAS = {
    "c": ("L-34B43A08", "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests"),
    "g": ("L-3819A6DF", "All G and VT Spot Instance Requests"),
    "p": ("L-C4BD4855", "All P5 Spot Instance Requests"),
}
UNKNOWN = "L-85EED4F8"  # of the field report; no quota has it


def quota(calls: Calls, spec: Spec) -> list[str]:
    """Lines on what the quota is and what is needed; with the way to request more where it is too small."""
    code, name = QUOTAS[spec.instance[0]]
    found = _value(calls, code, name)
    lines = [f"{name} ({code}) in {calls.region}: {spec.instance} needs {spec.vcpus} vCPUs."]
    lines.append(f"{UNKNOWN}, which the field report named, is no known code.")
    if found is None:
        return [*lines, "Not asked (a dry run): cloud.dry_run=false asks. By default it is 0 for G, VT and P machines."]
    if found >= spec.vcpus:
        return [*lines, f"It is {found:.0f}: enough."]
    return [
        *lines,
        f"It is {found:.0f}: too little. Request more; approval takes hours to days, so this step comes first:",
        f"  aws service-quotas request-service-quota-increase --region {calls.region} --service-code ec2 "
        f"--quota-code {code} --desired-value {spec.vcpus}",
        f"  https://{calls.region}.console.aws.amazon.com/servicequotas/home/services/ec2/quotas/{code}",
    ]


def _value(calls: Calls, code: str, name: str) -> float | None:
    """vCPUs; None in a dry run.

    Raises:
        UserError: neither the code nor the name is known in this region.
    """
    asked = {"ServiceCode": "ec2", "QuotaCode": code}
    try:
        answer = calls.ask("service-quotas", "get_service_quota", asked, {})
        return float(answer["Quota"]["Value"]) if answer else None
    except UserError as error:
        if "NoSuchResourceException" not in str(error):
            raise
    calls.say(f"{code} is no known quota in {calls.region}; looking for its name.")
    for entry in _all(calls):
        if entry["QuotaName"] == name:
            return float(entry["Value"])
    raise UserError(
        f"No quota of EC2 in {calls.region} has the code {code} or the name '{name}'. Look it up: "
        f"aws service-quotas list-service-quotas --service-code ec2 --region {calls.region}"
    )


def _all(calls: Calls) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    parameters: dict[str, Any] = {"ServiceCode": "ec2"}
    while True:
        answer = calls.ask("service-quotas", "list_service_quotas", parameters, {"Quotas": []})
        found += answer["Quotas"]
        if not answer.get("NextToken"):
            return found
        parameters["NextToken"] = answer["NextToken"]
