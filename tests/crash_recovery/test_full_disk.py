"""A disk that fills up: who says so, what they say, and that nothing earlier suffers.

The disks are small ones in memory. Where none may be mounted, files are kept small instead, by
the limit the system has for that, which comes to the same for who writes them.
"""

import re
from pathlib import Path

import opentimelineio as otio
import pytest
from support.cuts.small_cut import write_small_cut
from support.jobs.lost_job import left_over, media, place, results, stamps
from support.jobs.orders import make_settings
from support.media.small_disk import PAGE, SmallDisk, small_disk

from lipflap.core.errors import DiskFull
from lipflap.core.files.atomic import write_text
from lipflap.core.result import DubResult, ShotReport, ShotState
from lipflap.plugin import dubbing
from lipflap.plugin.cut.cuesheet import ShotFilter
from lipflap.plugin.dub_request import DubRequest
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.order_file import read_job_order
from lipflap.plugin.order.render_settings import RenderSettings
from lipflap.plugin.render.render import write_result
from lipflap.plugin.timeline.dubbed.conform import ALTERNATE, TRACK, write_timeline

AMOUNT = re.compile(r"needs about ([\d.]+) (k?M?B); ([\d.]+) (k?M?B) are free there")
MEGABYTE = 1 << 20


@pytest.fixture
def disk(tmp_path):
    with small_disk(tmp_path / "disk", 16 * MEGABYTE) as small:
        yield small


def amounts(said: str) -> tuple[float, float]:
    """Bytes that are needed, and that fit, as said."""
    found = AMOUNT.search(said)
    assert found, said
    sizes = {"B": 1, "kB": 1e3, "MB": 1e6}
    return float(found[1]) * sizes[found[2]], float(found[3]) * sizes[found[4]]


