"""Facts in the effects of Resolve's OTIO files, in the shape of its own exports."""

import json

import opentimelineio as otio
import pytest
from support.cuts.timelines import REAL, clip, needs_real

from lipflap.plugin.timeline.item_facts import facts_of


def resolve(name: str, *parameters: dict[str, object], enabled: bool = True) -> otio.schema.Effect:
    said = {"Effect Name": name, "Enabled": enabled, "Name": name, "Parameters": list(parameters)}
    return otio.schema.Effect(effect_name="Resolve Effect", metadata={"Resolve_OTIO": said})


def value(name: str, number: object, keys: dict[str, float] | None = None) -> dict[str, object]:
    keyed = {when: {"Value": one, "Variant Type": "Double"} for when, one in (keys or {}).items()}
    return {"Parameter ID": name, "Parameter Value": number, "Key Frames": keyed}


def with_effects(*effects: otio.schema.Effect) -> otio.schema.Clip:
    made = clip("SH010", 24)
    made.effects.extend(list(effects))
    return made


ZOOM = value("transformationZoomX", 1.5), value("transformationZoomY", 1.5)

COVERS = {
    "as exported untouched": [resolve(name) for name in ("Transform", "Cropping", "Composite")],
    "zoomed in": [resolve("Transform", *ZOOM)],
    "moved in a large picture": [resolve("Transform", *ZOOM, value("transformationPan", 0.25))],
    "dynamic zoom": [resolve("Dynamic Zoom", value("dynamicZoomScale", 1, {"0": 0.8, "9": 1}))],
    "an effect that is off": [resolve("Composite", value("opacity", 20.0), enabled=False)],
    "scaled to the frame": [resolve("Retime and Scaling", value("scale", 3))],
    "a look": [resolve("Film Grain", value("size", 2.0))],
}
DOES_NOT_COVER = {
    "opacity": [resolve("Composite", value("opacity", 40.0))],
    "keyed opacity": [resolve("Composite", value("opacity", 100.0, {"0": 100.0, "9": 30.0}))],
    "composite mode": [resolve("Composite", value("composite mode", 16))],
    "fade": [resolve("Video Faders", value("videoFaderIn", 12.0))],
    "smaller": [resolve("Transform", value("transformationZoomX", 0.5))],
    "keyed smaller": [resolve("Transform", value("transformationZoomY", 1.2, {"0": 1, "9": 0.3}))],
    "moved": [resolve("Transform", value("transformationTilt", -0.1))],
    "turned": [resolve("Transform", *ZOOM, value("transformationRotationAngle", 10.0))],
    "cropped": [resolve("Cropping", value("cropLeft", 0.25))],
    "dynamic zoom out": [resolve("Dynamic Zoom", value("dynamicZoomScale", 1, {"0": 1, "9": 1.5}))],
    "keyer": [resolve("Luma Keyer")],
}


@pytest.mark.parametrize("effects", COVERS.values(), ids=COVERS)
def test_a_picture_that_fills_the_frame_covers(effects: list[otio.schema.Effect]) -> None:
    assert facts_of(with_effects(*effects)).covers


@pytest.mark.parametrize("effects", DOES_NOT_COVER.values(), ids=DOES_NOT_COVER)
def test_a_picture_beside_or_through_which_another_is_seen_does_not(
    effects: list[otio.schema.Effect],
) -> None:
    assert not facts_of(with_effects(*effects)).covers


def test_opacity_is_hidden_only_when_it_is_0_throughout() -> None:
    assert facts_of(with_effects(resolve("Composite", value("opacity", 0.0)))).hidden
    keyed = value("opacity", 0.0, {"0": 0.0, "9": 100.0})
    assert not facts_of(with_effects(resolve("Composite", keyed))).hidden


@needs_real
def test_clips_that_resolve_exported_untouched_cover() -> None:
    for path in sorted((REAL / "otio_objects").glob("*.json")):
        if "Resolve_OTIO" in json.dumps(json.loads(path.read_text())):
            read = otio.adapters.read_from_string(path.read_text(), "otio_json")
            found = [read] if isinstance(read, otio.schema.Clip) else read.find_clips()
            assert all(facts_of(one).covers for one in found), path.name
