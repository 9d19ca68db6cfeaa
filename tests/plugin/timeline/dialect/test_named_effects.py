"""Effects of programs of which nothing but the effect's name is known."""

import opentimelineio as otio
import pytest
from support.cuts.timelines import clip, retimed

from lipflap.plugin.timeline.item_facts import facts_of

PARTS = ["toucan:Resize", "Picture in Picture", "PIP", "ChromaKey", "Title_2", "Matte Key", "Crop"]
PARTS += ["Superimpose", "opacity", "Corner Pin", "Split Screen", "Shape Mask"]
WHOLE = [
    "LUT",
    "toucan:Saturate",
    "Gaussian Blur",
    "3D LUT",
    "Overexposed",
    "Submaster",
    "Keystone",
]
WHOLE += ["toucan:ColorConvert", "Frame Blending", "Grayscale", "toucan:UnsharpMask"]


@pytest.mark.parametrize("name", PARTS)
def test_an_effect_for_pictures_in_pictures_lets_the_picture_below_be_seen(name: str) -> None:
    for effect in (otio.schema.Effect(name=name), otio.schema.Effect(effect_name=name)):
        made = clip("SH010", 24)
        made.effects.append(effect)
        assert not facts_of(made).covers
        effect.enabled = False
        assert facts_of(made).covers


@pytest.mark.parametrize("name", WHOLE)
def test_any_other_effect_changes_nothing_of_what_is_covered(name: str) -> None:
    made = clip("SH010", 24)
    made.effects.append(otio.schema.Effect(effect_name=name))
    assert facts_of(made).covers


def test_a_speed_called_scale_is_none_of_them() -> None:
    made = retimed(clip("SH010", 24), 2)
    made.effects[0].name = "time scale"
    assert facts_of(made).covers
