"""Mouths from more film than the shot's own: of the actor, and of nobody else."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from support.media.counted_media import framemd5
from support.puppets import puppet
from support.puppets.puppet import SKIN, Puppet, draw, puppet_networks
from support.puppets.puppet_shot import HZ, SETTINGS, film_order, speech, write_movie

from lipflap.core.errors import DubError, MediaMissing
from lipflap.core.files.fingerprint import fingerprint_of_picture
from lipflap.core.media.probe import probe
from lipflap.core.motion.lip_motion import LipMotion
from lipflap.core.motion.lip_shape import LATENTS, SHAPE, LipBasis
from lipflap.core.order import (
    DubOrder,
    FrameMap,
    FrameRange,
    Mode,
    Picture,
    Reference,
    Role,
    digest,
)
from lipflap.core.result import DubResult, Progress, Stage
from lipflap.core.shot import dub_shot

WIDTH, HEIGHT, COUNT, ALL = 192, 128, 40, 120
OTHER_SKIN = (110, 80, 60)


def actor(i: int, skin: tuple[int, int, int] = SKIN) -> Puppet:
    """A face that is silent in the shot's frames, and talks in the rest of its film."""
    opening = 0.0 if i < COUNT else 0.14 + 0.12 * float(np.sin(1.7 * i))
    return Puppet(90 + 0.05 * i, 36, 34, opening, skin)


