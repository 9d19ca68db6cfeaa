"""The command line on a small cut with real media; in a process of its own where that matters.

Only the painting is a stand-in (tests/support/stand_in): these tests are about all around it.
"""

import json
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser, _SubParsersAction
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import opentimelineio as otio
import pytest
from support.cuts.small_cut import write_small_cut
from support.cuts.timelines import REAL, needs_real
from support.jobs.farm_reel import Said, here

from lipflap.core.order import read_order
from lipflap.plugin import dubbing
from lipflap.plugin.cli.main import main, parser
from lipflap.plugin.cut.decisions import Decisions, with_overrides, write_decisions
from lipflap.plugin.order.quality import QUALITIES

STAND_IN = Path(__file__).parents[2] / "support" / "stand_in"
_PATHS = os.pathsep.join([str(STAND_IN), *filter(None, [os.environ.get("PYTHONPATH")])])
ENVIRONMENT = os.environ | {"PYTHONPATH": _PATHS}
MODEL = ("--model", "mouth.safetensors")
FINAL = ("--quality", "final", "--mode", "framewise")
NO_CONSENT = "lipflap: No consent is on file.\n"
ORDERED = "3 of 4 shots are ordered; `lipflap scan` says why not the others.\n"
NOTHING_NEW = "No shot has a new mouth: the dubbed cut shows what the cut shows.\n"


