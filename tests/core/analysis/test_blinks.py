"""Photographs that blink: in which frames, whose eyes, and when they stay open."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from support.puppets.puppet import Puppet, draw, puppet_networks
from support.puppets.puppet_shot import film_order, speech

from lipflap.core.analysis.blinks import _held_frames
from lipflap.core.media.decode import pictures
from lipflap.core.media.pixels import colour
from lipflap.core.media.probe import probe
from lipflap.core.order import DubOrder, FrameMap, FrameRange, Role
from lipflap.core.result import DubResult
from lipflap.core.shot import dub_shot

COUNT = 50
FACE = Puppet(66, 36, 36)


def _order(folder: Path, *, glasses: bool = False, blink: bool = True) -> DubOrder:
    picture = draw([FACE], 136, 112)
    if glasses:
        picture[37:39, 58:74] = 20
    Image.fromarray(picture).save(folder / "photograph.png")
    rng = np.random.default_rng(1)
    sound = 0.2 * rng.standard_normal(COUNT * 640) * np.abs(np.sin(np.arange(COUNT * 640) / 1500))
    said = speech(folder / "dub.wav", Role.DUB, sound)
    order = film_order(str(folder / "photograph.png"), folder / "new.mov", said)
    order = replace(order, frames=FrameMap(Fraction(0), Fraction(0), COUNT))
    return replace(order, settings=replace(order.settings, blink=blink, seed=3))


def _render(order: DubOrder) -> tuple[DubResult, np.ndarray]:
    *_, result = dub_shot(order, puppet_networks())
    assert isinstance(result, DubResult)
    info = probe(result.output_path)
    shown = [colour.rgb8(one, info) for one in pictures(info, range(len(order.written)))]
    return result, np.stack(shown).astype(int)


def _open(pictures: np.ndarray) -> np.ndarray:
    """Count the pixels of eyes that are seen in each picture."""
    above = pictures[:, :48]
    return (above[..., 1:].max(-1) - above[..., 0] > 100).sum((1, 2))


def _frames(ranges: tuple[FrameRange, ...]) -> list[int]:
    return [n for one in ranges for n in range(one.start, one.end)]


@pytest.fixture(scope="module")
def blinking(tmp_path_factory: pytest.TempPathFactory) -> tuple[DubOrder, DubResult, np.ndarray]:
    order = _order(tmp_path_factory.mktemp("still"))
    return order, *_render(order)


def test_a_photograph_blinks_and_is_itself_in_between(
    blinking: tuple[DubOrder, DubResult, np.ndarray],
) -> None:
    _, result, new = blinking
    seen = _open(new)
    blinks = _frames(result.report.blinks)
    assert blinks
    assert seen.min() < 0.5 * seen.max()
    others = np.delete(np.arange(COUNT), blinks)
    assert (new[others, :48] == new[others[0], :48]).all()
    assert len({seen[n] for n in others}) == 1
    assert result.report.eyes_open == ()


def test_a_part_blinks_as_the_whole_does_and_frames_that_stay_do_not(
    tmp_path: Path, blinking: tuple[DubOrder, DubResult, np.ndarray]
) -> None:
    order, _, whole = blinking
    order = replace(order, output=replace(order.output, path=str(tmp_path / "part.mov")))
    part = replace(order, part=FrameRange(10, 20))
    result, new = _render(part)
    assert np.array_equal(new, whole[10:20])
    assert _frames(result.report.blinks)[0] == 10
    stays = replace(order, part=FrameRange(5, 15), exclude=(FrameRange(14, 15),))
    result, new = _render(stays)
    assert result.report.blinks == ()
    assert len(set(_open(new))) == 1


@pytest.mark.parametrize("glasses", [False, True])
def test_eyes_stay_open_where_they_must_and_where_nobody_asks(
    tmp_path: Path, glasses: bool
) -> None:
    result, new = _render(_order(tmp_path, glasses=glasses, blink=glasses))
    assert len(set(_open(new))) == 1
    assert result.report.blinks == ()
    assert result.report.eyes_open == (("it seems to wear glasses",) if glasses else ())


def test_only_what_is_held_for_a_second_blinks() -> None:
    media_frames = [0, 1, 2, *[3] * 25, 4, 4, 5, *[6] * 30]
    assert list(_held_frames(media_frames, Fraction(25))) == [(3, 28), (31, 61)]
