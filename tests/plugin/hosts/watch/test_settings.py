"""The settings of a watched folder."""

from argparse import ArgumentParser
from dataclasses import fields
from fractions import Fraction
from pathlib import Path

import pytest
from support.jobs.requests import parse_request

from lipflap.core.errors import DubError
from lipflap.plugin.cli.request_arguments import add_request
from lipflap.plugin.hosts.watch.settings import (
    WatchSettings,
    make_request,
    path_rules,
    read_settings,
)
from lipflap.plugin.job.path_map import map_path


def write(folder: Path, text: str) -> Path:
    (folder / "lipflap.toml").write_text(text, encoding="utf-8")
    return folder


def test_without_a_file_a_cut_is_dubbed_as_the_command_line_does(tmp_path: Path) -> None:
    request = make_request(read_settings(tmp_path), tmp_path / "reel.xml")
    assert (request.dub, request.settings.handles, request.settings.codec) == (None, 8, "source")


def test_settings_are_those_of_the_command_line(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        'dub = "dub.wav"\nconsent = "Zoë"\nquality = "final"\nmode = "framewise"\nhandles = 4\n'
        'only = ["SH0*"]\nmedia = ["rushes"]\nrate = "24000/1001"\nmodel = "own.safetensors"\n'
        'require_consent = true\nburn_in = "AI"\n',
    )
    request = make_request(read_settings(folder), folder / "reel.xml")
    assert request.dub == str(folder / "dub.wav")
    assert (request.consent, request.shots.only, request.settings.handles) == ("Zoë", ("SH0*",), 4)
    assert (request.require_consent, request.settings.burn_in) == (True, "AI")
    assert request.places.folders == (folder / "rushes",)
    assert request.rate == Fraction(24000, 1001)
    painting = request.settings.dub_settings
    assert (painting.mode, painting.model) == ("framewise", str(folder / "own.safetensors"))


def test_settings_of_what_is_drawn_and_of_who_speaks_are_too(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        'blink = true\nseed = 7\nextend = ["SH02*"]\nreferences = ["more.mov", "/films/b.mov"]\n'
        'speaker = ["ANNA=SH010:1", "BEN=SH020:0"]\n',
    )
    request = make_request(read_settings(folder), folder / "reel.xml")
    text = "reel.xml --blink --seed 7 --extend SH02* --speaker ANNA=SH010:1 BEN=SH020:0"
    said = parse_request(text.split())
    assert request.shots == said.shots
    assert request.decisions == said.decisions
    painting, wanted = request.settings.dub_settings, said.settings.dub_settings
    assert (painting.blink, painting.seed) == (wanted.blink, wanted.seed) == (True, 7)
    assert request.settings.references == (str(folder / "more.mov"), "/films/b.mov")


def test_folders_of_the_editors_machine_lie_here(tmp_path: Path) -> None:
    folder = write(tmp_path, "map = ['P:\\show=show', '/Volumes/Film=/']\n")
    (folder / "show").mkdir()
    settings = read_settings(folder)
    rules = make_request(settings, folder / "reel.xml").places.rules
    assert rules == path_rules(settings, folder)
    assert map_path("P:\\show\\a.mov", rules) == str(folder / "show" / "a.mov")
    for wrong in ("P:\\show", "show=show", "P:\\show=gone"):
        write(tmp_path, f"map = ['{wrong}']\n")
        with pytest.raises(DubError, match=r"lipflap\.toml: has map = '.*Write it as"):
            read_settings(folder)


def test_faces_and_the_voice_in_a_sound_file_are_too(tmp_path: Path) -> None:
    folder = write(tmp_path, 'dub = "de.wav"\ndub_channel = 2\nface = ["SH010=1", "SH0*=0"]\n')
    request = make_request(read_settings(folder), folder / "reel.xml")
    text = "reel.xml --dub de.wav --dub-channel 2 --face SH010=1 SH0*=0"
    said = parse_request(text.split())
    assert (request.shots, request.dub_channel) == (said.shots, said.dub_channel)


def test_every_option_that_asks_for_a_dub_is_a_setting_of_a_watched_folder() -> None:
    parser = ArgumentParser()
    add_request(parser)
    of_one_cut = {"help", "cut", "json", "decisions", "map", "tracker"}  # of one machine or cut
    options = {action.dest for action in parser._actions} - of_one_cut
    assert options <= {field.name for field in fields(WatchSettings)}


def test_a_track_is_no_file(tmp_path: Path) -> None:
    folder = write(tmp_path, 'dub = "track:Dub*"')
    assert make_request(read_settings(folder), folder / "reel.xml").dub == "track:Dub*"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("dub = ", "cannot be read"),
        ("qualty = 'final'", "qualty"),
        ("handles = '8'", "whole number"),
        ("handles = true", "whole number"),
        ("require_consent = 1", "true or false"),
        ("burn_in = 'geändert'", "no letter 'ä'"),
        ("only = 'SH010'", "list of texts"),
        ("only = [1]", "list of texts"),
        ("quality = 'best'", "Choose one of: draft"),
        ("conform = 'overwrite'", "replace"),
        ("rate = 'film'", "24000/1001"),
        ("handles = -1", "has handles below 0"),
        ("seed = -1", "below 0"),
        ("blink = 1", "true or false"),
        ("extend = 'SH010'", "list of texts"),
        ("references = 'more.mov'", "list of texts"),
        ("mode = 'framewise'\nreferences = ['more.mov']", "uses no filmed mouths"),
        ("dub = 'a.wav'\ndub_channel = -1", "has dub_channel below 0"),
        ("dub_channel = 2", "its dub is none"),
        ("dub = 'track:A1'\ndub_channel = 2", "its dub is none"),
        ("dub_channel = '2'", "whole number"),
        ("face = ['SH010']", "has face = ['SH010'], which is not SHOT=N"),
        ("face = 'SH010=1'", "list of texts"),
        ("speaker = ['ANNA=SH010']", "has speaker = ['ANNA=SH010'], which is not CHARACTER=SHOT:N"),
        ("speaker = ['ANNA=S:1', 'BEN=S:1']", "of which BEN=S:1 contradicts ANNA=S:1"),
    ],
)
def test_a_wrong_setting_is_named(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(DubError, match=r"lipflap\.toml") as problem:
        read_settings(write(tmp_path, text))
    assert said in str(problem.value)
