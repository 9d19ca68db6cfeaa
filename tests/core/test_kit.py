"""A kit is what an order names, or a refusal that says what is wrong."""

import hashlib
from dataclasses import replace

import pytest

from lipflap.core.errors import DubError
from lipflap.core.kit import load_kit, load_painter
from lipflap.core.order import DubSettings

SETTINGS = DubSettings("none", "0", 2, 1.0, "walk", 1, "embedded", None)


@pytest.fixture
def not_a_model(tmp_path) -> DubSettings:
    path = tmp_path / "mouth.safetensors"
    path.write_bytes(b"not a model")
    name = hashlib.sha256(b"not a model").hexdigest()
    return replace(SETTINGS, model=str(path), model_sha256=name)


def test_another_model_than_the_one_ordered_is_refused(not_a_model):
    with pytest.raises(DubError, match="not the model this shot was ordered with"):
        load_painter(replace(not_a_model, model_sha256="0" * 64))


def test_what_is_no_model_is_refused(not_a_model):
    with pytest.raises(DubError, match=r"mouth\.safetensors"):
        load_painter(not_a_model)


def test_a_model_that_is_not_there_is_refused():
    with pytest.raises(DubError, match="no such model"):
        load_kit(replace(SETTINGS, model="nobody-made-this"))


def test_an_unknown_tracker_is_refused_before_the_model_is_loaded():
    with pytest.raises(DubError, match="no tracker 'psychic'"):
        load_kit(replace(SETTINGS, tracker="psychic"))
