"""Names against the rules of file systems: bytes, case, reserved characters and devices."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipflap.plugin.cut.shot_names import safe_file_name, unique_names


@pytest.mark.parametrize(
    ("clip", "media", "name"),
    [
        ("SH010", "", "SH010"),
        ("TestMXF_FünnyChårsé.mov", "/x/TestMXF_FünnyChårsé.mov", "TestMXF_FünnyChårsé"),
        ("A001.C002", "A001.C002.mxf", "A001.C002"),
        ("N01.mov", "", "N01"),
        ("N01.MXF", "/x/N01_proxy.mp4", "N01"),
        ("N01.R3D", "", "N01"),
        ("N01.final", "", "N01.final"),
        (".mov", "", "mov"),
        ("会話 一", "", "会話 一"),
        ("/", "", "_"),
        ("", "", "shot"),
        (" . ", "", "shot"),
        ("50% off?", "", "50_ off_"),
        ("..\\up", "", "_up"),
        ("con", "", "_con"),
    ],
)
def test_a_clip_name_becomes_a_file_name(clip: str, media: str, name: str) -> None:
    assert safe_file_name(clip, media) == name


@given(st.text(max_size=300))
def test_any_name_is_fit_for_a_file(clip: str) -> None:
    name = safe_file_name(clip)
    assert 0 < len(name.encode()) <= 121
    assert not re.search(r'[\x00-\x1f<>:"/\\|?*%]', name)
    assert name == name.strip(" .")


@given(st.lists(st.sampled_from(["a", "A", "b", "a_2", "a_3", "B"]), max_size=12))
def test_no_two_names_are_one_file_even_where_case_does_not_count(names: list[str]) -> None:
    unique = unique_names(names)
    assert len({name.casefold() for name in unique}) == len(names)
    assert all(new.startswith(old) for new, old in zip(unique, names, strict=True))


def test_the_first_of_a_name_keeps_it() -> None:
    assert unique_names(["a", "b", "a", "a"]) == ["a", "b", "a_2", "a_3"]
