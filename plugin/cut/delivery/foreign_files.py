"""Files that are given for a dub and hold none that could be read, with the way that leads on."""

from pathlib import Path

from lipflap.core.errors import DubError

_SESSION = (
    "is a session of a sound program, which others cannot read.",
    "Export it as AAF, or its lines as BWF files with time references; of Pro Tools its text does, "
    "too (File > Export > Session Info as Text).",
)
_SUBTITLES = (
    "holds subtitles: words and times, but no sound.",
    "Give the recordings: sound files, or a cue list (CSV, XLSX) that names them.",
)
_DOCUMENT = ("is no table that can be read.", "Save its cue list as .xlsx or as CSV.")
_ARCHIVE = ("is an archive.", "Unpack it, and give the folder, the cue list or the session in it.")
_OMF = ("is an OMF, which cannot be read.", "Export the session as AAF.")

_KINDS = {
    suffix: why
    for suffixes, why in (
        (".ptx .ptf .pts .rpp .cpr .npr .logicx .als .sesx .reason .dawproject .ardour", _SESSION),
        (".srt .vtt .ass .ssa .stl .itt .ttml .dfxp .scc .sub .sbv", _SUBTITLES),
        (".xls .ods .numbers .pdf .doc .docx .odt .pages .rtf .html .json .xps", _DOCUMENT),
        (".zip .rar .7z .tar .gz .tgz", _ARCHIVE),
        (".omf .omfi", _OMF),
    )
    for suffix in suffixes.split()
}


def check_kind(path: Path) -> None:
    """Raise DubError for a file that is known to hold no dub that can be read."""
    found = _KINDS.get(path.suffix.casefold())
    if found is not None:
        problem, fix = found
        raise DubError(problem, where=str(path), fix=fix)
