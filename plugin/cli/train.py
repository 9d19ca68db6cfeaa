"""`lipflap train`: prepare footage, train and measure models. Torch is loaded when one runs."""

import logging
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from lipflap.core.errors import DubError
from lipflap.core.recording import Recording
from lipflap.plugin.cli.arguments import (
    AddParser,
    Run,
    add_command,
    add_group,
    media_places,
)
from lipflap.plugin.cli.train_arguments import (
    add_correction_arguments,
    add_distil_arguments,
    add_encoder_arguments,
    add_evaluate_arguments,
    add_gpu_pack_arguments,
    add_gpu_run_arguments,
    add_heads_arguments,
    add_judge_arguments,
    add_landmarks_arguments,
    add_motion_arguments,
    add_mouth_arguments,
    add_personalise_arguments,
    add_prepare_arguments,
    add_sync_arguments,
)
from lipflap.plugin.order.quality import QUALITIES, STANDARD
from lipflap.plugin.order.recordings import recordings_from_cut
from lipflap.plugin.timeline.bundle.read import is_bundle
from lipflap.plugin.timeline.read import says_rate

_FOOTAGE_HELP = """\
FOOTAGE is any of
    FOLDER          movie files with sound; its subfolders are named like their speakers
    FILM            one such file
    CUT             a timeline: its clips with their production sound
"""

_SPLIT_HELP = """\
Who validates and never trains: every fifth of five and more speakers; of fewer, every 19th of
their files; of fewer than six files, the last sixth of all seconds.
"""

_MOTION_HELP = """\
What is found in the footage is kept in sentences/ beside the model: a second run begins there.
"""

_WORDS_HELP = """
With --words, two fifths of what is learnt is read by espeak-ng (its library must be installed). Its
lips are by rule: what talkers do at each phone, in films whose words have times (align/FILM.align).
"""

_HEADS_HELP = """\
What is found in the footage is kept in heads/ beside the model: a second run begins there.
"""

_PACK_HELP = """\
What is found is kept in sentences/ and laid/ beside the SET: a second run begins there.
Where 50 MB are too few, takes are left out first, then sentences: evenly.
"""

_GPU_HELP = """\
FOLDER gets lip_motion.safetensors, mouth_correction.safetensors, SHA256SUMS, and in measured.json
steps, seconds, losses, and frames a second of an evaluation with 1, 8 and 64 shots in lockstep.
A file over 15 MB comes in parts: cat FILE-part* > FILE
"""

_RUN_HELP = """\
RUN holds model.safetensors, the state of the run, and log/ for TensorBoard. With torchrun, many
processes train one model:
    torchrun --nproc-per-node 4 -m lipflap.plugin.cli.main train mouth --set SET -o RUN
"""


class Figures(Protocol):
    """Figures that a training measured of its model."""

    def as_text(self) -> str:
        """Return the figures in lines of text."""


def add_commands(add_parser: AddParser) -> None:
    group = add_group(add_parser, "train", "Train models, on your own footage too.")

    def add(name: str, run: Run, about: str, epilog: str = "") -> ArgumentParser:
        return add_command(group, name, _with_tensorboard(run), about, epilog)

    about = "Turn footage into a SET: aligned mouths and their sound."
    add_prepare_arguments(add("prepare", prepare, about, _FOOTAGE_HELP + _SPLIT_HELP))
    about = "Train the network that finds landmarks in a face."
    add_landmarks_arguments(add("landmarks", train_landmarks, about))
    about = "Train a sync network on pictures, which is a loss of mouth models."
    add_sync_arguments(add("sync", train_sync, about))
    about = "Make the speech encoder from a Whisper base model of CTranslate2."
    add_encoder_arguments(add("encoder", convert_encoder, about))
    about = "Train how lips move, from sound."
    add_motion_arguments(
        add("motion", train_motion, about, _FOOTAGE_HELP + _MOTION_HELP + _WORDS_HELP)
    )
    about = "Train the correction of mouths that are laid from filmed ones."
    add_correction_arguments(add("correction", train_correction, about, _FOOTAGE_HELP))
    about = "Train the judge of lips and sound, which says how well they fit."
    add_judge_arguments(add("judge", train_judge, about, _FOOTAGE_HELP + _MOTION_HELP))
    about = "Train how heads move, to fill gaps in what was filmed of them."
    add_heads_arguments(add("heads", train_heads, about, _FOOTAGE_HELP + _HEADS_HELP))
    add_mouth_arguments(add("mouth", train_mouth, "Train a mouth model.", _RUN_HELP))
    about = "Train a mouth model that paints in one step what its teacher paints in several."
    add_distil_arguments(add("distil", distil, about, _RUN_HELP))
    about = (
        "Make a model of one actor, and a film of their mouths, from the production's own footage."
    )
    add_personalise_arguments(add("personalise", personalise, about, _FOOTAGE_HELP + _SPLIT_HELP))
    _add_gpu_commands(add_group(group, "gpu", "Train on a GPU that is at hand for minutes."))
    about = "Measure models on footage that was kept from training, or dubs of strangers."
    add_evaluate_arguments(add("evaluate", evaluate, about))


