"""The sound of FCPXML, by role: of clips of the storyline, of connected ones, of those inside."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

import opentimelineio as otio

from lipflap.plugin.timeline.dialect.fcpxml.document import (
    CONTAINERS,
    FcpxDocument,
    chosen,
    connected,
    contents,
    in_sequence,
)
from lipflap.plugin.timeline.dialect.fcpxml.media import (
    first_read_forwards,
    has,
    sample_rate,
    set_speed,
    sound_reference,
    time,
)
from lipflap.plugin.timeline.dialect.fcpxml.rows import Entry, Unit, track_of, without_overlaps
from lipflap.plugin.timeline.dialect.fcpxml.seen import is_enabled
from lipflap.plugin.timeline.dialect.fcpxml.timing import Clock, Timing, time_of
from lipflap.plugin.timeline.patch.xml_spans import Element

_DEFAULT_ROLE = "dialogue"
_DECIBELS = re.compile(r"(-?\d{1,5}(?:\.\d{1,9})?)dB")
_LEAST_DB = -96
_FIRST_SUBROLE = re.compile(r"^(?P<role>.+)\.(?P=role)-1$")


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of record time, and the clock of the container that is heard in it.

    lane      of the connected clip that it belongs to; 0 for the storyline
    is_inside whether it is inside a clip, whose own lanes do not count
    name      of the innermost clip so far
    enabled   whether all clips so far are switched on
    silent    whether the level of a clip so far is as low as it goes
    muted     roles that a clip so far has switched off
    sources   audio-channel-source elements of the clips so far, by channels
    """

    start: Fraction
    seconds: Fraction
    clock: Clock
    rate: Fraction
    lane: int = 0
    is_inside: bool = False
    name: str = ""
    enabled: bool = True
    silent: bool = False
    muted: frozenset[str] = frozenset()
    sources: Mapping[str, Element] = field(default_factory=dict)

    def part(self, at: Fraction, length: Fraction) -> "Window | None":
        """Return the part in which container time runs from `at` for `length`; None for none."""
        if self.clock.speed == 0:
            return None
        ends = sorted((self.clock.seconds(at), self.clock.seconds(at + length)))
        first, last = max(Fraction(0), ends[0]), min(self.seconds, ends[1])
        if last <= first:
            return None
        clock = self.clock.later(first)
        return replace(self, start=self.start + first, seconds=last - first, clock=clock)


@dataclass(frozen=True, slots=True)
class _HeardChannels:
    """Some channels of an asset, in one stretch of record time."""

    element: Element
    asset: Element
    window: Window
    role: str
    channels: str
    source: str
    enabled: bool


def sound_tracks(
    items: list[tuple[Element, Fraction]], whole: Window, document: FcpxDocument
) -> list[otio.schema.Track]:
    """Return the sound tracks of a sequence: one for each role on each lane, storyline first."""
    groups: dict[tuple[int, str], list[_HeardChannels]] = {}
    for element, at in items:
        for heard in _sounds_of(element, at, whole, document):
            groups.setdefault((heard.window.lane, heard.role), []).append(heard)
    tracks = []
    for (lane, role), found in sorted(groups.items(), key=lambda group: _order(*group[0])):
        is_only = sum(other == role for _, other in groups) == 1
        name = role if is_only or not lane else f"{role}, lane {lane}"
        units = [_unit(one, document, whole.rate) for one in found]
        for number, row in enumerate(without_overlaps(units), 1):
            title = name if number == 1 else f"{name} ({number})"
            track = track_of(row, otio.schema.TrackKind.Audio, whole.rate, title)
            track.metadata["fcpxml"] = {"role": role}
            tracks.append(track)
    return tracks


def _order(lane: int, role: str) -> tuple[int, bool, str]:
    return abs(lane), lane > 0, role


def _sounds_of(
    element: Element, at: Fraction, window: Window, document: FcpxDocument
) -> Iterator[_HeardChannels]:
    """Yield all that is heard of a clip, its contents and what is connected to it."""
    host = chosen(element)
    timing = document.timing(host, at, window.rate)
    begin, length = _audible(host, timing)
    part = window.part(begin, length)
    if part is not None:
        named = host.attributes.get("name") if host.tag != "gap" else None
        inside = replace(
            part,
            clock=timing.content(part.clock, part.seconds),
            is_inside=True,
            name=named or part.name,
            enabled=part.enabled and is_enabled(host),
            silent=part.silent or _is_silent(host),
            muted=part.muted | _muted(host),
            sources={**_channel_sources(host), **part.sources},
        )
        yield from _sounds_inside(host, inside, document)
    for child, lane in connected(host):
        place = timing.container_time(time_of(child, "offset"))
        outer = window if window.is_inside else replace(window, lane=window.lane or lane)
        items = [(child, place)]
        if child.tag == "spine":
            items = in_sequence(child, document, window.rate, place)
        for one, there in items:
            yield from _sounds_of(one, there, outer, document)


