"""A shot that goes on beyond its film: whose frames are whose, and when it cannot go on."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from support.jobs.orders import make_order, make_settings
from support.puppets.puppet import Puppet, draw, puppet_networks, puppet_points
from support.puppets.puppet_shot import SETTINGS, film_order, speech, write_movie

from lipflap.core.analysis.analyse import _repainted_frames, analyse
from lipflap.core.errors import DubError
from lipflap.core.face.landmarks import LEFT_EYE, RIGHT_EYE
from lipflap.core.media.decode import pictures
from lipflap.core.media.pixels import colour
from lipflap.core.media.probe import probe
from lipflap.core.order import DubOrder, FrameMap, FrameRange, Mode, Role
from lipflap.core.result import DubResult, ShotState
from lipflap.core.shot import dub_shot
from lipflap.core.timing import Stopwatch

COUNT, MORE = 40, 20
WIDTH, HEIGHT = 224, 160
RATE = Fraction(25)


def _talker(i: int, x: float = 100) -> Puppet:
    return Puppet(x + 3 * np.sin(i / 6), 55 + 2 * np.cos(i / 9), 34, 0.1 + 0.1 * np.sin(1.7 * i))


def _film(path: Path, *xs: float, pan: int = 0, hidden: range = range(0)) -> str:
    frames = []
    for i in range(COUNT):
        picture = draw([_talker(i, x + pan * i) for x in xs or (100,)], WIDTH + pan * COUNT, HEIGHT)
        wall = np.ptp(picture.astype(int), axis=2) == 0
        wall[:, np.arange(picture.shape[1]) % 40 < 30] = False
        picture[wall] //= 2  # stripes
        picture = picture[:, pan * i : pan * i + WIDTH]
        if i in hidden:
            picture[80:120, 70:130] = 30
        frames.append(np.ascontiguousarray(picture))
    return write_movie(path, frames, RATE)


def _order(film: str, folder: Path, **changes: object) -> DubOrder:
    rng = np.random.default_rng(1)
    sound = 0.2 * rng.standard_normal(round((COUNT + MORE) / 25 * 16_000))
    sound *= np.abs(np.sin(np.arange(len(sound)) / 1500))

    order = film_order(film, folder / "new.mkv", speech(folder / "dub.wav", Role.DUB, sound))
    frames = FrameMap(Fraction(0), Fraction(1), COUNT + MORE)
    return replace(order, frames=frames, unfilmed=MORE, **changes)  # type: ignore[arg-type]


def _render(order: DubOrder) -> DubResult:
    *_, result = dub_shot(order, puppet_networks())
    assert isinstance(result, DubResult)
    return result


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, DubOrder, DubResult]:
    folder = tmp_path_factory.mktemp("extended")
    film = _film(folder / "plate.mkv")
    order = _order(film, folder)
    return film, order, _render(order)


def _plates(path: str, count: int) -> np.ndarray:
    info = probe(path)
    return np.stack([colour.rgb8(one, info) for one in pictures(info, range(count))]).astype(int)


def test_a_dub_that_outlasts_its_film_gets_a_picture_to_its_end(
    rendered: tuple[str, DubOrder, DubResult],
) -> None:
    film, _, result = rendered
    assert result.report.state == ShotState.RENDERED
    assert result.report.frames == COUNT + MORE
    new, old = _plates(result.output_path, COUNT + MORE), _plates(film, COUNT)
    mouth = (slice(None), slice(75, 120), slice(70, 135))
    outside = np.ones(old.shape[1:3], bool)
    outside[60:150, 50:155] = False
    assert np.array_equal(new[:COUNT][:, outside], old[:, outside])
    # Beyond the film the wall stays, and the head goes on without a jump.
    corner = (slice(COUNT, None), slice(0, 20), slice(190, None))
    assert np.array_equal(new[corner], np.repeat(old[-1:, :20, 190:], MORE, axis=0))
    eyes = np.array([_eyes(picture) for picture in new])
    steps = np.linalg.norm(eyes[3:] - eyes[:-3], axis=1)  # of drawn eyes, to a third of a pixel
    assert steps[COUNT - 3 :].max() < 1.5 * steps[: COUNT - 3].max()
    assert np.ptp(eyes[COUNT:], axis=0).max() > 0.5
    # Every mouth there is new: no red of the filmed one is left.
    red = (np.abs(new - (255, 0, 0)) < 60).all(-1)
    assert not red[COUNT:][mouth].any()


def test_the_face_that_is_painted_is_where_the_moved_head_is(
    rendered: tuple[str, DubOrder, DubResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    film, order, _ = rendered

    class Aside:
        """Motion that goes off to the right."""

        def fill(self, own: np.ndarray, is_known: np.ndarray, seed: int) -> np.ndarray:
            drawn = own.copy()
            drawn[~is_known] = own[is_known][-1]
            drawn[~is_known, 0] += 2
            return drawn

    monkeypatch.setattr("lipflap.core.analysis.analyse.load_head_motion", Aside)
    work = analyse(
        order, probe(film), puppet_networks().detectors, Stopwatch("decode", "track", "listen")
    )
    while True:
        try:
            next(work)
        except StopIteration as end:
            analysis = end.value
            break
    (track,) = analysis.scene.tracks
    filmed = [track.points[n] for n in analysis.plates.media_frames[COUNT:]]
    moved = np.abs(track.points[COUNT:] - filmed).max((1, 2))
    assert moved.max() > 3
    for number, plate in enumerate(analysis.plates.read(COUNT, COUNT + MORE), COUNT):
        found, _, _ = puppet_points(colour.rgb8(plate, probe(film)), track.points[number])
        eyes = list(LEFT_EYE + RIGHT_EYE)
        away = found[eyes].mean(0) - track.points[number][eyes].mean(0)
        assert np.abs(away).max() < 1.5


def _eyes(picture: np.ndarray) -> np.ndarray:
    blue = (np.abs(picture - (0, 0, 255)) < 90).all(-1)
    return np.argwhere(blue).mean(0)


def test_a_part_of_an_extended_shot_is_that_part_of_the_whole(
    rendered: tuple[str, DubOrder, DubResult], tmp_path: Path
) -> None:
    _, order, _ = rendered
    framewise = replace(order.settings, mode=Mode.FRAMEWISE)
    whole = replace(order, settings=framewise)
    whole = replace(whole, output=replace(order.output, path=str(tmp_path / "whole.mkv")))
    part = replace(whole, part=FrameRange(45, 55))
    part = replace(part, output=replace(part.output, path=str(tmp_path / "part.mkv")))
    all_frames = _plates(_render(whole).output_path, COUNT + MORE)
    assert np.array_equal(_plates(_render(part).output_path, 10), all_frames[45:55])


@pytest.mark.parametrize(
    ("made", "why"),
    [
        ({"pan": 2}, "the camera moves"),
        ({"xs": (60, 170)}, "several faces"),
        ({"hidden": range(30, 40)}, "covered"),
        ({"hidden": range(30)}, "less than a second"),
    ],
)
def test_what_cannot_go_on_is_refused_with_the_reason(
    tmp_path: Path, made: dict[str, object], why: str
) -> None:
    film = _film(tmp_path / "plate.mkv", *made.pop("xs", ()), **made)  # type: ignore[misc, arg-type]
    with pytest.raises(DubError, match=why) as refused:
        _render(_order(film, tmp_path))
    assert "--extend" in refused.value.fix
    assert not (tmp_path / "new.mkv").exists()


def test_nobody_to_follow_is_refused_and_a_chosen_face_is_followed(tmp_path: Path) -> None:
    bare = write_movie(tmp_path / "bare.mkv", [draw([], WIDTH, HEIGHT) for _ in range(COUNT)], RATE)
    with pytest.raises(DubError, match="nobody"):
        _render(_order(bare, tmp_path))
    two = _film(tmp_path / "two.mkv", 60, 170)
    chosen = make_settings(model=SETTINGS.model, steps=1, seed=1, face=1)
    assert _render(_order(two, tmp_path, settings=chosen)).report.face == 1


def test_mouths_that_stand_for_others_are_all_new_also_while_nobody_speaks(tmp_path: Path) -> None:
    order = make_order(tmp_path / "new.mkv", frames=60)
    order = replace(order, unfilmed=20)
    speaks = np.arange(60) == 5
    assert np.flatnonzero(_repainted_frames(order, speaks)).tolist() == [5, *range(40, 60)]
    assert not _repainted_frames(order, np.zeros(60, bool)).any()
