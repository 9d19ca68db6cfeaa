"""Generators that hide what lies below: by the kinds that programs name, and their colour."""

import opentimelineio as otio
import pytest

from lipflap.plugin.timeline.dialect.mlt.media import media_of
from lipflap.plugin.timeline.dialect.mlt.project import read_project
from lipflap.plugin.timeline.dialect.solid_generators import is_solid

SOLID = ["SolidColor", "Solid Color", "color", "Color Matte", "black", "Black Video", "SMPTEBars"]
SOLID += ["Bars and Tone", "HD Bars and Tone", "toucan:Fill", "white"]
NOT_SOLID = ["Slug", "Text", "title", "GESTitleClip", "Shape", "Color Corrector", "Blackmagic", ""]


def generator(kind: str, *colour: float) -> otio.schema.GeneratorReference:
    parameters = {"color": list(colour)} if colour else {}
    return otio.schema.GeneratorReference(generator_kind=kind, parameters=parameters)


def test_colours_black_and_bars_are_solid_and_what_may_be_a_title_is_not() -> None:
    assert [kind for kind in SOLID if not is_solid(generator(kind))] == []
    assert [kind for kind in NOT_SOLID if is_solid(generator(kind))] == []


def test_a_colour_that_is_half_opaque_is_not_solid() -> None:
    assert is_solid(generator("color", 1, 0, 0, 1))
    assert is_solid(generator("color", 1, 0, 0))
    assert not is_solid(generator("color", 1, 0, 0, 0.5))


COLOURS = {"0xff0000ff": True, "0xff00007f": False, "#ffff0000": True, "#7fff0000": False}
COLOURS |= {"#ff0000": True, "black": True, "255": True, "0": False}


@pytest.mark.parametrize(("colour", "solid"), COLOURS.items())
def test_a_colour_of_mlt_says_its_opacity(colour: str, solid: bool) -> None:
    said = f'<property name="mlt_service">color</property><property name="resource">{colour}'
    text = f'<mlt><producer id="c">{said}</property></producer></mlt>'
    project = read_project(text.encode(), "cut.mlt")
    reference = media_of(project, project.by_id["c"]).reference
    assert isinstance(reference, otio.schema.GeneratorReference)
    assert is_solid(reference) == solid
