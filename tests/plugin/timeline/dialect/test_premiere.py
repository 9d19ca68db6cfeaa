"""Facts in the effects of Premiere's OTIO files, in the shape of its own exports."""

import opentimelineio as otio
import pytest
from support.cuts.timelines import clip

from lipflap.plugin.timeline.item_facts import ItemFacts, facts_of

MIDDLE = {"X": 0.5, "Y": 0.5}


def value(number: int, start: object, *keys: object, name: str = "") -> dict[str, object]:
    made: dict[str, object] = {"DisplayName": name or f"Parameter {number}", "ID": number}
    if keys:
        return made | {"Keyframes": [{"Value": key} for key in keys]}
    return made | {"StartValue": {"Value": start}}


def facts(match_name: str, *parameters: dict[str, object], enabled: bool = True) -> ItemFacts:
    said = {"MatchName": match_name, "IsIntrinsic": True, "Parameters": list(parameters)}
    effect = otio.schema.Effect(name="", effect_name="", metadata={"PremierePro_OTIO": said})
    effect.enabled = enabled
    made = clip("SH010", 24)
    made.effects.append(effect)
    return facts_of(made)


def motion(scale: float = 100.0, *others: dict[str, object]) -> ItemFacts:
    return facts("AE.ADBE Motion", value(2, scale), *others)


def opacity(*parameters: dict[str, object], enabled: bool = True) -> ItemFacts:
    return facts("AE.ADBE Opacity", *parameters, enabled=enabled)


NORMAL = value(2, 18, name="Blend Mode"), value(3, 0, name="Blend Mode")

COVERS = {
    "as exported untouched": motion(100.0, value(1, MIDDLE), value(5, 0.0), value(8, 0.0)),
    "opaque": opacity(value(1, 100.0), *NORMAL),
    "an effect that is off": opacity(value(1, 20.0), enabled=False),
    "larger": motion(150.0),
    "moved in a large picture": motion(200.0, value(1, {"X": 0.7, "Y": 0.1})),
    "a look": facts("AE.ADBE Lumetri", value(1, 50.0)),
    "a crop of nothing": facts("AE.ADBE AECrop", value(1, 0.0), value(2, 0.0)),
}
DOES_NOT_COVER = {
    "half opaque": opacity(value(1, 50.0), *NORMAL),
    "faded": opacity(value(1, 100.0, 0.0, 100.0)),
    "blended": opacity(value(1, 100.0), value(2, 5), value(3, 5)),
    "smaller": motion(40.0),
    "keyed smaller": motion(100.0, value(2, 100.0, 100.0, 60.0)),
    "narrower": motion(100.0, value(3, 50.0), value(4, False)),
    "moved": motion(100.0, value(1, {"X": 0.8, "Y": 0.5})),
    "turned": motion(130.0, value(5, 12.0)),
    "cropped": motion(100.0, value(9, 12.0)),
    "cropped by an effect": facts("AE.ADBE AECrop", value(3, 25.0)),
    "keyed": facts("AE.ADBE Ultra Key"),
    "text": facts("AE.ADBE Text", value(1, "VGl0bGU=")),
}


@pytest.mark.parametrize("found", COVERS.values(), ids=COVERS)
def test_a_picture_that_fills_the_frame_covers(found: ItemFacts) -> None:
    assert found.covers


@pytest.mark.parametrize("found", DOES_NOT_COVER.values(), ids=DOES_NOT_COVER)
def test_a_picture_beside_or_through_which_another_is_seen_does_not(found: ItemFacts) -> None:
    assert not found.covers


def test_a_scale_is_of_the_pictures_own_pixels() -> None:
    """Only its media says whether half of it still fills the frame."""
    assert motion(50.0).native_scale == 0.5
    assert motion(50.0).fills_frame


def test_a_remapped_time_is_uneven() -> None:
    assert facts("AE.ADBE Time Remapping", value(1, 0, 100.0, 50.0)).uneven_speed
    assert not facts("AE.ADBE Time Remapping", value(1, 100.0)).uneven_speed


def test_a_picture_that_is_zoomed_or_moved_is_not_as_it_was() -> None:
    assert not motion(100.0).transformed
    assert not facts("AE.ADBE Opacity", value(1, 50.0)).transformed
    assert motion(150.0).transformed
    assert motion(100.0, value(5, 180.0)).transformed
    assert facts("AE.ADBE Horizontal Flip").transformed
