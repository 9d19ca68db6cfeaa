"""Verdicts are about a picture that was seen and go with it; only the approved leaves the house."""

import json
import os
from dataclasses import replace
from pathlib import Path

import opentimelineio as otio
import pytest
from support.cuts.small_cut import write_small_cut
from support.jobs.farm_reel import Said, here
from support.jobs.orders import job_order

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_text
from lipflap.core.files.fingerprint import fingerprint
from lipflap.core.order import DubOrder, digest
from lipflap.core.result import DubResult, ShotReport, ShotState, result_to_json
from lipflap.core.serialize import RecordUnreadable, from_json, to_json
from lipflap.plugin.job.folder import Job
from lipflap.plugin.qc.review import (
    REVIEW_SCHEMA,
    Review,
    Verdict,
    is_approved,
    make_review,
    read_review,
    withdraw_review,
    write_review,
)

STAND_IN = Path(__file__).parents[2] / "support" / "stand_in"


@pytest.fixture
def job(tmp_path) -> Job:
    return Job(tmp_path / "JOB")


@pytest.fixture
def order(job) -> DubOrder:
    """Of a shot that is rendered."""
    made = job_order(job, "SH010", guidance=1.25)
    rendered(job, made)
    return made


def rendered(job: Job, order: DubOrder, state: str = ShotState.RENDERED) -> None:
    path = Path(order.output.path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("a picture")
    report = ShotReport(state=state, frames=100, repainted_frames=50, faces=1, face=0)
    result = DubResult("SH010", digest(order), str(path), fingerprint(path), report)
    write_text(job.result("SH010"), result_to_json(result))


def test_nobody_has_said_anything_until_somebody_does(job, order):
    assert read_review(order) is None
    assert not is_approved(order)
    write_review(job, make_review(order, Verdict.SENT_BACK, "The lips lag at “Grüße”."))
    assert read_review(order) == Review(
        "SH010", Verdict.SENT_BACK, "The lips lag at “Grüße”.", digest(order)
    )
    assert not is_approved(order)
    write_review(job, make_review(order, Verdict.APPROVED))
    assert is_approved(order)
    withdraw_review(job, "SH010")
    withdraw_review(job, "SH010")
    assert read_review(order) is None


@pytest.mark.parametrize("what", ["changed", "gone", "ordered anew", "no result", "spoilt"])
def test_a_verdict_ends_with_the_picture_it_is_about(job, order, what):
    write_review(job, make_review(order, Verdict.APPROVED))
    assert is_approved(order)
    if what == "changed":
        Path(order.output.path).write_text("another picture")
    elif what == "gone":
        Path(order.output.path).unlink()
    elif what == "ordered anew":
        order = replace(order, settings=replace(order.settings, seed=1))
        rendered(job, order)
    elif what == "no result":
        job.result("SH010").unlink()
    else:
        job.review("SH010").write_text('{"verdict": "appro')
    assert read_review(order) is None


def test_a_shot_without_a_new_picture_cannot_be_judged(job, order):
    rendered(job, order, ShotState.SKIPPED)
    with pytest.raises(DubError, match=r"SH010: has no rendered picture.*stays as filmed"):
        make_review(order, Verdict.APPROVED)
    job.result("SH010").unlink()
    with pytest.raises(DubError, match="Render it first"):
        make_review(order, Verdict.APPROVED)


def test_a_verdict_that_is_none_is_refused():
    perhaps = to_json(REVIEW_SCHEMA, Review("SH010", "perhaps", "", ""))
    with pytest.raises(RecordUnreadable, match="verdict is 'perhaps', not one of approved"):
        from_json(REVIEW_SCHEMA, Review, perhaps, where="SH010.json")


def test_verdicts_are_given_in_a_terminal_and_conform_takes_the_approved_alone(
    tmp_path, monkeypatch
):
    write_small_cut(tmp_path)
    (tmp_path / "mouth.safetensors").write_bytes(b"no network, but it has a hash")

    def lipflap(*arguments: str) -> Said:
        return here(tmp_path, *arguments)

    lipflap("order", "small.otio", "-o", "JOB", "--model", "mouth.safetensors")
    monkeypatch.setenv("PYTHONPATH", str(STAND_IN), prepend=os.pathsep)
    assert lipflap("work", "JOB", "--add", "SH01*", "SH03*", "SH040").returncode == 0
    assert lipflap("review", "JOB", "--approve", "SH010", "SH04*").stdout == (
        "SH010: approved\nSH040: approved\n"
    )
    note = "Lags in the second half."
    said = lipflap("review", "JOB", "--send-back", "SH030", "SH040", "--note", note, "--json")
    assert [(r["shot"], r["verdict"], r["note"]) for r in json.loads(said.stdout)] == [
        ("SH010", "approved", ""),
        ("SH030", "sent back", note),
        ("SH040", "sent back", note),
    ]
    refused = lipflap("review", "JOB", "--approve", "SH020")
    assert (refused.returncode, refused.stderr.startswith("lipflap: SH020: matches none")) == (
        2,
        True,
    )
    done = lipflap("conform", "small.otio", "JOB", "--approved", "-o", "approved.otio")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("note: It is not approved, and as filmed in the dubbed cut.") == 2
    cut = otio.adapters.read_from_file(str(tmp_path / "approved.otio"))
    dubbed = [
        clip.name
        for clip in cut.tracks[0].find_clips()
        if clip.active_media_reference_key == "lipflap"
    ]
    assert dubbed == ["SH010"]
    assert len(cut.tracks) == 3, "no DUB track with what was sent back"
