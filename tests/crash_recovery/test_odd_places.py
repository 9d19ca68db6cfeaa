"""Wherever it is run and whatever the machine is set to, a cut is ordered, rendered, conformed.

A real command line each time, in the environment that is named; rendering is the puppets' renderer
with the same setting, so that it is the same pictures each time.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import opentimelineio as otio
import pytest
from support.cuts.small_cut import write_small_cut
from support.jobs.lost_job import left_over, media, place, results, write_orders

from lipflap.core.order import DubOrder
from lipflap.plugin.job.folder import Job
from lipflap.plugin.qc.report import read_report

LIPFLAP = [sys.executable, "-P", "-m", "lipflap.plugin.cli.main"]
ORDER_AND_CONFORM = """
import sys
from lipflap.plugin.cli.main import main
cut, job = sys.argv[1:]
sys.exit(main(["order", cut, "-o", job]) or main(["conform", cut, job]))
"""
LONGEST = "L" * 180
NAMES = {
    "spaces": "  two  spaces ",
    "unicode": "Straße 東京 й",
    "emoji": "🎬 take 👩‍🎤",
    "quotes": 'it\'s "quoted" `x` $HOME',
    "signs": "a;b&c|d#e=f[1]{2}(3)~!@",
    "percent": "100% %04d %s",
    "colons": "a:b concat:c",
    "dashes": "-o",
    "backslash": "a\\b",
    "a newline": "a\nb",
    "long": LONGEST,
}

SOAK = pytest.mark.soak
as_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may act for another user"
)


def lipflap(*arguments: object, **how) -> list[str]:
    """Lines of a command's output; that it ended with the exit code `code` is asserted."""
    return lines_of([*LIPFLAP, *map(str, arguments)], **how)


def lines_of(
    command: list[str],
    cwd: Path | None = None,
    env: Mapping[str, str | None] | None = None,
    code: int = 0,
) -> list[str]:
    around = {**os.environ, **(env or {})}
    done = subprocess.run(
        command,
        cwd=cwd,
        env={name: value for name, value in around.items() if value is not None},
        capture_output=True,
        timeout=240,
    )
    assert done.returncode == code, done.stderr.decode(errors="replace")
    return done.stdout.decode(errors="replace").splitlines()


def order_and_conform(cut: Path, job: Path, **how) -> None:
    """Both commands in a process of their own, and what came of them."""
    lines_of([sys.executable, "-P", "-c", ORDER_AND_CONFORM, str(cut), str(job)], **how)
    base = how.get("cwd") or Path.cwd()
    assert len(list((base / job / "orders").glob("*.json"))) == 3
    report = read_report(base / job / "report.json")
    assert [line.state for line in report.shots] == ["waiting", "skipped", "waiting", "waiting"]
    conformed = otio.adapters.read_from_file(str(Path(report.conformed)))
    assert [clip.name for clip in conformed.video_tracks()[0].find_clips()] == [
        f"SH0{n}0" for n in range(1, 5)
    ]


@pytest.fixture(scope="module")
def cut(tmp_path_factory) -> Path:
    return write_small_cut(tmp_path_factory.mktemp("cut"))


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name == "quotes" else SOAK) for name in NAMES],
)
def test_folders_and_cuts_of_any_name(ready, orders, undisturbed, tmp_path, told, name):
    folder = tmp_path / NAMES[name]
    folder.mkdir()
    cut = write_small_cut(folder)
    cut = cut.rename(cut.with_stem(NAMES[name].lstrip("-")))
    order_and_conform(cut, folder / "JOB")
    job = Job(folder / "another JOB")
    assert ready.run(["--together", 2, *place(job, orders)], told)[0] == 0
    assert media(job) == media(undisturbed)
    assert left_over(job) == []


def test_a_cut_whose_name_is_as_long_as_the_system_allows(tmp_path):
    cut = write_small_cut(tmp_path)
    cut = cut.rename(cut.with_name("🎬" * 62 + ".otio"))
    order_and_conform(cut, tmp_path / "JOB")


