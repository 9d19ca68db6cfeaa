"""The sequencer's strips under the names that they have from Blender 3.4 to 5."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

OURS = "lipflap"  # a custom property of strips that were laid
MUTED = "lipflap_muted"  # of strips that are muted below their new picture
BEFORE = "lipflap_before"  # of strips whose file was replaced: how they were


def strips_in(holder: Any) -> Any:
    """Return the strips of a sequence editor or of a meta strip, with new_movie and the like."""
    return holder.strips if hasattr(holder, "strips") else holder.sequences


def all_strips(scene: Any) -> list[Any]:
    """Return all strips of a scene, those inside meta strips too."""
    editor = scene.sequence_editor
    if editor is None:
        return []
    return list(editor.strips_all if hasattr(editor, "strips_all") else editor.sequences_all)


def frame_rate(scene: Any) -> Fraction:
    """Return the scene's frames per second; Blender says 24000/1001 as 24 and 1.001."""
    render = scene.render
    return Fraction(render.fps) / Fraction(render.fps_base).limit_denominator(1001)


def inputs_of(strip: Any) -> list[Any]:
    """Return the strips that an effect strip is made of."""
    found = (getattr(strip, name, None) for name in ("input_1", "input_2"))
    return [one for one in found if one is not None]


def first_in_media(strip: Any) -> int:
    """Return how many frames of its media come before the one that a strip shows first."""
    shown = round(strip.frame_final_start - strip.frame_start)
    return shown + getattr(strip, "animation_offset_start", 0)


def new_effect(holder: Any, like: Any, name: str, channel: int, inputs: list[Any]) -> Any:
    """Add an effect strip of the same kind and length as another, of other inputs."""
    strips = strips_in(holder)
    known = {one.identifier for one in strips.bl_rna.functions["new_effect"].parameters}
    names = ("input1", "input2") if "input1" in known else ("seq1", "seq2")  # since 4.4
    given = dict(zip(names, inputs, strict=False))
    start, end = round(like.frame_final_start), round(like.frame_final_end)
    span = {"length": end - start} if "length" in known else {"frame_end": end}  # since 5.0
    return strips.new_effect(
        name=name, type=like.type, channel=channel, frame_start=start, **span, **given
    )


def keyed(scene: Any, strip: Any) -> dict[str, Any]:
    """Return the F-curve of each property of a strip that has keyframes, by its path in the strip.

    A property of several numbers has several, of which one is returned.
    """
    prefix = strip.path_from_id() + "."
    action = scene.animation_data.action if scene.animation_data else None
    curves = _curves(action) if action else []
    return {
        curve.data_path[len(prefix) :]: curve
        for curve in curves
        if curve.data_path.startswith(prefix)
    }


def _curves(action: Any) -> list[Any]:
    """Return the F-curves of an action; since 4.4 they lie in the bags of its layers."""
    if not hasattr(action, "layers"):
        return list(action.fcurves)
    bags = [bag for layer in action.layers for one in layer.strips for bag in one.channelbags]
    return [curve for bag in bags for curve in bag.fcurves]
