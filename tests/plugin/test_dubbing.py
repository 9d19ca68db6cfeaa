"""Requests that are made without a command line."""

from dataclasses import replace
from pathlib import Path

import pytest

from lipflap.core.errors import DubError
from lipflap.plugin.cli.request_arguments import parse_request
from lipflap.plugin.cut.decisions import Decisions
from lipflap.plugin.dub_request import default_request


def test_references_need_a_mode_that_takes_filmed_mouths():
    request = parse_request(["cut.otio", "--references", "take 2.mov", "/b.mov"])
    assert request.settings.references == (str(Path.cwd() / "take 2.mov"), "/b.mov")
    with pytest.raises(DubError, match="--references: has no effect with --mode framewise"):
        parse_request(["cut.otio", "--references", "b.mov", "--mode", "framewise"])


def test_a_shot_shows_a_face_as_one_character_and_a_character_as_one_face():
    asked = ["cut.otio", "--speaker", "ANNA=SH010:1", "BERT=SH010:0", "ANNA=SH020:0"]
    assert len(parse_request([*asked, "anna=SH010:1"]).decisions.speakers) == 3
    for other in ("CARL=SH010:1", "ANNA=SH010:2"):
        with pytest.raises(DubError, match=f"--speaker: {other} contradicts ANNA=SH010:1"):
            parse_request([*asked, other])


def test_the_panel_requests_what_the_command_line_does_by_default():
    cut, decisions = Path("cut.otio"), Decisions(dub="track:Dub DE", dub_at="01:00:00:00")
    typed = parse_request(["cut.otio", "--dub=track:Dub DE", "--dub-at=01:00:00:00"])
    assert default_request(cut, decisions) == replace(typed, decisions=decisions)
    asked = Decisions(consent="The actors, 2026-05-01")
    typed = parse_request(["cut.otio", "--consent=The actors, 2026-05-01"])
    assert default_request(cut, asked) == replace(typed, decisions=asked)
