"""Names of tracks as editors write them, read by a person first."""

import pytest

from lipflap.plugin.cut.track_names import (
    character_of,
    language_of,
    names_dub,
    names_music_and_effects,
    without_language,
)


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("german", "de"),
        ("Deutsch (Synchron)", "de"),
        ("de", "de"),
        ("DX_DE", "de"),
        ("Dub DE", "de"),
        ("fr-FR", "fr"),
        ("Dialog pt_BR", "pt"),
        ("Track 2 ES", "es"),
        ("deu", "de"),
        ("dub_it", "it"),
        ("it-IT", "it"),
        ("日本語", "ja"),
        ("VO fr", "fr"),
    ],
)
def test_a_name_that_speaks_of_a_language(name: str, language: str) -> None:
    assert language_of(name) == language


NO_LANGUAGE = """
Audio 1|A1|M&E|it|no|IT|BG|MS|Mix 5.1|Pista de audio|PISTA DE AUDIO|Lt Rt|LAV 1|Boom|ADR|DX
Dialogue|Sequence|TimelineMobSlot|-1|Final mix|may 12|Wild is
"""


@pytest.mark.parametrize("name", NO_LANGUAGE.replace("\n", "|").split("|"))
def test_a_name_that_only_looks_like_a_language(name: str) -> None:
    assert language_of(name) is None


def test_words_for_a_dub_and_for_sound_without_dialogue() -> None:
    assert all(map(names_dub, ["dub", "DUB DE", "Doublage", "German dubbing", "Synchron"]))
    assert not any(map(names_dub, ["Dublin", "sync sound", "undubbed", "Audio 1"]))
    assert all(map(names_music_and_effects, ["M&E", "M & E", "M+E DE", "Music", "SFX 2", "AMB_1"]))
    assert not any(
        map(names_music_and_effects, ["Me", "Mae", "Boom", "Dialogue", "Effected voice"])
    )


@pytest.mark.parametrize(
    ("stem", "bare"),
    [
        ("SH010_DE", "SH010"),
        ("SH010.fr-FR", "SH010"),
        ("SH010_pt-BR", "SH010"),
        ("SH010 german", "SH010"),
        ("SH010_dub_de", "SH010"),
        ("A001_C002", "A001_C002"),
        ("DE", "DE"),
    ],
)
def test_a_file_name_without_its_language(stem: str, bare: str) -> None:
    assert without_language(stem) == bare


@pytest.mark.parametrize(
    ("track", "character"),
    [
        ("Dub DE Anna", "Anna"),
        ("COP 1", "COP 1"),
        ("COP_02", "COP 2"),
        ("Dub DE Cop1 (mono)", "Cop 1"),
        ("Police Officer #3 DE", "Police Officer 3"),
        ("1 ANNA", "ANNA"),
        ("Anna 5.1", "Anna"),
        ("Anna Take 2", "Anna"),
        ("ANNA v2", "ANNA"),
        ("ANNA 01-00-02-12", "ANNA"),
        ("Dub DE 1", ""),
        ("Audio 2", ""),
        ("CH3", ""),
        ("A1", ""),
    ],
)
def test_a_number_behind_a_name_tells_characters_apart(track: str, character: str) -> None:
    assert character_of(track) == character
