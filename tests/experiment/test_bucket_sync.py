"""Training on a machine that vanishes: what the bucket then has, and the same weights at the end elsewhere."""

import itertools
import json
import signal
import threading
import time

import boto3
import pytest
import s3fs
from fsspec.implementations.local import LocalFileSystem

from neural_guide.deploy.aws.run_upload import RunUpload, download_run
from neural_guide.deploy.aws.spot_notice import SpotNotice
from neural_guide.errors import UserError
from support.commands import RunningCommand, command, skip_report
from support.runs import LONG, have_same_guides, poll_often, wait_for
from support.servers import Metadata, aws


@pytest.fixture(scope="module")
def bucket():
    with aws():
        files = s3fs.S3FileSystem(skip_instance_cache=True)
        files.mkdir("runs")
        yield files


def test_a_notice_mid_epoch_and_a_relaunch_elsewhere_end_with_the_weights_of_an_uninterrupted_run(
    bucket, whole_run, few_records, tmp_path, monkeypatch
):
    place, there = tmp_path / "first", ("upload=s3://runs/one", f"data.path={few_records}")
    with Metadata() as metadata:
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.endpoint)
        line = (*there, *LONG, f"hydra.run.dir={place}", "cloud.notice=true", "trainer.checkpoint_every_steps=3")
        process = RunningCommand("train", *line, prepare=poll_often)
        wait_for(place / "checkpoints" / "last.ckpt", process)
        metadata.raised.set()
        output, errors = process.communicate(timeout=120)
    assert process.returncode == 75, errors
    assert "Spot notice: EC2 will terminate this machine" in output
    bucket.invalidate_cache()
    kept = {name.removeprefix("runs/one/") for name in bucket.find("runs/one")}
    assert {"checkpoints/last.ckpt", "config.yaml", "report.md"} <= kept
    assert bucket.cat("runs/one/checkpoints/last.ckpt") == (place / "checkpoints" / "last.ckpt").read_bytes()
    assert not [name for name in kept if name.endswith((".lock", ".part"))]

    elsewhere = tmp_path / "second"
    line = (*there, *LONG, f"hydra.run.dir={elsewhere}", "cloud.notice=false")
    again = command("train", *line, prepare=skip_report)
    assert again.returncode == 0, again.stderr
    assert "of the run that began there" in again.stdout
    assert "Resumes from" in again.stdout
    assert have_same_guides(elsewhere, whole_run)
    bucket.invalidate_cache()
    assert json.loads(bucket.cat("runs/one/metrics.json"))["resumed"] == 1
    assert bucket.cat("runs/one/guide.safetensors") == (elsewhere / "guide.safetensors").read_bytes()
    finished = command("train", *there, *LONG, f"hydra.run.dir={tmp_path / 'third'}")
    assert (finished.returncode, "is finished" in finished.stdout) == (0, True)


def test_a_bucket_that_fails_neither_stops_nor_delays_the_work_and_is_tried_again(bucket, tmp_path):
    messages: list[str] = []
    (tmp_path / "one").write_text("1")
    with RunUpload(tmp_path, "s3://later/run", messages.append, every_seconds=0.1):
        started = time.monotonic()
        (tmp_path / "two").write_text("2")
        assert time.monotonic() - started < 0.1
        until(lambda: messages)
        bucket.mkdir("later")
        until(lambda: bucket.exists("later/run/two"))
    assert "cannot be written to (" in messages[0]
    assert "is written to again" in messages[1]
    assert len(messages) == 2
    assert download_run("s3://later/run", tmp_path / "back") == 2
    assert (tmp_path / "back" / "one").read_text() == "1"


def test_attempts_that_fail_come_ever_slower_and_three_more_at_the_end(tmp_path, monkeypatch):
    attempts: list[float] = []

    def fail(*_) -> None:
        attempts.append(time.monotonic())
        raise OSError

    monkeypatch.setattr(LocalFileSystem, "put_file", fail)
    source = tmp_path / "run"
    source.mkdir()
    (source / "one").write_text("1")
    with RunUpload(source, str(tmp_path / "copy"), lambda _: None, every_seconds=0.02):
        until(lambda: len(attempts) >= 5)
        before_end = len(attempts)
    waits = [later - earlier for earlier, later in itertools.pairwise(attempts[:5])]
    assert all(wait > 0.03 * 2**number for number, wait in enumerate(waits)), waits
    assert len(attempts) == before_end + 3


