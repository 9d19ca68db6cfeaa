"""The first picture of a cut comes before all else that reads media, and keeps nothing for long."""

import pytest
from support.cuts.small_cut import write_small_cut

from lipflap.gui.compare import first_picture
from lipflap.gui.compare.frame_loader import FrameLoader
from lipflap.gui.panel import create


@pytest.fixture
def cut(tmp_path):
    return write_small_cut(tmp_path)


@pytest.fixture
def seen(qtbot, cut, request, monkeypatch):
    """Events that a cut brings when it is opened, in order."""
    patience_ms, keeps_pictures = request.param
    monkeypatch.setattr(first_picture, "_PATIENCE_MS", patience_ms)
    if keeps_pictures:
        monkeypatch.setattr(FrameLoader, "request", lambda *_: None)
    panel, seen = create(), []
    view = panel.viewer.view
    view.frame_shown.connect(lambda _: view.frames.frame is not None and seen.append("picture"))
    for name, signal in (
        ("check", panel.document.media.changed),
        ("thumbnail", panel.thumbnails.ready),
        ("sound", view.sound.changed),
        ("waveform", panel.timeline.waveforms.changed),
    ):
        signal.connect(lambda *_, name=name: seen.append(name))
    panel.resize(1500, 940)
    panel.show()
    panel.open(cut)
    yield seen
    panel.close()
    panel.deleteLater()


@pytest.mark.parametrize("seen", [(60_000, False)], indirect=True)
def test_the_first_picture_comes_before_all_that_reads_media(qtbot, seen):
    everything = {"picture", "check", "thumbnail", "sound", "waveform"}
    qtbot.waitUntil(lambda: everything <= set(seen), timeout=20_000)
    assert seen[0] == "picture"


@pytest.mark.parametrize("seen", [(50, True)], indirect=True)
def test_nothing_waits_for_long_for_a_picture_that_does_not_come(qtbot, seen):
    everything = {"check", "thumbnail", "sound", "waveform"}
    qtbot.waitUntil(lambda: everything <= set(seen), timeout=20_000)
    assert "picture" not in seen


def test_a_shot_without_a_picture_is_waited_for_no_longer_than_it_takes_to_say_so(
    qtbot, cut, monkeypatch
):
    monkeypatch.setattr(first_picture, "_PATIENCE_MS", 60_000)
    for film in cut.parent.glob("*.mov"):
        film.unlink()
    panel = create()
    panel.show()
    with qtbot.waitSignal(panel.document.opened, timeout=120_000):
        panel.open(cut)
    qtbot.waitUntil(lambda: not panel.document.is_checking, timeout=10_000)
    panel.close()
    panel.deleteLater()
