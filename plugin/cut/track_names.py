"""Languages, dubs and sound without dialogue, told by the names of sound tracks and files.

Names are short and ambiguous: "it" is a pronoun, "BG" is background, "MS" is mid-side, "Pista de
audio" is Spanish for audio track. A full name of a language counts anywhere; a code counts when it
is the whole name, stands next to a word for dialogue or dub (DX_DE), has a region (pt-BR), or
stands in capitals at either end of the name; a code that is also a common word only by the
middle two.
"""

import re
import unicodedata

_LANGUAGES = {
    "ar": "ara arabic العربية",
    "bg": "bul bulgarian български",
    "ca": "cat catalan català",
    "cs": "ces cze czech čeština česky",
    "da": "dan danish dansk",
    "de": "deu ger german deutsch",
    "el": "ell gre greek ελληνικά",
    "en": "eng english",
    "es": "spa spanish español espanol castellano castilian latino",
    "et": "est estonian eesti",
    "eu": "eus baq basque euskara",
    "fa": "fas per persian farsi",
    "fi": "fin finnish suomi",
    "fr": "fra fre french français francais",
    "gl": "glg galician galego",
    "he": "heb hebrew עברית",
    "hi": "hin hindi हिन्दी",
    "hr": "hrv croatian hrvatski",
    "hu": "hun hungarian magyar",
    "id": "ind indonesian bahasa",
    "is": "isl ice icelandic íslenska",
    "it": "ita italian italiano",
    "ja": "jpn japanese 日本語",
    "ko": "kor korean 한국어",
    "lt": "lit lithuanian lietuvių",
    "lv": "lav latvian latviešu",
    "ms": "msa may malay melayu",
    "nl": "nld dut dutch nederlands flemish vlaams",
    "no": "nor nob nno norwegian norsk",
    "pl": "pol polish polski",
    "pt": "por portuguese português portugues brazilian",
    "ro": "ron rum romanian română",
    "ru": "rus russian русский",
    "sk": "slk slo slovak slovenčina",
    "sl": "slv slovenian slovene slovenščina",
    "sr": "srp serbian srpski српски",
    "sv": "swe swedish svenska",
    "ta": "tam tamil தமிழ்",
    "te": "tel telugu తెలుగు",
    "th": "tha thai ไทย",
    "tr": "tur turkish türkçe",
    "uk": "ukr ukrainian українська",
    "vi": "vie vietnamese",
    "zh": "zho chi chinese mandarin cantonese putonghua 中文 普通话",
}
_CODES = {code: code for code in _LANGUAGES}
_NAMES: dict[str, str] = {}
for _code, _others in _LANGUAGES.items():
    for _word in _others.split():
        (_CODES if len(_word) == 3 and _word.isascii() else _NAMES)[_word] = _code

_WORDS = {
    "common": "bg ca cat dan est et fin he hi id ind is it lav lit lt may ms no per pol sl te tr",
    "dub": "dub dubs dubbed dubbing doublage doublé doblaje doppiaggio dublagem dubbning "
    "synchro synchron synchronfassung 吹替 吹き替え 配音",
    "dialogue": "dx dia dial dialog dialogue vo voice vox stimme sprecher speaker voix voz voce",
    "state": "final mix mixed mixdown mono stereo master",
    "mix": "mix mixed mixdown fullmix printmaster pm lt lo ltrt loro mischung endmischung",
    "no dialogue": "music musik mx score fx sfx foley effects ambience amb atmo atmos mne ime",
    "original": "original prod production guide boom lav lavalier sync oton o-ton",
    "no name": "tc ltc line lines take takes loop cue cues adr audio track spur tonspur piste "
    "pista sound ton son mono stereo mix master stem final ch chan channel kanal canal tr trk mic "
    "sh shot scene sc reel ep eps episode folge file clip version rev ver lang language fr f "
    "tk pu wt nr alt alternate alternative alternativ wild pickup film movie show trailer spot "
    "promo teaser serie series staffel season",
}
_COMMON_WORDS = set(_WORDS["common"].split())
_DUB_WORDS = set(_WORDS["dub"].split())
_SPEECH_WORDS = _DUB_WORDS | set(_WORDS["dialogue"].split())
_NO_DIALOGUE_WORDS = set(_WORDS["no dialogue"].split())
_MIX_WORDS = set(_WORDS["mix"].split())
_STATE_WORDS = set(_WORDS["state"].split())
_ORIGINAL_WORDS = set(_WORDS["original"].split())
_NO_NAMES = set(_WORDS["no name"].split()) | _ORIGINAL_WORDS | _SPEECH_WORDS | _NO_DIALOGUE_WORDS
_NAME_AND_NUMBER = re.compile(
    r"(?P<name>[^\W_]*[^\W\d_])(?:[ _-]{0,2}#?(?P<number>\d{1,2})(?![.:-]?\d))?(?![^\W_])"
)
_TOKENS = re.compile(r"[^\W_]+")
_M_AND_E = re.compile(r"(?<![^\W_])(?:(?i:m\s?(?:&|\+|and)\s?e)|ME)(?![^\W_])")
_REGION = re.compile(r"(?<![^\W_])([A-Za-z]{2,3})[-_]([A-Z]{2}|419)(?![^\W_])")


