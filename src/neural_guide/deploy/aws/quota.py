"""The spot quota for a profile's machine: without it no machine is launched at all."""

from typing import Any

from neural_guide.deploy.aws.client import AwsClient
from neural_guide.errors import UserError
from neural_guide.planning.machines import Spec

# Counted in vCPUs; by the first letter of the machine type. Looked up by name if the code is not known.
QUOTAS = {
    "c": ("L-34B43A08", "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests"),
    "g": ("L-3819A6DF", "All G and VT Spot Instance Requests"),
    "p": ("L-C4BD4855", "All P5 Spot Instance Requests"),
}
UNKNOWN = "L-85EED4F8"  # of the field report; no quota has it


def check_quota(client: AwsClient, spec: Spec) -> list[str]:
    """Compare the quota with what the machine needs; lines on both, and how to request more if it is too small.

    Raises:
        UserError: neither the code nor the name of the quota is known in this region.
    """
    code, name = QUOTAS[spec.instance[0]]
    vcpus = _read_quota(client, code, name)
    lines = [f"{name} ({code}) in {client.region}: {spec.instance} needs {spec.vcpus} vCPUs."]
    lines.append(f"{UNKNOWN}, which the field report named, is no known code.")
    if vcpus is None:
        return [*lines, "Not asked (a dry run): cloud.dry_run=false asks. By default it is 0 for G, VT and P machines."]
    if vcpus >= spec.vcpus:
        return [*lines, f"It is {vcpus:.0f}: enough."]
    return [
        *lines,
        f"It is {vcpus:.0f}: too little. Request more; approval takes hours to days, so this step comes first:",
        f"  aws service-quotas request-service-quota-increase --region {client.region} --service-code ec2 "
        f"--quota-code {code} --desired-value {spec.vcpus}",
        f"  https://{client.region}.console.aws.amazon.com/servicequotas/home/services/ec2/quotas/{code}",
    ]


def _read_quota(client: AwsClient, code: str, name: str) -> float | None:
    """Read the quota in vCPUs; None in a dry run."""
    parameters = {"ServiceCode": "ec2", "QuotaCode": code}
    try:
        response = client.call("service-quotas", "get_service_quota", parameters, {})
        return float(response["Quota"]["Value"]) if response else None
    except UserError as error:
        if "NoSuchResourceException" not in str(error):
            raise
    client.say(f"{code} is no known quota in {client.region}; looking for its name.")
    for entry in _list_quotas(client):
        if entry["QuotaName"] == name:
            return float(entry["Value"])
    raise UserError(
        f"No quota of EC2 in {client.region} has the code {code} or the name '{name}'. Look it up: "
        f"aws service-quotas list-service-quotas --service-code ec2 --region {client.region}"
    )


def _list_quotas(client: AwsClient) -> list[dict[str, Any]]:
    quotas: list[dict[str, Any]] = []
    parameters: dict[str, Any] = {"ServiceCode": "ec2"}
    while True:
        response = client.call("service-quotas", "list_service_quotas", parameters, {"Quotas": []})
        quotas += response["Quotas"]
        if not response.get("NextToken"):
            return quotas
        parameters["NextToken"] = response["NextToken"]
