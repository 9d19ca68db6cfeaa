"""Comparisons made in the background, and what happens to them meanwhile."""

from fractions import Fraction
from types import SimpleNamespace

from support.cuts.laid_cut import sheet, shot
from support.jobs.orders import job_order

from lipflap.gui.compare.comparisons import Comparisons
from lipflap.plugin.job.folder import Job


def test_media_that_was_opened_too_late_does_not_hide_the_shot_that_is_ordered(tmp_path):
    [cue] = sheet([shot("SH010", 0, 4)], []).cues
    orders, opened, shown = {}, [], []
    document = SimpleNamespace(
        cues={"SH010": cue},
        cut=SimpleNamespace(rate=Fraction(25)),
        media=SimpleNamespace(order_of=orders.get),
        workers=SimpleNamespace(run=lambda events, on_report: opened.append(on_report)),
    )
    comparisons = Comparisons(document, SimpleNamespace(snapshot=None))
    assert not comparisons.with_comparison("SH010", shown.append)
    orders["SH010"] = job_order(Job(tmp_path), "SH010", 10)
    document.cues["SH010"] = SimpleNamespace(record_start=Fraction(0))
    assert comparisons.with_comparison("SH010", shown.append)
    opened[0]("not ordered yet")
    assert [one.shot for one in shown] == ["SH010"]
    assert comparisons.with_comparison("SH010", shown.append)
    assert shown[1] is shown[0]
