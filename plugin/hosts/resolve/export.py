"""A timeline of Resolve as a file that Lipflap reads."""

from __future__ import annotations

import os
from typing import Any

from lipflap.plugin.hosts.script.process import LipflapFailed
from lipflap.plugin.hosts.script.whole_file import file_name, written_whole

# the best first: Resolve exports OTIO since 18.5
_FORMATS = (
    ("EXPORT_OTIO", ".otio"),
    ("EXPORT_FCPXML_1_10", ".fcpxml"),
    ("EXPORT_FCPXML_1_9", ".fcpxml"),
    ("EXPORT_FCP_7_XML", ".xml"),
)


def export_timeline(resolve: Any, project: Any, timeline: Any) -> str:
    """Export a timeline below the user's folder Lipflap; return its path. Raises LipflapFailed."""
    stem = _stem(project, timeline)
    for name, suffix in _FORMATS:
        kind = getattr(resolve, name, None)  # its value: a string is refused
        if kind is None:
            continue
        path = stem + suffix

        def write(temporary: str, kind: Any = kind) -> object:
            return timeline.Export(temporary, kind, resolve.EXPORT_NONE)

        try:
            if written_whole(path, write):
                return path
        except OSError as problem:
            raise LipflapFailed(f"{path} cannot be written: {problem}.") from problem
    raise LipflapFailed(
        f"Resolve does not export {timeline.GetName()}: neither as OTIO, nor as FCPXML or XML. "
        "Try File > Export > Timeline, and open that file with lipflap panel."
    )


def sent_cut(project: Any, timeline: Any) -> str:
    """Return the latest export of a timeline. Raises LipflapFailed when there is none."""
    stem = _stem(project, timeline)
    found = [stem + suffix for _, suffix in _FORMATS if os.path.isfile(stem + suffix)]
    if not found:
        raise LipflapFailed(
            f"{timeline.GetName()} was not sent to Lipflap. Use Lipflap panel first; open the "
            "timeline itself, not a dubbed one."
        )
    return max(found, key=os.path.getmtime)


def _stem(project: Any, timeline: Any) -> str:
    folder = os.path.join(os.path.expanduser("~"), "Lipflap", file_name(project.GetName()))
    return os.path.join(folder, file_name(timeline.GetName()))
