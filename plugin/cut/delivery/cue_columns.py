"""Columns of a cue list, by the titles that studios give them, in any order.

Reel Name | Cue Name | Character Name | Source In | Record In | Guide File | File Name
            cue        character                    start                    file
"""

import re
import unicodedata
from collections.abc import Iterable


def _without_accents(text: str) -> str:
    letters = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


_WORDS = {  # a title that has one of these means the column, the most telling word first
    "end": "out end stop ende bis tcout outtc endzeit endtime sortie fine fin salida outcue aus "
    "ausstieg saida until konec koniec slut einde vége bitiş конец 終了 结束 出点 종료",
    "start": "in start begin beginn anfang von tc timecode tcin intc time startzeit starttime "
    "entree inizio inicio entrada incue ein einstieg debut anfangszeit začátek początek början "
    "kezdés başlangıç начало 開始 开始 入点 시작",
    "file": "file filename audio sound wav wave media datei dateiname fichier archivo clip "
    "audiofile soundfile tondatei audiodatei arquivo ficheiro region soubor plik fil bestand fájl "
    "dosya файл ファイル 文件 파일",
    "character": "character char role rolle figur person personnage personaje personaggio "
    "personagem rollenname figurenname postava postać rollnamn rol szereplő karakter персонаж роль "
    "役名 役 角色 배역",
    "take": "take takename toma prise",
    "shot": "shot einstellung plan plano inquadratura",
    "cue": "cue number no nr nummer num loop event index lineid cueid cueno id # satz satznummer "
    "boucle anello číslo numer szám numara номер 番号 编号 번호",
    "text": "text line dialogue dialog dub translation dialogtext adaptation content texte texto "
    "testo replique battuta fala subtitle untertitel ubersetzung traduction tekst replik "
    "szöveg metin текст реплика セリフ 台詞 台词 대사",
    "status": "status state zustand statut estado stato",
}
_WHOLE = {  # titles that mean it alone
    "character": "name track track-name part who",
    "start": "from position",
    "file": "path",
    "cue": "line-id line-no line-number line-nr dialogue-id dialog-id",
}
_SECOND = {  # what counts where no other column means the same: who lends the voice, the original
    "character": "speaker sprecher sprecherin voice stimme cast actor talent",
    "text": "original orig source",
    "file": "source src",
}
_NOT_OF_THE_DUB = {"source", "src", "original", "orig", "guide", "production", "old", "reference"}
_MEANING = {
    word: column for column, words in _WORDS.items() for word in _without_accents(words).split()
}
_MEANING_WHOLE = {title: column for column, titles in _WHOLE.items() for title in titles.split()}
_IN_BRACKETS = re.compile(r"[(\[].*?[)\]]")
_WORD = re.compile(r"[^\W_]+|#")
_MAX_WORDS = 4
_UNITS = {
    "ms": "ms msec millis millisecond milliseconds millisekunden millisecondes milisegundos",
    "f": "frame frames bild bilder images fotogramas fotogrammi",
}
_UNIT_OF = {word: unit for unit, words in _UNITS.items() for word in words.split()}


def columns_of(header: Iterable[str]) -> dict[str, int]:
    """Return the place of each column that a header names; of two of a kind, the first."""
    columns: dict[str, int] = {}
    seconds: dict[str, int] = {}
    for place, title in enumerate(header):
        words = _words_of(title)
        if column := _meaning_of(words):
            columns.setdefault(column, place)
        elif column := _second_meaning_of(words):
            seconds.setdefault(column, place)
    if "take" in columns:
        columns.setdefault("file", columns.pop("take"))
    return seconds | columns


def unit_of(title: str) -> str:
    """Return the unit that a title says for plain numbers: ms, f for frames; else empty."""
    words = _WORD.findall(title.casefold().replace("_", " "))
    return next((_UNIT_OF[word] for word in words if word in _UNIT_OF), "")


def _words_of(title: str) -> list[str]:
    """Return the words of a title, whatever its case, accents, units and separators."""
    words = _WORD.findall(_without_accents(_IN_BRACKETS.sub("", title).casefold()))
    return words if len(words) <= _MAX_WORDS else []


def _meaning_of(words: list[str]) -> str:
    """Return the column that a title means by its most telling word: TC In, Character Name."""
    joined = ("-".join(words), "".join(words))
    whole = next((_MEANING_WHOLE[title] for title in joined if title in _MEANING_WHOLE), "")
    if whole or _NOT_OF_THE_DUB & set(words):
        return whole
    meanings = {_MEANING.get(word) for word in (*words, *joined)}
    return next((column for column in _WORDS if column in meanings), "")


def _second_meaning_of(words: list[str]) -> str:
    if _NOT_OF_THE_DUB & set(words):
        meant = {_MEANING.get(word) for word in words}
        fits = (c for c in ("text", "file") if c in meant and set(words) & set(_SECOND[c].split()))
        return next(fits, "")
    return "character" if set(words) & set(_SECOND["character"].split()) else ""
