"""Local servers for tests: AWS as moto simulates it, and the metadata service of an EC2 machine."""

import contextlib
import http.server
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import fsspec
import pytest


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def aws() -> Iterator[None]:
    """Run a server of EC2, S3 and IAM; the environment points to it, as on a user's machine."""
    port = find_free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    values = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "AKIATESTING",
        "AWS_SECRET_ACCESS_KEY": "very-secret",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    try:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in values.items():
                patch.setenv(name, value)
            _wait_for(port)
            fsspec.get_filesystem_class("s3").clear_instance_cache()  # which knows the server of another test
            yield
    finally:
        fsspec.get_filesystem_class("s3").clear_instance_cache()
        process.terminate()
        process.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError("the server does not start")


class Metadata:
    """IMDSv2 on this machine: tokens that expire on request, and a spot notice once it is raised.

    Attributes:
        endpoint: value for AWS_EC2_METADATA_SERVICE_ENDPOINT.
        raised: event that publishes the notice when it is set.
        refusals: number of requests without a valid token.
    """

    def __init__(self) -> None:
        self.raised, self.refusals = threading.Event(), 0
        self._tokens: set[str] = set()
        metadata = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_PUT(self):
                assert self.path == "/latest/api/token"
                assert int(self.headers["X-aws-ec2-metadata-token-ttl-seconds"]) > 0
                token = f"token{len(metadata._tokens)}-{time.monotonic_ns()}"
                metadata._tokens.add(token)
                self._answer(200, token)

            def do_GET(self):
                if self.headers.get("X-aws-ec2-metadata-token") not in metadata._tokens:
                    metadata.refusals += 1
                    self._answer(401, "")
                elif self.path == "/latest/meta-data/spot/instance-action" and metadata.raised.is_set():
                    self._answer(200, json.dumps({"action": "terminate", "time": "2026-11-24T12:00:00Z"}))
                else:
                    self._answer(404, "")

            def _answer(self, status, text):
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"

    def expire(self) -> None:
        """Invalidate all tokens."""
        self._tokens.clear()

    def __enter__(self) -> "Metadata":
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