def _sounds_inside(
    host: Element, inside: Window, document: FcpxDocument
) -> Iterator[_HeardChannels]:
    if host.tag in CONTAINERS:
        source = document.nested(host) if host.tag in ("ref-clip", "mc-clip") else host
        rate = document.rate(source) or inside.rate
        for child, place in contents(host, document, rate, "audio"):
            yield from _sounds_of(child, place, replace(inside, rate=rate), document)
    elif host.tag in ("asset-clip", "audio"):
        yield from _components(host, inside, document)


def _audible(host: Element, timing: Timing) -> tuple[Fraction, Fraction]:
    """Return where in the container the sound of a clip lies: it may be split from the picture."""
    if "audioStart" not in host.attributes and "audioDuration" not in host.attributes:
        return timing.at, timing.length
    begin = timing.container_time(time_of(host, "audioStart", timing.start))
    return begin, time_of(host, "audioDuration", timing.length * timing.scale) / timing.scale


def _components(host: Element, window: Window, document: FcpxDocument) -> Iterator[_HeardChannels]:
    """Yield each role of a clip that plays sound by itself."""
    asset = document.asset(host)
    if asset is None or not has(asset, "Audio"):
        return
    if host.attributes.get("srcEnable", "all") not in ("all", "audio"):
        return
    own = [source for source in host.children if source.tag == "audio-channel-source"]
    if not own:
        channels = host.attributes.get("srcCh", "")
        said = window.sources.get(_plain(channels))
        own = [said if said is not None and channels else host]
    for source in own:
        given = source.attributes
        role = given.get("role") or host.attributes.get("role") or host.attributes.get("audioRole")
        label = _FIRST_SUBROLE.sub(r"\g<role>", role or _DEFAULT_ROLE)
        is_on = source is host or (is_enabled(source) and given.get("active", "1") != "0")
        yield _HeardChannels(
            element=host,
            asset=asset,
            window=replace(window, silent=window.silent or _is_silent(source)),
            role=label,
            channels=given.get("srcCh", "") or host.attributes.get("srcCh", ""),
            source=host.attributes.get("srcID", ""),
            enabled=window.enabled and is_on and not {role, label} & window.muted,
        )


def _is_silent(element: Element) -> bool:
    """Return whether an element is muted, or at the lower end of its fader, throughout."""
    if any(_mutes_all(mute, element) for mute in element.find_all("mute")):
        return True
    volume = element.find("adjust-volume")
    if volume is None or not is_enabled(volume) or volume.children:
        return False
    level = _DECIBELS.fullmatch(volume.attributes.get("amount", ""))
    return level is not None and float(level[1]) <= _LEAST_DB


def _mutes_all(mute: Element, element: Element) -> bool:
    """Return whether a mute lasts as long as its clip, as it does where it does not say."""
    if not is_enabled(mute):
        return False
    length = time_of(mute, "duration") if "duration" in mute.attributes else None
    return length is None or 0 < time_of(element, "duration") <= length


def _channel_sources(host: Element) -> dict[str, Element]:
    """Return what a clip says about the channels that it contains."""
    return {
        _plain(source.attributes.get("srcCh", "")): source
        for source in host.find_all("audio-channel-source")
    }


def _plain(channels: str) -> str:
    return channels.replace(" ", "")


def _muted(host: Element) -> frozenset[str]:
    """Return the roles that a clip switches off."""
    holders = [host, *host.find_all("sync-source"), *host.find_all("mc-source")]
    return frozenset(
        source.attributes.get("role", "")
        for holder in holders
        for source in holder.find_all("audio-role-source")
        if not is_enabled(source) or source.attributes.get("active") == "0"
    )


def _unit(heard: _HeardChannels, document: FcpxDocument, rate: Fraction) -> Unit:
    """Return a clip of sound as a unit of its lane."""
    window, hz = heard.window, sample_rate(heard.asset)
    start = first_read_forwards(window.clock, window.seconds)
    clip = otio.schema.Clip(
        name=window.name or heard.asset.attributes.get("name", ""),
        media_reference=sound_reference(heard.asset, document),
        source_range=otio.opentime.TimeRange(time(start, hz), time(window.seconds, rate)),
    )
    clip.enabled = heard.enabled
    if window.silent:
        clip.metadata["lipflap_muted"] = True
    if window.clock.uneven:
        clip.metadata["lipflap_facts"] = {"uneven_speed": window.clock.uneven}
    else:
        set_speed(clip, window.clock)
    clip.metadata["lipflap"] = {"element": document.path(heard.element)}
    clip.metadata["fcpxml"] = {"role": heard.role, "srcCh": heard.channels}
    if pairs := _channel_pairs(heard):
        clip.metadata["lipflap_sound"] = pairs
    return Unit((window.lane,), (Entry(window.start, window.start + window.seconds, clip),))


def _channel_pairs(heard: _HeardChannels) -> list[list[int | None]]:
    """Return the [source, channel] that are played, from 0; source None for one of all channels."""
    is_one = heard.asset.attributes.get("audioSources", "1") == "1"
    written = None if is_one else re.fullmatch(r"[1-9]\d{0,3}", heard.source)
    source = int(written[0]) - 1 if written else None
    channels = [int(text) for text in re.findall(r"\d{1,4}", heard.channels)]
    return [[source, channel - 1] for channel in channels if channel]
