"""Files that are given for a cut and are none, with the way to the cut in their program."""

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
_EXPORT = "Export the cut itself, as OTIO, XML, FCPXML, AAF or EDL."


def check_is_cut(path: Path) -> None:
    """Raise DubError for a program's own project, a log of clips, and media, which are no cuts."""
    suffix = path.suffix.casefold()
    if suffix in _PROGRAMS:
        program, way = _PROGRAMS[suffix]
        problem = f"is a project of {program}, which no other program reads."
        raise DubError(problem, where=str(path), fix=way)
    if suffix == ".ale":
        raise DubError("is a log of clips, and no cut.", where=str(path), fix=_EXPORT)
    if suffix in _FILMS or is_sound_file(path):
        raise DubError("is media, and no cut.", where=str(path), fix=_EXPORT)