def _add_gpu_commands(group: AddParser) -> None:
    about = "Write what lip motion and the correction learn from into one file under 50 MB."
    footage = _FOOTAGE_HELP + _PACK_HELP
    add_gpu_pack_arguments(add_command(group, "pack", _logged(pack), about, footage))
    about = "Train lip motion and the correction from that file, and measure what the GPU does."
    add_gpu_run_arguments(add_command(group, "run", _logged(train_packed), about, _GPU_HELP))


def _logged(run: Run) -> Run:
    """Return the command with its progress logged."""

    def run_logged(args: Namespace) -> int:
        logging.getLogger("lipflap").setLevel(logging.INFO)
        return run(args)

    return run_logged


def _with_tensorboard(run: Run) -> Run:
    """Return the command with its progress logged; it raises DubError without tensorboard."""

    def run_training(args: Namespace) -> int:
        if find_spec("tensorboard") is None:
            raise DubError("training needs tensorboard.", fix="pip install 'lipflap[train]'")
        return _logged(run)(args)

    return run_training


def prepare(args: Namespace) -> int:
    from lipflap.training import api

    with _footage(args) as recordings:
        clips = api.prepare(
            recordings,
            args.hold_out,
            args.portraits,
            args.animations,
            dict(args.often),
            args.set,
        )
    validating = sum(clip.validates for clip in clips)
    print(f"{args.set}: {len(clips)} clips, {validating} of them validate")
    return 0


def train_landmarks(args: Namespace) -> int:
    from lipflap.training import api

    error = api.train_landmarks(args.portraits, args.talker, args.recipe, args.model)
    print(f"{args.model}: error on portraits never seen {error:.4f} of the eye distance")
    return 0


def train_sync(args: Namespace) -> int:
    from lipflap.training import api

    api.train_sync(args.set, args.recipe, args.model)
    print(args.model)
    return 0


def convert_encoder(args: Namespace) -> int:
    from lipflap.training import lips_api

    lips_api.convert_encoder(args.parts, args.model)
    print(args.model)
    return 0


def train_motion(args: Namespace) -> int:
    from lipflap.training import lips_api

    return _train_on_footage(args, partial(lips_api.train_motion, words=dict(args.words)))


def train_correction(args: Namespace) -> int:
    from lipflap.training import lips_api

    with _named_footage(args) as recordings:
        lips_api.train_correction(recordings, args.recipe, args.model)
    print(args.model)
    return 0


def pack(args: Namespace) -> int:
    from lipflap.training import gpu_api

    with _named_footage(args) as recordings:
        packed = gpu_api.pack(recordings, args.hold_out, args.set, dict(args.words))
    megabytes = args.set.stat().st_size / 1e6
    sentences, takes = len(packed.sentences), len(packed.takes)
    read = f" and {len(packed.read)} that were read" if packed.read else ""
    print(f"{args.set}: {sentences} sentences{read}, {takes} takes, {megabytes:.1f} MB")
    return 0


def train_packed(args: Namespace) -> int:
    from lipflap.training import gpu_api

    files = gpu_api.train_packed(args.set, args.folder, args.minutes, args.steps, eager=args.eager)
    print(*files, sep="\n")
    return 0


def train_judge(args: Namespace) -> int:
    from lipflap.training import lips_api

    return _train_on_footage(args, lips_api.train_judge)


def train_heads(args: Namespace) -> int:
    from lipflap.training import head_api

    train = partial(head_api.train_heads, autoregressive=args.autoregressive)
    return _train_on_footage(args, train)


