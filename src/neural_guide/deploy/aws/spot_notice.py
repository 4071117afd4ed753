"""Interruption notice of a spot machine, two minutes ahead, polled from EC2's metadata service (IMDSv2)."""

import http.client
import json
import os
import signal
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

ENDPOINT = "AWS_EC2_METADATA_SERVICE_ENDPOINT"  # the variable that AWS's own libraries know
DEFAULT_ENDPOINT = "http://169.254.169.254"
EVERY_SECONDS = 2.0  # AWS advises 5 or less; two minutes are left from the notice on
TIMEOUT_SECONDS = 2.0
TOKEN_SECONDS = 21_600
NO_NOTICE = 404  # status

Response = tuple[int, bytes]  # status, body


class SpotNotice:
    """Context manager that polls for the notice, and sends this process SIGTERM when it comes.

    The process then stops as for any supervisor: it finishes the step, writes a checkpoint, and its exit code says
    that the run is not finished.

    Args:
        say: function that takes a line when the notice comes, and when the service does not answer.
        every_seconds: time between polls.
    """

    def __init__(self, say: Callable[[str], None], every_seconds: float = EVERY_SECONDS) -> None:
        self._say, self._every = say, every_seconds
        self._endpoint = os.environ.get(ENDPOINT, DEFAULT_ENDPOINT).rstrip("/")
        self._token = ""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="spot notice", daemon=True)

    def __enter__(self) -> "SpotNotice":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()

    def _work(self) -> None:
        is_silent = False
        while not self._ended.is_set():
            notice = None
            try:
                notice, is_silent = self._request_notice(), False
            except (OSError, http.client.HTTPException, ValueError) as error:
                if not is_silent:
                    self._say(f"{self._endpoint} does not say whether this machine stays ({type(error).__name__}).")
                is_silent = True
            if notice:
                action, at = notice.get("action", "taken"), notice.get("time", "soon")
                self._say(f"Spot notice: EC2 will {action} this machine at {at}. Saving and stopping.")
                os.kill(os.getpid(), signal.SIGTERM)
                return
            self._ended.wait(self._every)

    def _request_notice(self) -> dict[str, Any] | None:
        """Request the notice; None if there is none yet."""
        status, body = self._get("/latest/meta-data/spot/instance-action")
        if status in (401, 403):  # the token has expired
            self._token = ""
            status, body = self._get("/latest/meta-data/spot/instance-action")
        if status == NO_NOTICE:
            return None
        if status != 200:
            raise OSError(f"status {status}")
        return dict(json.loads(body))

    def _get(self, path: str) -> Response:
        if not self._token:
            headers = {"X-aws-ec2-metadata-token-ttl-seconds": str(TOKEN_SECONDS)}
            self._token = self._request("PUT", "/latest/api/token", headers)[1].decode()
        return self._request("GET", path, {"X-aws-ec2-metadata-token": self._token})

    def _request(self, method: str, path: str, headers: dict[str, str]) -> Response:
        request = urllib.request.Request(self._endpoint + path, method=method, headers=headers)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never through a proxy
        try:
            with opener.open(request, timeout=TIMEOUT_SECONDS) as response:
                return response.status, response.read(1 << 16)
        except urllib.error.HTTPError as error:
            return error.code, b""
