"""A JOB as a job bundle, checked and run by Open Job Description's own command."""

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from support.jobs.farm_reel import (
    ENVIRONMENT,
    LIPFLAP,
    Said,
    afresh,
    children,
    cut_in,
    gone,
    here,
    lipflap,
    media,
    openjd,
    rendered_plainly,
    runs,
    wait_for,
    write_reel,
)

from lipflap.core.files.atomic import write_text
from lipflap.core.order import Reference, order_to_json, read_order
from lipflap.core.result import Progress, ShotState, Stage, read_result
from lipflap.plugin.farm.openjd import openjd_status_lines
from lipflap.plugin.job.folder import Job
from lipflap.plugin.render.render import no_picture_result

SHOTS = ("SH010", "SH020", "SH030", "SH040")


@pytest.fixture(scope="module")
def reel(tmp_path_factory) -> Job:
    return write_reel(tmp_path_factory.mktemp("reel"), SHOTS)


@pytest.fixture(scope="module")
def plain(reel) -> dict[str, str]:
    return rendered_plainly(reel)


@pytest.fixture
def job(reel, plain) -> Job:
    return afresh(reel)


def bundle(job: Job, *more: str) -> Path:
    done = here(job.folder.parent, "farm", "bundle", "JOB", "-o", "BUNDLE", *more)
    assert done.returncode == 0, done.stderr
    return job.folder.parent / "BUNDLE"


