"""What a shot was ordered from is not what is there when it is rendered: refused, by its name.

All of a reel in one run, so that each wrong shot also shows that it stops no other.
"""

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from shutil import copy

import pytest
from support.jobs.lost_job import media, place, results

from lipflap.core.order import DubOrder
from lipflap.core.result import ShotState, read_result
from lipflap.plugin.job.folder import Job


def truncated(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def grown(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"\0")


def altered_inside(path: Path) -> None:
    """One bit, and the clock set back to what it was."""
    before = path.stat().st_mtime_ns
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 1
    path.write_bytes(whole)
    os.utime(path, ns=(before, before))


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def turned_into_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


CHANGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "GONE": (Path.unlink, "cannot be read: No such file"),
    "TRUNCATED": (truncated, "has changed since the shot was ordered"),
    "GROWN": (grown, "has changed since the shot was ordered"),
    "ALTERED": (altered_inside, "has changed since the shot was ordered"),
    "EMPTIED": (emptied, "has changed since the shot was ordered"),
    "FOLDER": (turned_into_a_folder, "cannot be read: Is a directory"),
}


def with_own_media(asked: DubOrder, folder: Path) -> DubOrder:
    """The order on copies of its film and its dub."""
    folder.mkdir()
    film, dub = (Path(copy(path, folder)) for path in (asked.picture.path, asked.speeches[0].path))
    return replace(
        asked,
        picture=replace(asked.picture, path=str(film)),
        speeches=(replace(asked.speeches[0], path=str(dub)),),
    )


def test_changed_media_is_refused_by_its_path_and_stops_no_other_shot(
    ready, orders, undisturbed, tmp_path, told
):
    job, reel = Job(tmp_path / "JOB"), {"SH010": orders["SH010"]}
    for name in CHANGES:
        for kind in ("PICTURE", "SOUND"):
            own = with_own_media(orders["SH010"], tmp_path / f"{name} {kind}")
            reel[f"{name}_{kind}"] = own
    files = place(job, reel)
    for name, (change, _) in CHANGES.items():
        change(tmp_path / f"{name} PICTURE" / "plate.mkv")
        change(tmp_path / f"{name} SOUND" / "dub.wav")
    code, said = ready.run(["--together", 3, *files], told)
    assert code == 1, said[-3:]
    for name, (_, words) in CHANGES.items():
        for kind, file in (("PICTURE", "plate.mkv"), ("SOUND", "dub.wav")):
            report = read_result(job.result(f"{name}_{kind}")).report
            assert report.state == ShotState.FAILED
            assert f"{tmp_path / f'{name} {kind}' / file}: {words}" in report.reason
    assert results(job) == {"SH010": ShotState.RENDERED}
    assert media(job) == {"SH010.mkv": media(undisturbed)["SH010.mkv"]}


EDITS = {
    "cut short": lambda text: text[:-40],
    "a field misspelt": lambda text: text.replace('"seed"', '"sead"'),
    "a field too many": lambda text: text.replace('"seed"', '"sharpen": 3, "seed"'),
    "no steps": lambda text: text.replace('"steps": 1', '"steps": 0'),
    "words for a number": lambda text: text.replace('"steps": 1', '"steps": "many"'),
    "a rate of nothing": lambda text: text.replace('"25"', '"25/0"'),
    "another schema": lambda text: text.replace("lipflap.order/", "lipflap.odor/"),
    "a role there is not": lambda text: text.replace('"dub"', '"dubbed"'),
    "no frames": lambda text: text.replace('"count": 18', '"count": 0'),
    "not a word of text": lambda text: "\0\1",
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_order_spoilt_by_hand_is_refused_before_anything_is_rendered(
    ready, orders, tmp_path, told, edit
):
    job = Job(tmp_path / "JOB")
    place(job, orders)
    path = job.order("SH010")
    before = path.read_text()
    path.write_text(EDITS[edit](before))
    assert path.read_text() != before
    code, said = ready.run([job.order("SH020"), path], told)
    assert code == 2
    assert said[-1].startswith(f"lipflap: {path}: ")
    assert (results(job), media(job)) == ({}, {})


def test_frames_that_the_media_does_not_hold_are_refused_by_number(ready, orders, tmp_path, told):
    job = Job(tmp_path / "JOB")
    place(job, orders)
    path = job.order("SH010")
    path.write_text(path.read_text().replace('"first": "0"', '"first": "9"'))
    code, _ = ready.run([path], told)
    assert code == 1
    reason = read_result(job.result("SH010")).report.reason
    assert "has frames 00:00:00:00 to 00:00:00:17; 00:00:00:09 to 00:00:01:01 are needed" in reason


@pytest.mark.soak
def test_an_order_that_was_edited_well_is_another_order(ready, orders, undisturbed, tmp_path, told):
    """What was rendered before no longer stands for it."""
    job = Job(tmp_path / "JOB")
    place(job, orders)
    path = job.order("SH010")
    assert ready.run([path], told)[0] == 0
    asked = json.loads(path.read_text())
    asked["frames"]["count"] = 12
    path.write_text(json.dumps(asked))
    code, said = ready.run([path], told)
    assert code == 0
    assert json.loads(said[-1])["report"]["frames"] == 12
    assert media(job) != {"SH010.mkv": media(undisturbed)["SH010.mkv"]}
