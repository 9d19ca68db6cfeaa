"""Cuts whose names and addresses lead elsewhere: nothing is written or called there."""

import logging
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import opentimelineio as otio
import pytest
from fuzz.elsewhere import Elsewhere, elsewhere
from fuzz.listings import addresses, listings
from support.cuts.small_cut import write_small_cut

from lipflap.core.files.atomic import write_text
from lipflap.core.files.fingerprint import fingerprint
from lipflap.core.order import order_to_json, read_order
from lipflap.core.result import ShotState, read_result
from lipflap.plugin.cli.main import main
from lipflap.plugin.cut.cuesheet import read_cues
from lipflap.plugin.job.folder import Job

LEADING_OUT = [
    "../../outside",
    "/tmp/outside of everything",
    "..",
    "..\\..\\outside",
    "C:\\outside",
    "a/../../outside",
    "~/outside",
    "$HOME/outside",
    "%2e%2e/outside",
    "x" * 5000,
    "new\nline",
    "-y",
]


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    """Commands that run in this process listen for signals and speak to a log."""
    yield
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    logging.getLogger("lipflap").handlers = []


@pytest.fixture
def small(tmp_path: Path) -> Path:
    (tmp_path / "cut").mkdir()
    return write_small_cut(tmp_path / "cut")


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Elsewhere]:
    with elsewhere(tmp_path / "elsewhere") as found:
        yield found


def changed(path: Path, change: object) -> Path:
    """The cut with a change made to each of its clips, by number."""
    made = otio.adapters.read_from_file(str(path))
    for number, clip in enumerate(made.find_clips()):
        change(clip, number)  # type: ignore[operator]
    otio.adapters.write_to_file(made, str(path))
    return path


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("name", LEADING_OUT)
def test_names_of_clips_and_tracks_lead_out_of_no_folder(
    name: str, small: Path, tmp_path: Path
) -> None:
    def rename(clip: otio.schema.Clip, number: int) -> None:
        clip.name = name
        clip.parent().name = f"{name} dub"

    before = files(tmp_path)
    job = tmp_path / "deep" / "er" / "JOB"
    arguments = ["order", str(changed(small, rename)), "-o", str(job), "--dub", f"track:{name} dub"]
    assert main(arguments) == 0
    made = files(tmp_path) - before
    assert len(list((job / "orders").glob("*.json"))) == 4
    assert all(path.is_relative_to(job) for path in made)
    for order in (job / "orders").glob("*.json"):
        place = Path(os.path.normpath(read_order(order).output.path))
        assert place.parent == job / "media"
    assert not list(Path("/tmp").glob("outside*"))


def test_media_at_an_address_is_a_shot_that_is_left_and_nobody_is_called(
    small: Path, tmp_path: Path, other: Elsewhere
) -> None:
    for address in addresses(other.address, str(other.film)):

        def lead_out(clip: otio.schema.Clip, number: int) -> None:
            clip.media_reference.target_url = address  # noqa: B023

        assert main(["order", str(changed(small, lead_out)), "-o", str(tmp_path / "JOB")]) == 1
        cues = read_cues(Job(tmp_path / "JOB").cues).cues
        assert {cue.state for cue in cues} == {"skipped"}, address
    assert other.heard == []


def test_an_order_that_names_an_address_or_a_listing_fails_and_nobody_is_called(
    small: Path, tmp_path: Path, other: Elsewhere
) -> None:
    """Orders come from anyone, and are rendered by a farm."""
    job = Job(tmp_path / "JOB")
    assert main(["order", str(small), "-o", str(job.folder)]) == 0
    good = read_order(job.order("SH010"))
    shutil.rmtree(job.folder / "orders")
    led = [
        *((address, "") for address in addresses(other.address, str(other.film))),
        *_listed(tmp_path, f"http://{other.address}/film.ts"),
        *_listed(tmp_path, str(other.film)),
    ]
    for number, (path, held) in enumerate(led):
        picture = replace(good.picture, path=path, fingerprint=held)
        output = replace(good.output, path=str(job.media(f"SH{number}", ".mov")))
        bad = replace(good, shot=f"SH{number}", picture=picture, output=output)
        write_text(job.order(bad.shot), order_to_json(bad))
    command = [sys.executable, "-m", "lipflap.plugin.cli.main", "render", "--together", "1"]
    asked = [str(path) for path in sorted((job.folder / "orders").glob("*.json"))]
    done = subprocess.run([*command, *asked], capture_output=True, text=True)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr[-2000:]
    states = {read_result(path).report.state for path in (job.folder / "results").glob("*.json")}
    assert states == {ShotState.FAILED}
    assert len(list((job.folder / "results").glob("*.json"))) == len(led)
    assert not files(job.folder / "media")
    assert other.heard == []


def _listed(folder: Path, target: str) -> Iterator[tuple[str, str]]:
    """Files that lead to a target, each with the hash an order would have of it."""
    for name, text in listings(target).items():
        path = folder / f"{len(target)} {name}"
        path.write_text(text)
        yield str(path), fingerprint(path)


LAUGHS = "".join(
    f"<!ENTITY l{number} '{f'&l{number - 1};' * 10}'>" if number else "<!ENTITY l0 'ha'>"
    for number in range(12)
)
ROOTS = {"xml": "xmeml", "fcpxml": "fcpxml", "kdenlive": "mlt", "mlt": "mlt", "xges": "ges"}


SCAN = """
import sys, resource
from lipflap.plugin.cli.main import main
resource.setrlimit(resource.RLIMIT_DATA, (1 << 30, 1 << 30))
for path in sys.argv[1:]:
    print("exit code", main(["scan", path]))
"""


def test_text_that_grows_or_asks_for_other_texts_is_refused(
    tmp_path: Path, other: Elsewhere
) -> None:
    """With a gigabyte of memory and half a minute for all of them."""
    secret, paths = tmp_path / "secret.txt", []
    secret.write_text("S3CRET")
    for told, said in (
        (LAUGHS, "&l11;"),
        (f"<!ENTITY x '{'ha' * 100_000}'>", "&x;" * 100_000),
        (f"<!ENTITY x SYSTEM '{secret.as_uri()}'>", "&x;"),
        (f"<!ENTITY x SYSTEM 'http://{other.address}/x'>", "&x;"),
        (f"<!ENTITY % x SYSTEM 'http://{other.address}/x.dtd'> %x;", ""),
    ):
        for suffix, root in ROOTS.items():
            paths.append(tmp_path / f"{len(paths)}.{suffix}")
            paths[-1].write_text(
                f"<?xml version='1.0'?><!DOCTYPE {root} [{told}]>"
                f"<{root}><name>{said}</name></{root}>"
            )
    command = [sys.executable, "-c", SCAN, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stdout == "exit code 2\n" * len(paths), done.stderr[-2000:]
    assert all(f"{path}: " in done.stderr for path in paths)
    assert "Traceback" not in done.stderr
    assert "S3CRET" not in done.stderr
    assert other.heard == []