class Sines(LipMotion):
    """Lip motion that needs no network: the lower lips go down and up, whatever is heard."""

    def latents(self, mono, seed, steps=4):
        ticks = np.arange(len(mono) * 50 // HZ)
        drawn = np.zeros((len(ticks), LATENTS), np.float32)
        drawn[:, 0] = np.sin(ticks)
        return drawn


def sines() -> Sines:
    down = np.zeros((len(SHAPE), 2))
    down[21:30, 1] = 1 / 3
    components = np.zeros((LATENTS, len(SHAPE) * 2))
    components[0] = down.ravel()
    return Sines(None, None, LipBasis(components, np.ones(LATENTS)))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    for name, skin in (("plate", SKIN), ("other", OTHER_SKIN)):
        drawn = (draw([actor(i, skin)], WIDTH, HEIGHT) for i in range(ALL))
        write_movie(folder / f"{name}.mkv", drawn, Fraction(25))
    return folder


@pytest.fixture(scope="module")
def order(folder) -> DubOrder:
    """The first frames of the film, in which the actor is silent, with a dub over most of them."""
    rng = np.random.default_rng(1)
    length = COUNT * HZ // 25
    seconds = np.arange(length) / HZ
    heard = (seconds > 0.24) & (seconds < 1.32)
    level = 0.0003 + heard * 0.2 * (0.3 + 0.7 * np.sin(8 * np.pi * seconds) ** 2)
    dub = speech(folder / "dub.wav", Role.DUB, level * rng.standard_normal(length))
    whole = film_order(str(folder / "plate.mkv"), folder / "new.mkv", dub)
    settings = replace(SETTINGS, mode=Mode.REFERENCE)
    return replace(whole, frames=FrameMap(Fraction(0), Fraction(1), COUNT), settings=settings)


def film(path: Path, first: int, count: int) -> Reference:
    info = probe(str(path))
    picture = Picture(str(path), info.rate, 0, None, fingerprint_of_picture(str(path)))
    return Reference(picture, FrameMap(Fraction(first), Fraction(1), count))


def run(order: DubOrder, path: Path) -> tuple[list[Progress], DubResult]:
    networks = replace(puppet_networks(), motion=sines())
    new = replace(order, output=replace(order.output, path=str(path)))
    *progress, result = dub_shot(new, networks)
    return progress, result


def test_mouths_of_a_silent_actor_come_from_the_rest_of_the_film(order, folder, tmp_path):
    _, alone = run(order, tmp_path / "alone.mkv")
    assert alone.report.repainted_frames > 0
    assert alone.report.closed_faces == (alone.report.face,)
    rest = film(folder / "plate.mkv", COUNT, ALL - COUNT)
    progress, result = run(replace(order, references=(rest,)), tmp_path / "new.mkv")
    assert result.report.mouths > 0
    assert result.report.closed_faces == result.report.network_faces == ()
    steps = [step for step in progress if step.stage == Stage.ANALYSE]
    assert [(step.done, step.total) for step in steps] == [(n, ALL) for n in range(1, ALL + 1)]


def test_shots_that_share_a_reference_track_it_once(order, folder, tmp_path, monkeypatch):
    looks: list[int] = []
    detect = puppet.puppet_points
    monkeypatch.setattr(
        puppet, "puppet_points", lambda rgb8, near: looks.append(1) or detect(rgb8, near)
    )
    rest = film(folder / "plate.mkv", COUNT + 1, ALL - COUNT - 1)  # no other test's
    counts = []
    for name in ("one", "two"):
        looks.clear()
        progress, result = run(replace(order, references=(rest,)), tmp_path / f"{name}.mkv")
        counts.append((len(looks), result.report.mouths, len(progress)))
    assert counts[0][0] - counts[1][0] >= rest.frames.count
    assert counts[0][1:] == counts[1][1:]


def test_mouths_of_somebody_else_are_never_taken(order, folder, tmp_path):
    other = film(folder / "other.mkv", COUNT, ALL - COUNT)
    _, result = run(replace(order, references=(other,)), tmp_path / "new.mkv")
    assert result.report.closed_faces == (result.report.face,)


def test_the_network_alone_looks_at_no_references(order, folder, tmp_path):
    alone = replace(
        order,
        references=(film(folder / "other.mkv", 0, ALL),),
        settings=replace(SETTINGS, mode=Mode.AUTOREGRESSIVE),
    )
    progress, result = run(alone, tmp_path / "new.mkv")
    assert result.report.mouths is None
    assert sum(step.stage == Stage.ANALYSE for step in progress) == COUNT


def test_a_part_is_what_it_is_in_the_whole_shot(order, folder, tmp_path):
    rest = film(folder / "plate.mkv", COUNT, ALL - COUNT)
    whole = replace(order, references=(rest,))
    parts = [replace(whole, part=FrameRange(0, 13)), replace(whole, part=FrameRange(13, COUNT))]
    orders = {"whole": whole, "head": parts[0], "tail": parts[1]}
    new = {name: tmp_path / f"{name}.mkv" for name in orders}
    for name, each in orders.items():
        assert run(each, new[name])[1].report.mouths > 0
    hashes = {name: framemd5(path, "yuv444p") for name, path in new.items()}
    assert hashes["head"] + hashes["tail"] == hashes["whole"]


def test_a_reference_that_has_changed_or_is_gone_is_refused_by_name(order, folder, tmp_path):
    copy = tmp_path / "take 2.mkv"
    copy.write_bytes((folder / "plate.mkv").read_bytes())
    with_copy = replace(order, references=(film(copy, COUNT, 50),))
    copy.write_bytes(copy.read_bytes() + b"more")
    with pytest.raises(DubError, match=r"take 2\.mkv: has changed"):
        run(with_copy, tmp_path / "new.mkv")
    copy.unlink()
    with pytest.raises(MediaMissing, match=r"take 2\.mkv"):
        run(with_copy, tmp_path / "new.mkv")


def test_film_that_cannot_be_decoded_gives_no_mouths_and_stops_no_shot(
    order, folder, tmp_path, caplog
):
    broken = tmp_path / "broken.mkv"
    broken.write_bytes(b"no film")
    picture = replace(
        order.picture, path=str(broken), fingerprint=fingerprint_of_picture(str(broken))
    )
    references = (
        Reference(picture, FrameMap(Fraction(0), Fraction(1), 50)),
        film(folder / "plate.mkv", COUNT, ALL - COUNT),
    )
    _, result = run(replace(order, references=references), tmp_path / "new.mkv")
    assert result.report.mouths > 0
    assert "broken.mkv" in caplog.text


def test_orders_with_other_references_are_other_orders(order, folder):
    more = replace(order, references=(film(folder / "plate.mkv", COUNT, 50),))
    assert digest(more) != digest(order)
    assert (order.analysed_frames, more.analysed_frames) == (COUNT, COUNT + 50)
