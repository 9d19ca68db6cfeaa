"""Lips by rule: what lips of filmed talkers do at each phone, for speech that nobody was filmed at.

A filmed corpus holds the words that it holds. What its lips do at a phone is learnt by a
regression on what is said around it; a voice that reads any words, in any language, then gets
lips that are about right at every phone, and closed at p, b and m.

    phones --VISEMES--> shares [T, visemes] --smoothed in time--> [T, F] --weights--> latents
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from lipflap.core.face.landmarks import INNER_LIP_MIDDLES
from lipflap.core.motion.lip_shape import SHAPE, LipBasis
from lipflap.core.voice.speech_encoder import TICKS_A_SECOND
from lipflap.training.motion.reading.espeak import Phone

REST, CLOSED = "rest", "closed"
# Phones that look alike, by how they look; diphthongs are written as their two vowels.
VISEMES = {
    CLOSED: "pbmɱβ",
    "teeth on lip": "fvʋ",
    "pursed": "wʍɥ",
    "tongue between teeth": "θð",
    "hiss": "szc",
    "rounded hiss": "ʃʒɕʑʂʐ",
    "tongue behind teeth": "tdnlɾrɫ",
    "r": "ɹɻ",
    "back of the tongue": "kɡgxŋχɣʁq",
    "palate": "çjʎɲɟ",
    "breath": "hɦʔ",
    "spread": "iɪɨ",
    "half spread": "eɛ",
    "open": "aɑɐʌ",
    "open and spread": "æ",
    "rounded": "oɔɒ",
    "narrow": "uʊyʏøœɵ",
    "slack": "əɜɚɤ",
}
# A viseme of which little is filmed is learnt as what it is like, and how it differs from that.
LIKE = {
    "rounded hiss": ("hiss", "narrow"),
    "pursed": ("narrow",),
    "rounded": ("narrow", "open"),
    "open and spread": ("open", "half spread"),
    "slack": ("half spread",),
    "palate": ("spread",),
    "tongue between teeth": ("tongue behind teeth",),
    "r": ("narrow",),
}
_DIFFERENCE = 0.5  # below 1, differences are held small
_SMOOTHED_TICKS = (1.0, 2.5, 6.0)
_SHIFTS_TICKS = (-5, -2, 0, 2, 5)
_RIDGE = 10.0
_FINE = 10  # parts of a tick that shares are counted in
_AMPLITUDE = 1 / 0.85  # a regression moves 0.85 as far as those that it learnt from
_CLOSED_PERCENTILE = 3  # of the opening in filmed speech
_CLOSING_TICKS = 1.6

_NAMES = (REST, *VISEMES)
_PLACE = {name: place for place, name in enumerate(_NAMES)}
_VISEME_OF = {ipa: name for name, phones in VISEMES.items() for ipa in phones}


@dataclass(frozen=True, slots=True)
class LipRule:
    """What lips do at phones.

    weights  [F, LATENTS]
    opening  [LATENTS] by how many pixels of the crop a unit of each latent opens the lips
    closed   the opening of closed lips: less than the mean one, so below 0
    """

    weights: NDArray[np.float64]
    opening: NDArray[np.float64]
    closed: float

    def latents(self, phones: Sequence[Phone], ticks: int) -> NDArray[np.float64]:
        """Return latents [ticks, LATENTS], 50 a second, of lips that say phones."""
        latents = _smoothed(phones, ticks) @ self.weights * _AMPLITUDE
        at = np.arange(ticks)
        for phone in phones:
            middle = (phone.start_s + phone.end_s) / 2 * TICKS_A_SECOND - 0.5
            if visemes_of(phone.ipa)[0] == CLOSED and 0 <= middle < ticks:
                excess = latents[min(round(middle), ticks - 1)]
                bump = np.exp(-0.5 * ((at - middle) / _CLOSING_TICKS) ** 2)
                latents -= np.outer(bump, self._closing(excess @ self.opening - self.closed))
        past_closed = np.minimum(latents @ self.opening - self.closed, 0)
        return np.asarray(latents - np.outer(past_closed, self._closing(1.0)))

    def _closing(self, pixels: float) -> NDArray[np.float64]:
        """Return the smallest latents [LATENTS] that open lips by pixels; 0 of less than none."""
        return max(0.0, pixels) * self.opening / (self.opening @ self.opening)


def find_lip_rule(
    said: Sequence[tuple[Sequence[Phone], NDArray[np.floating]]], basis: LipBasis
) -> LipRule:
    """Learn what lips do at phones: from sentences, each its phones and latents [T, LATENTS]."""
    seen = np.concatenate([_smoothed(phones, len(latents)) for phones, latents in said])
    filmed = np.concatenate([latents for _, latents in said]).astype(np.float64)
    ridge = _RIDGE * np.eye(seen.shape[1])
    weights = np.linalg.solve(seen.T @ seen + ridge, seen.T @ filmed)
    upper, lower = (SHAPE.index(point) for point in INNER_LIP_MIDDLES)
    moved = (basis.components * basis.spread[:, None]).reshape(len(basis.spread), -1, 2)
    opening = moved[:, lower, 1] - moved[:, upper, 1]
    return LipRule(weights, opening, float(np.percentile(filmed @ opening, _CLOSED_PERCENTILE)))


def visemes_of(ipa: str) -> list[str]:
    """Return what a phone looks like, one after the other where it is two; REST for a pause."""
    names = [_VISEME_OF[sign] for sign in ipa if sign in _VISEME_OF]
    kept = [name for place, name in enumerate(names) if names[place - 1 : place] != [name]]
    return kept or [REST]


def _smoothed(phones: Sequence[Phone], ticks: int) -> NDArray[np.float64]:
    """Return shares of visemes [ticks, F], smoothed and shifted in time, and a constant."""
    shares = _shares(phones, ticks)
    columns = [np.ones((ticks, 1))]
    for width in _SMOOTHED_TICKS:
        wide = gaussian_filter1d(shares, width, axis=0, mode="nearest")
        columns += [wide[np.clip(np.arange(ticks) - by, 0, ticks - 1)] for by in _SHIFTS_TICKS]
    return np.concatenate(columns, axis=1)


def _shares(phones: Sequence[Phone], ticks: int) -> NDArray[np.float64]:
    """Return the share of each viseme [ticks, visemes], and of those that it is like."""
    fine = np.zeros((ticks * _FINE, len(_NAMES)))
    fine[:, _PLACE[REST]] = 1
    for phone in phones:
        names = visemes_of(phone.ipa)
        edges = np.linspace(phone.start_s, phone.end_s, len(names) + 1) * TICKS_A_SECOND * _FINE
        for name, first, end in zip(names, edges, edges[1:], strict=False):
            rows = slice(max(0, round(first)), max(0, round(first) + 1, round(end)))
            fine[rows] = 0
            fine[rows, _PLACE[name]] = 1
    shares = fine.reshape(ticks, _FINE, -1).mean(1)
    alike = shares.copy()
    for name, others in LIKE.items():
        alike[:, _PLACE[name]] *= _DIFFERENCE
        for other in others:
            alike[:, _PLACE[other]] += shares[:, _PLACE[name]] / len(others)
    return alike