@pytest.fixture(scope="module")
def small_cut(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    write_small_cut(folder)
    (folder / "mouth.safetensors").write_bytes(b"no network, but it has a hash")
    return folder


@pytest.fixture
def folder(small_cut, tmp_path, monkeypatch) -> Path:
    """The folder of the cut; what renders in a child process is the stand-in."""
    monkeypatch.setenv("PYTHONPATH", _PATHS)
    return shutil.copytree(small_cut, tmp_path / "reel")


@pytest.fixture
def printed(folder, monkeypatch, capsys):
    """Capture what commands print that run in this process, in the folder of the cut."""
    monkeypatch.chdir(folder)
    yield capsys
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    logging.getLogger("lipflap").handlers = []


@pytest.fixture
def ordered(folder, printed) -> Path:
    """The folder of the cut with its orders in JOB, written in this process."""
    assert main(["order", "small.otio", "-o", "JOB", *MODEL]) == 0
    return folder


def lipflap(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lipflap.plugin.cli.main", *arguments],
        cwd=folder,
        env=ENVIRONMENT | environment,
        capture_output=True,
        text=True,
        timeout=240,
    )


def order(folder: Path, *more: str) -> Said:
    return here(folder, "order", "small.otio", "-o", "JOB", *MODEL, *more)


def dub(folder: Path, *more: str) -> Said:
    return here(folder, "dub", "small.otio", "-o", "JOB", *MODEL, *more)


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_scan_lists_every_shot_and_touches_nothing(folder):
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    done = lipflap(folder, "scan", "small.otio")
    assert (done.returncode, done.stderr) == (0, "")
    rows = [line.split(maxsplit=4) for line in done.stdout.splitlines()[1:-1]]
    assert [(row[0], row[1], row[3]) for row in rows] == [
        ("SH010", "01:00:00:00", "dub"),
        ("SH020", "01:00:01:00", "skip"),
        ("SH030", "01:00:02:00", "dub"),
        ("SH040", "01:00:03:00", "dub"),
    ]
    assert rows[1][4] == "No dub plays over it."
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_scan_as_json_is_the_cue_sheet(folder):
    sheet = json.loads(here(folder, "scan", "small.otio", "--json").stdout)
    assert sheet["schema"] == "lipflap.cues/13"
    assert [cue["state"] for cue in sheet["cues"]] == ["ready", "skipped", "ready", "ready"]


def test_orders_hold_frames_samples_and_settings(folder):
    done = order(folder, "--seed", "7", "--handles", "4", "--face", "SH04*=2", *FINAL)
    assert (done.returncode, done.stderr) == (0, NO_CONSENT + ORDERED)
    assert [Path(line).name for line in done.stdout.splitlines()] == [
        "SH010.json",
        "SH030.json",
        "SH040.json",
    ]
    first, half, last = (read_order(folder / line) for line in done.stdout.splitlines())
    assert first.frames.media_frames() == list(range(26, 59))
    assert first.output.start_frame == 90_026
    assert half.frames.media_frames()[4:8] == [70, 70, 71, 71]
    assert [(s.role, s.at_sample) for s in first.speeches] == [
        ("dub", 4 * 640),
        ("production", 4 * 640),
    ]
    samples = {s.role: (s.first_sample, s.sample_count, s.at_sample) for s in last.speeches}
    assert samples["dub"] == (48_000, 16_000, 4 * 640)
    assert samples["production"] == (48_000 - 8_000 - 4 * 640, 26_560, -8_000)
    settings = first.settings
    assert (settings.seed, settings.face, settings.mode) == (7, None, "framewise")
    final = QUALITIES["final"]
    assert (settings.steps, settings.guidance) == (final.steps, final.guidance)
    assert last.settings.face == 2


def test_decisions_count_where_the_command_line_gives_nothing_else(folder):
    decisions = with_overrides(Decisions(dub="track:Dub*"), ["SH010"], dub=False)
    decisions = with_overrides(decisions, ["SH030", "SH040"], face=1, quality="draft")
    (folder / "small.decisions.json").write_text(write_decisions(decisions), encoding="utf-8")
    done = order(folder, "--decisions", "small.decisions.json", "--face", "SH040=2")
    assert [Path(line).name for line in done.stdout.splitlines()] == ["SH030.json", "SH040.json"]
    settings = [read_order(folder / line).settings for line in done.stdout.splitlines()]
    assert [(one.face, one.guidance) for one in settings] == [(1, 1.0), (2, 1.0)]


def test_dub_gives_the_cut_back_with_every_dubbed_shot(folder):
    original = (folder / "small.otio").read_bytes()
    consent = ("--consent", "signed by Anna, 3 May")
    done = lipflap(folder, "dub", "small.otio", "-o", "JOB", *MODEL, *consent)
    assert done.returncode == 0, done.stderr
    assert "3 rendered, 1 skipped" in done.stdout
    assert (folder / "small.otio").read_bytes() == original
    cut = otio.adapters.read_from_file(str(folder / "small.dubbed.otio"))
    clips = {clip.name: clip for clip in cut.tracks[0].find_clips()}
    assert clips["SH010"].active_media_reference_key == "lipflap"
    assert set(clips["SH010"].media_references()) == {"DEFAULT_MEDIA", "lipflap"}
    assert set(clips["SH020"].media_references()) == {"DEFAULT_MEDIA"}
    assert clips["SH010"].metadata["lipflap"]["consent"] == "signed by Anna, 3 May"
    assert clips["SH010"].metadata["lipflap"]["what"] == "AI-edited mouth"
    assert (folder / "JOB" / "media" / "SH040.mov").read_text() == "SH040"
    report = json.loads((folder / "JOB" / "report.json").read_text())
    assert [shot["state"] for shot in report["shots"]] == ["rendered", "skipped", *["rendered"] * 2]
    assert report["shots"][0]["report"]["repainted_frames"] == 1
    assert report["shots"][1]["report"] is None


def test_a_dubbed_cut_without_a_new_mouth_is_said_to_be_one(folder, printed):
    assert main(["order", "small.otio", "-o", "JOB", *MODEL]) == 0
    assert main(["conform", "small.otio", "JOB"]) == 0
    out, err = printed.readouterr()
    assert "Dubbed cut: " in out
    assert err.endswith("No shot has a new mouth: the dubbed cut shows what the cut shows.\n")


def test_a_cut_of_which_nothing_can_be_dubbed_does_not_come_back(folder, printed):
    (folder / "plate.mov").rename(folder / "elsewhere.bin")
    assert main(["dub", "small.otio", "-o", "JOB", *MODEL]) == 1
    out, err = printed.readouterr()
    assert "plate.mov" in out
    assert "0 of 4 shots would be dubbed." in out
    assert "No dubbed cut is written" in err
    assert not list(folder.glob("*dubbed*"))


def test_a_second_dub_renders_only_what_changed(folder):
    dub(folder)
    done = dub(folder, "--face", "SH040=1", "--json")
    runs = (folder / "JOB" / "runs.txt").read_text().split()
    assert set(runs[:3]) == {"SH010", "SH030", "SH040"}
    assert runs[3:] == ["SH040"]
    assert json.loads(done.stdout)["schema"] == "lipflap.report/8"


def test_a_media_file_that_was_replaced_is_rendered_again(folder):
    dub(folder, "--only", "SH010")
    plate = folder / "plate.mov"
    plate.write_bytes(plate.read_bytes() + b"\0" * 8)
    dub(folder, "--only", "SH010")
    assert (folder / "JOB" / "runs.txt").read_text().split() == ["SH010", "SH010"]


def test_one_failed_shot_makes_exit_code_1_and_stops_no_other(folder):
    text = (folder / "small.otio").read_text().replace('"SH010"', '"KILLED"')
    (folder / "small.otio").write_text(text)
    done = dub(folder)
    assert done.returncode == 1
    assert "2 rendered, 1 skipped, 1 failed" in done.stdout
    assert "Traceback" not in done.stderr


def test_the_steps_of_dub_can_be_taken_one_by_one(folder):
    placed = order(folder).stdout.split()
    rendered = lipflap(folder, "render", *placed)
    results = [json.loads(line) for line in rendered.stdout.splitlines()]
    assert {r["shot"] for r in results if r["event"] == "result"} == {"SH010", "SH030", "SH040"}
    done = here(folder, "conform", "small.otio", "JOB", "--as", "track", "-o", "out/new.otio")
    assert done.returncode == 0, done.stderr
    cut = otio.adapters.read_from_file(str(folder / "out" / "new.otio"))
    assert [track.name for track in cut.tracks] == ["V1", "DUB", "Production", "Dub DE"]
    assert str(folder / "out" / "new.otio") in done.stdout


@pytest.mark.parametrize(
    "problem",
    [
        ZeroDivisionError("by nought"),
        MemoryError(),
        ImportError("av.so: failed to map segment from shared object"),
    ],
)
def test_what_breaks_a_command_off_is_told_from_failed_shots(printed, monkeypatch, problem):
    def break_off(request):
        raise problem

    monkeypatch.setattr(dubbing, "scan", break_off)
    assert main(["scan", "small.otio"]) == 3
    told = printed.readouterr().err
    is_memory = not isinstance(problem, ZeroDivisionError)
    assert ("not enough memory" if is_memory else "a fault of Lipflap itself") in told
    assert told.endswith("ZeroDivisionError: by nought\n") is not is_memory
    monkeypatch.setattr(sys, "gettrace", lambda: print)
    if not is_memory:
        with pytest.raises(ZeroDivisionError):
            main(["scan", "small.otio"])


def test_a_conform_with_nothing_rendered_is_the_cut(ordered):
    done = here(ordered, "conform", "small.otio", "JOB", "-o", "same.otio")
    assert "3 waiting" in done.stdout
    one, two = (otio.adapters.read_from_file(str(ordered / f"{n}.otio")) for n in ("small", "same"))
    assert two.name == "small dubbed"
    two.name = one.name
    assert one.is_equivalent_to(two)


def test_a_missing_file_costs_its_shot_alone_and_is_named(folder):
    (folder / "de.wav").unlink()
    done = here(folder, "scan", "small.otio")
    assert done.returncode == 0
    assert done.stdout.count("de.wav") == 3
    assert "0 of 4 shots would be dubbed." in done.stdout


def test_truncated_media_is_named(folder):
    plate = folder / "plate.mov"
    plate.write_bytes(plate.read_bytes()[:2000])
    done = here(folder, "scan", "small.otio")
    assert "Traceback" not in done.stderr
    assert "plate.mov" in done.stdout
    assert "0 of 4 shots would be dubbed." in done.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["scan", "absent.otio"], "absent.otio: does not exist."),
        (["scan", "plate.mov"], "is media, and no cut"),
        (["scan", "small.otio", "--dub", "track:EN*"], "its sound tracks are 'Production'"),
        (["scan", "small.otio", "--dub", "nope.wav"], "nope.wav: does not exist"),
        (
            ["scan", "small.otio", "--dub", "de.wav", "--dub-at", "soon"],
            "'soon': is not a timecode",
        ),
        (["scan", "small.otio", "--only", "SH9"], "SH9: no shot of the cut has this name."),
        (["order", "small.otio", "-o", "JOB", "--model", "nobody"], "nobody: no such model."),
        (["order", "small.otio", "-o", "de.wav"], "de.wav"),
        (["render", "small.otio"], "small.otio: has the schema"),
        (["render", "absent.json"], "absent.json: cannot be read"),
        (["conform", "small.otio", "nowhere"], "nowhere: is not a JOB folder"),
        (["conform", "small.otio", "."], ".: is not a JOB folder: it has no cues.json."),
    ],
)
def test_bad_input_is_one_clear_line_and_exit_code_2(folder, printed, arguments, message):
    before = files(folder)
    if arguments[0] == "order" and "--model" not in arguments:
        arguments = [*arguments, *MODEL]
    assert main(arguments) == 2
    out, err = printed.readouterr()
    assert err.startswith("lipflap: ")
    assert message in err
    assert err.count("\n") == 1
    assert out == ""
    assert files(folder) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["scan", "small.otio", "--face", "SH010"],
        ["scan", "small.otio", "--quality", "perfect"],
        ["scan", "small.otio", "--mode", "backwards"],
        ["render", "order.json", "--together", "0"],
        ["scan", "small.otio", "--handles", "-1"],
        ["dance"],
        [],
    ],
)
def test_a_wrong_command_line_explains_itself(printed, arguments):
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2
    assert "usage: lipflap" in printed.readouterr().err