ENVIRONMENTS: dict[str, dict[str, str | None]] = {
    "C": {"LC_ALL": "C", "LANG": "C"},
    "POSIX": {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0"},
    "Turkish": {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"},
    "ASCII terminal": {"PYTHONIOENCODING": "ascii"},
    "no HOME": {"HOME": None, "XDG_DATA_HOME": None, "XDG_CACHE_HOME": None},
    "HOME nowhere": {"HOME": "/nowhere"},
    "no TMPDIR": {"TMPDIR": None, "TEMP": None, "TMP": None},
    "TMPDIR nowhere": {"TMPDIR": "/nowhere"},
    "nothing": {"HOME": None, "TMPDIR": None, "LANG": None, "LC_ALL": "C", "USER": None},
}


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name == "nothing" else SOAK) for name in ENVIRONMENTS],
)
def test_any_environment(tmp_path, name):
    cut = write_small_cut(tmp_path)
    cut = cut.rename(cut.with_stem("Straße 🎬"))
    order_and_conform(cut, tmp_path / "JOB 東京", env=ENVIRONMENTS[name])
    lipflap("scan", cut, env=ENVIRONMENTS[name])


def test_relative_paths_and_symlinks(cut, tmp_path):
    """A JOB on another disk, and media behind a link, as a cutting room has them."""
    (tmp_path / "real").mkdir()
    (tmp_path / "job").symlink_to(tmp_path / "real")
    (tmp_path / "reel.otio").symlink_to(cut)
    for file in cut.parent.iterdir():
        if file.suffix != ".otio":
            (tmp_path / file.name).symlink_to(file)
    order_and_conform(Path("reel.otio"), Path("job/sub/../JOB"), cwd=tmp_path)
    assert (tmp_path / "real" / "JOB" / "cues.json").is_file()


def test_a_folder_that_was_removed_from_under_it(cut, tmp_path):
    """MKL, which torch brings along, is not found from there."""
    gone = tmp_path / "gone"
    gone.mkdir()
    script = f'cd {gone} && rmdir {gone} && exec "$@"'
    command = [*LIPFLAP, "dub", str(cut), "--only", "SH010", "-o", str(tmp_path / "JOB")]
    done = subprocess.run(["sh", "-c", script, "sh", *command], capture_output=True, text=True)
    assert "SH010: skipped\nNo shot has a new mouth" in done.stderr  # no face is there
    assert done.returncode == 1
    assert {line.state for line in read_report(tmp_path / "JOB" / "report.json").shots} == {
        "skipped"
    }


