"""Effects of a clip that come along to its new file, which starts at another frame.

MLT counts the frames of a filter from the first frame of the file, and those of its keys from the
filter's own `in`, which is the file's first frame where it has none.
"""

import re

from lipflap.plugin.timeline.dialect.mlt.project import MltProject
from lipflap.plugin.timeline.dialect.mlt.time import time_like
from lipflap.plugin.timeline.patch.xml_spans import Edits, Element

_KEY = re.compile(r"\s*(-?[\d:.,]+)([^\d\s:.,=-]?)=(.*)", re.DOTALL)


def shift_filters(
    edits: Edits, project: MltProject, owner: Element, moved: int, last: int | None
) -> None:
    """Move the filters of an entry or a producer with its frames.

    moved   frames by which the numbers of the file's frames change
    last    number of the new file's last frame, for a filter that lasts as long as the old file
    """
    for one in owner.find_all("filter"):
        if one.attributes.get("in"):
            for name in ("in", "out"):
                _shift_attribute(edits, project, one, name, moved)
            continue
        if one.attributes.get("out"):
            _shift_end(edits, project, owner, one, moved, last)
        for said in one.find_all("property"):
            if (text := _shifted_keys(project, said.text, moved)) is not None:
                edits.set_text(said, text)


def _shift_attribute(
    edits: Edits, project: MltProject, element: Element, name: str, moved: int
) -> None:
    if written := element.attributes.get(name):
        frame = max(0, project.frames(written) + moved)
        edits.set_attribute(element, name, time_like(frame, project.rate, written))


def _shift_end(
    edits: Edits,
    project: MltProject,
    owner: Element,
    one: Element,
    moved: int,
    last: int | None,
) -> None:
    written, whole = one.attributes["out"], owner.attributes.get("out")
    if last is not None and whole and project.frames(whole) == project.frames(written):
        edits.set_attribute(one, "out", time_like(last, project.rate, written))
    else:
        _shift_attribute(edits, project, one, "out", moved)


def _shifted_keys(project: MltProject, text: str, moved: int) -> str | None:
    """Return keys at their new frames; None for what has no keys.

    Of the keys before the first frame the last one stays, at the first frame.
    """
    found = [_KEY.fullmatch(key) for key in text.split(";") if key.strip()]
    if not found or not all(found):
        return None
    keys: list[tuple[int, str]] = []
    for match in found:
        assert match is not None
        frame = project.frames(match[1]) + moved
        if frame <= 0:
            keys.clear()
        place = time_like(max(0, frame), project.rate, match[1])
        keys.append((frame, f"{place}{match[2]}={match[3]}"))
    return ";".join(key for _, key in keys)
