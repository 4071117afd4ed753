"""Calls to AWS: checked against the description of the service, printed in a dry run, failures told in one line."""

import json
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from neural_guide.deploy.aws.errors import told
from neural_guide.errors import UserError

Answer = dict[str, Any]
MODES = {"mode": "adaptive", "max_attempts": 8}  # throttled calls are tried again, ever slower


class Calls:
    """Makes calls, or in a dry run prints them.

    Args:
        region: of every call.
        dry_run: print and do not make them.
        say: takes each line.
        clients: by service; what tests put in the place of AWS.

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
        self._config = Config(region_name=region, retries=MODES, connect_timeout=10, read_timeout=60)
        self._clients: dict[str, Any] = dict(clients or {})

    def ask(self, service: str, operation: str, parameters: Mapping[str, Any], stand_in: Answer) -> Answer:
        """What AWS answers.

        Args:
            service: as boto3 names it.
            operation: in its Python form, e.g. describe_instances.
            parameters: of the call.
            stand_in: what to go on with in a dry run.

        Raises:
            UserError: the call failed; with the remedy. ValueError: the parameters are not those of the service.
        """
        self._check(service, operation, parameters)
        if self.dry_run:
            self.say(f"would call {service}.{operation} {_shown(parameters)}")
            return stand_in
        try:
            answer: Answer = getattr(self.client(service), operation)(**parameters)
        except Exception as error:
            raise told(error, f"{service}.{operation}", self.region) from None
        return answer

    def upload(self, path: Path, bucket: str, key: str) -> None:
        """Copy a file into a bucket, in parts where it is large. Raises UserError where that fails."""
        try:
            self.client("s3").upload_file(str(path), bucket, key)
        except Exception as error:
            raise told(_said(error), "s3.upload", self.region) from None

    def client(self, service: str) -> Any:
        """The client of a service, made once, and only here: a profile that is not configured fails there."""
        if service not in self._clients:
            self._clients[service] = self._boto3.Session(region_name=self.region).client(service, config=self._config)
        return self._clients[service]

    def _check(self, service: str, operation: str, parameters: Mapping[str, Any]) -> None:
        """Hold the parameters against the description of the service."""
        from botocore.validate import ParamValidator

        report = ParamValidator().validate(dict(parameters), _shape(service, operation))
        if report.has_errors():
            raise ValueError(f"{service}.{operation}: {report.generate_report()}")


@cache
def _shape(service: str, operation: str) -> Any:
    """What an operation takes, by botocore's description; read once, without profile, credentials or a connection."""
    from botocore.loaders import create_loader
    from botocore.model import ServiceModel

    model = ServiceModel(create_loader().load_service_model(service, "service-2"), service)
    known = next(name for name in model.operation_names if name.lower() == operation.replace("_", ""))
    return model.operation_model(known).input_shape


def _said(error: Exception) -> Exception:
    """What the service said to an upload, which boto3 raises an error of its own about, naming no cause."""
    from boto3.exceptions import S3UploadFailedError

    hidden = error.__context__ if isinstance(error, S3UploadFailedError) else None
    return hidden if isinstance(hidden, Exception) else error


def _shown(parameters: Mapping[str, Any]) -> str:
    """Parameters on one line; a start script by its size alone."""
    short = {
        name: f"<script of {len(value)} bytes>" if name == "UserData" else value for name, value in parameters.items()
    }
    return json.dumps(short, default=str)
