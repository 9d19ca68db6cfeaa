"""Orders of a workstation as a farm machine carries them out."""

from dataclasses import replace
from pathlib import Path

import pytest
from support.jobs.orders import make_order, make_settings

from lipflap.core.errors import DubError
from lipflap.core.order import DubOrder, Reference, Speech, digest
from lipflap.plugin.job.local_order import localise_order
from lipflap.plugin.job.path_map import PathRule


def order(folder: str, join: str) -> DubOrder:
    order = make_order(
        join.join([folder, "JOB", "media", "SH010.mov"]),
        film=join.join([folder, "plate.mov"]),
        frames=10,
        speeches=[Speech(join.join([folder, "de.wav"]), "dub", 0, 9, 9, 0, None, "def")],
        settings=make_settings(model_sha256="1f" * 32, steps=1),
    )
    take = replace(order.picture, path=join.join([folder, "take 2.mov"]))
    return replace(order, references=(Reference(take, order.frames),))


def test_an_order_of_a_windows_workstation_arrives_on_posix(tmp_path):
    written = order("P:\\reel", "\\")
    arrived = localise_order(written, (PathRule("P:\\reel", str(tmp_path)),))
    assert arrived.local == order(str(tmp_path), "/")
    assert arrived.job.folder == tmp_path / "JOB"
    assert (arrived.original, arrived.shot, arrived.sha256) == (written, "SH010", digest(written))


def test_an_order_that_no_rule_brings_here_is_refused(tmp_path):
    with pytest.raises(DubError, match="is a path of another operating system"):
        localise_order(order("P:\\reel", "\\"))


def test_a_model_the_job_brings_along_is_taken(tmp_path):
    one = order(str(tmp_path), "/")
    brought = tmp_path / "JOB" / "models" / f"{one.settings.model_sha256}.safetensors"
    brought.parent.mkdir(parents=True)
    brought.write_bytes(b"weights")
    assert localise_order(one).local.settings == replace(one.settings, model=str(brought))


def test_in_a_folder_no_disk_can_have_there_is_no_model():
    one = order("/" + "x" * 5000, "/")
    assert localise_order(one).local == one


def test_a_model_by_its_path_moves_like_media(tmp_path):
    one = order("/reel", "/")
    one = replace(one, settings=replace(one.settings, model="/reel/anna.safetensors"))
    here = localise_order(one, (PathRule("/reel", str(tmp_path)),))
    assert Path(here.local.settings.model) == tmp_path / "anna.safetensors"
