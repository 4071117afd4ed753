"""Client for AWS: checks each call against the service's description, prints it in a dry run, explains its failure."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from neural_guide.deploy.aws.errors import to_user_error
from neural_guide.errors import UserError

Response = dict[str, Any]
RETRIES = {"mode": "adaptive", "max_attempts": 8}  # throttled calls are tried again, ever slower


class AwsClient:
    """Client of one region that makes calls, or prints them in a dry run.

    Args:
        region: region of every call.
        dry_run: print the calls and make none.
        say: function that takes each line to print.
        clients: boto3 clients by service, which tests put in the place of AWS.

    Raises:
        UserError: boto3 is not installed.
    """

    def __init__(
        self, region: str, *, dry_run: bool, say: Callable[[str], None], clients: Mapping[str, Any] | None = None
    ) -> None:
        self.region, self.dry_run, self.say = region, dry_run, say
        try:
            import boto3
            from botocore.config import Config
        except ImportError:
            raise UserError("The cloud command needs boto3. Install it: pip install 'neural-guide[cloud]'.") from None
        self._boto3 = boto3
        self._config = Config(region_name=region, retries=RETRIES, connect_timeout=10, read_timeout=60)
        self._clients: dict[str, Any] = dict(clients or {})

    def call(self, service: str, operation: str, parameters: Mapping[str, Any], dry_response: Response) -> Response:
        """Make a call and return the response of AWS.

        Args:
            service: name of the service, as boto3 has it.
            operation: operation in its Python form, e.g. describe_instances.
            parameters: parameters of the operation.
            dry_response: response to return in a dry run.

        Raises:
            UserError: the call failed; with the remedy. ValueError: the parameters are not those of the service.
        """
        self._check(service, operation, parameters)
        if self.dry_run:
            self.say(f"would call {service}.{operation} {_format_parameters(parameters)}")
            return dry_response
        try:
            response: Response = getattr(self._get_client(service), operation)(**parameters)
        except Exception as error:
            raise to_user_error(error, f"{service}.{operation}", self.region) from None
        return response

    def upload(self, path: Path, bucket: str, key: str) -> None:
        """Copy a file into a bucket, in parts if it is large. Raises UserError if that fails."""
        try:
            self._get_client("s3").upload_file(str(path), bucket, key)
        except Exception as error:
            raise to_user_error(_unwrap_upload_error(error), "s3.upload", self.region) from None

    def _get_client(self, service: str) -> Any:
        """Make the client of a service at its first call, so that a profile that is not configured fails there."""
        if service not in self._clients:
            self._clients[service] = self._boto3.Session(region_name=self.region).client(service, config=self._config)
        return self._clients[service]

    def _check(self, service: str, operation: str, parameters: Mapping[str, Any]) -> None:
        """Compare the parameters with the description of the service."""
        from botocore.validate import ParamValidator

        report = ParamValidator().validate(dict(parameters), _load_input_shape(service, operation))
        if report.has_errors():
            raise ValueError(f"{service}.{operation}: {report.generate_report()}")


@cache
def _load_input_shape(service: str, operation: str) -> Any:
    """Read botocore's description of an operation's input. Needs no profile, credentials or connection."""
    from botocore.loaders import create_loader
    from botocore.model import ServiceModel

    model = ServiceModel(create_loader().load_service_model(service, "service-2"), service)
    name = next(name for name in model.operation_names if name.lower() == operation.replace("_", ""))
    return model.operation_model(name).input_shape


def _unwrap_upload_error(error: Exception) -> Exception:
    """Return the service's error behind boto3's error of an upload, which names no cause."""
    from boto3.exceptions import S3UploadFailedError

    cause = error.__context__ if isinstance(error, S3UploadFailedError) else None
    return cause if isinstance(cause, Exception) else error


def _format_parameters(parameters: Mapping[str, Any]) -> str:
    """Format parameters on one line; a start script by its size alone."""
    short = {
        name: f"<script of {len(value)} bytes>" if name == "UserData" else value for name, value in parameters.items()
    }
    return json.dumps(short, default=str)
