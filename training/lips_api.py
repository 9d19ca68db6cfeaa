"""The training commands that learn lips from films of people who speak, as `api.py` has the others.

convert_encoder    a Whisper model          ->  speech encoder
train_motion       films and clips of cuts  ->  lip motion, and its figures
train_judge        films and clips of cuts  ->  judge of lips and sound, and its figures
train_correction   films and clips of cuts  ->  mouth correction
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

from lipflap.core.device import best_device
from lipflap.core.errors import DubError
from lipflap.core.face.detect import cascade_detectors
from lipflap.core.face.landmark_net import load_landmarker
from lipflap.core.model_files import SPEECH_ENCODER, locate, sha256
from lipflap.core.motion import lip_motion, lip_sync
from lipflap.core.motion.lip_motion import LipMotion
from lipflap.core.motion.lip_sync import make_lip_sync
from lipflap.core.motion.weights import ENCODER_SHA256
from lipflap.core.paint.painter import load_networks
from lipflap.core.recording import Recording
from lipflap.core.voice.speech_encoder import SpeechEncoder, load_speech_encoder
from lipflap.training.correction import train as correction
from lipflap.training.correction.laid_takes import LaidTake, lay_takes
from lipflap.training.correction.train import CorrectionRecipe
from lipflap.training.data.split import choose_validating
from lipflap.training.evaluation.lip_sync import LipSyncFigures, measure_lip_sync
from lipflap.training.evaluation.motion import MotionEvaluation, measure_motion
from lipflap.training.evaluation.strangers.measure import reference_settings
from lipflap.training.motion import train as motion
from lipflap.training.motion.convert_encoder import convert_encoder as write_encoder
from lipflap.training.motion.features import encode_sentences
from lipflap.training.motion.lip_sync import LipSyncRecipe, train_lip_sync
from lipflap.training.motion.reading.espeak import Phone
from lipflap.training.motion.reading.read_words import (
    ReadAloud,
    ReadSentence,
    encode_read,
    phones_of_words,
    read_sentences,
)
from lipflap.training.motion.sentences import FilmedSentence, film_sentences
from lipflap.training.motion.talkers import SpokenLips, save_network
from lipflap.training.motion.train import MotionRecipe
from lipflap.training.motion.voices import VoicesRecipe
from lipflap.training.mouth.efficientnet import load_efficientnet
from lipflap.training.recipe import read_recipe

SENTENCES, FEATURES, READ, LAID = "sentences", "features", "read", "laid"


def convert_encoder(parts: Sequence[Path], out: Path) -> None:
    """Write the speech encoder from a Whisper base model, its parts in order. Raises DubError."""
    write_encoder(parts, out)


def train_motion(
    recordings: Sequence[Recording],
    held_out: Sequence[str],
    recipe: Path | None,
    out: Path,
    words: Mapping[str, Path] = MappingProxyType({}),
) -> MotionEvaluation | None:
    """Train lip motion and write it to a file; return its figures on speakers held out, if any.

    Sentences found in the recordings are kept in the folder SENTENCES beside `out`.
    held_out  speakers who are measured and never train
    words     by voice of espeak-ng, files of words that it reads: lips by rule are learnt too
    Raises DubError.
    """
    settings = read_recipe(recipe, MotionRecipe)
    encoder, facts, spoken, held = gather_sentences(recordings, held_out, settings, out)
    read: list[ReadSentence] = []
    if words:
        spoken = [
            replace(one, phones=phones_of_words(one.words, settings.words_voice)) for one in spoken
        ]
        sentences = read_for(words, [one.phones for one in spoken], settings, out)
        kept = out.parent / SENTENCES / READ
        digest = facts[ENCODER_SHA256]
        read = list(encode_read(encoder, digest, sentences, settings, kept))
    network, basis = motion.train_motion(spoken, settings, read=read)
    save_network(network, basis, lip_motion.KIND, settings, facts, out)
    return measure_motion(LipMotion(encoder, network, basis), held) if held else None


def read_for(
    words: Mapping[str, Path], phones: Sequence[Sequence[Phone]], settings: MotionRecipe, out: Path
) -> Iterator[ReadAloud]:
    """Return what a voice reads of words.

    phones  of each filmed sentence, from which it is learnt how phones look
    Raises DubError where these are none.
    """
    if not any(phones):
        raise DubError(
            "no film has a word alignment, from which it is learnt how phones look.",
            where=str(out),
            fix="Put FILM.align into align/ beside the films, or leave out --words.",
        )
    return read_sentences(words, settings.read_sentences, settings.seed)


def train_correction(recordings: Sequence[Recording], recipe: Path | None, out: Path) -> None:
    """Train the correction of laid mouths and write it to a file. Raises DubError.

    What is laid in the recordings is kept in the folder LAID beside `out`.
    """
    settings = read_recipe(recipe, CorrectionRecipe)
    takes = gather_takes(recordings, out)
    network = correction.train_correction(takes, load_efficientnet(best_device()), settings)
    correction.save_correction(network, settings, out)


def gather_takes(recordings: Sequence[Recording], out: Path) -> list[LaidTake]:
    """Lay mouths in recordings, or find them in the folder LAID beside `out`. Raises DubError."""
    settings = reference_settings(steps=1, guidance=1)
    takes = list(lay_takes(recordings, load_networks(settings), settings, out.parent / LAID))
    if not takes:
        raise DubError(
            "there is nothing to learn from.",
            where=str(out),
            fix="The warnings above say why each film or clip was left out.",
        )
    return takes


def train_judge(
    recordings: Sequence[Recording], held_out: Sequence[str], recipe: Path | None, out: Path
) -> LipSyncFigures | None:
    """Train the judge of lips and sound and write it to a file, as `train_motion` does.

    Returns its figures on speakers held out, if any. Raises DubError.
    """
    settings = read_recipe(recipe, LipSyncRecipe)
    encoder, facts, spoken, held = gather_sentences(recordings, held_out, settings, out)
    network, basis = train_lip_sync(spoken, settings)
    save_network(network, basis, lip_sync.KIND, settings, facts, out)
    return measure_lip_sync(make_lip_sync(network, basis, encoder), held) if held else None


def gather_sentences(
    recordings: Sequence[Recording], held_out: Sequence[str], voices: VoicesRecipe, out: Path
) -> tuple[SpeechEncoder, dict[str, str], list[SpokenLips], list[FilmedSentence]]:
    """Return the encoder, facts for a model's metadata, sentences to learn and those held out."""
    training, held, facts = find_sentences(recordings, held_out, out)
    encoder = load_speech_encoder(locate(SPEECH_ENCODER))
    kept = out.parent / SENTENCES / FEATURES
    spoken = list(encode_sentences(encoder, facts[ENCODER_SHA256], training, voices, kept))
    return encoder, facts, spoken, held


def find_sentences(
    recordings: Sequence[Recording], held_out: Sequence[str], out: Path
) -> tuple[list[FilmedSentence], list[FilmedSentence], dict[str, str]]:
    """Return the sentences to learn, those held out, and facts for a model's metadata.

    What was found in the recordings is kept in the folder SENTENCES beside `out`. Raises DubError.
    """
    if held_out:
        choose_validating(recordings, held_out)  # raises DubError for an unknown name
    finders = cascade_detectors(), load_landmarker().points
    sentences = list(film_sentences(recordings, *finders, out.parent / SENTENCES))
    training = [one for one in sentences if one.talker not in held_out]
    if not training:
        raise DubError(
            "there is nothing to learn from.",
            where=str(out),
            fix="The warnings above say why each film or clip was left out.",
        )
    talkers = sorted({one.talker for one in training})
    facts = {ENCODER_SHA256: sha256(locate(SPEECH_ENCODER)), "talkers": json.dumps(talkers)}
    return training, [one for one in sentences if one.talker in held_out], facts
