"""Requests that are made without a command line."""

from dataclasses import replace
from pathlib import Path

import pytest
from support.jobs.requests import parse_request

from lipflap.core.errors import DubError
from lipflap.core.order import Mode
from lipflap.plugin.cut.decisions import Decisions, write_decisions
from lipflap.plugin.cut.project_settings import ProjectSettings
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


SET = ProjectSettings(
    quality="final",
    model="/models/own.safetensors",
    mode=Mode.FRAMEWISE,
    seed=3,
    tracker="face-alignment",
    handles=2,
    codec="prores",
    burn_in="AI",
    require_consent=True,
)


def test_the_command_line_follows_the_settings_of_the_project(tmp_path):
    path, cut = tmp_path / "reel.decisions.json", Path("cut.otio")
    decided = Decisions(project=SET, dub="de.wav", dub_channel=1)
    path.write_text(write_decisions(decided))
    assert parse_request(["cut.otio", "--decisions", str(path)]) == default_request(cut, decided)
    other_dub = parse_request(["cut.otio", "--decisions", str(path), "--dub", "fr.wav"])
    assert other_dub.dub_channel is None


def test_options_come_before_the_settings_of_the_project(tmp_path):
    path = tmp_path / "reel.decisions.json"
    path.write_text(write_decisions(Decisions(project=SET, dub="de.wav", dub_channel=1)))
    text = "--mode reference --seed 0 --handles 0 --codec source --tracker embedded"
    more = "--quality draft --model starter --dub-channel 1 --burn-in no"
    given = ["cut.otio", "--decisions", str(path), *text.split(), *more.split()]
    request = parse_request(given)
    painting = request.settings.dub_settings
    assert (painting.mode, painting.seed, painting.tracker) == ("reference", 0, "embedded")
    assert (painting.model, painting.guidance) == ("starter", 1)
    assert (request.settings.handles, request.settings.codec) == (0, "source")
    assert (request.dub_channel, request.settings.burn_in) == (0, "no")


def test_settings_that_there_are_not_are_refused_wherever_they_are_kept():
    with pytest.raises(DubError, match="no codec 'vhs'"):
        default_request(Path("cut.otio"), Decisions(project=ProjectSettings(codec="vhs")))
    with pytest.raises(DubError, match="no letter 'ä'"):
        default_request(Path("cut.otio"), Decisions(project=ProjectSettings(burn_in="geändert")))
    with pytest.raises(DubError, match="no quality 'best'"):
        default_request(Path("cut.otio"), Decisions(project=ProjectSettings(quality="best")))
