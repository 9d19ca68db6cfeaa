"""The request for a personal model, and the card that lies beside the model."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from lipflap.training.data.split import SplitPart, seconds
from lipflap.training.evaluation import table
from lipflap.training.evaluation.metrics import Metrics
from lipflap.training.evaluation.rollout import SamplingConfig
from lipflap.training.recipe import Recipe


@dataclass(frozen=True, slots=True)
class PersonaliseRequest:
    """The request for a model of one actor.

    model     name or path of the model to make
    start     name or path of the model to begin with
    minutes   of training
    others    SETs to learn from too, as many seconds as of the actor
    sampling  how both models paint when they are evaluated
    consent   who agreed
    """

    actor: str
    model: str
    start: str
    minutes: float
    others: tuple[Path, ...]
    sampling: SamplingConfig
    consent: str


def write_card(
    request: PersonaliseRequest,
    parts: Sequence[SplitPart],
    recipe: Recipe,
    columns: Mapping[str, Metrics],
) -> str:
    """Return a model card as Markdown: data, consent, recipe, metrics and limits.

    parts    that it learnt from and was evaluated on
    columns  metrics of the model it began with, and its own
    """
    training_s, validation_s = (seconds(parts, validates=validates) for validates in (False, True))
    media = dict.fromkeys(Path(part.recording.picture.path).name for part in parts)
    numbers = ", ".join(f"{name} {value}" for name, value in asdict(recipe).items())
    others = ", ".join(path.name for path in request.others)
    return f"""# {request.actor}

A model of one actor, made from `{request.start}` in {request.minutes:g} minutes of training.

**Data.** {training_s:.1f} s of {", ".join(media)}{f"; as much of {others}" if others else ""}.

**Consent.** {request.consent or "Not stated."}

**Recipe.** {numbers}.

**Metrics.** On {validation_s:.1f} s that never trained, after a gap of half a second.

{table.as_markdown(columns, table.ROWS)}

**Limits.** It knows this actor in this footage: with other light, another beard or another
lens it is no better than with other people.
"""
