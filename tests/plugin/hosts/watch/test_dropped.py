"""Which files of a watched folder are cuts, and when they are complete."""

import os
from pathlib import Path

import pytest

from lipflap.plugin.hosts.watch import dropped
from lipflap.plugin.hosts.watch.dropped import DroppedCut, Outcome, Settling, cuts_in
from lipflap.plugin.hosts.watch.settings import WatchSettings


def test_dubbed_cuts_hidden_files_and_media_are_no_cuts(tmp_path: Path) -> None:
    names = ["a.xml", "b.KDENLIVE", "c.fcpxmld", "a.dubbed.xml", "a.dubbed 2.xml", ".d.xml"]
    names += ["~e.aaf", "film.mov", "lipflap.toml", "a.status.html", "a.xml.part"]
    for name in names:
        (tmp_path / name).touch()
    assert [cut.path.name for cut in cuts_in(tmp_path)] == ["a.xml", "b.KDENLIVE", "c.fcpxmld"]


def test_a_cut_is_complete_when_it_no_longer_grows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr(dropped, "monotonic", lambda: clock[0])
    cut, settling = DroppedCut(tmp_path / "a.xml"), Settling()
    complete = []
    for clock[0], text in ((0, ""), (9, "<xml"), (12, "<xmeml>"), (16, "<xmeml>"), (17, "<xmeml>")):
        if not cut.path.exists() or cut.path.read_text() != text:
            cut.path.write_text(text)
        complete.append(settling.is_complete(cut, 5))
    assert complete == [False, False, False, False, True]


def test_a_bundle_is_complete_when_nothing_in_it_changes(tmp_path: Path) -> None:
    cut, settling = DroppedCut(tmp_path / "a.fcpxmld"), Settling()
    cut.path.mkdir()
    assert not settling.is_complete(cut, 0)  # it is empty
    (cut.path / "Info.fcpxml").write_text("<fcpxml/>")
    assert settling.is_complete(cut, 0)
    assert not settling.is_complete(cut, 60)


def test_another_cut_or_other_settings_or_another_dub_are_another_digest(tmp_path: Path) -> None:
    cut, settings = DroppedCut(tmp_path / "a.edl"), WatchSettings(dub="dub.wav")
    cut.path.write_text("one")
    (tmp_path / "dub.wav").write_text("one")
    first = cut.digest(settings)
    assert cut.digest(settings) == first
    assert cut.digest(WatchSettings(dub="dub.wav", quality="final")) != first
    (tmp_path / "dub.wav").write_text("another")
    second = cut.digest(settings)
    assert second != first
    (tmp_path / "consent.json").write_text("{}")
    third = cut.digest(settings)
    assert third not in (first, second)
    cut.path.write_text("two")
    assert cut.digest(settings) not in (first, second, third)


def test_a_cut_that_is_dropped_in_again_is_dubbed_again(tmp_path: Path) -> None:
    """Not if a machine merely sees its time less exactly."""
    cut, settings = DroppedCut(tmp_path / "a.edl"), WatchSettings()
    cut.path.write_bytes(bytes(4 << 20))
    os.utime(cut.path, ns=(0, 1_700_000_000_123_456_789))
    first = cut.digest(settings)
    os.utime(cut.path, ns=(0, 1_700_000_000_123_456_700))
    assert cut.digest(settings) == first
    os.utime(cut.path, ns=(0, 1_700_000_009_123_456_789))
    assert cut.digest(settings) != first


def test_cuts_of_one_name_have_pages_of_their_own(tmp_path: Path) -> None:
    for name in ("a.xml", "A.edl", "b.xml"):
        (tmp_path / name).write_text("cut")
    assert [cut.page.name for cut in cuts_in(tmp_path)] == [
        "A.edl.status.html",
        "a.xml.status.html",
        "b.status.html",
    ]


def test_an_outcome_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    cut = DroppedCut(tmp_path / "a.edl")
    assert cut.outcome() is None
    cut.write_outcome(Outcome("d", "dubbed", "", "/a.dubbed.edl"))
    assert cut.outcome() == Outcome("d", "dubbed", "", "/a.dubbed.edl")
    cut.outcome_file.write_text('{"schema": "lipflap.watched_cut/1", "digest"')
    assert cut.outcome() is None
