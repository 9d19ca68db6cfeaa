"""Paths of a workstation on a farm, against the rules as Open Job Description's own library reads
them."""

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openjd.sessions import PathFormat, PathMappingRule

from lipflap.core.errors import DubError
from lipflap.core.order import DubOrder, DubSettings, FrameMap, Mode, Output, Picture, Speech
from lipflap.plugin.job.path_map import (
    PathRule,
    format_rule,
    localise_job,
    localise_order,
    map_path,
    parse_rule,
    read_rules,
)

NAMES = st.lists(st.sampled_from(["reel", "Reel", "plates", "a b", "é", "..", "x.mov"]), max_size=4)
POSIX = NAMES.map(lambda names: "/" + "/".join(names))
WINDOWS = NAMES.map(lambda names: "P:\\" + "\\".join(names))


@given(POSIX, POSIX)
def test_a_posix_rule_moves_what_openjd_would_move(source, path):
    theirs = PathMappingRule(
        source_path_format=PathFormat.POSIX,
        source_path=PurePosixPath(source),
        destination_path=PurePosixPath("/mnt/farm"),
    )
    assert PurePosixPath(map_path(path, [PathRule(source, "/mnt/farm")])) == PurePosixPath(
        theirs.apply(path=path)[1]
    )


@given(WINDOWS, WINDOWS, st.booleans())
def test_a_windows_rule_moves_what_openjd_would_move(source, path, forward):
    path = path.replace("\\", "/") if forward else path
    theirs = PathMappingRule(
        source_path_format=PathFormat.WINDOWS,
        source_path=PureWindowsPath(source),
        destination_path=PurePosixPath("/mnt/farm"),
    )
    ours = map_path(path, [PathRule(source, "/mnt/farm")])
    moved, expected = theirs.apply(path=path)
    assert PurePosixPath(ours) == PurePosixPath(expected)
    assert (ours != path) == moved


def test_the_rule_for_the_innermost_folder_counts_wherever_it_stands():
    rules = [parse_rule("/reel=/mnt/reel"), parse_rule("/reel/plates=/fast/plates")]
    assert map_path("/reel/plates/A001.%04d.exr", rules) == "/fast/plates/A001.%04d.exr"
    assert map_path("/reel/plates/A001.%04d.exr", rules[::-1]) == "/fast/plates/A001.%04d.exr"
    assert map_path("/reel/sound/de.wav", rules) == "/mnt/reel/sound/de.wav"
    assert map_path("/reels/de.wav", rules) == "/reels/de.wav"


def test_a_server_is_a_folder_and_a_farm_may_run_windows():
    assert (
        map_path("\\\\nas\\jobs\\a.mov", [parse_rule("\\\\NAS\\Jobs=/mnt/jobs")])
        == "/mnt/jobs/a.mov"
    )
    assert map_path("/jobs/r/a.mov", [parse_rule("/jobs=Z:\\jobs")]) == "Z:\\jobs\\r\\a.mov"


@pytest.mark.parametrize("words", ["/a", "=", "a=b", "/a=b", "a=/b", "/a="])
def test_a_rule_needs_two_whole_paths(words):
    with pytest.raises(ValueError, match="no whole path"):
        parse_rule(words)


def test_words_of_a_rule_mean_the_rule():
    for words in ("P:\\reel=/mnt/reel", "/a b=/c", "\\\\nas\\jobs=Z:\\jobs"):
        assert format_rule(parse_rule(words)) == words


def test_a_session_without_rules_has_an_empty_object(tmp_path):
    (tmp_path / "rules.json").write_text("{}")
    assert read_rules(tmp_path / "rules.json") == ()


def test_rules_of_a_session_are_read_and_those_about_the_net_left_out(tmp_path):
    rules = [
        {
            "source_path_format": "WINDOWS",
            "source_path": "P:\\reel",
            "destination_path": "/sessions/1/reel",
        },
        {
            "source_path_format": "URI",
            "source_path": "s3://bucket/reel",
            "destination_path": "/sessions/1/s3",
        },
    ]
    body = {"version": "pathmapping-1.0", "path_mapping_rules": rules}
    (tmp_path / "rules.json").write_text(json.dumps(body))
    assert read_rules(tmp_path / "rules.json") == (PathRule("P:\\reel", "/sessions/1/reel"),)


@pytest.mark.parametrize(
    "text", ["", "[]", '{"path_mapping_rules": [1]}', '{"path_mapping_rules": [{}]}', "[" * 99_999]
)
def test_a_file_that_holds_no_rules_is_refused_by_name(tmp_path, text):
    (tmp_path / "rules.json").write_text(text)
    with pytest.raises(DubError, match=r"rules\.json: holds no path mapping rules"):
        read_rules(tmp_path / "rules.json")


def order(folder: str, join: str) -> DubOrder:
    rate = Fraction(25)
    return DubOrder(
        shot="SH010",
        picture=Picture(join.join([folder, "plate.mov"]), rate, 0, None, "abc"),
        frames=FrameMap(Fraction(0), Fraction(1), 10),
        speeches=(Speech(join.join([folder, "de.wav"]), "dub", 0, 9, 9, 0, None, "def"),),
        output=Output(join.join([folder, "JOB", "media", "SH010.mov"]), rate, 0, 0, 0, "source"),
        settings=DubSettings(
            "starter", "1f" * 32, 1, 1.0, Mode.AUTOREGRESSIVE, 0, "embedded", None
        ),
    )


def test_an_order_of_a_windows_workstation_arrives_on_posix(tmp_path):
    there = order("P:\\reel", "\\")
    here = localise_order(there, (PathRule("P:\\reel", str(tmp_path)),))
    expected = order(str(tmp_path), "/")
    assert here == expected
    assert localise_job(there, (PathRule("P:\\reel", str(tmp_path)),)).folder == tmp_path / "JOB"


def test_an_order_that_no_rule_brings_here_is_refused(tmp_path):
    with pytest.raises(DubError, match="is a path of another system"):
        localise_order(order("P:\\reel", "\\"), ())


def test_a_model_the_job_brings_along_is_taken(tmp_path):
    one = order(str(tmp_path), "/")
    brought = tmp_path / "JOB" / "models" / f"{one.settings.model_sha256}.safetensors"
    brought.parent.mkdir(parents=True)
    brought.write_bytes(b"weights")
    assert localise_order(one, ()).settings == replace(one.settings, model=str(brought))


def test_in_a_folder_no_disk_can_have_there_is_no_model():
    one = order("/" + "x" * 5000, "/")
    assert localise_order(one, ()) == one


def test_a_model_by_its_path_moves_like_media(tmp_path):
    one = order("/reel", "/")
    one = replace(one, settings=replace(one.settings, model="/reel/anna.safetensors"))
    here = localise_order(one, (PathRule("/reel", str(tmp_path)),))
    assert Path(here.settings.model) == tmp_path / "anna.safetensors"
