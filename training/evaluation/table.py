"""The table of metrics: a row a metric, with its aim; a column a model or baseline."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isinf
from typing import Generic, TypeVar

from lipflap.training.evaluation.metrics import Metrics

M = TypeVar("M")


@dataclass(frozen=True, slots=True)
class Aim:
    """A range from `least` to `most`, either of which may be open."""

    least: float | None = None
    most: float | None = None

    def met(self, value: float) -> bool:
        """Whether a value lies in the range."""
        return (self.least is None or value >= self.least) and (
            self.most is None or value <= self.most
        )


@dataclass(frozen=True, slots=True)
class Row(Generic[M]):
    """One metric of an M and its aim.

    format  of a value, as str.format reads it
    """

    name: str
    value: Callable[[M], float | None]
    aim: Aim | None = None
    format: str = "{:.2f}"

    def text(self, of: M) -> str:
        """Return the value as written in the table."""
        value = self.value(of)
        if value is None:
            return "–"
        return "∞" if isinf(value) else self.format.format(value)

    def met(self, of: M) -> bool | None:
        """Whether the aim is met; None without aim or value."""
        value = self.value(of)
        return None if self.aim is None or value is None else self.aim.met(value)

    @property
    def aim_text(self) -> str:
        """The aim as written in the table."""
        if self.aim is None:
            return ""
        low, high = (
            None if bound is None else self.format.format(bound)
            for bound in (self.aim.least, self.aim.most)
        )
        if low and high:
            return f"{low} to {high}"
        return f"≥ {low}" if low else f"≤ {high}"


def _speed_within(of: Metrics, evaluations: int) -> float | None:
    speed = of.speed
    fits = speed.evaluations is not None and speed.evaluations <= evaluations
    return speed.frames_a_second if fits else None


DB, SHARE, POINTS = "{:.1f} dB", "{:.0%}", "{:+.0%}"
ROWS: tuple[Row[Metrics], ...] = (
    Row("PSNR", lambda f: f.picture.psnr_db, Aim(least=32.5), DB),
    Row("SSIM", lambda f: f.picture.ssim, Aim(least=0.92), "{:.3f}"),
    Row("own sound: opening with its truth", lambda f: f.own.opening, Aim(least=0.90)),
    Row("own sound: opening with another's truth", lambda f: f.own.elsewhere),
    Row("another's sound: opening with that truth", lambda f: f.cross.opening, Aim(least=0.75)),
    Row("another's sound: opening with the old mouth", lambda f: f.cross.leak, Aim(most=0.50)),
    Row("own sound: in sync", lambda f: f.own.in_sync, Aim(least=0.95), SHARE),
    Row("own sound: confidence / the truth's", lambda f: f.own.confidence, Aim(least=0.9)),
    Row("another's sound: in sync with it", lambda f: f.cross.in_sync, Aim(least=0.95), SHARE),
    Row(
        "another's sound: confidence / with the original",
        lambda f: f.cross.confidence,
        Aim(least=2.0),
    ),
    Row("b and p: lips closed", lambda f: f.own.closed, format=SHARE),
    Row("b and p: less the truth's", lambda f: f.own.closed_gap, Aim(-0.10, 0.10), POINTS),
    Row("silence: opening / closed mouth", lambda f: f.silence.opening, Aim(most=1.1)),
    Row("silence: opening, 0 closed to 1 widest", lambda f: f.silence.reach),
    Row("1500 frames: PSNR lost", lambda f: f.drift.lost_db, Aim(most=0.5), "{:.2f} dB"),
    Row("1500 frames: sharpness kept", lambda f: f.drift.sharpness, Aim(least=0.98)),
    Row("flicker of skin / the truth's", lambda f: f.picture.flicker, Aim(0.8, 1.2)),
    Row("sharpness / the truth's", lambda f: f.picture.sharpness, Aim(least=0.9)),
    Row(
        "up to 2 evaluations: frames a second",
        lambda f: _speed_within(f, 2),
        Aim(least=60),
        "{:.0f}",
    ),
    Row(
        "up to 8 evaluations: frames a second",
        lambda f: _speed_within(f, 8),
        Aim(least=15),
        "{:.0f}",
    ),
    Row("cost of a frame in passes of 8 GFLOP", lambda f: f.speed.wav2lips),
    Row("spread of openings / the truth's", lambda f: f.own.reach),
    Row("Fréchet distance of the video embeddings", lambda f: f.picture.distance, format="{:.3f}"),
)


def measured(columns: Mapping[str, M], rows: Sequence[Row[M]]) -> list[Row[M]]:
    """Return the rows in which any column has a value."""
    return [row for row in rows if any(row.value(of) is not None for of in columns.values())]


def as_text(columns: Mapping[str, M], rows: Sequence[Row[M]]) -> str:
    """Return the table in fixed-width columns; values that miss their aim carry an asterisk."""
    cells = [["", "aim", *columns]]
    cells += [
        [row.name, row.aim_text, *(_marked(row, of) for of in columns.values())]
        for row in measured(columns, rows)
    ]
    widths = [max(len(row[place]) for row in cells) for place in range(len(cells[0]))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    )


def as_markdown(columns: Mapping[str, M], rows: Sequence[Row[M]]) -> str:
    """Return the table as Markdown."""
    head = ["figure", "aim", *columns]
    lines = [head, ["---"] * len(head)]
    lines += [
        [row.name, row.aim_text, *(row.text(of) for of in columns.values())]
        for row in measured(columns, rows)
    ]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)


def _marked(row: Row[M], of: M) -> str:
    return row.text(of) + ("*" if row.met(of) is False else " ")
