"""The pictures of FCPXML: storylines, connected clips, and what plays inside containers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import opentimelineio as otio

from lipflap.plugin.timeline.dialect.fcpxml.document import (
    CONTAINERS,
    FcpxDocument,
    chosen,
    connected,
    contents,
    filmed_beside,
    in_sequence,
    storyline_of,
)
from lipflap.plugin.timeline.dialect.fcpxml.media import (
    first_read_forwards,
    has,
    is_still,
    other_references,
    picture_reference,
    set_speed,
    time,
)
from lipflap.plugin.timeline.dialect.fcpxml.rows import Entry, Lane, Mix, Unit, stacked, track_of
from lipflap.plugin.timeline.dialect.fcpxml.seen import is_enabled, seen_facts
from lipflap.plugin.timeline.dialect.fcpxml.timing import Clock, time_of
from lipflap.plugin.timeline.dialect.solid_generators import SOLID_COLOUR
from lipflap.plugin.timeline.item_names import OURS
from lipflap.plugin.timeline.patch.xml_spans import Element

_SOLIDS = "Generators.localized/Solids.localized/"  # in Final Cut's name of an effect


@dataclass(frozen=True, slots=True)
class Context:
    """A sequence, or a container that plays as one.

    document      that it stands in
    rate          frames per second that its clips are conformed to, and its tracks count in
    frame         its format; None where it has none
    """

    document: FcpxDocument
    rate: Fraction
    frame: Element | None


@dataclass(frozen=True, slots=True)
class Leaf:
    """One clip that plays media or is generated, for as long as it is asked about.

    layers   the clips from the outermost in, each of which may be switched off, scaled ...
    filmed   the clip beside it in an audition that shows what was filmed, where it is the new
             picture of an earlier dub
    """

    layers: tuple[Element, ...]
    clock: Clock
    filmed: Element | None = None


def picture_tracks(
    items: Sequence[tuple[Element, Fraction]],
    parent: Element,
    zero: Fraction,
    within: Context,
    begin: Fraction = Fraction(0),
) -> list[otio.schema.Track]:
    """Return the picture tracks of a storyline and all that is connected to it, lowest first.

    items    its clips, each with its time in the sequence, whose record begins at `zero`
    parent   the element that holds them, with its transitions
    begin    time in the sequence from which the offsets of `parent` count
    """
    units = storyline(items, parent, zero, (), within, begin)
    kind = otio.schema.TrackKind.Video
    return [track_of(row, kind, within.rate) for row in stacked(units)]


def storyline(
    items: Sequence[tuple[Element, Fraction]],
    parent: Element,
    zero: Fraction,
    lane: Lane,
    within: Context,
    begin: Fraction,
) -> list[Unit]:
    """Return a storyline as a unit, and what is connected to its clips.

    zero    time in the sequence at which its record begins
    begin   time in the sequence from which the offsets of `parent` count
    """
    entries, cuts, units = list[Entry](), set[Fraction](), list[Unit]()
    for element, at in items:
        timing = within.document.timing(chosen(element), at, within.rate)
        cuts |= {timing.at - zero, timing.end - zero}
        item = picture(element, at, timing.length, within)
        if item is not None and timing.length > 0:
            entries.append(Entry(timing.at - zero, timing.end - zero, item))
        units += _connected_units(element, at, zero, lane, within)
    mixes = (
        Mix(at, at + time_of(mix, "duration"), mix.attributes.get("name", ""))
        for mix in parent.find_all("transition")
        for at in (begin + time_of(mix, "offset") - zero,)
    )
    return [Unit(lane, tuple(entries), tuple(mixes), tuple(sorted(cuts))), *units]


def _connected_units(
    element: Element, at: Fraction, zero: Fraction, lane: Lane, within: Context
) -> Iterator[Unit]:
    """Yield what is connected to a clip that begins `at` a time of the sequence."""
    host = chosen(element)
    timing = within.document.timing(host, at, within.rate)
    for child, number in connected(host):
        place = timing.container_time(time_of(child, "offset"))
        lanes = (*lane, number)
        if child.tag == "spine":
            items = in_sequence(child, within.document, within.rate, place)
            yield from storyline(items, child, zero, lanes, within, place)
            continue
        length = within.document.timing(chosen(child), place, within.rate).length
        item = picture(child, place, length, within)
        if item is not None and length > 0:
            yield Unit(lanes, (Entry(place - zero, place - zero + length, item),))
        yield from _connected_units(child, place, zero, lanes, within)


def picture(
    element: Element, at: Fraction, seconds: Fraction, within: Context
) -> otio.core.Item | None:
    """Return the clip or the nested sequence that an element shows; None where it shows nothing."""
    clock = Clock(at)
    leaf = _leaf(element, at, clock, seconds, within, ())
    if leaf is not None:
        return _clip(leaf, seconds, within)
    host = chosen(element)
    return _nest(host, at, clock, seconds, within) if host.tag in CONTAINERS else None


def _leaf(
    element: Element,
    at: Fraction,
    clock: Clock,
    seconds: Fraction,
    within: Context,
    layers: tuple[Element, ...],
) -> Leaf | None:
    """Return the one clip whose picture an element shows; None for none, or for several."""
    host = chosen(element)
    content = within.document.timing(host, at, within.rate).content(clock, seconds)
    layers = (*layers, host)
    if host.tag in ("asset-clip", "video", "title"):
        shows = _shows(host, within.document)
        return Leaf(layers, content, filmed_beside(element, host)) if shows else None
    if host.tag not in CONTAINERS or host.tag == "ref-clip":
        return None
    inside = _inside(host, within)
    first, last = sorted((content.at, content.time(seconds)))
    shown = []
    for child, place in contents(host, within.document, inside.rate, "video"):
        timing = within.document.timing(chosen(child), place, inside.rate)
        if first < timing.end and (timing.at < last or timing.at <= first):
            shown.append((child, timing, place))
    if len(shown) != 1 or _has_more(chosen(shown[0][0])):
        return None
    child, timing, place = shown[0]
    slack = 1 / inside.rate
    if timing.at > first + slack or timing.end < last - slack:
        return None
    return _leaf(child, place, content, seconds, inside, layers)


def _has_more(element: Element) -> bool:
    """Return whether other pictures may be connected to a clip inside a container."""
    return any(child.tag != "audio" and lane > 0 for child, lane in connected(element))


def _shows(element: Element, document: FcpxDocument) -> bool:
    """Return whether a clip that holds no others has a picture."""
    asset = document.asset(element)
    if asset is None:
        return True
    return has(asset, "Video") and element.attributes.get("srcEnable", "all") in ("all", "video")


def _inside(element: Element, within: Context) -> Context:
    """Return what the clips inside a container are conformed to."""
    document = within.document
    source = document.nested(element) if element.tag in ("ref-clip", "mc-clip") else element
    rate = document.rate(source)
    if source is None or rate is None:
        return within
    return Context(document, rate, document.resource(source, "format"))


def _clip(leaf: Leaf, seconds: Fraction, within: Context) -> otio.schema.Clip:
    outer, element = leaf.layers[0], leaf.filmed or leaf.layers[-1]
    document = within.document
    asset, clock = document.asset(element), leaf.clock
    rate = document.rate(asset) or document.rate(element) or within.rate
    reference: otio.core.MediaReference
    if asset is not None:
        reference = picture_reference(asset, document, rate)
    elif (effect := document.resource(element)) is None:
        reference = otio.schema.MissingReference()
    else:
        is_solid = _SOLIDS in effect.attributes.get("uid", "")
        kind = SOLID_COLOUR if is_solid else element.tag
        reference = otio.schema.GeneratorReference(generator_kind=kind)
    named = (*leaf.layers[:-1], element, *filter(None, [asset]))
    names = (one.attributes.get("name") for one in named)
    still = asset is not None and is_still(asset)
    start = Fraction(0) if still else first_read_forwards(clock, seconds)
    clip = otio.schema.Clip(
        name=next(filter(None, names), ""),
        media_reference=reference,
        source_range=otio.opentime.TimeRange(time(start, rate), time(seconds, within.rate)),
    )
    if asset is not None and (others := other_references(asset, document)):
        active = clip.active_media_reference_key
        clip.set_media_references({**clip.media_references(), **others}, active)
    if leaf.filmed is not None and (new := document.asset(leaf.layers[-1])) is not None:
        shown = picture_reference(new, document, rate)
        clip.set_media_references({**clip.media_references(), OURS: shown}, OURS)
    facts = seen_facts(leaf.layers, asset, document, within.frame)
    if still:
        facts["still"] = True
    elif clock.uneven:
        facts["uneven_speed"] = clock.uneven
    elif asset is not None:
        set_speed(clip, clock)
    _note(clip, outer, leaf.layers, facts, document)
    return clip


def _nest(
    element: Element, at: Fraction, clock: Clock, seconds: Fraction, within: Context
) -> otio.schema.Stack | None:
    """Return what a container shows as a nested sequence; None where it shows nothing."""
    document, inside = within.document, _inside(element, within)
    content = document.timing(element, at, within.rate).content(clock, seconds)
    items = contents(element, document, inside.rate, "video")
    source = document.nested(element) if element.tag in ("ref-clip", "mc-clip") else None
    zero = time_of(source, "tcStart") if source is not None else _earliest(items, content.at)
    holder, begin = storyline_of(element, document, "video")
    tracks = picture_tracks(items, holder, zero, inside, begin)
    if not any(isinstance(item, otio.core.Item) for track in tracks for item in track):
        return None
    start = first_read_forwards(content, seconds) - zero
    nest = otio.schema.Stack(
        name=element.attributes.get("name", ""),
        children=tracks,
        source_range=otio.opentime.TimeRange(time(start, inside.rate), time(seconds, within.rate)),
    )
    facts = seen_facts((element,), None, document, within.frame)
    if content.uneven:
        facts["uneven_speed"] = content.uneven
    else:
        set_speed(nest, content)
    _note(nest, element, (element,), facts, document)
    return nest


def _earliest(items: Sequence[tuple[Element, Fraction]], default: Fraction) -> Fraction:
    return min((at for _, at in items), default=default)


def _note(
    item: otio.core.Item,
    element: Element,
    layers: Sequence[Element],
    facts: dict[str, bool | float | str],
    document: FcpxDocument,
) -> None:
    """Write into an item where its element stands, how it is shown, and its roles."""
    item.enabled = all(map(is_enabled, layers))
    item.metadata["lipflap"] = {"element": document.path(element)}
    if facts:
        item.metadata["lipflap_facts"] = facts
    roles = (one.attributes.get("videoRole") or one.attributes.get("role") for one in layers)
    role = next(filter(None, roles), "")
    if role:
        item.metadata["fcpxml"] = {"videoRole": role}
