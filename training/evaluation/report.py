"""An evaluation as one HTML file that needs nothing beside it."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_text
from lipflap.training.data.validation import mismatched
from lipflap.training.evaluation import plots
from lipflap.training.evaluation.evaluate import BASELINES, FRAMEWISE, Evaluation
from lipflap.training.evaluation.observe import Observation
from lipflap.training.evaluation.strangers import table as strangers_table
from lipflap.training.evaluation.strangers.table import StrangersEvaluation
from lipflap.training.evaluation.table import ROWS, M, Row, measured

MAX_CURVES, MAX_SHEETS, PICTURES = 3, 3, 8
SPEAKING = (0.15, 0.65)  # the part of a sentence that pictures are taken from

HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{{ title }}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 78rem;
       padding: 0 1rem; color: #222; background: #fff; }
h1, h2 { font-weight: 600; line-height: 1.2; }
h2 { margin-top: 2.5rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; }
th, td { padding: .25rem .7rem; border-bottom: 1px solid #ddd; text-align: right;
         font-variant-numeric: tabular-nums; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
td.met { background: #e3f4e3; }
td.missed { background: #fbe3de; }
td.aim { color: #555; }
img { max-width: 100%; display: block; }
figure { margin: 0 0 .3rem; display: flex; align-items: center; gap: .8rem; }
figcaption { flex: 0 0 10rem; text-align: right; color: #555; font-size: .85rem; }
figure img { min-width: 0; }
</style>
</head>
<body>
<h1>{{ title }}</h1>
"""

TABLE = """<div class="scroll"><table>
<tr><th>figure</th><th>aim</th>{% for column in columns %}<th>{{ column }}</th>{% endfor %}</tr>
{% for row in rows %}<tr><td>{{ row.name }}</td><td class="aim">{{ row.aim }}</td>
{%- for cell in row.cells %}<td class="{{ cell.mark }}">{{ cell.text }}</td>{% endfor %}</tr>
{% endfor %}</table></div>
"""

STRANGERS_PAGE = (
    HEAD
    + "{% for heading, columns, rows in tables %}<h2>{{ heading }}</h2>\n"
    + TABLE
    + """{% endfor %}{% for fact in facts %}<p>{{ fact }}</p>
{% endfor %}<p>{{ legend }}</p>
</body>
</html>
"""
)

INTRO = """<p>{{ count }} sentences of {{ frames }} frames at {{ rate }} frames a second that
the model never saw: {{ names }}. It paints each frame from its own previous one, except where it
says
<em>{{ framewise }}</em>.</p>
<h2>Figures</h2>
"""

REST = """<p><span style="background:#e3f4e3">&nbsp;met&nbsp;</span>
<span style="background:#fbe3de">&nbsp;missed&nbsp;</span>
Picture figures are of the region that was repainted. Openings are measured by the landmark
network, as parts of the eye distance. <em>Another's</em> sound is the sentence before it in the
list{% if count == 1 %}; of this single one, itself half the take later{% endif %}. Sentences that
share a rhythm correlate by chance: see what the <em>untouched</em> mouths, which say the old words
whatever is heard, have with another's, and <em>another's truth</em> for what a perfect dub would
have. The sync scorer is not the public
SyncNet; a mouth that stands still agrees with nothing, and its offset is chance. Lips count as
closed within a seventh of the way from the talker's smallest to the widest opening.</p>
<h2>Openings</h2>
<img alt="Mouth openings over frames" src="{{ curves }}">
{% if costs %}<h2>Quality over evaluations</h2>
<img alt="Quality over evaluations a frame" src="{{ costs }}">{% endif %}
<h2>Pictures</h2>
{% for sheet in sheets %}<h3>{{ sheet.name }}, frames {{ sheet.frames }}</h3>
{% for strip in sheet.strips %}<figure><figcaption>{{ strip.name }}</figcaption>
<img alt="{{ strip.name }}" src="{{ strip.picture }}"></figure>
{% endfor %}{% endfor %}
</body>
</html>
"""

PAGE = HEAD + INTRO + TABLE + REST


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of the table, and whether its aim is met: "met", "missed" or ""."""

    text: str
    mark: str


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table."""

    name: str
    aim: str
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Strip:
    """Frames beside each other, as one embedded picture."""

    name: str
    picture: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """Strips of one sentence, one under the other."""

    name: str
    frames: str
    strips: list[Strip]