def run(bundle: Path, *more: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = ("run", str(bundle / "template.json"), "-p", f"Lipflap={LIPFLAP}", *more)
    return openjd(bundle.parent, *command, **environment)


def collect(job: Job) -> Said:
    return here(job.folder.parent, "farm", "collect", "JOB")


def test_openjd_sums_up_the_bundle(job):
    """It checks a template before anything else that it does with it."""
    made = bundle(job, "--shots-a-task", "3", "--gpus", "0")
    summed = json.loads(openjd(made, "summary", "template.json", "--output", "json").stdout)
    assert (summed["status"], summed["total_tasks"]) == ("success", 5)
    assert [step["name"] for step in summed["steps"]] == ["Render", "Collect"]


def test_hosts_need_what_was_measured_and_a_gpu_unless_said(job):
    def needs(*more: str) -> dict[str, int]:
        template = json.loads((bundle(job, *more) / "template.json").read_text())
        amounts = template["steps"][0]["hostRequirements"]["amounts"]
        return {one["name"].removeprefix("amount.worker."): one["min"] for one in amounts}

    assert needs() == {"vcpu": 1, "memory": 500 + 4 * 1100, "gpu": 1}
    assert needs("--gpus", "0", "--shots-a-task", "1") == {"vcpu": 1, "memory": 1600}


def test_what_runs_on_openjd_is_what_a_plain_render_makes(job, plain):
    done = run(bundle(job, "--shots-a-task", "3"))
    assert done.returncode == 0, done.stdout
    assert media(job) == plain
    assert sorted(runs(job)) == list(SHOTS)
    said = [line.partition("\t")[2] for line in done.stdout.splitlines()]
    progress = [float(line.split()[1]) for line in said if line.startswith("openjd_progress:")]
    assert progress[0] < 100 == progress[-1]
    home = collect(job)
    assert (home.returncode, home.stderr) == (0, "")
    assert "4 of 4 shots are as ordered." in home.stdout


def test_a_session_is_told_of_frames_looked_at_and_painted(job):
    one, two = (read_order(job.order(shot)) for shot in ("SH010", "SH020"))
    words = openjd_status_lines(
        [replace(one, frames=replace(one.frames, count=30)), two]
    )  # 30 and 14
    assert (
        words(Progress("SH010", Stage.ANALYSE, 15, 30))[0]
        == f"openjd_progress: {100 * 7.5 / 44:.1f}"
    )
    assert words(Progress("SH010", Stage.PAINT, 15, 30)) == []  # a moment later
    failed = no_picture_result(two, ShotState.FAILED, "It\nrained.")
    assert words(failed) == [
        f"openjd_progress: {100 * (22.5 + 14) / 44:.1f}",
        "openjd_status: SH020: failed It rained.",
    ]


def test_a_bundle_holds_what_is_not_rendered_yet(job):
    lipflap(job.folder.parent, "render", str(job.order("SH020")))
    made = bundle(job)
    (tasks,) = (job.folder / "tasks").iterdir()
    assert json.loads(tasks.read_text())["orders"] == ["SH010", "SH030", "SH040"]
    inputs = json.loads((made / "asset_references.json").read_text())["assetReferences"]["inputs"]
    names = {str(Path(path).relative_to(job.folder.parent)) for path in inputs["filenames"]}
    orders = {f"JOB/orders/{shot}.json" for shot in ("SH010", "SH030", "SH040")}
    (model,) = (job.folder / "models").iterdir()
    brought = {f"JOB/tasks/{tasks.name}", f"JOB/models/{model.name}"}
    assert names == {"plate.mov", "de.wav"} | orders | brought
    assert run(made, "--step", "Render").returncode == 0
    assert sorted(runs(job)) == list(SHOTS)
    again = here(job.folder.parent, "farm", "bundle", "JOB", "-o", "BUNDLE")
    assert "is rendered. Next" in again.stdout


def test_a_bundle_brings_the_references_of_its_orders(job):
    order = read_order(job.order("SH020"))
    take = job.folder.parent / "take 2.mov"
    shutil.copyfile(order.picture.path, take)
    references = (Reference(replace(order.picture, path=str(take)), order.frames),)
    write_text(job.order("SH020"), order_to_json(replace(order, references=references)))
    inputs = json.loads((bundle(job) / "asset_references.json").read_text())["assetReferences"]
    names = {Path(path).name for path in inputs["inputs"]["filenames"]}
    assert {"plate.mov", "take 2.mov"} <= names


def test_a_farm_that_keeps_things_elsewhere_renders_what_comes_home(job, plain, tmp_path):
    """The workstation's folder is not there while the farm renders in another."""
    made = bundle(job)
    home, farm = job.folder.parent, tmp_path / "farm"
    rules = [
        {
            "source_path_format": "POSIX",
            "source_path": str(home),
            "destination_path": str(farm),
        }
    ]
    shutil.copytree(made, tmp_path / "BUNDLE")
    (tmp_path / "rules.json").write_text(
        json.dumps({"version": "pathmapping-1.0", "path_mapping_rules": rules})
    )
    home.rename(farm)
    try:
        mapping = ("--path-mapping-rules", f"file://{tmp_path / 'rules.json'}")
        done = run(tmp_path / "BUNDLE", *mapping)
        there = here(farm, "farm", "collect", str(home / "JOB"), "--map", f"{home}={farm}")
    finally:
        farm.rename(home)
    assert done.returncode == 0, done.stdout
    assert media(job) == plain
    results = [read_result(job.result(shot)) for shot in SHOTS]
    assert [result.report.state for result in results] == [ShotState.RENDERED] * len(SHOTS)
    assert {Path(result.output_path).parent for result in results} == {job.folder / "media"}
    assert "can only be conformed on the machine that has its cut" in there.stderr
    assert collect(job).returncode == 0
    assert str(farm) not in cut_in(job)


def test_media_that_is_not_the_same_after_mapping_is_refused_by_its_hash(job, tmp_path):
    made = bundle(job, "--map", f"{job.folder.parent}/plate.mov={tmp_path}/plate.mov")
    there = (job.folder.parent / "plate.mov").read_bytes()
    (tmp_path / "plate.mov").write_bytes(there[:-1] + bytes([there[-1] ^ 1]))
    done = run(made)
    assert done.returncode == 1
    assert f"{tmp_path}/plate.mov: has changed since the shot was ordered." in done.stdout
    (tmp_path / "plate.mov").write_bytes(there)
    assert run(made, "--step", "Render").returncode == 0
    assert len(media(job)) == len(SHOTS)


def test_a_wrong_shot_is_rendered_once_and_named_by_the_last_step(tmp_path):
    job = write_reel(tmp_path / "reel", ["SH010", "WRONG", "SH020"])
    done = run(bundle(job))
    assert done.returncode == 1
    said = [line.partition("\t")[2] for line in done.stdout.splitlines()]
    assert "WRONG: plate.mov, frame 7: is upside down." in said
    assert "openjd_fail: Not as ordered: WRONG" in said
    assert done.stdout.count("exited with code: 0") == 1  # nobody tries the task again in vain
    assert sorted(runs(job)) == ["SH010", "SH020", "WRONG"]
    assert set(media(job)) == {"SH010.mov", "SH020.mov"}
    home = collect(job)
    assert home.returncode == 1
    assert home.stdout.startswith("WRONG: plate.mov, frame 7: is upside down.\n2 of 3 shots are")


def test_a_task_list_that_is_gone_fails_its_task_and_says_why(job):
    made = bundle(job)
    shutil.rmtree(job.folder / "tasks")
    done = run(made)
    assert done.returncode == 1
    assert "openjd_fail: " in done.stdout
    assert "cannot be read: No such file or directory" in done.stdout


def start(job: Job, **environment: str) -> subprocess.Popen[bytes]:
    command = ["run", str(bundle(job) / "template.json"), "-p", f"Lipflap={LIPFLAP}"]
    return subprocess.Popen(
        [sys.executable, "-m", "openjd", *command],
        env=ENVIRONMENT | environment,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )


def half_files(job: Job) -> list[Path]:
    return list((job.folder / "media").glob(".*"))


def test_a_cancelled_task_leaves_no_half_file_and_no_process(job):
    session = start(job, SECONDS_A_FRAME="0.3")
    wait_for(lambda: half_files(job))
    below = children(session.pid)
    session.send_signal(signal.SIGINT)
    assert session.wait(60) != 0
    assert media(job) == {}
    wait_for(lambda: gone(below))


@pytest.mark.soak
def test_after_a_session_was_killed_the_same_bundle_goes_on(job, plain):
    session = start(job, SECONDS_A_FRAME="0.1")
    wait_for(
        lambda: job.folder.joinpath("results").is_dir() and list(job.folder.glob("results/S*"))
    )
    below = children(session.pid)
    os.killpg(session.pid, signal.SIGKILL)
    session.wait()
    for process in below:
        process.kill() if process.is_running() else None
    done = [path.stem for path in job.folder.glob("results/S*")]
    assert run(job.folder.parent / "BUNDLE", "--step", "Render").returncode == 0
    assert {name: hashed for name, hashed in media(job).items() if name[0] != "."} == plain
    assert all(runs(job).count(shot) == 1 for shot in done)
