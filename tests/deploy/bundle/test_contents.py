"""What lies about in a checkout stays there."""

from neural_guide.deploy.bundle import contents

KEPT = ("neural_guide/solve.py", "neural_guide/guide/guide.py", "neural_guide/py.typed")
STRAY = ("neural_guide/__pycache__/solve.py", "neural_guide/.env", "neural_guide/.idea/x.py", "neural_guide/data.json")


def test_only_sources_are_copied(tmp_path):
    for name in (*KEPT, *STRAY, "neural_guide/run.ckpt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    contents._copy_sources(tmp_path / "neural_guide", tmp_path / "made")
    copied = {str(path.relative_to(tmp_path / "made")) for path in (tmp_path / "made").rglob("*") if path.is_file()}
    assert copied == {name.removeprefix("neural_guide/") for name in KEPT}
