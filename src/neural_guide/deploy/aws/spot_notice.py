"""Two minutes ahead, EC2 tells a spot machine that it will be taken away: asked of its metadata service, IMDSv2."""

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
DEFAULT = "http://169.254.169.254"
EVERY_SECONDS = 2.0  # AWS advises 5 or less; two minutes are left from the notice on
ANSWER_SECONDS = 2.0
TOKEN_SECONDS = 21_600
GONE = 404  # no notice

Answer = tuple[int, bytes]


class SpotNotice:
    """Asks now and then while it is entered, and ends this process in order when the notice comes.

    The process gets a SIGTERM, as from any supervisor: the step is finished, a checkpoint written, the exit code says
    that the run is not finished.

    Args:
        say: told when the notice comes, and when nobody answers.
        every_seconds: between questions.
    """

    def __init__(self, say: Callable[[str], None], every_seconds: float = EVERY_SECONDS) -> None:
        self._say, self._every = say, every_seconds
        self._endpoint = os.environ.get(ENDPOINT, DEFAULT).rstrip("/")
        self._token = ""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="spot notice", daemon=True)

    def __enter__(self) -> "SpotNotice":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()

    def _work(self) -> None:
        silent = False
        while not self._ended.is_set():
            notice = None
            try:
                notice, silent = self._ask(), False
            except (OSError, http.client.HTTPException, ValueError) as error:
                if not silent:
                    self._say(f"{self._endpoint} does not say whether this machine stays ({type(error).__name__}).")
                silent = True
            if notice:
                action, at = notice.get("action", "taken"), notice.get("time", "soon")
                self._say(f"Spot notice: EC2 will {action} this machine at {at}. Saving and stopping.")
                os.kill(os.getpid(), signal.SIGTERM)
                return
            self._ended.wait(self._every)

    def _ask(self) -> dict[str, Any] | None:
        """The notice; None as long as there is none."""
        status, body = self._get("/latest/meta-data/spot/instance-action")
        if status in (401, 403):  # the token has expired
            self._token = ""
            status, body = self._get("/latest/meta-data/spot/instance-action")
        if status == GONE:
            return None
        if status != 200:
            raise OSError(f"status {status}")
        return dict(json.loads(body))

    def _get(self, path: str) -> Answer:
        if not self._token:
            head = {"X-aws-ec2-metadata-token-ttl-seconds": str(TOKEN_SECONDS)}
            self._token = self._request("PUT", "/latest/api/token", head)[1].decode()
        return self._request("GET", path, {"X-aws-ec2-metadata-token": self._token})

    def _request(self, method: str, path: str, headers: dict[str, str]) -> Answer:
        asked = urllib.request.Request(self._endpoint + path, method=method, headers=headers)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # never through a proxy
        try:
            with opener.open(asked, timeout=ANSWER_SECONDS) as answer:
                return answer.status, answer.read(1 << 16)
        except urllib.error.HTTPError as error:
            return error.code, b""
