"""Lips by rule, learnt from made-up talkers who close at p and open wide at a."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from lipflap.core.face.landmarks import INNER_LIP_MIDDLES
from lipflap.core.motion.lip_shape import LATENTS, SHAPE, LipBasis
from lipflap.training.motion.reading.espeak import Phone
from lipflap.training.motion.reading.lip_rule import LipRule, find_lip_rule, visemes_of

UPPER, LOWER = (SHAPE.index(point) for point in INNER_LIP_MIDDLES)
OPENINGS = {"p": -3.0, "a": 4.0, "s": 0.0, "iː": 1.0}
TICKS = 150


def make_basis() -> LipBasis:
    """Directions of which the first two open the lips: by 2 and by 1 pixels."""
    components = np.zeros((LATENTS, len(SHAPE), 2))
    components[0, LOWER, 1], components[1, LOWER, 1] = 1, 1
    components[2:, 0, 0] = 1
    spread = np.array([2.0, 1.0, *np.ones(LATENTS - 2)])
    return LipBasis(components.reshape(LATENTS, -1), spread)


def phones(signs: str | Sequence[str], each_s: float = 0.1) -> tuple[Phone, ...]:
    return tuple(
        Phone(0.3 + n * each_s, 0.3 + (n + 1) * each_s, sign) for n, sign in enumerate(signs)
    )


def said(chance: np.random.Generator) -> tuple[tuple[Phone, ...], NDArray[np.float64]]:
    """A sentence of twenty phones, and lips that are at each what it asks for."""
    signs = phones([str(sign) for sign in chance.choice(list(OPENINGS), 20)])
    latents = np.zeros((TICKS, LATENTS))
    for phone in signs:
        latents[round(phone.start_s * 50) : round(phone.end_s * 50), 0] = OPENINGS[phone.ipa] / 2
    return signs, latents


@pytest.fixture(scope="module")
def rule() -> LipRule:
    chance = np.random.default_rng(1)
    return find_lip_rule([said(chance) for _ in range(30)], make_basis())


def test_lips_do_at_each_phone_what_those_did_that_were_filmed(rule: LipRule) -> None:
    signs, latents = said(np.random.default_rng(9))
    ours = rule.latents(signs, TICKS)
    assert ours.shape == (TICKS, LATENTS)
    assert np.corrcoef(ours[:, 0], latents[:, 0])[0, 1] > 0.9


@pytest.mark.parametrize("sign", ["p", "b", "m"])
def test_lips_close_where_they_must_however_short_it_is(rule: LipRule, sign: str) -> None:
    """p was filmed, b and m look like it; between two open vowels, for 30 ms."""
    spoken = (Phone(0.5, 1.0, "a"), Phone(1.0, 1.03, sign), Phone(1.03, 1.5, "a"))
    opening = rule.latents(spoken, TICKS) @ rule.opening
    assert opening[50:52].min() == pytest.approx(rule.closed, abs=0.1)
    assert opening[40] > 2


def test_lips_are_never_more_than_closed(rule: LipRule) -> None:
    opening = rule.latents(phones("pbmppbm"), TICKS) @ rule.opening
    assert opening.min() == pytest.approx(rule.closed, abs=1e-6)


def test_a_phone_never_filmed_is_as_those_that_look_like_it(rule: LipRule) -> None:
    seen, unseen = (rule.latents(phones(signs), TICKS) for signs in ("sas", "zɑz"))
    assert np.allclose(seen, unseen)


def test_the_last_tick_may_be_a_closing_one(rule: LipRule) -> None:
    closing = rule.latents((Phone(2.9, 3.0 + 0.01, "m"), Phone(2.99, 3.0, "p")), TICKS)
    assert np.isfinite(closing).all()


@pytest.mark.parametrize(
    ("ipa", "seen"),
    [
        ("p", ["closed"]),
        ("iː", ["spread"]),
        ("aɪ", ["open", "spread"]),
        ("dʒ", ["tongue behind teeth", "rounded hiss"]),
        ("", ["rest"]),
        ("ˈ", ["rest"]),
    ],
)
def test_what_phones_look_like(ipa: str, seen: list[str]) -> None:
    assert visemes_of(ipa) == seen
