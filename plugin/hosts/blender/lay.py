"""Dubbed shots as strips above those that they are of, on channels named DUB.

Effects of a dubbed strip, such as a cross with the next one, are repeated above with the new strip
in its place. What lies higher in the sequencer moves up, and stays above.
"""

from __future__ import annotations

import os
from typing import Any

from lipflap.plugin.hosts.blender.strips import (
    MUTED,
    OURS,
    all_strips,
    first_in_media,
    inputs_of,
    keyed,
    new_effect,
    strips_in,
)

_LOOK = (
    *("blend_type", "blend_alpha", "color_multiply", "color_saturation", "color_tag"),
    *("use_flip_x", "use_flip_y", "use_float", "multiply_alpha", "alpha_mode"),
)
_TRANSFORM = ("offset_x", "offset_y", "scale_x", "scale_y", "rotation", "filter", "origin")
_CROP = ("min_x", "max_x", "min_y", "max_y")
_MAX_CHANNELS = 128

Note = tuple  # (name of the shot, sentence)


def lay_above(scene: Any, shots: list[dict[str, Any]]) -> list[Note]:
    """Lay the shots, as `lipflap hosts shots` names them; return what an editor should know."""
    by_name = {strip.name: strip for strip in all_strips(scene)}
    notes: list[Note] = []
    groups: dict[str, tuple[Any, list[Any]]] = {}
    for shot in shots:
        strip: Any = by_name.get(shot["element"])
        reason = why_not(scene, strip, shot)
        if reason:
            notes.append((shot["name"], reason))
            continue
        holder = strip.parent_meta() or scene.sequence_editor
        groups.setdefault(getattr(holder, "name", ""), (holder, []))[1].append((strip, shot))
    for holder, dubbed in groups.values():
        notes += _Laying(scene, holder).lay(dubbed)
    return notes


def why_not(scene: Any, strip: Any, shot: dict[str, Any]) -> str:
    """Return why a shot cannot go where its strip is; empty when it can."""
    if strip is None:
        return "Its strip is not in the sequencer any more. Send the cut again."
    first = round(strip.frame_final_start) - scene.frame_start
    last = round(strip.frame_final_end) - scene.frame_start
    if first > shot["start"] or last < shot["start"] + shot["length"]:
        return "Its strip was moved or trimmed since the cut was sent. Send it again."
    shown = first_in_media(strip) + shot["start"] - first
    if shot["source_frame"] not in (None, shown):
        return "Its strip was moved or slipped since the cut was sent. Send it again."
    if shot["first_file"] is None and not os.path.isfile(shot["file"]):
        return f"{shot['file']} is not there."
    return ""


def take_away(scene: Any) -> int:
    """Remove the strips that were laid, effects first; return how many there were."""
    for strip in all_strips(scene):
        if strip.get(MUTED):
            strip.mute = False
            del strip[MUTED]
    ours = [strip for strip in all_strips(scene) if strip.get(OURS)]
    for strip in sorted(ours, key=lambda one: -len(inputs_of(one))):
        strips_in(strip.parent_meta() or scene.sequence_editor).remove(strip)
    return len(ours)


