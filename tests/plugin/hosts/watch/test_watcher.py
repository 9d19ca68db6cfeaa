"""A watched folder with real processes; only the painting is a stand-in."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

import opentimelineio as otio
import pytest
from support.cuts.small_cut import write_small_cut

from lipflap.core.errors import DubError
from lipflap.plugin import dubbing
from lipflap.plugin.hosts.watch.watcher import watch

STAND_IN = Path(__file__).parents[3] / "support" / "stand_in"
_PATHS = os.pathsep.join([str(STAND_IN), *filter(None, [os.environ.get("PYTHONPATH")])])
COMMAND = [sys.executable, "-m", "lipflap.plugin.cli.main", "watch"]


def dropped(folder: Path, settings: str = "") -> Path:
    """A folder with a cut, its media and its settings."""
    write_small_cut(folder)
    (folder / "mouth.safetensors").write_bytes(b"no network, but it has a hash")
    text = f'model = "mouth.safetensors"\nsettle_s = 0\n{settings}'
    (folder / "lipflap.toml").write_text(text)
    return folder


def started(folder: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*COMMAND, str(folder), "--once"],
        env=os.environ | {"PYTHONPATH": _PATHS},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def runs(folder: Path) -> list[str]:
    """The shots that were rendered, each time that they were."""
    return sorted((folder / "lipflap" / "small.otio" / "runs.txt").read_text().split())


def test_a_cut_comes_back_once_and_what_is_none_is_refused_on_its_page(tmp_path: Path) -> None:
    folder = dropped(tmp_path)
    (folder / "broken.edl").write_text("no events")
    first = started(folder)
    said, _ = first.communicate(timeout=240)
    assert first.returncode == 1, said  # one of the two did not come back
    timeline = otio.adapters.read_from_file(str(folder / "small.dubbed.otio"))
    clip = timeline.video_tracks()[0][0]
    assert clip.active_media_reference_key == "lipflap"
    assert "Dubbed: small.dubbed.otio" in (folder / "small.status.html").read_text()
    assert "holds no events" in (folder / "broken.status.html").read_text()
    assert runs(folder) == ["SH010", "SH030", "SH040"]
    (folder / "broken.edl").unlink()
    again = started(folder)
    said, _ = again.communicate(timeout=240)
    assert (again.returncode, runs(folder)) == (0, ["SH010", "SH030", "SH040"]), said


def test_when_one_of_two_machines_is_killed_the_other_goes_on(tmp_path: Path) -> None:
    folder = dropped(tmp_path)
    cut = folder / "small.otio"
    cut.write_text(cut.read_text().replace("SH040", "SLOWISH"))
    one, two = started(folder), started(folder)
    began = monotonic()
    media = folder / "lipflap" / "small.otio" / "media"
    while not list(media.glob("*.mov")):  # a shot is done, another is rendered
        assert monotonic() - began < 200
        sleep(0.05)
    holder = _holder(folder, (one, two))
    holder.send_signal(signal.SIGKILL)
    other = two if holder is one else one
    said, _ = other.communicate(timeout=240)
    holder.communicate(timeout=60)
    assert other.returncode == 0, said
    assert (folder / "small.dubbed.otio").exists()
    assert set(runs(folder)) == {"SH010", "SH030", "SLOWISH"}
    assert len(runs(folder)) <= 4  # at most the one that was rendered then, once more


def test_a_cut_that_waits_for_another_has_a_page_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "lipflap.toml").write_text("settle_s = 0")
    for name in ("a.edl", "b.edl"):
        (tmp_path / name).write_text("no events")
    pages = []

    def say(line: str) -> None:
        if line.startswith("a.edl: dubbing"):
            pages.append((tmp_path / "b.status.html").read_text())

    assert not watch(tmp_path, say, once=True)
    assert ["Waiting for its turn." in page for page in pages] == [True]
    assert "Waiting" not in (tmp_path / "b.status.html").read_text()


def test_a_fault_of_our_own_costs_its_cut_and_not_the_watch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.otio").write_text("{}")
    (tmp_path / "lipflap.toml").write_text("settle_s = 0")
    faults = iter([ZeroDivisionError("by nought"), DubError("is no cut.")])

    def fail(*_: object) -> None:
        raise next(faults)

    monkeypatch.setattr(dubbing, "order", fail)
    said: list[str] = []
    assert not watch(tmp_path, said.append, once=True)
    assert [line.split(":")[0] for line in said if "refused" in line] == ["a.otio", "b.otio"]
    assert "ZeroDivisionError" in (tmp_path / "a.status.html").read_text()
    assert "is no cut." in (tmp_path / "b.status.html").read_text()
    assert "Traceback" in caplog.text


def test_a_folder_that_is_not_there_or_wrong_settings_are_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(DubError, match="cannot be listed"):
        watch(tmp_path / "gone", print)
    (tmp_path / "lipflap.toml").write_text("dubb = 1")
    with pytest.raises(DubError, match="dubb"):
        watch(tmp_path, print)


def _holder(folder: Path, machines: tuple["subprocess.Popen[str]", ...]) -> "subprocess.Popen[str]":
    """The machine that has the cut's lock: the one with a child that renders."""
    for machine in machines:
        children = Path(f"/proc/{machine.pid}/task/{machine.pid}/children").read_text().split()
        if children:
            return machine
    raise AssertionError(f"nobody dubs {folder}")
