"""The sequencer as a cut in OpenTimelineIO's JSON.

Blender plays media frame by frame, whatever rate its file has, and counts its frames from 0.
"""

from __future__ import annotations

import os
import re
from fractions import Fraction
from typing import Any

import bpy

from lipflap.plugin.hosts.blender.strips import (
    MUTED,
    OURS,
    first_in_media,
    frame_rate,
    inputs_of,
    keyed,
    strips_in,
)
from lipflap.plugin.hosts.script import otio_json as otio

_DRAWN = ("TEXT", "COLOR", "ADJUSTMENT")
_PLAIN_BLENDS = ("REPLACE", "ALPHA_OVER", "CROSS")


def make_cut(scene: Any) -> dict[str, Any]:
    """Return the timeline of a scene's sequencer; it starts at the scene's first frame."""
    rate = frame_rate(scene)
    start = otio.time(Fraction(scene.frame_start), rate)
    editor = scene.sequence_editor
    begin, end = scene.frame_start, scene.frame_end + 1
    tracks = _Reading(scene, rate).tracks(editor, begin, end) if editor else []
    return otio.timeline(scene.name, start, tracks)


class _Reading:
    """One reading of a scene's strips."""

    def __init__(self, scene: Any, rate: Fraction) -> None:
        self.scene = scene
        self.rate = rate

    def tracks(self, holder: Any, begin: int, end: int) -> list[dict[str, Any]]:
        """Return a track for each channel and kind, of what plays from frame `begin` to `end`."""
        rows: dict[tuple[str, int], list[Any]] = {}
        effects = [strip for strip in strips_in(holder) if inputs_of(strip)]
        for strip in strips_in(holder):
            if (
                strip in effects
                or strip.get(OURS)
                or strip.frame_final_end <= begin
                or strip.frame_final_start >= end
            ):
                continue
            kind = "Audio" if strip.type == "SOUND" else "Video"
            rows.setdefault((kind, strip.channel), []).append(strip)
        rows = dict(sorted(rows.items(), key=lambda row: (row[0][0] == "Audio", row[0][1])))
        return [
            self._track(holder, kind, number, row, effects, (begin, end))
            for (kind, number), row in rows.items()
        ]

    def _track(
        self,
        holder: Any,
        kind: str,
        number: int,
        row: list[Any],
        effects: list[Any],
        span: tuple[int, int],
    ) -> dict[str, Any]:
        at, children = span[0], []
        for strip in sorted(row, key=lambda one: one.frame_final_start):
            first = max(round(strip.frame_final_start), at)
            last = min(round(strip.frame_final_end), span[1])
            if first > at:
                children.append(otio.gap(self._time(first - at)))
            children.append(self._item(strip, first, last, effects))
            at = last
        channel = holder.channels[number]
        return otio.track(channel.name, kind, children, enabled=not channel.mute)

    def _item(self, strip: Any, first: int, last: int, effects: list[Any]) -> dict[str, Any]:
        if strip.type == "META":
            inside = self.tracks(strip, first, last)
            source = otio.time_range(self._time(0), self._time(last - first))
            facts = self._facts(strip, effects)
            return otio.stack(strip.name, inside, source, facts, enabled=not strip.mute)
        rate = self._media_rate(strip)
        speed = self.rate / rate if strip.type == "MOVIE" else Fraction(1)
        begin = first_in_media(strip) + first - round(strip.frame_final_start)
        if getattr(strip, "use_reverse_frames", False):
            begin, speed = strip.frame_duration - begin - (last - first), -speed
        available = otio.time_range(
            otio.time(Fraction(0), rate), otio.time(_media_frames(strip), rate)
        )
        return otio.clip(
            strip.name,
            otio.time_range(otio.time(Fraction(begin), rate), self._time(last - first)),
            _reference(strip, available),
            element=strip.name,
            facts=self._facts(strip, effects),
            speed=speed,
            enabled=not strip.mute or bool(strip.get(MUTED)),
        )

    def _time(self, frames: int) -> dict[str, Any]:
        return otio.time(Fraction(frames), self.rate)

    def _media_rate(self, strip: Any) -> Fraction:
        """Return the frames per second of a movie's file; of all else those of the scene."""
        stated = getattr(strip, "fps", 0) if strip.type == "MOVIE" else 0
        return otio.exact_rate(stated) if stated else self.rate

    def _facts(self, strip: Any, effects: list[Any]) -> dict[str, Any]:
        """Return how a strip is shown, as plugin.timeline.item_facts.ItemFacts names it."""
        retimed = _retimed_by(strip, effects)
        facts: dict[str, Any] = {"uneven_speed": retimed} if retimed else {}
        if strip.type == "SOUND":
            return facts
        keys = keyed(self.scene, strip)
        opacity = _least(keys.get("blend_alpha"), strip.blend_alpha)
        if any(strip in inputs_of(one) and len(inputs_of(one)) > 1 for one in effects):
            opacity = 0.0  # it is mixed with another
        if opacity < 1:
            facts["opacity"] = opacity
        if strip.blend_type not in _PLAIN_BLENDS:
            facts["blend"] = strip.blend_type.capitalize().replace("_", " ")
        if strip.type in ("MOVIE", "IMAGE"):
            facts.update(_placing(strip, keys))
        if strip.type in _DRAWN:
            facts["graphic"] = True
        return facts


