"""Files that are given for a cut and are none, with the way to the cut in their program."""

import re
from pathlib import Path

from lipflap.core.errors import DubError
from lipflap.plugin.cut.delivery.sound_folder import is_sound_file
from lipflap.plugin.timeline.media.sequence_name import IMAGES

_RESOLVE = ("DaVinci Resolve", "Export the timeline: File > Export > Timeline, as OpenTimelineIO.")
_AVID = ("Media Composer", "Export the sequence: File > Output > Export to File, as AAF.")
_PROGRAMS = {
    ".drp": _RESOLVE,
    ".drt": _RESOLVE,
    ".dra": _RESOLVE,
    ".prproj": (
        "Premiere Pro",
        "Export the sequence: File > Export > OpenTimelineIO, or Final Cut Pro XML.",
    ),
    ".aep": ("After Effects", "Export the cut from the program that it was edited in."),
    ".avb": _AVID,
    ".avp": _AVID,
    ".fcpbundle": ("Final Cut Pro", "Select the project in it: File > Export XML."),
    ".fcp": ("Final Cut Pro 7", "Select the sequence in it: File > Export > XML."),
    ".imovielibrary": ("iMovie", "Send the film to Final Cut Pro, and export its XML there."),
    ".veg": ("Vegas", "Export the cut as Final Cut Pro 7 XML, AAF or EDL."),
    ".hrox": ("Hiero or Nuke Studio", "Export the sequence as OpenTimelineIO."),
    ".blend": ("Blender", "Export the strips of its sequencer as OpenTimelineIO or EDL."),
    ".osp": ("OpenShot", "Export the project as Final Cut Pro XML or EDL."),
}
_FILMS = (".avi", ".braw", ".m4v", ".mkv", ".mpg", ".mts", ".r3d", ".webm", *IMAGES)
_ARCHIVES = (".7z", ".gz", ".rar", ".tar", ".tgz", ".zip")
_CONTENTS = {  # by the first bytes of a file: what it is, and the suffix of such a cut
    b"\xd0\xcf\x11\xe0": ("an AAF", ".aaf"),
    b"PK\x03\x04": ("packed, as bundles of OpenTimelineIO are", ".otioz"),
}
_XML_KINDS = {"fcpxml": ".fcpxml", "mlt": ".mlt", "ges": ".xges"}
_ROOT = re.compile(r"<([A-Za-z_][\w.-]*)[\s/>]")
_NO_ELEMENT = re.compile(r"<!--.*?-->|<[?!].*?>", re.DOTALL)
_EXPORT = "Export the cut itself, as OTIO, XML, FCPXML, AAF or EDL."


def check_is_cut(path: Path) -> None:
    """Raise DubError for a program's own project, a log of clips, media, an archive, and for a cut
    whose suffix is that of another format.
    """
    suffix = path.suffix.casefold()
    if suffix in _PROGRAMS:
        program, way = _PROGRAMS[suffix]
        problem = f"is a project of {program}, which no other program reads."
        raise DubError(problem, where=str(path), fix=way)
    if suffix == ".ale":
        raise DubError("is a log of clips, and no cut.", where=str(path), fix=_EXPORT)
    if suffix in _FILMS or is_sound_file(path):
        raise DubError("is media, and no cut.", where=str(path), fix=_EXPORT)
    if suffix in _ARCHIVES:
        raise DubError("is an archive.", where=str(path), fix="Unpack it, and give the cut in it.")
    if suffix == ".txt":
        fix = f"If it is an EDL, rename it to .edl. {_EXPORT}"
        raise DubError("is a text, and no cut by its name.", where=str(path), fix=fix)
    if path.is_file():
        _check_contents(path, suffix)


def _check_contents(path: Path, suffix: str) -> None:
    """Raise DubError for a file that is of another format than its suffix says."""
    with path.open("rb") as file:
        head = file.read(8192)
    kind, right = _CONTENTS.get(head[:4], ("", ""))
    if kind and suffix != right:
        raise DubError(
            f"is named {suffix}, but is {kind}.", where=str(path), fix=f"Rename it to {right}."
        )
    if suffix != ".xml":
        return
    is_wide = head[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = _NO_ELEMENT.sub("", head.decode("utf-16" if is_wide else "utf-8", "replace"))
    root = found[1] if (found := _ROOT.search(text)) else "xmeml"
    if root in _XML_KINDS:
        raise DubError(
            f"is named .xml, but is of the kind <{root}>.",
            where=str(path),
            fix=f"Rename it to {_XML_KINDS[root]}.",
        )
    if root != "xmeml":
        problem = f"is XML of the kind <{root}>, and no Final Cut 7 XML."
        raise DubError(problem, where=str(path), fix=_EXPORT)
