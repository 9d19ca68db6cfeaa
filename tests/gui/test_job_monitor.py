"""The monitor speaks of the JOB that is open."""

import time

from support.cuts.rendered_cut import write_rendered_cut

from lipflap.gui import job_monitor
from lipflap.gui.document import CutDocument
from lipflap.gui.job_monitor import JobMonitor


def test_what_is_still_read_of_the_job_before_is_not_taken_for_the_open_ones(
    qtbot, tmp_path, monkeypatch
):
    document = CutDocument()
    monitor = JobMonitor(document)
    with qtbot.waitSignal(document.opened, timeout=120_000):
        document.open(write_rendered_cut(tmp_path))
    qtbot.waitUntil(
        lambda: bool(monitor.snapshot and "SH010" in monitor.snapshot.results), timeout=20_000
    )
    read, said = job_monitor.read_queue, []

    def slowly(job):
        time.sleep(2)
        return read(job)

    qtbot.waitUntil(lambda: not monitor._is_reading, timeout=20_000)
    monkeypatch.setattr(job_monitor, "read_queue", slowly)
    monitor.refresh()
    document.opened.connect(lambda: monitor.changed.connect(said.append))
    with qtbot.waitSignal(document.opened, timeout=120_000):
        document.use_job_folder(tmp_path / "other.lipflap")
    assert monitor._is_reading  # of the one before
    qtbot.waitUntil(lambda: bool(said), timeout=20_000)
    qtbot.wait(3000)
    assert [snapshot.results for snapshot in said] == [{}] * len(said)
    document.close()
