"""Lips that lip motion closes at p, b and m: how often, in five languages that espeak-ng reads.

    .venv/bin/python tests/benchmarks/bench_closed_lips.py [MODEL ...]

Without a MODEL, the shipped one. Closed: somewhere in the phone, or 20 ms to either side, lips are
open by less than a tenth of what they are in the sentence (from the 5th to the 95th percentile).
By chance: the same of phones that need not, and are beside none that must. The sentences trained
nobody; espeak-ng's voices may have read others to a model that was trained with `--words`.
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lipflap.core.face.landmarks import INNER_LIP_MIDDLES
from lipflap.core.motion.lip_motion import LipMotion, load_lip_motion
from lipflap.core.motion.lip_shape import SHAPE
from lipflap.core.voice.log_mel import SAMPLE_RATE_HZ
from lipflap.core.voice.speech_encoder import TICKS_A_SECOND
from lipflap.training.motion.reading.espeak import Reading, read_aloud
from lipflap.training.motion.reading.lip_rule import CLOSED, REST, visemes_of

SENTENCES = {
    "en": (
        "Maybe the baker will buy a box of apples before breakfast.",
        "My mother prefers plum jam on her bread, but papa never complains.",
        "People simply forget how much time a problem takes.",
        "Some big ships have stopped beside the public beach.",
    ),
    "de": (
        "Bitte, der Papa baut mit Peter eine Mauer.",
        "Am Abend bleiben beide immer lange beim Bäcker.",
        "Ich habe meinem Bruder eine Postkarte aus Bamberg geschrieben.",
        "Plötzlich brach der Baum mitten im Sturm.",
    ),
    "fr": (
        "Maman prépare un bon repas pour papa et Pierre.",
        "Je ne peux pas partir avant demain matin.",
        "Il a beaucoup plu pendant la promenade au bord du fleuve.",
        "Peut-être pourrions-nous prendre le bateau bleu.",
    ),
    "es": (
        "Mi madre compra pan y mermelada para mañana.",
        "El perro blanco bebe agua en la puerta.",
        "También podemos caminar por el bosque.",
        "Pablo y Beatriz hablan mucho por la mañana.",
    ),
    "it": (
        "La mamma prepara la pasta per il bambino.",
        "Domani partiamo presto per il mare.",
        "Un bel libro blu è sopra il tavolo.",
        "Il padrone beve un bicchiere di buon vino bianco.",
    ),
}
WORDS_PER_MINUTE = 165
SILENCE = np.zeros(SAMPLE_RATE_HZ // 2, np.float32)
UPPER, LOWER = (SHAPE.index(point) for point in INNER_LIP_MIDDLES)
NEARLY_CLOSED = 0.1


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("models", metavar="MODEL", type=Path, nargs="*")
    models = parser.parse_args().models or [None]
    for path in models:
        motion = load_lip_motion(path)
        print(path or "the shipped lip motion")
        for voice, texts in SENTENCES.items():
            closing, others = (
                np.concatenate(parts)
                for parts in zip(*(_lowest(motion, voice, text) for text in texts), strict=True)
            )
            print(
                f"  {voice}: closed at {(closing < NEARLY_CLOSED).mean():.2f} of {len(closing)} "
                f"p, b, m; by chance {(others < NEARLY_CLOSED).mean():.2f}"
            )


def _lowest(motion: LipMotion, voice: str, text: str) -> tuple[NDArray, NDArray]:
    """The lowest opening in each phone that must close, and in each of all others."""
    sound, phones = read_aloud(text, Reading(voice, WORDS_PER_MINUTE))
    latents = motion.latents(np.concatenate([SILENCE, sound, SILENCE]), seed=0)
    basis = motion.basis
    shapes = ((latents * basis.spread) @ basis.components).reshape(len(latents), -1, 2)
    opening = shapes[:, LOWER, 1] - shapes[:, UPPER, 1]
    low, high = np.percentile(opening, (5, 95))
    before_s = len(SILENCE) / SAMPLE_RATE_HZ
    closes = [visemes_of(phone.ipa)[0] == CLOSED for phone in phones]
    lowest: dict[bool, list[float]] = {True: [], False: []}
    for place, phone in enumerate(phones):
        first, last = (round((s + before_s) * TICKS_A_SECOND) for s in (phone.start_s, phone.end_s))
        is_beside = any(closes[max(0, place - 1) : place + 2])
        if visemes_of(phone.ipa) != [REST] and (closes[place] or not is_beside):
            least = opening[first - 1 : last + 2].min()
            lowest[closes[place]].append((least - low) / (high - low))
    return np.array(lowest[True]), np.array(lowest[False])


if __name__ == "__main__":
    main()
