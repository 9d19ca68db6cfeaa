"""Lay dubbed shots into an FCPXML.

track      each new picture is connected directly above its clip: connected.py
alternate  clip and new file become an audition that shows the new file: pick.py
replace    the clip shows the new file: pick.py
"""

from collections.abc import Iterator
from pathlib import Path

from lipflap.plugin.timeline.patch.dubbed_shot import Delivery, DubbedShot, How, Patched, Writer
from lipflap.plugin.timeline.patch.fcpxml.connected import connect_pictures
from lipflap.plugin.timeline.patch.fcpxml.document import Fcpx, Host, read_fcpx
from lipflap.plugin.timeline.patch.fcpxml.pick import pick_files
from lipflap.plugin.timeline.patch.fcpxml.sound import connect_sounds
from lipflap.plugin.timeline.patch.xml_spans import Edits

_NOT_FOUND = "Its clip is not found in the FCPXML, so it stays as filmed."
_TWICE = "Its compound clip is used twice; it is dubbed as it is used first."


def patch_fcpxml(data: bytes, path: Path, delivery: Delivery) -> Patched:
    """Return the document with the shots in it. Raises DubError when it is no such document."""
    fcpx = read_fcpx(data, path)
    edits = Edits(fcpx.document)
    notes: list[tuple[str, str]] = []
    hosted = list(_hosts(fcpx, delivery, notes))
    project = fcpx.project_of(delivery, [host.element for _, host in hosted])
    edits.set_attribute(project, "name", delivery.name)
    edits.drop_attribute(project, "uid")
    if delivery.how == How.TRACK:
        assets = connect_pictures(fcpx, hosted, edits, notes)
        assets += connect_sounds(fcpx, project, delivery)
    else:  # the sound first, which belongs to the pick of an audition
        sounds = list(connect_sounds(fcpx, project, delivery))
        assets = pick_files(fcpx, hosted, delivery.how, edits, notes) + sounds
    fcpx.insert(edits, assets)
    return Patched(edits.applied(), tuple(notes))


FCPXML = Writer(patch_fcpxml, (How.TRACK, How.ALTERNATE, How.REPLACE), lengthens=(How.TRACK,))


def _hosts(
    fcpx: Fcpx, delivery: Delivery, notes: list[tuple[str, str]]
) -> Iterator[tuple[DubbedShot, Host]]:
    """Yield the shots whose clips are found, each once; note the others."""
    taken: set[int] = set()
    for shot in delivery.shots:
        element = fcpx.document.at(shot.element)
        if element is None:
            notes.append((shot.name, _NOT_FOUND))
        elif element.start in taken:
            notes.append((shot.name, _TWICE))
        else:
            taken.add(element.start)
            yield shot, fcpx.host(element)
