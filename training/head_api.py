"""The training commands of head motion, as `api.py` and `lips_api.py` have the others.

train_heads      films and clips of cuts  ->  head motion, and its figures
evaluate_heads   films                    ->  figures of head motion
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from lipflap.core.errors import DubError
from lipflap.core.face.detect import cascade_detectors
from lipflap.core.face.landmark_net import load_landmarker
from lipflap.core.model_files import HEAD_MOTION, locate, model_kind
from lipflap.core.motion.head_motion import AUTOREGRESSIVE_KIND, HeadMotion, load_head_network
from lipflap.core.motion.head_network import WINDOW_TICKS, HeadNetwork
from lipflap.core.motion.head_pose import HEAD_TICKS_A_SECOND
from lipflap.core.motion.lip_motion import load_lip_motion
from lipflap.core.recording import Recording
from lipflap.training.data.films import recordings_from_films
from lipflap.training.data.split import choose_validating
from lipflap.training.evaluation.head_motion import HeadEvaluation, measure_head_motion
from lipflap.training.motion.head_training import (
    HeadRecipe,
    save_head_network,
    train_head_motion,
)
from lipflap.training.motion.heads import HeadTake, film_heads, head_take
from lipflap.training.recipe import read_recipe

HEADS = "heads"


def train_heads(
    recordings: Sequence[Recording],
    held_out: Sequence[str],
    recipe: Path | None,
    out: Path,
    *,
    autoregressive: bool = False,
) -> HeadEvaluation | None:
    """Train head motion and write it to a file; return its figures on speakers held out, if any.

    Heads found in the recordings are kept in the folder HEADS beside `out`.
    autoregressive  train the other prior, which says one tick after the other: to compare with
    Raises DubError.
    """
    settings = read_recipe(recipe, HeadRecipe)
    if held_out:
        choose_validating(recordings, held_out)  # raises DubError for an unknown name
    takes = _takes(recordings, out.parent / HEADS, where=str(out))
    training = [take for take in takes if take.talker not in held_out]
    if not training:
        raise _too_little(str(out))
    network = train_head_motion(training, settings, autoregressive=autoregressive)
    save_head_network(network, training, settings, out)
    held = [take for take in takes if take.talker in held_out]
    return measure_head_motion({out.stem: _model(network)}, held) if held else None


def evaluate_heads(models: Sequence[str], folder: Path) -> HeadEvaluation:
    """Measure models of head motion, and baselines, on the films of a folder that never trained.

    models  names or paths, of either prior; the shipped one where there are none
    Raises DubError.
    """
    files = {name: locate(model) for name, model in name_apart(models or [HEAD_MOTION]).items()}
    networks = {
        name: _model(load_head_network(file, causal=model_kind(file) == AUTOREGRESSIVE_KIND))
        for name, file in files.items()
    }
    with TemporaryDirectory(prefix="lipflap-") as kept:
        takes = _takes(list(recordings_from_films(folder)), Path(kept), where=str(folder))
    return measure_head_motion(networks, takes)


def name_apart(models: Sequence[str]) -> dict[str, str]:
    """Return models by the stems of their files, those that share one by all that was given."""
    shared = Counter(Path(one).stem for one in set(models))
    return {one if shared[stem] > 1 else stem: one for one in models for stem in (Path(one).stem,)}


def _model(network: HeadNetwork) -> HeadMotion | HeadNetwork:
    return network if network.causal else HeadMotion(network)


def _takes(recordings: Sequence[Recording], folder: Path, *, where: str) -> list[HeadTake]:
    """Return the takes of recordings that are as long as a window, at least one."""
    finders = cascade_detectors(), load_landmarker().points
    lips, heads = load_lip_motion(), film_heads(recordings, *finders, folder)
    takes = [head_take(head, lips.basis, lips.encoder) for head in heads]
    long_enough = [take for take in takes if len(take.own) >= WINDOW_TICKS]
    if not long_enough:
        raise _too_little(where)
    return long_enough


def _too_little(where: str) -> DubError:
    return DubError(
        f"no face is seen speaking for {WINDOW_TICKS / HEAD_TICKS_A_SECOND:.1f} seconds.",
        where=where,
        fix="Give longer takes; the warnings above say why a film or clip was left out.",
    )
