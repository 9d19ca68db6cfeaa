"""Names of files in one spelling, however a disk, a cut or a list writes them.

macOS writes umlauts as letter and accent, Linux and Windows as one character; Windows and macOS
take capitals and small letters for the same.
"""

import unicodedata


def name_key(name: str) -> str:
    """Return what all spellings of one name have in common."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
