"""An evaluation from end to end, of a network that has learnt nothing, and its report."""

from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import torch
from support.puppets.eval_clips import make_eval_clips, make_evaluators

from lipflap.core.diffusion.network import MouthNetwork, NetworkShape
from lipflap.core.diffusion.sampler import Guidance
from lipflap.core.errors import DubError
from lipflap.core.paint.rollout import work_mask
from lipflap.core.voice.log_mel import SILENCE
from lipflap.training.evaluation import evaluate
from lipflap.training.evaluation.evaluate import (
    BASELINES,
    FRAMEWISE,
    SHUFFLED,
    STILL,
    TRUTH,
    Evaluation,
    Extras,
    compare,
)
from lipflap.training.evaluation.plots import opening_curves
from lipflap.training.evaluation.report import check_report, write_report
from lipflap.training.evaluation.rollout import Generator, SamplingConfig, roll_out
from lipflap.training.evaluation.table import ROWS, measured

OPENINGS = np.random.default_rng(2).choice([0.05, 0.15, 0.3], (2, 45))
OF = make_eval_clips(OPENINGS, closed_frames=((2, 9), (5,)))
NAME = "<b>actor & co</b>"


def _network() -> MouthNetwork:
    torch.manual_seed(0)
    shape = NetworkShape(channels=(16, 16, 32), blocks=1, heads=2, cond_dim=32)
    network = MouthNetwork(shape).eval().requires_grad_(False)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    return network


NETWORK = _network()


@pytest.fixture(scope="module")
def made() -> Iterator[Evaluation]:
    """A model with all there is to measure, and a second one under a wider mask."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evaluate, "STEPS", (4, 1))
        patch.setattr(evaluate, "STEPS_SENTENCES", 1)
        patch.setattr(evaluate, "ROUNDS", 1)
        patch.setattr(evaluate, "SHOTS", 1)
        patch.setattr("lipflap.training.evaluation.rollout.LONG_FRAMES", 60)
        generators = {
            NAME: Generator(NETWORK, SamplingConfig(guidance=Guidance(1.5, SILENCE))),
            "wide": Generator(NETWORK, SamplingConfig(), work_mask(wide=True)),
        }
        yield compare(generators, OF, make_evaluators(), Extras(drift=True, sweep=True, speed=True))


def test_models_come_first_then_what_they_are_to_be_seen_against(made: Evaluation) -> None:
    assert list(made.columns) == [NAME, "wide", *BASELINES, FRAMEWISE]


def test_each_baseline_is_what_its_name_says(made: Evaluation) -> None:
    shown = made.outputs
    still = shown[STILL].own
    assert shown[TRUTH].own is made.truth.observation
    assert still is not None
    assert np.array_equal(still.film, np.repeat(OF.mouths[:, :1], OPENINGS.shape[1], 1))
    assert shown[SHUFFLED].own is shown[NAME].cross
    assert made.columns[STILL].picture.flicker == 0


def test_each_model_is_judged_where_it_repaints(made: Evaluation) -> None:
    narrow, wide = (made.outputs[name] for name in (NAME, "wide"))
    assert np.array_equal(narrow.region, work_mask().numpy() > 0)
    assert np.array_equal(wide.region, work_mask(wide=True).numpy() > 0)


def test_silence_is_not_led_away_from_itself(made: Evaluation) -> None:
    """The model is asked with guidance; in silence it is asked without."""
    silent = made.outputs[NAME].silent
    plain = roll_out(
        Generator(NETWORK, SamplingConfig()), OF.mouths, np.full_like(OF.sound, SILENCE)
    )
    assert silent is not None
    assert np.array_equal(silent.film, plain)


def test_every_figure_is_in_the_table(made: Evaluation) -> None:
    """But that of a cloud too thin to have a shape."""
    unmeasured = [row.name for row in ROWS if row.value(made.columns[NAME]) is None]
    assert unmeasured == ["Fréchet distance of the video embeddings"]
    assert made.as_text().count("\n") == len(measured(made.columns, ROWS))
    assert "frame 0 repeated" in made.as_markdown().splitlines()[0]


def test_samplers_are_alike_at_one_step_and_not_at_four(made: Evaluation) -> None:
    found = {(p.sampler, p.evaluations): p.metrics.picture.psnr_db for p in made.quality_points}
    assert sorted(found) == [("DDIM", 2), ("DDIM", 8), ("DPM-Solver++", 2), ("DPM-Solver++", 8)]
    assert found["DDIM", 2] == pytest.approx(found["DPM-Solver++", 2], abs=1e-3)
    assert found["DDIM", 8] != pytest.approx(found["DPM-Solver++", 8], abs=1e-6)


def test_one_model_alone_is_compared_with_the_same_baselines() -> None:
    few = replace(OF.first(1), closed_frames=())
    alone = compare(
        {"new": Generator(NETWORK, SamplingConfig(framewise=True))}, few, make_evaluators()
    )
    assert list(alone.columns) == ["new", *BASELINES]
    assert alone.columns["new"].own.closed_gap is None
    assert alone.columns["new"].speed.frames_a_second is None


class Reader(HTMLParser):
    """Cells of the table, tags that are open, and where pictures come from."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.open: list[str] = []
        self.sources: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag == "img":
            self.sources.append(dict(attrs)["src"] or "")
        elif tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data


@pytest.fixture(scope="module")
def html(made: Evaluation, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("report") / "report.html"
    write_report(made, path)
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    return reader


def test_the_report_holds_the_table(made: Evaluation, read: Reader) -> None:
    assert read.open == []
    assert read.rows[0] == ["figure", "aim", *made.columns]
    for row, cells in zip(measured(made.columns, ROWS), read.rows[1:], strict=True):
        assert cells == [row.name, row.aim_text, *(row.text(of) for of in made.columns.values())]


def test_the_report_needs_nothing_beside_it(read: Reader) -> None:
    assert len(read.sources) == 1 + 1 + 2 * 7
    assert all(source.startswith("data:image/png;base64,") for source in read.sources)


def test_a_model_may_be_called_anything(html: str) -> None:
    assert NAME not in html


def test_a_report_is_refused_before_minutes_are_spent(
    made: Evaluation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DubError, match="folder does not exist"):
        check_report(tmp_path / "nowhere" / "report.html")
    with pytest.raises(DubError, match="folder does not exist"):
        check_report(tmp_path)
    monkeypatch.setattr("lipflap.training.evaluation.report.find_spec", lambda name: None)
    with pytest.raises(DubError, match="jinja2 and matplotlib"):
        write_report(made, tmp_path / "report.html")
    assert list(tmp_path.iterdir()) == []


def test_a_sentence_may_be_called_anything(made: Evaluation) -> None:
    truth = replace(made.truth, sentences=replace(OF, names=(r"$\frac$", "<i>")))
    own, cross = made.outputs[NAME].own, made.outputs[NAME].cross
    assert own is not None
    assert cross is not None
    assert opening_curves(truth, own, cross, 2).startswith(b"\x89PNG")