@needs_real
@pytest.mark.parametrize("suffix", sorted({path.suffix for path in REAL.rglob("*.*")}))
def test_published_timelines_scan_to_a_table_or_one_clear_error(printed, suffix):
    """Every fourth of a format; that each is read, or refused in words, is test_read's."""
    for path in sorted(REAL.rglob(f"*{suffix}"))[::4]:
        ended = main(["scan", str(path), "--dub", "de.wav"])
        out, err = printed.readouterr()
        if ended == 0:
            assert out.splitlines()[-1].endswith("shots would be dubbed."), path
        else:
            assert ended == 2, path
            assert err.splitlines()[-1].startswith("lipflap: "), path
            assert out == "", path


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("review", "JOB", "--note", "lags"), "--note: is kept with a verdict, and none is given."),
        (("report", "JOB", "-o", "qc.doc"), "Give it one of: .html, .htm, .edl, .txt."),
        (("report", "JOB", "-o", "qc"), "Give it one of: .html, .htm, .edl, .txt."),
    ],
)
def test_what_would_be_ignored_is_refused(ordered, printed, command, told):
    assert main(list(command)) == 2
    assert told in printed.readouterr().err
    assert not list(ordered.glob("qc*"))


@pytest.mark.parametrize(
    ("file", "fix"),
    [
        ("JOB/orders/SH010.json", "Run `lipflap order` again."),
        ("JOB/cues.json", "Run `lipflap order` again, into another folder."),
    ],
)
def test_a_damaged_record_says_what_to_do(ordered, printed, file, fix):
    (ordered / file).write_text("{ half an")
    assert main(["review", "JOB"]) == 2
    told = printed.readouterr().err.splitlines()[-1]
    assert told.startswith(f"lipflap: {file}: is not JSON: ")
    assert told.endswith(f". {fix}")


