"""The QC page: what it says of each shot, escaped, and the pictures in it."""

import base64
import io
import re
from dataclasses import replace
from fractions import Fraction
from html import unescape

import pytest
from PIL import Image
from support.jobs.farm_reel import rendered_plainly, write_reel

from lipflap.core.order import read_order
from lipflap.core.result import KeptFrames, KeptReason, read_result, result_to_json
from lipflap.plugin.job.folder import Job
from lipflap.plugin.qc.page import _figure, write_qc_page
from lipflap.plugin.qc.review import Verdict, make_review, write_review


@pytest.fixture(scope="module")
def job(tmp_path_factory) -> Job:
    """SH010 is rendered, SH020 was sent back, SH030's picture is gone, SH040 waits."""
    job = write_reel(tmp_path_factory.mktemp("page"), ["SH010", "SH020", "SH030", "SH040"])
    rendered_plainly(job)
    order = read_order(job.order("SH020"))
    write_review(job, make_review(order, Verdict.SENT_BACK, "Lags <b>& more"))
    next((job.folder / "media").glob("SH030*")).unlink()
    job.result("SH040").unlink()
    return job


def test_each_shot_has_its_state_timecode_and_remarks(job, tmp_path):
    write_qc_page(job, tmp_path / "qc.html")
    page = (tmp_path / "qc.html").read_text(encoding="utf-8")
    assert "<title>QC: reel.otio</title>" in page
    assert "<p>Consent: none was recorded.</p>" in page
    sections = re.findall("<section>(.*?)</section>", page, re.DOTALL)
    text = [unescape(" ".join(re.sub("<[^>]*>", " ", one).split())) for one in sections]
    pictures = " ".join(
        f"01:00:00:{frame:02}, {name}" for frame in (2, 5, 7) for name in ("as filmed", "dubbed")
    )
    first, second, third, fourth = text
    mouths = "14 of 14 frames have a new mouth."
    assert first == f"SH010 rendered 01:00:00:00 to 01:00:00:10 {mouths} {pictures}"
    assert second.startswith(
        f"SH020 sent back 01:00:00:10 to 01:00:00:20 Lags <b>& more {mouths} 01:00:00:12, as filmed"
    )
    assert re.search(f"{mouths} No pictures: .*SH030.*", third)
    assert fourth == "SH040 waiting 01:00:01:05 to 01:00:01:15 Not rendered yet."
    assert page.count("<img ") == 12
    assert "Lags &lt;b&gt;&amp; more" in page


def test_a_picture_is_in_the_page_itself():
    figure = _figure(Image.new("RGB", (900, 300), (10, 200, 30)), "frame 3")
    _, data = figure.source.split("base64,")
    assert Image.open(io.BytesIO(base64.b64decode(data))).size == (420, 140)


def test_frames_that_stay_as_filmed_are_told_with_timecode(job, tmp_path):
    path = job.result("SH010")
    before = path.read_text(encoding="utf-8")
    result = read_result(path)
    kept = (KeptFrames(KeptReason.TURNED, Fraction(6, 25), 3),)
    changed = replace(result, report=replace(result.report, kept=kept))
    path.write_text(result_to_json(changed), encoding="utf-8")
    try:
        write_qc_page(job, tmp_path / "qc.html")
    finally:
        path.write_text(before, encoding="utf-8")
    page = (tmp_path / "qc.html").read_text(encoding="utf-8")
    assert "3 frames at 01:00:00:04 stay as filmed: the head is turned too far aside." in page
