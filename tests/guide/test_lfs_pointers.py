"""Pointers of Git LFS in the place of a guide or a checkpoint."""

import pytest

from neural_guide.errors import UserError
from neural_guide.guide.checkpoint_files import read_checkpoint
from neural_guide.guide.guide_file import find_guide_file


@pytest.mark.parametrize("name", ["guide.safetensors", "last.ckpt"])
def test_pointer_is_named_with_the_command_that_fetches_the_file(tmp_path, name):
    path = tmp_path / name
    path.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 12\n")
    with pytest.raises(UserError, match="git lfs pull"):
        find_guide_file(str(path))
    with pytest.raises(ValueError, match="git lfs pull"):
        read_checkpoint(path)