def test_a_cut_that_changed_since_its_orders_is_not_conformed(ordered):
    cut = ordered / "small.otio"
    cut.write_text(cut.read_text().replace("SH010", "SH011"))
    done = here(ordered, "conform", "small.otio", "JOB")
    assert done.returncode == 2
    assert "has changed since its orders were written" in done.stderr


def test_a_job_of_another_cut_is_refused(ordered):
    other = ordered / "other.otio"
    other.write_text((ordered / "small.otio").read_text().replace("SH010", "SH011"))
    done = here(ordered, "order", "other.otio", "-o", "JOB", *MODEL)
    assert done.returncode == 2
    assert "belongs to another cut" in done.stderr


def test_interrupting_a_dub_ends_the_renderer_and_leaves_no_half_file(folder):
    text = (folder / "small.otio").read_text().replace('"SH010"', '"SLOW"')
    (folder / "small.otio").write_text(text)
    child = subprocess.Popen(
        [
            *[sys.executable, "-m", "lipflap.plugin.cli.main", "dub", "small.otio", "-o", "JOB"],
            *MODEL,
        ],
        cwd=folder,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    for _ in range(200):
        if list(folder.glob("JOB/media/*.half")):
            break
        time.sleep(0.1)
    child.send_signal(signal.SIGINT)
    _, errors = child.communicate(timeout=120)
    assert child.returncode == 130
    assert errors.splitlines()[-1] == "lipflap: interrupted."
    assert not any(".half" in name or ".part" in name for name in files(folder))
    assert list(folder.glob("JOB/media/SLOW*")) == []


def test_a_bundle_is_dubbed_without_being_changed(folder):
    timeline = otio.adapters.read_from_file(str(folder / "small.otio"))
    for clip in timeline.find_clips():
        clip.media_reference.target_url = (folder / clip.media_reference.target_url).as_uri()
    otio.adapters.write_to_file(timeline, str(folder / "small.otioz"))
    before = (folder / "small.otioz").read_bytes()
    done = here(folder, "dub", "small.otioz", "-o", "JOB", *MODEL)
    assert "3 rendered, 1 skipped" in done.stdout, done.stderr
    assert (folder / "small.otioz").read_bytes() == before


def test_a_reader_that_leaves_early_gets_no_traceback(folder):
    command = f"'{sys.executable}' -m lipflap.plugin.cli.main scan small.otio | head -1"
    done = subprocess.run(command, cwd=folder, shell=True, capture_output=True, text=True)
    assert done.stderr == ""


def test_what_does_not_render_loads_no_torch(folder):
    program = (
        "import sys\nfrom lipflap.plugin.cli.main import main\n"
        "assert main(['scan', 'small.otio']) == 0\n"
        f"assert main(['order', 'small.otio', '-o', 'JOB', *{MODEL!r}]) == 0\n"
        "assert main(['conform', 'small.otio', 'JOB']) == 0\n"
        "assert 'torch' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, NO_CONSENT + ORDERED + NOTHING_NEW)


@pytest.mark.parametrize(
    "command", ["scan", "dub", "order", "render", "conform", "demo", "work", "faces"]
)
def test_every_command_explains_itself(printed, command):
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    assert end.value.code == 0
    assert f"usage: lipflap {command}" in printed.readouterr().out


def commands_under(name: str, command: ArgumentParser) -> Iterator[tuple[str, ArgumentParser]]:
    yield name, command
    for action in command._actions:
        if isinstance(action, _SubParsersAction):
            for word, nested in action.choices.items():
                yield from commands_under(f"{name} {word}", nested)


ALL_COMMANDS = dict(commands_under("lipflap", parser()))


@pytest.mark.parametrize("name", ALL_COMMANDS)
def test_every_command_has_a_sentence_of_help_and_every_argument_a_help_text(name):
    command = ALL_COMMANDS[name]
    assert command.description.rstrip()[0].isupper()
    assert name == "lipflap" or command.description.endswith(".")
    groups = [action for action in command._actions if isinstance(action, _SubParsersAction)]
    without = [a.dest for a in command._actions if a not in groups and not a.help]
    assert without == []
    if not groups:
        assert callable(command.get_default("run"))


@pytest.mark.parametrize("name", [name for name in ALL_COMMANDS if name.count(" ") == 1])
def test_a_command_that_is_loaded_alone_is_what_it_is_among_all(name):
    alone = dict(commands_under("lipflap", parser(name.split()[1])))
    own = {
        full: c.format_help()
        for full, c in ALL_COMMANDS.items()
        if f"{full} ".startswith(f"{name} ")
    }
    assert own.items() <= {full: c.format_help() for full, c in alone.items()}.items()
    assert len(alone) < len(ALL_COMMANDS)


def test_the_help_lists_every_command_once(printed):
    with pytest.raises(SystemExit):
        main(["--help"])
    listed = re.findall(r"^  ([a-z]+) +[A-Z]", printed.readouterr().out, re.MULTILINE)
    assert sorted(listed) == sorted(
        name.split()[1] for name in ALL_COMMANDS if name.count(" ") == 1
    )


def test_the_version_is_that_of_the_package(folder):
    assert lipflap(folder, "--version").stdout == f"lipflap {version('lipflap')}\n"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a screen")
def test_a_panel_without_a_screen_is_a_sentence():
    screens = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    done = subprocess.run(
        [sys.executable, "-m", "lipflap.plugin.cli.main", "panel"],
        env={name: value for name, value in os.environ.items() if name not in screens},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 2
    assert "there is no screen here" in done.stderr
    assert "lipflap dub" in done.stderr