@pytest.mark.soak
def test_modules_that_lie_about_are_not_taken(cut, tmp_path):
    """An editor's folder may hold a numpy.py of anyone's."""
    for name in ("numpy", "torch", "av", "json", "lipflap"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('taken')")
    lipflap("dub", cut, "-o", "JOB", cwd=tmp_path, code=1)  # no face is there: none is dubbed
    assert {line.state for line in read_report(tmp_path / "JOB" / "report.json").shots} == {
        "skipped"
    }


@pytest.mark.parametrize(
    "mask", [0o077, pytest.param(0o777, marks=SOAK), pytest.param(0o002, marks=SOAK)]
)
def test_any_umask(ready, orders, undisturbed, tmp_path, told, mask):
    """Private files are private to who made them, and whoever may read them gets them whole."""
    job = Job(tmp_path / "JOB")
    command = place(job, orders)
    first = f"import os; os.umask({mask})"
    assert ready.run(command, told, first)[0] == 0
    assert media(job) == media(undisturbed)
    modes = {path.stat().st_mode & 0o777 for path in (job.folder / "media").iterdir()}
    assert modes == {0o666 & ~mask}


AS_NOBODY = """
import os
os.environ.update(HOME="/root", TMPDIR="/nowhere")
for name in ("USER", "LOGNAME"):
    os.environ.pop(name, None)
os.setgroups([])
os.setgid(54_321)
os.setuid(54_321)
"""


@pytest.fixture
def of_nobody() -> Iterator[Path]:
    """A folder that a user without a name reaches, and may not write to.

    Not one of pytest's: every run of it shuts the folder that it shares with others."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def reached(of_nobody) -> dict[str, DubOrder]:
    """Orders on media that such a user may read."""
    folder = of_nobody / "media of the cut"
    folder.mkdir()
    return write_orders(folder)


@as_root
def test_a_user_without_a_name_or_a_home_who_may_write_to_the_job_alone(
    ready, reached, undisturbed, of_nobody
):
    """As in a container. HOME is another's, and there is no TMPDIR."""
    job, told = Job(of_nobody / "JOB"), of_nobody / "told"
    files = place(job, reached)
    for path in (job.folder, *job.folder.rglob("*")):
        os.chown(path, 54_321, 54_321)
    code, said = ready.run(["--together", 2, *files], told, AS_NOBODY)
    assert code == 0, said[-5:]
    assert media(job) == media(undisturbed)
    assert left_over(job) == []


@as_root
def test_a_job_that_may_only_be_read_is_refused_by_name(ready, reached, of_nobody):
    job, told = Job(of_nobody / "JOB"), of_nobody / "told"
    files = place(job, reached)
    code, said = ready.run(files, told, AS_NOBODY)
    assert code == 2
    assert said[-1].startswith(f"lipflap: {job.folder / 'results'}")
    assert "cannot be written: Permission denied" in said[-1]


@as_root
@pytest.mark.soak
def test_two_of_one_group_render_into_a_folder_they_share(ready, reached, undisturbed, of_nobody):
    """The one's umask lets the group write; the other finds locks, results and media of the one."""
    job, told = Job(of_nobody / "JOB"), of_nobody / "told"
    old = os.umask(0o002)
    try:
        files = place(job, reached)
        for path in (job.folder, *job.folder.rglob("*")):
            os.chown(path, 1_000, 54_321)
        first = "import os; os.umask(2); os.setgroups([]); os.setgid(54_321); os.setuid(1_000)"
        assert ready.run([job.order("SH030"), job.order("SH010")], told, first)[0] == 0
        job.media("SH010", ".mkv").write_bytes(b"spoilt")
        code, said = ready.run(files, told, AS_NOBODY)
    finally:
        os.umask(old)
    assert code == 0, said[-5:]
    assert media(job) == media(undisturbed)


CLOCKS = {
    "in 1970": "lambda: 12.5",
    "in 2100": "lambda: 4.1e9",
    "that jumps": "lambda real=time.time, n=iter(range(10**9)): real() + (-1) ** next(n) * 86_400",
}


@pytest.mark.parametrize(
    "clock", [pytest.param(c, marks=() if c == "that jumps" else SOAK) for c in CLOCKS]
)
def test_any_clock(ready, orders, undisturbed, tmp_path, told, clock):
    """What is done is known by what it holds, never by when it was made."""
    job = Job(tmp_path / "JOB")
    command = place(job, {shot: orders[shot] for shot in ("SH010", "SH030")})
    first = (
        f"import time\ntime.time = {CLOCKS[clock]}\n"
        "from lipflap.plugin.job import progress as shot_progress, shot_lock\n"
        "shot_progress.time = shot_lock.time = time.time"
    )
    assert ready.run(command, told, first)[0] == 0
    made = job.media("SH010", ".mkv")
    os.utime(made, (4e9, 4e9))
    before = made.stat().st_ino
    assert ready.run(command, told, first)[0] == 0
    assert made.stat().st_ino == before
    assert media(job) == {"SH010.mkv": media(undisturbed)["SH010.mkv"]}
    assert results(job).items() <= results(undisturbed).items()
    assert left_over(job) == []