class _Laying:
    """The shots of one sequence: of the scene, or of a meta strip."""

    def __init__(self, scene: Any, holder: Any) -> None:
        self.scene = scene
        self.holder = holder
        self.new_of: dict[str, Any] = {}

    def lay(self, dubbed: list[tuple[Any, dict[str, Any]]]) -> list[Note]:
        dubbed = sorted(dubbed, key=lambda one: one[0].frame_final_start)
        effects = self._effects({strip.name for strip, _ in dubbed})
        top = max(strip.channel for strip in [*(one[0] for one in dubbed), *effects])
        lanes = _lanes([strip for strip, _ in dubbed])
        rows = max(lanes) + 1 + len({effect.channel for effect in effects})
        if not self._make_room(top, rows):
            return [(shot["name"], "No channel is free above it.") for _, shot in dubbed]
        notes = []
        for (strip, shot), lane in zip(dubbed, lanes, strict=True):
            notes += self._lay_shot(strip, shot, top + 1 + lane)
        self._repeat(effects, top + 2 + max(lanes))
        return notes

    def _effects(self, names: set[str]) -> list[Any]:
        """Return the effects that a dubbed strip goes into, also by way of others."""
        found: list[Any] = []
        for strip in sorted(strips_in(self.holder), key=lambda one: one.channel):
            if any(one.name in names for one in inputs_of(strip)):
                found.append(strip)
                names = names | {strip.name}
        return found

    def _make_room(self, top: int, rows: int) -> bool:
        """Free so many channels above `top`, moving up what is there; return whether that fits."""
        above = [strip for strip in strips_in(self.holder) if strip.channel > top]
        lowest = min([strip.channel for strip in above], default=_MAX_CHANNELS + 1)
        missing = max(0, top + 1 + rows - lowest)
        highest = max([top + rows, *(strip.channel + missing for strip in above)])
        if highest > _MAX_CHANNELS:
            return False
        if missing:
            self._move_channels(lowest, highest - missing, missing)
        for strip in sorted(above, key=lambda one: -one.channel) if missing else ():
            strip.channel += missing
        for row in range(rows):
            _set_channel(self.holder.channels[top + 1 + row], f"DUB {row + 1}" if row else "DUB")
        return True

    def _move_channels(self, first: int, last: int, rows: int) -> None:
        """Move names and switches of channels up; those that were never named have none."""
        channels = self.holder.channels
        for number in range(last, first - 1, -1):
            one, target = channels[number], number + rows
            name = f"Channel {target}" if one.name == f"Channel {number}" else one.name
            mute, lock = one.mute, one.lock
            _set_channel(one, f"Channel {number}")  # two of one name are numbered
            _set_channel(channels[target], name, mute=mute, lock=lock)

    def _lay_shot(self, old: Any, shot: dict[str, Any], channel: int) -> list[Note]:
        begin, end = round(old.frame_final_start), round(old.frame_final_end)
        start = self.scene.frame_start + shot["start"] - shot["shown"]
        new = self._new_strip(shot, f"{old.name} lipflap", channel, start)
        new.frame_final_start = max(begin, start)
        new.frame_final_end = min(end, start + shot["count"])
        new.channel = channel  # while it was long, Blender moved it out of its neighbours' way
        new[OURS] = True
        _copy_look(old, new)
        _copy_keys(self.scene, old, new)
        self.new_of[old.name] = new
        if not old.mute and (new.blend_alpha < 1 or "blend_alpha" in keyed(self.scene, old)):
            old.mute = old[MUTED] = True  # it would be seen through the new one
        if len(old.modifiers):
            return [(shot["name"], _MODIFIERS)]
        return []

    def _new_strip(self, shot: dict[str, Any], name: str, channel: int, start: int) -> Any:
        strips = strips_in(self.holder)
        if shot["first_file"] is None:
            return strips.new_movie(
                name=name, filepath=shot["file"], channel=channel, frame_start=start
            )
        files = [
            shot["file"] % number
            for number in range(shot["first_file"], shot["first_file"] + shot["count"])
        ]
        new = strips.new_image(name=name, filepath=files[0], channel=channel, frame_start=start)
        for path in files[1:]:
            new.elements.append(os.path.basename(path))
        return new

    def _repeat(self, effects: list[Any], channel: int) -> None:
        """Repeat effects with the new strips in the place of the dubbed ones."""
        channels = sorted({effect.channel for effect in effects})
        for effect in effects:
            inputs = [self.new_of.get(one.name, one) for one in inputs_of(effect)]
            above = channel + channels.index(effect.channel)
            new = new_effect(self.holder, effect, f"{effect.name} lipflap", above, inputs)
            new[OURS] = True
            _copy_look(effect, new)
            _copy_settings(effect, new)
            _copy_keys(self.scene, effect, new)
            self.new_of[effect.name] = new


_MODIFIERS = (
    "Its modifiers (a grade) are not on the new strip: select both, the old one last, and use "
    "Strip > Copy Modifiers; or replace the file instead."
)


def _set_channel(channel: Any, name: str, *, mute: bool = False, lock: bool = False) -> None:
    channel.name, channel.mute, channel.lock = name, mute, lock


def _lanes(strips: list[Any]) -> list[int]:
    """Return a lane for each strip, so that those that overlap lie on different ones."""
    ends: list[int] = []
    lanes = []
    for strip in strips:
        free = [lane for lane, end in enumerate(ends) if end <= strip.frame_final_start]
        lane = free[0] if free else len(ends)
        ends[lane:] = [strip.frame_final_end, *ends[lane + 1 :]]
        lanes.append(lane)
    return lanes


def _copy_look(old: Any, new: Any) -> None:
    _copy(old, new, _LOOK)
    for part, names in (("transform", _TRANSFORM), ("crop", _CROP)):
        if hasattr(old, part) and hasattr(new, part):
            _copy(getattr(old, part), getattr(new, part), names)


def _copy_settings(old: Any, new: Any) -> None:
    """Copy what an effect of its kind has, such as the direction of a wipe."""
    base = {one.identifier for one in type(old).bl_rna.base.properties}
    own = [one for one in type(old).bl_rna.properties if one.identifier not in base]
    _copy(
        old, new, [one.identifier for one in own if not one.is_readonly and one.type != "POINTER"]
    )


def _copy(old: Any, new: Any, names: Any) -> None:
    for name in names:
        if hasattr(old, name) and hasattr(new, name):
            setattr(new, name, getattr(old, name))


def _copy_keys(scene: Any, old: Any, new: Any) -> None:
    """Copy the keyframes of numbers, such as those of a fade."""
    for path, curve in keyed(scene, old).items():
        holder, _, name = path.rpartition(".")
        target = getattr(new, holder) if holder else new
        if not isinstance(getattr(target, name, None), (int, float)):
            continue
        for point in curve.keyframe_points:
            setattr(target, name, type(getattr(target, name))(point.co[1]))
            target.keyframe_insert(name, frame=point.co[0])
