"""Renders that a change puts out of date are kept, and come back with the order they are of."""

from dataclasses import replace
from pathlib import Path

import pytest
from support.jobs.orders import job_order

from lipflap.core.files.atomic import write_text
from lipflap.core.files.fingerprint import fingerprint_of_picture
from lipflap.core.order import DubOrder, digest, order_to_json
from lipflap.core.result import DubResult, ShotReport, ShotState, read_result, result_to_json
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.versions import change_orders, list_versions, restore_version


@pytest.fixture
def job(tmp_path) -> Job:
    return Job(tmp_path / "JOB")


def face(job: Job, number: int) -> DubOrder:
    order = job_order(job, "SH010", 10)
    return replace(order, settings=replace(order.settings, face=number))


def rendered(job: Job, order: DubOrder, picture: bytes) -> None:
    """Order and render a shot, as a renderer does: the picture under a new name, then renamed."""
    change_orders(job, [order])
    write_text(job.order("SH010"), order_to_json(order))
    made = Path(order.output.path)
    made.parent.mkdir(parents=True, exist_ok=True)
    made.with_suffix(".new").write_bytes(picture)
    made.with_suffix(".new").replace(made)
    report = ShotReport(state=ShotState.RENDERED, frames=10)
    fingerprint = fingerprint_of_picture(str(made))
    result = DubResult("SH010", digest(order), str(made), fingerprint, report)
    write_text(job.result("SH010"), result_to_json(result))


def pictures(job: Job) -> list[bytes]:
    return [Path(v.result.output_path).read_bytes() for v in list_versions(job, "SH010")]


def test_a_render_is_kept_when_the_shot_is_ordered_otherwise(job):
    first, second = face(job, 0), face(job, 1)
    rendered(job, first, b"one")
    write_text(job.review("SH010"), "approved")
    rendered(job, second, b"two")
    (version,) = list_versions(job, "SH010")
    assert (version.order, pictures(job)) == (first, [b"one"])
    assert (version.folder / "review.json").read_text() == "approved"
    assert Path(second.output.path).read_bytes() == b"two"


def test_it_comes_back_with_its_order_and_the_other_is_kept_then(job):
    first, second = face(job, 0), face(job, 1)
    rendered(job, first, b"one")
    write_text(job.review("SH010"), "approved")
    rendered(job, second, b"two")
    job.review("SH010").unlink()
    for order, picture in ((first, b"one"), (second, b"two"), (first, b"one")):
        assert restore_version(job, order)
        assert Path(order.output.path).read_bytes() == picture
        assert read_result(job.result("SH010")).order_sha256 == digest(order)
        assert not restore_version(job, order)  # it is there
    assert job.review("SH010").read_text() == "approved"
    assert sorted(pictures(job)) == [b"one", b"two"]


def test_what_was_never_rendered_is_not_put_back(job):
    rendered(job, face(job, 0), b"one")
    assert not restore_version(job, face(job, 3))
    assert Path(face(job, 0).output.path).read_bytes() == b"one"


def test_the_same_order_again_keeps_nothing(job):
    rendered(job, face(job, 0), b"one")
    change_orders(job, [face(job, 0)])
    assert list_versions(job, "SH010") == ()


def test_a_picture_that_is_gone_is_no_version(job):
    rendered(job, face(job, 0), b"one")
    Path(face(job, 0).output.path).unlink()
    change_orders(job, [face(job, 1)])
    assert list_versions(job, "SH010") == ()
