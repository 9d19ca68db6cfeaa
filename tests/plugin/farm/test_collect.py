"""What came home is checked picture by picture, against files that were cut short and changed."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import av
import opentimelineio as otio
import pytest
from support.jobs.farm_reel import (
    Said,
    afresh,
    here,
    lipflap,
    media,
    rendered_plainly,
    runs,
    write_reel,
)
from support.media.small_disk import PAGE, small_disk

from lipflap.core.files.atomic import write_text
from lipflap.core.files.fingerprint import fingerprint
from lipflap.core.order import FrameRange, order_to_json, read_order
from lipflap.core.result import ShotState, read_result, result_to_json
from lipflap.plugin import dubbing
from lipflap.plugin.farm.tasks import Tasks, batched, pending_tasks, read_tasks, write_tasks
from lipflap.plugin.job.folder import Job
from lipflap.plugin.qc.report import read_report

SHOTS = ("SH010", "SH020", "SH030")


@pytest.fixture(scope="module")
def reel(tmp_path_factory) -> Job:
    return write_reel(tmp_path_factory.mktemp("reel"), SHOTS)


@pytest.fixture(scope="module")
def rendered(reel, tmp_path_factory) -> Path:
    """A copy of its folder, with everything rendered."""
    rendered_plainly(reel)
    return Path(shutil.copytree(reel.folder, tmp_path_factory.mktemp("rendered") / "JOB"))


@pytest.fixture
def job(reel, rendered) -> Job:
    shutil.rmtree(reel.folder)
    shutil.copytree(rendered, reel.folder)
    return reel


def collect(job: Job, *more: str) -> Said:
    return here(job.folder.parent, "farm", "collect", "JOB", *more)


def pictures_in(cut: Path) -> list[str]:
    clips = otio.adapters.read_from_file(str(cut)).find_clips()
    return [Path(c.media_reference.target_url).name for c in clips if c.name.startswith("SH")]


def dubbed_pictures(job: Job) -> list[str]:
    return pictures_in(Path(read_report(job.report).conformed))


def test_all_that_is_as_ordered_is_conformed_where_it_is_asked_for(job, tmp_path):
    done = collect(job, "-o", str(tmp_path / "dubbed.otio"))
    assert (done.returncode, done.stderr) == (0, "")
    assert pictures_in(tmp_path / "dubbed.otio") == [f"{shot}.mov" for shot in SHOTS]
    cut, elsewhere = Path(read_report(job.report).cut_path), str(tmp_path / "dubbed.otio")
    first = dubbing.conform(cut, job, None, None).written
    assert elsewhere in first
    dubbing.conform(cut, job, None, tmp_path / "dubbed.otio")
    assert dubbing.conform(cut, job, None, None).written == first, "its own is written again"
    assert "note: No consent is on file.\n" in done.stdout


def test_what_was_not_rendered_is_named_and_the_rest_conformed(job):
    job.result("SH020").unlink()
    done = collect(job)
    assert done.returncode == 1
    assert "SH020: It is not rendered yet.\n2 of 3 shots are as ordered.\n" in done.stdout
    assert dubbed_pictures(job) == [
        "SH010.mov",
        "plate.mov",
        "SH030.mov",
    ]


def test_a_cut_of_which_nothing_is_rendered_is_not_written(job):
    for shot in SHOTS:
        job.result(shot).unlink()
    before = sorted(job.folder.parent.iterdir())
    done = collect(job)
    assert done.returncode == 1
    assert done.stdout.endswith(
        "0 of 3 shots are as ordered.\nNo dubbed cut is written: it would be the cut as it was.\n"
    )
    assert sorted(job.folder.parent.iterdir()) == before


def test_a_file_that_changed_on_its_way_home_is_no_result(job):
    path = job.media("SH010", ".mov")
    path.write_bytes(path.read_bytes()[:-100])
    done = collect(job)
    assert done.returncode == 1
    assert f"SH010: {path}: is not the file that was rendered." in done.stdout
    assert read_result(job.result("SH010")).report.state == ShotState.FAILED
    assert pending_tasks(job, None).orders == ("SH010",)


def test_a_file_with_a_picture_less_than_ordered_is_no_result(job):
    """Its fingerprint is right: it was written so."""
    path, result = job.media("SH030", ".mov"), read_result(job.result("SH030"))
    without_last_picture(path)
    forged = replace(result, output_fingerprint=fingerprint(path))
    write_text(job.result("SH030"), result_to_json(forged))
    done = collect(job)
    assert done.returncode == 1
    assert f"SH030: {path}: holds 13 frames instead of 14." in done.stdout
    assert dubbed_pictures(job)[2] == "plate.mov"


def without_last_picture(path: Path) -> None:
    short = path.with_name("short.mov")
    with av.open(str(path)) as source, av.open(str(short), "w") as copy:
        stream = copy.add_stream_from_template(source.streams.video[0])
        packets = [packet for packet in source.demux(video=0) if packet.size]
        for packet in packets[:-1]:
            packet.stream = stream
            copy.mux(packet)
    short.replace(path)


def test_a_folder_that_is_no_job_is_a_sentence(tmp_path):
    for deed in (("collect",), ("run",), ("status",), ("bundle", "-o", "B")):
        done = here(tmp_path, "farm", deed[0], ".", *deed[1:])
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert "is not a JOB folder: it has no cues.json." in done.stderr


def test_status_counts_from_files_alone(job):
    job.result("SH010").unlink()
    failed = replace(
        read_result(job.result("SH020")).report, state=ShotState.FAILED, reason="It rained."
    )
    result = replace(read_result(job.result("SH020")), report=failed)
    write_text(job.result("SH020"), result_to_json(result))
    said = here(job.folder.parent, "farm", "status", "JOB")
    assert said.stdout == "SH020: failed It rained.\n1 rendered, 1 failed, 1 waiting\n"
    told = json.loads(here(job.folder.parent, "farm", "status", "JOB", "--json").stdout)
    assert told["schema"] == "lipflap.status/2"
    states = {shot["shot"]: shot["state"] for shot in told["shots"]}
    assert states == {"SH010": "waiting", "SH020": "failed", "SH030": "rendered"}


def in_two(order, longest):
    """As farm.splitting does, at a frame given: a stand-in for its look at the media."""
    if len(order.written) <= longest:
        return (order,)
    parts = []
    for n, span in enumerate(
        [FrameRange(0, longest), FrameRange(longest, order.frames.count)], start=1
    ):
        name = f"{order.shot}.part-{n}-of-2"
        path = Path(order.output.path).with_name(f"{name}.mov")
        output = replace(order.output, path=str(path))
        parts.append(replace(order, shot=name, part=span, output=output))
    return tuple(parts)


def test_long_shots_go_out_in_parts_and_come_home_as_one(job, monkeypatch):
    """A part is named once it is given out; until all parts are there the shot is not."""
    whole = media(job)
    afresh(job)
    monkeypatch.setattr("lipflap.plugin.farm.tasks.split_order", in_two)
    tasks = pending_tasks(job, 10)
    names = [f"{shot}.part-{n}-of-2" for n in (1, 2) for shot in SHOTS]
    assert list(tasks.orders) == names  # the longest first: 10 frames, then 4
    write_tasks(job, tasks)
    files = [str(job.order(name)) for name in names]
    lipflap(job.folder.parent, "render", *files[:-1])
    done = collect(job)
    assert (done.returncode, done.stdout.splitlines()[0]) == (1, "SH030: It is not rendered yet.")
    lipflap(job.folder.parent, "render", *files[-1:])
    done = collect(job)
    assert (done.returncode, done.stderr) == (0, "")
    assert media(job) == whole
    assert sorted(runs(job)) == sorted(names)
    assert pending_tasks(job, 10).orders == ()


def test_parts_for_which_there_is_no_room_are_joined_when_there_is(tmp_path, monkeypatch):
    with small_disk(tmp_path / "disk", 16_000_000) as disk:
        job = write_reel(disk.folder / "reel", SHOTS[:1])
        monkeypatch.setattr("lipflap.plugin.farm.tasks.split_order", in_two)
        tasks = pending_tasks(job, 10)
        write_tasks(job, tasks)
        lipflap(job.folder.parent, "render", *(str(job.order(name)) for name in tasks.orders))
        filler = disk.fill(leave_bytes=PAGE)
        done = collect(job)
        assert done.returncode == 2
        assert "SH010.mov" in done.stderr
        assert " kB; 4.1 kB are free there" in done.stderr
        assert not job.result("SH010").exists()
        filler.unlink()
        done = collect(job)
        assert (done.returncode, done.stderr) == (0, "")


def test_only_what_is_asked_for_goes_out(tmp_path):
    job = write_reel(tmp_path, ["SH010", "SH020", "SH[1]", "SH1"])
    bundle = ("farm", "bundle", "JOB", "-o", "B", "--only")
    said = here(tmp_path, *bundle, "SH01*", "SH[1]")
    assert said.stdout == "B: 2 to render, 2 a task\n"
    (given,) = (tmp_path / "JOB" / "tasks").iterdir()
    assert sorted(read_tasks(job, given.stem).orders) == ["SH010", "SH[1]"]
    wrong = here(tmp_path, *bundle, "SH99*")
    assert (wrong.returncode, "SH99*: matches none of the shots" in wrong.stderr) == (2, True)
    assert wrong.stderr.endswith("The JOB has: SH010, SH020, SH[1], SH1.\n")


def test_tasks_are_the_longest_first_and_those_of_one_kit_together(tmp_path):
    job = write_reel(tmp_path, SHOTS)
    for shot, seed, frames in (("SH010", 1, 4), ("SH020", 0, 5), ("SH030", 1, 7)):
        order = read_order(job.order(shot))
        settings, span = replace(order.settings, seed=seed), replace(order.frames, count=frames)
        order = replace(order, settings=settings, frames=span)
        write_text(job.order(shot), order_to_json(order))
    assert pending_tasks(job, None).orders == ("SH020", "SH030", "SH010")


def test_batches_hold_every_order_once():
    files = [Path(f"{n}.json") for n in range(10)]
    made = batched(files, 4)
    assert [len(one) for one in made] == [4, 4, 2]
    assert [file for one in made for file in one] == files


def test_what_one_farm_was_given_another_list_does_not_change(tmp_path):
    job = Job(tmp_path)
    first, second = Tasks(("A", "B"), {}), Tasks(("B",), {"C": ("C.part-1-of-2",)})
    names = [write_tasks(job, one) for one in (first, second, first)]
    assert names[0] == names[2] != names[1]
    assert [read_tasks(job, name) for name in names[:2]] == [first, second]