def language_of(text: str) -> str | None:
    """Return the two-letter code of the language in a name, None when it is not clear."""
    text = unicodedata.normalize("NFC", text)
    tokens = _tokens(text)
    found = {_NAMES[token.casefold()] for token in tokens if token.casefold() in _NAMES}
    found |= {
        _CODES[code.casefold()] for code, _ in _REGION.findall(text) if code.casefold() in _CODES
    }
    if not found:
        found = {_CODES[token.casefold()] for token in _clear_codes(tokens)}
    return found.pop() if len(found) == 1 else None


def names_dub(text: str) -> bool:
    """Return whether a name calls its sound a dub."""
    return bool(_DUB_WORDS & _words(text))


def names_music_and_effects(text: str) -> bool:
    """Return whether a name calls its sound music, effects or M&E."""
    return bool(_NO_DIALOGUE_WORDS & _words(text) or _M_AND_E.search(text))


def names_dialogue(text: str) -> bool:
    """Return whether a name calls its sound dialogue or a voice."""
    return bool((_SPEECH_WORDS - _DUB_WORDS) & _words(text))


def names_mix(text: str) -> bool:
    """Return whether a name calls its sound a mix of all there is."""
    return bool(_MIX_WORDS & _words(text))


def names_original(text: str) -> bool:
    """Return whether a name calls its sound original, recorded on set, or a guide."""
    return bool(_ORIGINAL_WORDS & _words(text))


def character_of(text: str) -> str:
    """Return the character that a track of a dub is named after: Anna of "Dub DE Anna", else empty.

    What is left of a name without its words for sound, dub and language. A number behind a name
    tells one from another: Cop 1 and Cop 2 are two characters.
    """
    found = _NAME_AND_NUMBER.finditer(unicodedata.normalize("NFC", text))
    named = (match for match in found if is_name_word(match["name"]))
    return " ".join(
        f"{match['name']} {int(match['number'])}" if match["number"] else match["name"]
        for match in named
    )


def is_name_word(word: str) -> bool:
    """Return whether a word may be a name: no number, no word for sound, dub or language."""
    folded = word.casefold()
    is_code = folded in _CODES and (len(folded) == 2 or folded not in _COMMON_WORDS)
    is_known = folded in _NO_NAMES or folded in _NAMES or is_code
    return len(word) > 1 and word.isalpha() and not is_known


def without_language(stem: str) -> str:
    """Return a file's stem without what it says at its end of its sound: its language, that it is
    dialogue or a dub, mixed or final: SH010_dub_de -> SH010.
    """
    stem = unicodedata.normalize("NFC", stem)
    while found := re.fullmatch(r"(.+?)[ ._-]+([^\W_]+)", stem):
        word = found[2].casefold()
        is_region = re.search(r"[ ._-][A-Za-z]{2,3}[-_][A-Z]{2}$", stem) is not None
        is_said = word in _CODES or word in _NAMES or word in _SPEECH_WORDS | _STATE_WORDS
        if not (is_said or is_region):
            break
        stem = found[1]
    return stem


def _words(text: str) -> set[str]:
    return {token.casefold() for token in _tokens(text)}


def _tokens(text: str) -> list[str]:
    """Return the words and numbers of a name; an umlaut is a letter, however it is written."""
    return _TOKENS.findall(unicodedata.normalize("NFC", text))


def _clear_codes(tokens: list[str]) -> list[str]:
    """Return the tokens that can only be meant as language codes."""
    beside_speech = bool(_SPEECH_WORDS & {token.casefold() for token in tokens})
    clear = []
    for place, token in enumerate(tokens):
        word = token.casefold()
        at_end = token.isupper() and place in (0, len(tokens) - 1)
        alone = len(tokens) == 1
        if word in _CODES and (beside_speech or (word not in _COMMON_WORDS and (alone or at_end))):
            clear.append(token)
    return clear
