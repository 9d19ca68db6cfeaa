"""Paths of a workstation on a farm, against the rules as Open Job Description's own library reads
them."""

import json
from pathlib import PurePosixPath, PureWindowsPath
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openjd.sessions import PathFormat, PathMappingRule

from lipflap.core.errors import DubError
from lipflap.plugin.job.path_map import (
    PathRule,
    format_rule,
    map_path,
    parse_local_rule,
    parse_rule,
    read_rules,
    reverse,
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


def test_a_share_may_be_written_as_its_url():
    rule = parse_rule("smb://nas/film=/mnt/film")
    assert rule.source == "//nas/film"
    assert map_path("//nas/film/a.mov", [rule]) == "/mnt/film/a.mov"


def test_a_server_is_written_in_three_ways_and_a_drive_alone_is_its_root():
    rule = [parse_rule("\\\\nas\\jobs=/mnt/jobs")]
    assert map_path("//NAS/jobs/a.mov", rule) == "/mnt/jobs/a.mov"
    assert (
        map_path("\\\\nas\\jobs\\a.mov", [parse_rule("//nas/jobs=/mnt/jobs")]) == "/mnt/jobs/a.mov"
    )
    assert map_path("p:/show/a.mov", [parse_rule("P:=/mnt")]) == "/mnt/show/a.mov"


def test_umlauts_of_a_rule_count_in_either_form():
    composed, decomposed = (normalize(form, "/Büro") for form in ("NFC", "NFD"))
    for source, path in ((composed, decomposed), (decomposed, composed)):
        assert map_path(f"{path}/a.mov", [PathRule(source, "/mnt")]) == "/mnt/a.mov"


def test_reversed_rules_lead_back():
    rules = (parse_rule("P:\\show=/mnt/show"), parse_rule("/Volumes/Film=/mnt/film"))
    for path in ("P:\\show\\new\\SH010.mov", "/Volumes/Film/SH010.mov"):
        assert map_path(map_path(path, rules), reverse(rules)) == path


def test_a_local_rule_starts_at_the_current_folder_and_needs_one_that_is_there(
    tmp_path, monkeypatch
):
    (tmp_path / "mnt").mkdir()
    monkeypatch.chdir(tmp_path)
    assert parse_local_rule("P:\\show=mnt") == PathRule("P:\\show", str(tmp_path / "mnt"))
    for text in ("P:\\show=gone", "P:\\show", "show=mnt"):
        with pytest.raises(ValueError, match="is not a"):
            parse_local_rule(text)


@pytest.mark.parametrize("words", ["/a", "=", "a=b", "/a=b", "a=/b", "/a="])
def test_a_rule_needs_two_whole_paths(words):
    with pytest.raises(ValueError, match="not an absolute path"):
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