def _train_on_footage(args: Namespace, train: Callable[..., Figures | None]) -> int:
    """Train on the footage that is named; print the model's path, and figures if there are any."""
    with _named_footage(args) as recordings:
        figures = train(recordings, args.hold_out, args.recipe, args.model)
    print(args.model)
    if figures is not None:
        print(figures.as_text())
    return 0


@contextmanager
def _named_footage(args: Namespace) -> Iterator[Sequence[Recording]]:
    """Yield the footage with the speakers that a table names, if one is given."""
    from lipflap.training.data.films import name_speakers

    with _footage(args) as recordings:
        yield name_speakers(recordings, args.talkers) if args.talkers else recordings


def train_mouth(args: Namespace) -> int:
    from lipflap.training import api

    print(api.train_mouth(args.set, args.recipe, args.run_folder, args.start, resume=args.resume))
    return 0


def distil(args: Namespace) -> int:
    from lipflap.training import api

    model = api.train_distil(
        args.set,
        args.teacher,
        args.recipe,
        args.run_folder,
        steps=args.steps,
        guidance=args.guidance,
        resume=args.resume,
    )
    print(model)
    return 0


def personalise(args: Namespace) -> int:
    from lipflap.training import api
    from lipflap.training.personal.model_card import PersonaliseRequest

    preset = QUALITIES[STANDARD]
    request = PersonaliseRequest(
        actor=args.actor,
        model=args.model or args.actor,
        start=args.start,
        minutes=args.minutes,
        others=tuple(args.set),
        sampling=api.sampling_config(preset.steps, preset.guidance),
        consent=args.consent,
    )
    with _footage(args) as recordings:
        model, comparison = api.personalise(recordings, request)
    print(comparison.rstrip("\n"), model, sep="\n")
    return 0


def evaluate(args: Namespace) -> int:
    from lipflap.training import api
    from lipflap.training.evaluation.evaluate import Extras

    preset = QUALITIES[args.quality]
    if args.strangers:
        strangers = api.evaluate_strangers(
            args.strangers, preset.steps, preset.guidance, html=args.html
        )
        print(strangers.as_text())
        return 0
    if args.motion:
        return _evaluate_heads(args)
    if not args.model or not args.set:
        raise DubError(
            "`evaluate` needs models and a SET to measure them on, or films of strangers.",
            fix="Give MODEL... --set SET, --strangers FOLDER, or --motion FOLDER.",
        )
    evaluation = api.evaluate(
        args.model,
        args.set,
        api.sampling_config(preset.steps, preset.guidance, framewise=args.framewise),
        Extras(drift=args.drift, sweep=args.sweep, speed=args.speed),
        sentences=args.sentences,
        html=args.html,
    )
    print(evaluation.as_text().rstrip("\n"))
    return 0


def _evaluate_heads(args: Namespace) -> int:
    from lipflap.training import head_api

    if args.set or args.html:
        raise DubError(
            "--motion measures films alone, and writes no report.",
            fix="Leave out --set and --html.",
        )
    print(head_api.evaluate_heads(args.model, args.motion).as_text())
    return 0


@contextmanager
def _footage(args: Namespace) -> Iterator[list[Recording]]:
    """Yield the recordings in films, folders and cuts; bundles stay unpacked inside the block."""
    with TemporaryDirectory(prefix="lipflap-") as folder:
        recordings: list[Recording] = []
        for number, path in enumerate(args.footage):
            bundle = Path(folder) / str(number)
            recordings += _read_recordings(path, args, bundle)
        yield _with_faces(recordings, args.face)


def _read_recordings(path: Path, args: Namespace, bundle: Path) -> list[Recording]:
    from lipflap.training.data.films import is_film, recordings_from_films

    if is_film(path) or (path.is_dir() and not is_bundle(path)):
        return list(recordings_from_films(path))
    return recordings_from_cut(
        path,
        args.sound,
        bundle,
        rate=None if says_rate(path) else args.rate,
        name=args.timeline,
        places=media_places(args),
    )


def _with_faces(
    recordings: Sequence[Recording], faces: Sequence[tuple[str, int]]
) -> list[Recording]:
    """Return the recordings with the chosen face, by name of film or clip. Raises DubError."""
    names = {recording.name for recording in recordings}
    chosen = dict(faces)
    for name in chosen:
        if name not in names:
            raise DubError(
                "no film or clip has this name.",
                where=name,
                fix=f"There are: {', '.join(sorted(names))}.",
            )
    return [replace(one, face=chosen.get(one.name)) for one in recordings]
