"""Programs that pose as models: none is run, whatever its name."""

import io
import json
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from lipflap.core.diffusion import checkpoint
from lipflap.core.errors import DubError
from lipflap.core.model_files import ModelFile, locate, model_kind, read_metadata
from lipflap.plugin.cli import models
from lipflap.training.mouth.sync_network import load_sync


class Program:
    """What runs when it is unpickled: it leaves a file behind."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return Path.touch, (self.mark,)


def _pickled(mark: Path) -> bytes:
    return pickle.dumps(Program(mark))


def _saved_by_torch(mark: Path) -> bytes:
    held = io.BytesIO()
    torch.save({"weights": Program(mark)}, held)
    return held.getvalue()


def _saved_by_older_torch(mark: Path) -> bytes:
    held = io.BytesIO()
    torch.save({"weights": Program(mark)}, held, _use_new_zipfile_serialization=False)
    return held.getvalue()


def _zipped(mark: Path) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        made.writestr("archive/data.pkl", _pickled(mark))
    return held.getvalue()


def _behind_a_header(mark: Path) -> bytes:
    """A safetensors file of no tensors, and a pickle where they would be."""
    header = json.dumps({"__metadata__": {"kind": checkpoint.KIND}}).encode()
    return struct.pack("<Q", len(header)) + header + _pickled(mark)


POSING = (_pickled, _saved_by_torch, _saved_by_older_torch, _zipped, _behind_a_header)
NAMES = ("model.safetensors", "model.pt", "model.pth", "model.ckpt", "model.bin", "model")


@pytest.mark.parametrize("written", POSING)
def test_no_program_that_poses_as_a_model_is_run(
    written: Callable[[Path], bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    mark = tmp_path / "it ran"
    for name in NAMES:
        path = tmp_path / name
        path.write_bytes(written(mark))
        for use in (
            lambda: checkpoint.load(locate(str(path)), torch.device("cpu")),  # noqa: B023
            lambda: checkpoint.load(path, torch.device("cpu")),  # noqa: B023
            lambda: load_sync(path),  # noqa: B023
            lambda: models.verify(ModelFile("model", path, False)),  # noqa: B023
            lambda: models.add(path, "posing"),  # noqa: B023
        ):
            with pytest.raises(DubError):
                use()
    assert not mark.exists()
    assert not list((tmp_path / "home").rglob("*.safetensors"))


def test_other_programs_would_have_run_it(tmp_path: Path) -> None:
    """Else the test above proves nothing."""
    for number, written in enumerate((_pickled, _saved_by_torch, _saved_by_older_torch)):
        mark = tmp_path / f"it ran {number}"
        (tmp_path / "model").write_bytes(written(mark))
        if written is _pickled:
            pickle.loads((tmp_path / "model").read_bytes())
        else:
            torch.load(tmp_path / "model", weights_only=False)
        assert mark.exists()


@pytest.mark.parametrize(
    "header",
    [
        b"[" * 100_000,
        b'{"__metadata__": 5}',
        b'{"__metadata__": {"kind": 5}}',
        b"[1]",
        b'{"a": {"dtype": "F32", "shape": [4611686018427387904, 4], "data_offsets": [0, 8]}}',
        b'{"a": {"dtype": "F32", "shape": [10], "data_offsets": [0, 1099511627776]}}',
        b"\xff\xfe",
    ],
)
def test_a_header_that_lies_is_an_error_in_words(header: bytes, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    for length in (len(header), len(header) + 9, 1 << 40, (1 << 64) - 1):
        path.write_bytes(struct.pack("<Q", length) + header + bytes(8))
        for use in (lambda: checkpoint.load(path, torch.device("cpu")), lambda: load_sync(path)):
            with pytest.raises(DubError, match=r"model\.safetensors"):
                use()
        assert model_kind(path) in ("", "5")
        if length > 1 << 30:
            with pytest.raises(DubError):
                read_metadata(path)


def test_what_a_model_says_of_itself_is_shown_whatever_it_is(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    said = {"recipe": "[" * 100_000, "shape": "[[1, 2, 3]]", "kind": "\ud800"}
    header = json.dumps({"__metadata__": said}).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header)
    path.with_suffix(".md").write_bytes(b"\xff\xfe card")
    shown = models.describe_model(path)
    assert f"  {said['recipe']}" in shown
    assert "card" in shown[-1]
