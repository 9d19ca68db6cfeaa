import hashlib
from pathlib import Path

import pytest

from lipflap.core import model_files
from lipflap.core.errors import DubError


def test_a_shipped_model_is_found_by_name_and_any_model_by_path(tmp_path: Path) -> None:
    mine = tmp_path / "mine.safetensors"
    mine.write_bytes(b"weights")
    assert model_files.locate("starter").name == "starter.safetensors"
    assert model_files.locate(str(mine)) == mine
    assert model_files.sha256(mine) == hashlib.sha256(b"weights").hexdigest()


def test_a_users_model_goes_before_a_shipped_one_of_the_same_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_files, "user_models", lambda: tmp_path)
    (tmp_path / "starter.safetensors").write_bytes(b"")
    assert model_files.locate("starter") == (tmp_path / "starter.safetensors").resolve()


def test_a_model_that_is_not_there_is_refused_with_those_that_are() -> None:
    with pytest.raises(DubError, match=r"There are: .*starter"):
        model_files.locate("startre")


def test_the_path_of_a_new_model_says_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(DubError, match=r"does not end in .safetensors") as refused:
        model_files.new_model_path(str(tmp_path / "jane"))
    assert "jane.safetensors" in str(refused.value.fix)
    with pytest.raises(DubError, match="does not end"):
        model_files.new_model_path("./")
    new = tmp_path / "jane.safetensors"
    assert model_files.new_model_path(str(new)) == new


def test_only_safetensors_are_opened(tmp_path: Path) -> None:
    (tmp_path / "model.pt").write_bytes(b"")
    with pytest.raises(DubError, match="no other kind of model"):
        model_files.locate(str(tmp_path / "model.pt"))