def test_what_could_not_be_copied_is_said_at_the_end(bucket, tmp_path):
    messages: list[str] = []
    (tmp_path / "one").write_text("1")
    with RunUpload(tmp_path, "s3://never/run", messages.append, every_seconds=0.1):
        until(lambda: messages)
    assert messages[-1].startswith("1 files are not in s3://never/run")


def test_a_file_that_grows_is_copied_anew_and_a_folder_will_do(tmp_path):
    source, target = tmp_path / "run", tmp_path / "copy"
    (source / "checkpoints").mkdir(parents=True)
    (source / "checkpoints" / "last.ckpt").write_text("a")
    with RunUpload(source, str(target), pytest.fail, every_seconds=0.05):
        until(lambda: (target / "checkpoints" / "last.ckpt").is_file())
        (source / "checkpoints" / "last.ckpt").write_text("ab")
        (source / ".lock").write_text("")
    assert (target / "checkpoints" / "last.ckpt").read_text() == "ab"
    assert not (target / ".lock").exists()


def test_nothing_there_is_no_error_and_no_access_is(bucket, tmp_path):
    assert download_run("s3://runs/none", tmp_path) == 0
    with pytest.raises(UserError, match=r"Write s3://BUCKET/RUN"):
        download_run("nothing://runs/none", tmp_path)


def test_a_local_copy_is_made_with_its_first_file(tmp_path):
    """A run that is refused before it writes anything leaves no folder."""
    source, copy, occupied = tmp_path / "run", tmp_path / "all" / "copy", tmp_path / "file"
    source.mkdir()
    occupied.touch()
    (source / "config.yaml").write_text("seed: 1")
    with RunUpload(source, str(copy), pytest.fail, every_seconds=0.02):
        pass
    assert download_run(str(copy), source) == 0
    assert not copy.parent.exists()
    with pytest.raises(UserError, match=r"file is no folder that can be written to"):
        RunUpload(source, str(occupied / "copy"), pytest.fail)
    (source / "metrics.csv").write_text("loss")
    with RunUpload(source, str(copy), pytest.fail, every_seconds=0.02):
        pass
    assert sorted(path.name for path in copy.iterdir()) == ["config.yaml", "metrics.csv"]


def test_a_name_that_leads_out_of_the_folder_is_refused_and_nothing_is_written(bucket, tmp_path):
    client = boto3.client("s3", region_name="us-east-1")
    for key in ("good", "../../outside"):
        client.put_object(Bucket="runs", Key=f"evil/{key}", Body=b"")
    with pytest.raises(UserError, match=r"the name \.\./\.\./outside leads out"):
        download_run("s3://runs/evil", tmp_path / "a" / "b")
    assert not list(tmp_path.iterdir())


def test_a_bucket_that_may_not_be_read_says_how_to_see_whose_credentials_there_are(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(UserError, match="aws sts get-caller-identity"):
        download_run("s3://runs/one", tmp_path)


def test_the_notice_comes_as_a_sigterm_also_after_the_token_has_expired(monkeypatch):
    messages, came = [], threading.Event()
    before = signal.signal(signal.SIGTERM, lambda *_: came.set())
    try:
        with Metadata() as metadata:
            monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", metadata.endpoint)
            with SpotNotice(messages.append, every_seconds=0.05):
                time.sleep(0.2)
                metadata.expire()
                time.sleep(0.2)
                assert not messages
                metadata.raised.set()
                assert came.wait(10)
            assert 1 <= metadata.refusals <= 2
    finally:
        signal.signal(signal.SIGTERM, before)
    assert messages == ["Spot notice: EC2 will terminate this machine at 2026-11-24T12:00:00Z. Saving and stopping."]


def test_a_machine_without_a_metadata_service_is_told_once(monkeypatch):
    messages: list[str] = []
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:9")
    with SpotNotice(messages.append, every_seconds=0.02):
        until(lambda: messages)
        time.sleep(0.2)
    assert len(messages) == 1


def until(so, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < deadline
        time.sleep(0.05)
