"""Patterns in which * and ? match, and nothing else does."""

import unicodedata

import pytest

from lipflap.plugin.cut.name_pattern import fits


@pytest.mark.parametrize(
    ("name", "pattern", "fitting"),
    [
        ("SH010", "SH0?0", True),
        ("SH010", "sh*", False),
        ("Scene [2] take 1", "Scene [2]*", True),
        ("Scene 2 take 1", "Scene [2]*", False),
        ("A]", "?]", True),
        ("[!x]", "[!x]", True),
        ("y", "[!x]", False),
        ("Größe 1", "Größe ?", True),
    ],
)
def test_stars_and_question_marks_match_and_brackets_are_brackets(
    name: str, pattern: str, fitting: bool
) -> None:
    for form in ("NFC", "NFD"):
        assert fits(name, unicodedata.normalize(form, pattern)) is fitting
