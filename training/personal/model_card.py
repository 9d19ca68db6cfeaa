"""What is asked of a personal model, and the card that lies beside it."""

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
    """What is asked for.

    model    name or path of the model to make
    start    name or path of the model to begin with
    minutes  of training
    others   SETs to learn from too, as many seconds as of the actor
    quality  how both models are asked when they are judged
    consent  who agreed
    """

    actor: str
    model: str
    start: str
    minutes: float
    others: tuple[Path, ...]
    quality: SamplingConfig
    consent: str


def write_card(
    wish: PersonaliseRequest,
    parts: Sequence[SplitPart],
    recipe: Recipe,
    columns: Mapping[str, Metrics],
) -> str:
    """Markdown: data, consent, recipe, figures and limits of a personal model.

    parts    what it learnt from and what it was judged on
    columns  figures of the model it began with, and its own
    """
    learnt, judged = (seconds(parts, validates=validates) for validates in (False, True))
    media = dict.fromkeys(Path(part.recording.picture.path).name for part in parts)
    numbers = ", ".join(f"{name} {value}" for name, value in asdict(recipe).items())
    others = ", ".join(path.name for path in wish.others)
    return f"""# {wish.actor}

A model of one actor, made from `{wish.start}` in {wish.minutes:g} minutes of training.

**Data.** {learnt:.1f} s of {", ".join(media)}{f"; as much of {others}" if others else ""}.

**Consent.** {wish.consent or "Not said."}

**Recipe.** {numbers}.

**Figures.** On {judged:.1f} s that never trained, after a gap of half a second.

{table.as_markdown(columns)}

**Limits.** It knows this actor in this footage: other light, another beard or another lens are as
strange to it as other people are.
"""
