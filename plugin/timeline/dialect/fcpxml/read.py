"""FCPXML as timelines, one for each project of a document."""

from fractions import Fraction
from pathlib import Path

import opentimelineio as otio

from lipflap.core.errors import DubError
from lipflap.plugin.timeline.dialect.fcpxml.document import (
    FcpxDocument,
    in_spine,
    read_document,
)
from lipflap.plugin.timeline.dialect.fcpxml.media import time
from lipflap.plugin.timeline.dialect.fcpxml.pictures import Context, picture_tracks
from lipflap.plugin.timeline.dialect.fcpxml.sounds import Window, sound_tracks
from lipflap.plugin.timeline.dialect.fcpxml.timing import Clock, time_of
from lipflap.plugin.timeline.patch.xml_spans import Element

_EXPORT = "Select the project in Final Cut Pro, and export XML of it."


def read_fcpxml(path: Path, _rate: Fraction | None = None) -> otio.schema.SerializableCollection:
    """Return the projects of an .fcpxml file or an .fcpxmld bundle, each as a timeline.

    Raises DubError for a file that is no FCPXML, holds no project, or has a project whose frame
    rate it does not say.
    """
    document = read_document(path)
    projects = list(document.root.iter("project"))
    if not projects:
        raise DubError("holds no project, only clips and events.", where=str(path), fix=_EXPORT)
    try:
        made = [_timeline(project, document, path) for project in projects]
    except RecursionError:
        raise DubError(
            "has compound clips within themselves, or too many within each other.",
            where=str(path),
            fix="Break them apart in Final Cut Pro, and export the XML again.",
        ) from None
    except DubError as problem:
        where = problem.where or str(path)
        raise DubError(problem.problem, where=where, fix=problem.fix) from problem
    return otio.schema.SerializableCollection(path.stem, made)


def _timeline(project: Element, document: FcpxDocument, path: Path) -> otio.schema.Timeline:
    name = project.attributes.get("name") or path.stem
    made = otio.schema.Timeline(name)
    sequence = project.find("sequence")
    if sequence is None:
        return made
    rate = document.rate(sequence)
    if rate is None:
        raise DubError(
            f"does not say the frame rate of its project '{name}'.", where=str(path), fix=_EXPORT
        )
    zero = time_of(sequence, "tcStart")
    made.global_start_time = time(zero, rate)
    items = in_spine(sequence, document, rate)
    within = Context(document, rate, document.resource(sequence, "format"))
    made.tracks.extend(picture_tracks(items, sequence.find("spine") or sequence, zero, within))
    whole = Window(Fraction(0), Fraction(10**9), Clock(zero), rate)
    made.tracks.extend(sound_tracks(items, whole, document))
    return made
