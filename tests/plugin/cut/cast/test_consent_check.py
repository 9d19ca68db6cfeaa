"""Consent of the characters that a dub names."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from support.cuts.rendered_cut import write_rendered_cut

from lipflap.core.consent import Agreement
from lipflap.core.errors import DubError
from lipflap.core.order import Role
from lipflap.plugin.cut.cast.consent_check import (
    consent_on_file,
    consent_warnings,
    missing_consent,
    refuse_without_consent,
)
from lipflap.plugin.cut.cuesheet import Cue, CueSheet, read_cues
from lipflap.plugin.job.folder import Job


def said_by(cue: Cue, character: str) -> Cue:
    pairs = tuple(
        replace(pair, line=replace(pair.line, character=character))
        if pair.line.role == Role.DUB
        else pair
        for pair in cue.pairs
    )
    return replace(cue, pairs=pairs)


def with_characters(sheet: CueSheet, *characters: str) -> CueSheet:
    named = dict(zip([cue.shot.name for cue in sheet.ready], characters, strict=True))
    cues = (said_by(cue, named.get(cue.shot.name, "")) for cue in sheet.cues)
    return replace(sheet, cues=tuple(cues))


def test_every_character_of_a_ready_shot_is_asked_for(tmp_path: Path) -> None:
    write_rendered_cut(tmp_path)
    nobody = read_cues(Job(tmp_path / "small.lipflap").cues)
    assert missing_consent(nobody) == ("No consent is on file.",)
    assert consent_warnings(nobody) == ()  # there is nobody whom one could ask
    ended = replace(nobody, agreements=(Agreement("Jane", "dub", until="2020-01-01"),))
    assert consent_warnings(ended) == ("The consent of Jane ended on 2020-01-01.",)
    assert consent_on_file(ended, date.today()) == (
        "The consent of Jane ended on 2020-01-01.",
        "On file: Jane: dub, until 2020-01-01 (ended).",
    )
    many = replace(nobody, agreements=tuple(Agreement(f"P{n}", "dub") for n in range(10)))
    assert consent_on_file(many, date.today())[-2:] == ("On file: P7: dub.", "2 more are on file.")
    sheet = with_characters(nobody, "ANNA", "BEN", "anna")
    gaps = ("No consent of ANNA is on file.", "No consent of BEN is on file.")
    assert missing_consent(sheet) == consent_warnings(sheet) == gaps
    agreed = replace(sheet, agreements=(Agreement("Jane", "dub", characters=("Anna",)),))
    assert missing_consent(agreed) == gaps[1:]
    with pytest.raises(DubError, match="No consent of BEN is on file"):
        refuse_without_consent(agreed, tmp_path)
    refuse_without_consent(replace(agreed, consent="all agreed in May"), tmp_path)
    assert missing_consent(replace(nobody, cues=nobody.cues[1:2])) == ()  # nothing is dubbed