def check_report(path: Path) -> None:
    """Raises DubError when no report can be written there, before minutes are spent on one."""
    missing = [name for name in ("jinja2", "matplotlib") if find_spec(name) is None]
    if missing:
        raise DubError(
            f"needs {' and '.join(missing)}, which are not installed.",
            where=str(path),
            fix="pip install 'lipflap[train]'",
        )
    if not path.parent.is_dir() or path.is_dir():
        raise DubError(
            "cannot be written: its folder does not exist, or it is a folder itself.",
            where=str(path),
            fix="Give a file in an existing folder.",
        )


def write_report(evaluation: Evaluation, path: Path) -> None:
    """Write the table with its aims, plots and pictures. Raises DubError as `check_report` does."""
    check_report(path)
    write_text(path, page(evaluation))


def write_strangers_report(evaluation: StrangersEvaluation, path: Path) -> None:
    """Write the tables with their aims. Raises DubError as `check_report` does."""
    from jinja2 import Environment

    check_report(path)
    first = next(iter(evaluation.columns))
    clips = evaluation.clips_of(first)
    page = Environment(autoescape=True).from_string(STRANGERS_PAGE)
    write_text(
        path,
        page.render(
            title="Dubs of strangers",
            tables=[
                ("Figures", evaluation.columns, _lines(evaluation.columns, strangers_table.ROWS)),
                (f"{first}, clip by clip", clips, _lines(clips, strangers_table.ROWS)),
            ],
            facts=evaluation.facts(),
            legend=strangers_table.LEGEND,
        ),
    )


def page(evaluation: Evaluation) -> str:
    """Return the report as HTML."""
    from jinja2 import Environment

    sentences, costs = evaluation.truth.sentences, evaluation.quality_points
    model, own, cross = _first_model(evaluation)
    curves = plots.opening_curves(
        evaluation.truth, own, cross, min(MAX_CURVES, len(sentences.names))
    )
    template = Environment(autoescape=True).from_string(PAGE)
    return template.render(
        title=f"Mouth model {model}",
        count=len(sentences.names),
        frames=sentences.crops.shape[1],
        rate=f"{float(sentences.rate):g}",
        names=", ".join(sentences.names),
        framewise=FRAMEWISE,
        columns=list(evaluation.columns),
        rows=_lines(evaluation.columns, ROWS),
        curves=_embedded(curves),
        costs=_embedded(plots.quality_over_evaluations(costs)) if costs else "",
        sheets=[_sheet(evaluation, k) for k in range(min(MAX_SHEETS, len(sentences.names)))],
    )


def _first_model(evaluation: Evaluation) -> tuple[str, Observation, Observation]:
    """Return the first model's name, and its films with its own and another's sound."""
    name, outputs = next(iter(evaluation.outputs.items()))
    if outputs.own is None or outputs.cross is None:
        raise ValueError(f"{name} has no film with its own and another's sound")
    return name, outputs.own, outputs.cross


def _lines(columns: Mapping[str, M], rows: Sequence[Row[M]]) -> list[Line]:
    marks = {True: "met", False: "missed", None: ""}
    return [
        Line(
            row.name,
            row.aim_text,
            [Cell(row.text(of), marks[row.met(of)]) for of in columns.values()],
        )
        for row in measured(columns, rows)
    ]


def _sheet(evaluation: Evaluation, number: int) -> Sheet:
    """Return pictures of the same frames of one sentence, as filmed and as painted."""
    sentences = evaluation.truth.sentences
    count = sentences.crops.shape[1]
    first, last = (round(part * (count - 1)) for part in SPEAKING)
    frames = [int(frame) for frame in np.linspace(first, last, PICTURES)]
    crops, other_crops = sentences.crops[number], mismatched(sentences.crops)[number]
    rows = [("truth", crops, evaluation.truth.observation.film[number])]
    for name, outputs in evaluation.outputs.items():
        if name not in BASELINES and outputs.own is not None:
            rows.append((f"{name}, own sound", crops, outputs.own.film[number]))
    model, _, cross = _first_model(evaluation)
    silent = evaluation.outputs[model].silent
    if silent is not None:
        rows.append((f"{model}, silence", crops, silent.film[number]))
    rows.append((f"{model}, another's sound", crops, cross.film[number]))
    rows.append(
        (
            "the speaker of that sound",
            other_crops,
            mismatched(evaluation.truth.observation.film)[number],
        )
    )
    strips = [Strip(name, _embedded(plots.strip(c, m, frames))) for name, c, m in rows]
    return Sheet(sentences.names[number], ", ".join(map(str, frames)), strips)


def _embedded(png: bytes) -> str:
    return f"data:image/png;base64,{b64encode(png).decode('ascii')}"
