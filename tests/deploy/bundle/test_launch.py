"""What a bundle checks and types for its user."""

from importlib.metadata import version

import pytest

from neural_guide.deploy.bundle.launch import build_arguments, check_packages
from neural_guide.errors import UserError


def test_every_missing_package_is_named_with_its_line(tmp_path):
    listed = tmp_path / "wheels.txt"
    listed.write_text(f"# a remark\nno-such-one==1.2  # a word\nnumpy=={version('numpy')}\n\nno-such-two==3\n")
    with pytest.raises(UserError, match=r"no-such-one==1\.2 \(line 2\), no-such-two==3 \(line 5\)\. ") as refusal:
        check_packages(listed)
    assert "numpy" not in str(refusal.value)


def test_of_many_missing_packages_the_first_are_named(tmp_path):
    listed = tmp_path / "wheels.txt"
    listed.write_text("".join(f"no-such-{number}==1\n" for number in range(40)))
    with pytest.raises(UserError, match=r"no-such-4==1 \(line 5\) and 35 more\. "):
        check_packages(listed)


def test_other_versions_are_listed_not_refused(tmp_path):
    listed = tmp_path / "wheels.txt"
    public = version("torch").partition("+")[0]  # the label of a build makes no other version
    listed.write_text(f"torch=={public}\nnumpy==0.1\n")
    assert check_packages(listed) == [f"numpy {version('numpy')} (listed: 0.1)"]


@pytest.fixture
def bundle(tmp_path):
    (tmp_path / "bundle.json").write_text('{"dsl": "v2", "guide_sha256": "a0", "prior": "guide"}')
    return tmp_path


@pytest.mark.parametrize(
    ("typed", "submission", "rest"),
    [
        (["t.json"], "submission.json", []),
        (["t.json", "out/s.csv"], "out/s.csv", []),
        (["t.json", "seed=1", "limit=2"], "submission.json", ["seed=1", "limit=2"]),
        (["t.json", "s.json", "seed=1"], "s.json", ["seed=1"]),
    ],
)
def test_tasks_then_submission_then_settings(typed, submission, rest, bundle):
    expected = [f'checkpoint="{bundle}/guide.safetensors"', 'tasks="t.json"', f'submission="{submission}"']
    assert build_arguments(typed, bundle) == ["dsl=v2", "prior=guide", *expected, *rest]


def test_without_a_guide_no_checkpoint_is_passed(bundle):
    (bundle / "bundle.json").write_text('{"dsl": "wide", "guide_sha256": null, "prior": "uniform"}')
    expected = ["dsl=wide", "prior=uniform", 'tasks="t.json"', 'submission="submission.json"']
    assert build_arguments(["t.json"], bundle) == expected


@pytest.mark.parametrize("typed", [[], ["limit=1"], ["--help"]])
def test_missing_tasks_are_refused_with_the_usage(typed, bundle):
    with pytest.raises(UserError, match=r"Usage: sh run\.sh TASKS"):
        build_arguments(typed, bundle)