def _media_frames(strip: Any) -> Fraction:
    """Return how many frames the media of a strip has."""
    cut_off = sum(getattr(strip, f"animation_offset_{side}", 0) for side in ("start", "end"))
    return Fraction(strip.frame_duration + cut_off)


def _least(curve: Any, value: float) -> float:
    return min([value] + [point.co[1] for point in curve.keyframe_points]) if curve else value


def _placing(strip: Any, keys: dict[str, Any]) -> dict[str, Any]:
    """Return whether a strip fills the frame; Blender shows each of its pixels as one, scaled."""
    moved = strip.transform.offset_x or strip.transform.offset_y or strip.transform.rotation
    cropped = any(getattr(strip.crop, f"{side}_{axis}") for side in ("min", "max") for axis in "xy")
    is_keyed = any(path.startswith(("transform.", "crop.")) for path in keys)
    facts: dict[str, Any] = {} if not (moved or cropped or is_keyed) else {"fills_frame": False}
    scale = min(abs(strip.transform.scale_x), abs(strip.transform.scale_y))
    return {**facts, "native_scale": scale}


def _retimed_by(strip: Any, effects: list[Any]) -> str:
    """Return the name of what varies a strip's speed; empty when nothing does."""
    for effect in effects:
        if effect.type == "SPEED" and strip in inputs_of(effect):
            return effect.name
    if len(getattr(strip, "retiming_keys", ())) > 0:
        return "Retiming"
    if abs(getattr(strip, "speed_factor", 1) - 1) > 1e-6:
        return "Speed factor"
    if abs(getattr(strip, "pitch", 1) - 1) > 1e-6:
        return "Pitch"
    return "Strobe" if getattr(strip, "strobe", 1) > 1 else ""


def _reference(strip: Any, available: dict[str, Any]) -> dict[str, Any]:
    """Return the media of a strip; without a file where Blender makes the picture itself."""
    if strip.type == "MOVIE":
        return otio.media(_absolute(strip.filepath), available)
    if strip.type == "SOUND":
        return otio.media(_absolute(strip.sound.filepath) if strip.sound else "", available)
    if strip.type == "IMAGE":
        return _images(strip, available)
    if strip.type in _DRAWN:
        return otio.title(strip.type)
    return otio.media("", available)


def _images(strip: Any, available: dict[str, Any]) -> dict[str, Any]:
    """Return a still, or a sequence whose files are numbered one by one; else nothing to dub."""
    names = [element.filename for element in strip.elements]
    folder = _absolute(strip.directory)
    if len(names) == 1:
        return otio.media(os.path.join(folder, names[0]), available)
    split = [re.fullmatch(r"(.*?)(\d+)(\D*)", name) for name in names]
    numbers = [int(one[2]) for one in split if one]
    shapes = {(one[1], one[3]) for one in split if one}
    is_whole = numbers == list(range(numbers[0], numbers[0] + len(names))) if numbers else False
    if len(shapes) != 1 or not is_whole:
        return otio.media("", available)
    ((prefix, suffix),) = shapes
    digits = min(len(one[2]) for one in split if one)
    return otio.sequence(folder, f"{prefix}{{}}{suffix}", numbers[0], digits, available)


def _absolute(path: str) -> str:
    return os.path.normpath(bpy.path.abspath(path))
