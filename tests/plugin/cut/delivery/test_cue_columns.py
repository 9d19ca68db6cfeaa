"""Columns of cue lists by the titles that studios of several countries give them."""

import unicodedata

import pytest

from lipflap.plugin.cut.delivery.cue_columns import columns_of

ALL = ["cue", "character", "start", "end", "text", "file"]


@pytest.mark.parametrize(
    "titles",
    [
        "Nr.;Rolle;TC ein;TC aus;Text;Datei",
        "Satznummer;Figur;Einstieg;Ausstieg;Dialog;Tondatei",
        "Boucle;Personnage;TC début;TC fin;Réplique;Fichier son",
        "Loop;Personaje;Entrada;Salida;Texto;Archivo",
        "Anello;Personaggio;Inizio;Fine;Battuta;Nome file",
        "Loop;Personagem;Entrada;Saída;Fala;Arquivo",
        "Cue Name;Name;Cue In;Cue Out;Line;Clip Name",
    ],
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_titles_in_many_languages(titles: str, form: str) -> None:
    header = unicodedata.normalize(form, titles).split(";")
    assert columns_of(header) == {column: place for place, column in enumerate(ALL)}


@pytest.mark.parametrize(
    ("titles", "columns"),
    [
        ("Reel Name;Source In;Source Out;Rec In;Rec Out;File", {"start": 3, "end": 4, "file": 5}),
        ("Guide File;In;Original Text;Text;File Name", {"start": 1, "text": 3, "file": 4}),
        ("Original Text;In;File", {"text": 0, "start": 1, "file": 2}),
        ("Sprecher;Rolle;In", {"character": 1, "start": 2}),
        ("Speaker;In", {"character": 0, "start": 1}),
        ("In;Source File", {"start": 0, "file": 1}),
        ("Scene Name;Show Name;In;Datei", {"start": 2, "file": 3}),
        ("Take;In;Datei", {"start": 1, "file": 2}),
    ],
)
def test_what_is_not_of_the_dub_gives_way(titles: str, columns: dict[str, int]) -> None:
    found = columns_of(titles.split(";"))
    assert {column: found.get(column) for column in columns} == columns
    assert len(found) == len(columns) or "Take" in titles
