"""New files in the place of the old: as the pick of an audition, or as what a clip shows.

Such a clip is heard as it is seen, from the file that it names: that has to hold the sound, too.
"""

from collections.abc import Sequence

from lipflap.plugin.timeline.item_names import dub_name
from lipflap.plugin.timeline.patch.dubbed_shot import DubbedShot, How
from lipflap.plugin.timeline.patch.fcpxml.document import (
    Fcpx,
    Host,
    fcpx_time,
    stands_before_connected,
)
from lipflap.plugin.timeline.patch.fcpxml.media import LOOKS, picture_asset, shown_start
from lipflap.plugin.timeline.patch.heard_clip import SILENT, needs_sound
from lipflap.plugin.timeline.patch.xml_spans import Edits, Element, attribute_text

_OTHER_CLOCK = (
    "It is no plain clip of one file that counts as the new file does, so it stays as filmed. "
    "Choose --as track."
)
_KEPT = ("duration", "format", "tcFormat", "audioRole", "videoRole", "srcEnable")


def pick_files(
    fcpx: Fcpx,
    hosted: Sequence[tuple[DubbedShot, Host]],
    how: How,
    edits: Edits,
    notes: list[tuple[str, str]],
) -> list[str]:
    """Put the new files into the document; return their assets, note what cannot be.

    What is connected to a clip gets its own new files first, for it may move with them.
    how   How.ALTERNATE for auditions, How.REPLACE
    Raises DubError when no new file holds sound and a clip needs it.
    """
    if hosted and not any(shot.has_sound or not _is_heard(fcpx, host) for shot, host in hosted):
        raise needs_sound(how, fcpx.document.name)
    assets: list[str] = []
    for shot, host in sorted(hosted, key=lambda one: -_depth(one[1].element)):
        if not shot.has_sound and _is_heard(fcpx, host):
            notes.append((shot.name, SILENT))
        elif host.element.tag != "asset-clip" or shown_start(shot, host) != host.start:
            notes.append((shot.name, _OTHER_CLOCK))
        else:
            identity = fcpx.new_id(f"lipflap{len(assets) + 1}")
            assets.append(picture_asset(fcpx, host, shot, identity))
            if how == How.REPLACE:
                edits.set_attribute(host.element, "ref", identity)
            else:
                _audition(fcpx, shot, host, identity, edits)
    return assets


def _is_heard(fcpx: Fcpx, host: Host) -> bool:
    asset = fcpx.asset_of(host.element)
    has_sound = asset is None or asset.attributes.get("hasAudio") == "1"
    return has_sound and host.element.attributes.get("srcEnable", "all") != "video"


def _depth(element: Element) -> int:
    """Return how many elements lie around one."""
    return 0 if element.parent is None else 1 + _depth(element.parent)


def _audition(fcpx: Fcpx, shot: DubbedShot, host: Host, identity: str, edits: Edits) -> None:
    """Put a clip and its new file into an audition that shows the new file.

    What is connected to the clip, a dub's sound too, moves to its new file: of an audition only
    what belongs to its pick is seen and heard.
    """
    element = host.element
    name = attribute_text(dub_name(element.attributes.get("name") or shot.name))
    kept = "".join(
        f' {key}="{attribute_text(element.attributes[key])}"'
        for key in _KEPT
        if key in element.attributes
    )
    children = [
        child
        for child in element.children
        if child.tag in LOOKS
        or child.tag == "conform-rate"
        or "lane" in child.attributes
        or child.tag.startswith(("adjust-", "filter-", "audio-channel-source"))
    ]
    texts = [
        edits.take_out(child) if "lane" in child.attributes else fcpx.document.source(child)
        for child in children
    ]
    first = sum(stands_before_connected(child) for child in children)
    inside = "".join([*texts[:first], fcpx.take_connected(element), *texts[first:]])
    start = fcpx_time(shown_start(shot, host))
    pick = f'<asset-clip ref="{identity}" name="{name}" start="{start}"{kept}>{inside}</asset-clip>'
    if host.item is not element:
        edits.insert_before(element, pick)
        return
    place = "".join(
        f' {key}="{attribute_text(element.attributes[key])}"'
        for key in ("lane", "offset")
        if key in element.attributes
    )
    edits.insert_before(element, f"<audition{place}>{pick}")
    edits.insert_after(element, "</audition>")
    for key in ("lane", "offset"):
        edits.drop_attribute(element, key)