def test_a_disk_that_fills_up_amid_a_shot_ends_the_run_and_keeps_what_is_done(
    ready, orders, undisturbed, disk: SmallDisk, told
):
    """One movie fits, the second does not; when there is room, only that is rendered."""
    whole = media(undisturbed)
    job = Job(disk.folder / "JOB")
    command = ["--together", 1, *place(job, orders)]
    size = len(whole["SH040.mkv"])
    disk.fill(len(whole["SH010.mkv"]) + size // 2 + 8 * PAGE)
    command = [*command[:2], job.order("SH010"), job.order("SH040")]
    code, said = ready.run(command, told)
    assert code == 2
    complaint = said[-1]
    assert str(job.media("SH040", ".mkv")) in complaint
    assert "No space left on device" in complaint
    needed, fits = amounts(complaint)
    assert fits < needed
    assert size / 2 < needed < size * 2  # what is on its way to the disk is not counted
    assert results(job) == {"SH010": ShotState.RENDERED}
    assert media(job) == {"SH010.mkv": whole["SH010.mkv"]}
    assert left_over(job) == []
    before = stamps(job)
    (disk.folder / "filler").unlink()
    assert ready.run(command, told)[0] == 0
    assert media(job).items() <= whole.items()
    assert results(job) == {"SH010": ShotState.RENDERED, "SH040": ShotState.RENDERED}
    assert before.items() <= stamps(job).items()


@pytest.mark.soak
def test_a_sequence_for_which_there_is_no_room_leaves_none_of_its_files(
    ready, orders, undisturbed, disk: SmallDisk, told
):
    job = Job(disk.folder / "JOB")
    place(job, orders)
    pictures = [len(data) for name, data in media(undisturbed).items() if name.startswith("SH020.")]
    disk.fill(sum(-(-size // PAGE) for size in pictures) // 2 * PAGE)
    code, said = ready.run([job.order("SH020")], told)
    assert code == 2
    assert str(job.media("SH020", ".%06d.png")) in said[-1]
    assert "No space left on device" in said[-1]
    assert media(job) == {}
    assert left_over(job) == []


def test_a_file_that_may_not_be_so_large_is_told_like_a_full_disk(
    ready, orders, undisturbed, tmp_path, told
):
    job = Job(tmp_path / "JOB")
    place(job, orders)
    limit = len(media(undisturbed)["SH010.mkv"]) // 2
    first = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))"
    code, said = ready.run([job.order("SH010")], told, first)
    assert code == 2
    assert str(job.media("SH010", ".mkv")) in said[-1]
    assert re.search("[Ff]ile (size limit exceeded|too large)", said[-1])
    assert media(job) == {}
    assert left_over(job) == []


def test_a_result_for_which_there_is_no_room_is_no_result_and_ends_the_run(orders, disk: SmallDisk):
    job = Job(disk.folder / "JOB")
    order = read_job_order(place(job, orders)[2])
    old = DubResult("SH030", order.sha256, "", "", ShotReport(state=ShotState.SKIPPED, frames=1))
    write_result(order, old)
    before = job.result("SH030").read_bytes()
    disk.fill()
    with pytest.raises(DiskFull) as full:
        write_result(order, DubResult("SH030", order.sha256, "x" * 9 * PAGE, "", old.report))
    assert full.value.where == str(job.result("SH030"))
    assert amounts(str(full.value))[0] > 9 * PAGE
    assert job.result("SH030").read_bytes() == before
    assert left_over(job) == []


@pytest.fixture
def cut(tmp_path) -> Path:
    (tmp_path / "cut").mkdir()
    return write_small_cut(tmp_path / "cut")


def request(cut: Path, handles: int = 0) -> DubRequest:
    terms = RenderSettings(handles, "source", make_settings())
    return DubRequest(cut, None, None, ShotFilter((), (), ()), "", terms)


def tree(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and path.name != "filler")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_orders_for_which_there_is_no_room_leave_those_there_are(cut, disk: SmallDisk):
    job = Job(disk.folder / "JOB")
    dubbing.order(request(cut), job)
    before = tree(job.folder)
    filler = disk.fill()
    with pytest.raises(DiskFull) as full:
        dubbing.order(request(cut, handles=4), job)
    assert full.value.where == str(job.cues)
    needed, fits = amounts(str(full.value))
    assert fits <= needed
    assert tree(job.folder) == before
    filler.unlink()
    sheet, placed = dubbing.order(request(cut, handles=4), job)
    assert len(placed) == len(sheet.ready) > 0


def test_a_dubbed_cut_for_which_there_is_no_room_leaves_the_one_there_is(cut, disk: SmallDisk):
    job, out = Job(disk.folder / "JOB"), disk.folder / "dubbed.otio"
    dubbing.order(request(cut), job)
    dubbing.conform(cut, job, ALTERNATE, out)
    before = tree(disk.folder)
    filler = disk.fill()
    with pytest.raises(DiskFull) as full:
        dubbing.conform(cut, job, TRACK, out)
    assert full.value.where == str(out)
    assert tree(disk.folder) == before
    filler.unlink()
    dubbing.conform(cut, job, TRACK, out)


def test_a_bundle_for_which_there_is_no_room_says_how_large_it_would_be(cut, disk: SmallDisk):
    """A zip file of the media, which is not packed any tighter."""
    bundle = disk.folder / "small.otioz"
    size = sum(path.stat().st_size for path in cut.parent.iterdir())
    disk.fill(size // 2)
    with pytest.raises(DiskFull) as full:
        write_timeline(
            otio.adapters.read_from_file(str(cut)), bundle, cut_path=cut, media_folder=cut.parent
        )
    assert full.value.where == str(bundle)
    needed, fits = amounts(str(full.value))
    assert fits < needed == pytest.approx(size, rel=0.2)
    assert [path.name for path in disk.folder.iterdir()] == ["filler"]


@pytest.mark.soak
def test_a_folder_without_any_room_is_named_before_a_shot_is_begun(ready, orders, disk, told):
    job = Job(disk.folder / "JOB")
    place(job, orders)
    write_text(disk.folder / "other" / "file", "")
    disk.fill()
    code, said = ready.run([job.order("SH030")], told)
    assert code in (0, 2)
    assert code == 0 or "No space left on device" in said[-1]
    assert results(job) == ({"SH030": ShotState.SKIPPED} if code == 0 else {})
