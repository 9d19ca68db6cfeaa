"""Several dubs of one cut: names that are files, and none taken for another cut's."""

from pathlib import Path

import pytest

from lipflap.plugin.cut.cast.voices import Voice
from lipflap.plugin.cut.decisions import (
    Decisions,
    Slip,
    decisions_path,
    with_overrides,
    write_decisions,
)
from lipflap.plugin.cut.languages import (
    Language,
    begin_language,
    job_path,
    list_languages,
    name_language,
)
from lipflap.plugin.cut.time_range import TimeRange


@pytest.mark.parametrize(
    ("dub", "taken", "name"),
    [
        ("track:Dub FR", [], "Dub FR"),
        ("track:Dub FR", ["", "dub fr"], "Dub FR 2"),
        ('track:A/B: "?" ', [], "A B"),
        ("/dubs/reel_fr.wav", [], "reel_fr"),
        ("/dubs/FR", [], "FR"),
        ("track:...", [], "dub"),
        ("track:" + "é" * 80, [], "é" * 24),
    ],
)
def test_the_name_of_a_dub_is_fit_for_files(dub, taken, name):
    assert name_language(dub, taken) == name


def test_the_dubs_of_a_cut_are_listed_and_no_other_cuts(tmp_path):
    cut = tmp_path / "reel[1].otio"
    assert list_languages(cut) == (Language("", ""),)
    kept = {"": "track:Dub DE", "Dub FR": "track:Dub FR", "late": "/dubs/late.wav"}
    for name, dub in kept.items():
        decisions_path(cut, name).write_text(write_decisions(Decisions(dub=dub)))
    for other in ("reel[1].v2.otio", "reel.otio", "areel[1].otio"):
        decisions_path(tmp_path / other).write_text(write_decisions(Decisions()))
    assert list_languages(cut) == (
        Language("", "Dub DE"),
        Language("Dub FR", "Dub FR"),
        Language("late", "late"),
    )
    decisions_path(cut, "late").write_text("{")
    assert list_languages(cut)[-1] == Language("late", "")


def test_each_dub_has_a_job_of_its_own():
    cut = Path("/cuts/reel.v2.otio")
    assert job_path(cut, "") == Path("/cuts/reel.v2.lipflap")
    assert job_path(cut, "Dub FR") == Path("/cuts/reel.v2 (Dub FR).lipflap")


def test_another_dub_begins_with_the_faces_and_without_the_slips_of_the_first():
    first = with_overrides(Decisions(dub="track:Dub DE"), ["SH010"], face=2)
    record = TimeRange(0, 1)
    slips, voices = (Slip("DE_1", "Dub DE", record, 1),), (Voice("Anna", "Dub DE"),)
    first = Decisions(first.dub, None, "all", first.overrides, slips, ("take.mov",), (), voices)
    second = begin_language(first, "track:Dub FR", None)
    assert second == Decisions(
        "track:Dub FR", None, "all", first.overrides, references=("take.mov",)
    )
