"""The table of figures, read back."""

import csv
from math import inf

import pytest

from lipflap.training.evaluation.metrics import Drift, Metrics, OwnSound, Picture, Speed
from lipflap.training.evaluation.table import ROWS, Aim, Row, as_markdown, as_text, measured

GOOD = Metrics(picture=Picture(psnr_db=33.0, flicker=1.1), own=OwnSound(opening=0.95))
POOR = Metrics(picture=Picture(psnr_db=31.0, flicker=1.3), own=OwnSound(opening=0.5))


def _row(start: str) -> Row:
    (found,) = (row for row in ROWS if row.name.startswith(start))
    return found


def test_an_aim_is_met_at_its_bounds_and_between_them() -> None:
    band = Aim(0.8, 1.2)
    assert [band.met(value) for value in (0.79, 0.8, 1.0, 1.2, 1.21)] == [
        False,
        True,
        True,
        True,
        False,
    ]
    assert Aim(least=1).met(inf)
    assert not Aim(most=1).met(1.1)


def test_figures_are_held_against_the_aims_of_the_issue() -> None:
    assert [_row("PSNR").met(of) for of in (GOOD, POOR, Metrics())] == [True, False, None]
    assert [_row("flicker").met(of) for of in (GOOD, POOR)] == [True, False]
    assert _row("spread").met(GOOD) is None
    assert _row("1500 frames: PSNR").met(Metrics(drift=Drift(lost_db=-1.0)))


def test_what_is_unmeasured_or_endless_is_written_so() -> None:
    row = _row("PSNR")
    assert row.text(Metrics()) == "–"
    assert row.text(Metrics(picture=Picture(psnr_db=inf))) == "∞"
    assert row.text(GOOD) == "33.0 dB"


@pytest.mark.parametrize(
    ("evaluations", "shown"), [(2, ["70", "70"]), (8, ["–", "70"]), (9, ["–", "–"])]
)
def test_speed_counts_where_the_evaluations_are_few_enough(
    evaluations: int, shown: list[str]
) -> None:
    of = Metrics(speed=Speed(evaluations=evaluations, frames_a_second=70.0))
    assert [_row(f"up to {most}").text(of) for most in (2, 8)] == shown


def test_text_has_a_column_for_each_and_marks_what_misses_its_aim() -> None:
    lines = as_text({"good": GOOD, "poor": POOR}, ROWS).splitlines()
    assert lines[0].split() == ["aim", "good", "poor"]
    assert len({len(line.rstrip()) for line in lines}) <= 2
    (psnr,) = (line for line in lines if line.startswith("PSNR"))
    assert "33.0 dB" in psnr
    assert "33.0 dB*" not in psnr
    assert "31.0 dB*" in psnr


def test_markdown_is_a_table_whatever_a_model_is_called() -> None:
    lines = as_markdown({"good|better": GOOD, "poor": POOR}, ROWS).splitlines()
    rows = list(csv.reader((line.strip("| ") for line in lines), delimiter="|"))
    assert {len(row) for row in rows} == {4}
    assert rows[0][2].strip() == "good/better"


def test_what_nobody_was_measured_for_is_left_out() -> None:
    names = [row.name for row in measured({"good": GOOD, "none": Metrics()}, ROWS)]
    assert names == [
        _row(start).name for start in ("PSNR", "own sound: opening with its", "flicker")
    ]
    assert len(as_text({"good": GOOD}, ROWS).splitlines()) == 1 + len(names)
    assert len(as_markdown({"good": GOOD}, ROWS).splitlines()) == 2 + len(names)
