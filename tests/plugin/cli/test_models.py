"""`lipflap models`, against hashlib, numpy and safetensors files of our own making."""

import hashlib
import json
import logging
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from lipflap.core import model_files
from lipflap.core.errors import DubError
from lipflap.core.model_files import SHIPPED, locate, model_kind, mouth_film
from lipflap.plugin.cli.main import main

KIND = {"kind": "lipflap sync network 2", "recipe": json.dumps({"steps": 12})}


@pytest.fixture(autouse=True)
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the user's models, and one model in it."""
    folder = tmp_path / "mine"
    folder.mkdir()
    monkeypatch.setattr(model_files, "user_models", lambda: folder)
    save_file({"w": np.arange(4, dtype=np.float32)}, folder / "ear.safetensors", metadata=KIND)
    (folder / "ear.md").write_text("# ear\nHears.\n")
    yield folder
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    logging.getLogger("lipflap").handlers = []


def _printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["models", *arguments]) == 0
    return capsys.readouterr().out


def _refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["models", *arguments]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    return err


def test_the_hashes_that_are_shipped_are_those_of_the_files() -> None:
    """After a new model: `sha256sum core/models/*.safetensors`, into core/models/sha256.json."""
    stated = json.loads((SHIPPED / "sha256.json").read_text())
    files = {path.stem: path.read_bytes() for path in SHIPPED.glob("*.safetensors")}
    assert stated == {name: hashlib.sha256(held).hexdigest() for name, held in files.items()}


def test_list_shows_shipped_and_own_models(mine: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [line.split() for line in _printed(capsys, "list").splitlines()]
    names = {row[0]: row[-1] for row in rows[1:]}
    assert names["ear"] == "yours"
    assert names["starter"] == "shipped"
    own = hashlib.sha256((mine / "ear.safetensors").read_bytes()).hexdigest()
    assert any(own[:12] in row for row in rows)


def test_show_prints_kind_hash_recipe_and_card(
    mine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = _printed(capsys, "show", "ear")
    own = hashlib.sha256((mine / "ear.safetensors").read_bytes()).hexdigest()
    for part in ("lipflap sync network 2", own, "steps", "12", "# ear\nHears."):
        assert part in shown


def test_what_is_shipped_is_whole(capsys: pytest.CaptureFixture[str]) -> None:
    shown = _printed(capsys, "verify")
    assert {"starter: whole", "landmark: whole", "sync: whole", "ear: whole"} <= set(
        shown.splitlines()
    )


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_infinities_and_nan_are_found(
    mine: Path, capsys: pytest.CaptureFixture[str], value: float
) -> None:
    spoiled = {"good": np.zeros(3, np.float16), "bad": np.array([0, value], np.float16)}
    save_file(spoiled, mine / "ear.safetensors", metadata=KIND)
    error = _refused(capsys, "verify")
    assert "ear.safetensors: is damaged: tensor bad holds infinities or NaN" in error


def test_a_shipped_file_that_changed_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    for name in ("sync.safetensors", "sha256.json"):
        shutil.copy(SHIPPED / name, shipped / name)
    monkeypatch.setattr(model_files, "SHIPPED", shipped)
    _printed(capsys, "verify")
    tensors = load_file(shipped / "sync.safetensors")
    next(iter(tensors.values())).flat[0] += 1
    save_file(tensors, shipped / "sync.safetensors", metadata=KIND)
    assert "is not the file that was shipped" in _refused(capsys, "verify")


def test_a_mouth_model_of_another_shape_is_found(
    mine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    metadata = {"kind": "lipflap mouth model 2", "shape": "{}", "recipe": "{}"}
    save_file({"w": np.zeros(3, np.float32)}, mine / "odd.safetensors", metadata=metadata)
    assert "odd.safetensors: does not fit" in _refused(capsys, "verify", "odd")


def test_added_models_are_found_by_name_with_their_cards_and_mouths(
    mine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(locate("starter"), tmp_path / "ana.safetensors")
    (tmp_path / "ana.md").write_text("# Ana")
    mouth_film(tmp_path / "ana.safetensors").write_bytes(b"mouths")
    _printed(capsys, "add", str(tmp_path / "ana.safetensors"))
    _printed(capsys, "add", str(tmp_path / "ana.safetensors"), "--name", "Ana B")
    for name in ("ana", "Ana B"):
        assert locate(name).read_bytes() == locate("starter").read_bytes()
        assert locate(name).with_suffix(".md").read_text() == "# Ana"
        assert mouth_film(locate(name)).read_bytes() == b"mouths"
    again = _refused(capsys, "add", str(tmp_path / "ana.safetensors"))
    assert "never overwritten" in again
    assert not [path for path in mine.iterdir() if ".part" in path.name]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "cannot be read as a model"),
        (b"\xff" * 64, "cannot be read as a model"),
        (b"\x04\x00\x00\x00\x00\x00\x00\x00null", "cannot be read as a model"),
        (b"\x02\x00\x00\x00\x00\x00\x00\x00{}", "is not a Lipflap model"),
    ],
)
def test_what_is_no_model_is_not_added(
    mine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, message: str
) -> None:
    (tmp_path / "no.safetensors").write_bytes(content)
    assert message in _refused(capsys, "add", str(tmp_path / "no.safetensors"))
    assert sorted(path.name for path in mine.iterdir()) == ["ear.md", "ear.safetensors"]
    assert model_kind(tmp_path / "no.safetensors") == ""


@pytest.mark.parametrize("name", ["../out", "a/b", "", "a\nb", "ana?"])
def test_names_that_are_no_file_names_are_refused(name: str) -> None:
    with pytest.raises(DubError):
        model_files.new_model_path(name)


def test_only_mouth_models_are_offered_for_one_that_is_missing() -> None:
    with pytest.raises(DubError, match=r"There are: starter\."):
        locate("startre")
