"""Everything that reads a file someone else may have written, and uses what it read.

Each takes a mutated file in a folder of its own; it returns, or raises DubError.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache
from io import BytesIO
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from types import MappingProxyType
from zipfile import ZIP_DEFLATED, ZipFile

import opentimelineio as otio
from fuzz.mutations import mutated_bytes, mutated_json
from fuzz.reader import Reader
from support.cuts.timelines import REAL, clip, dissolve, gap, movie, retimed, span, timeline, track
from support.formats.mlt_reels import kdenlive_reel, shotcut_reel

from lipflap.core.analysis.face_report import (
    FaceBox,
    FaceBoxes,
    FaceReport,
    face_report_from_json,
    face_report_to_json,
)
from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_text
from lipflap.core.frametime import FrameSpan
from lipflap.core.order import (
    DubOrder,
    DubSettings,
    FrameMap,
    FrameRange,
    Mode,
    Output,
    Picture,
    Role,
    Speech,
    digest,
    order_to_json,
    read_order,
)
from lipflap.core.playback import PLAIN
from lipflap.core.result import (
    DubResult,
    KeptFrames,
    KeptReason,
    ShotReport,
    ShotState,
    SyncFigures,
    read_result,
    result_to_json,
)
from lipflap.core.serialize import read_text, to_json
from lipflap.core.timing import format_duration
from lipflap.plugin.cut.cuesheet import (
    Cue,
    CueSheet,
    CueState,
    ShotFilter,
    make_cues,
    read_cues,
    write_cues,
)
from lipflap.plugin.cut.cut import ClipMedia, Cut, DubLine, DubPair, Shot
from lipflap.plugin.cut.decisions import (
    Decisions,
    ShotOverrides,
    Slip,
    apply_slips,
    read_decisions,
    stale_decisions,
    write_decisions,
)
from lipflap.plugin.cut.delivery.laid_dub import SoundFiles
from lipflap.plugin.cut.dub_source import assign_dub
from lipflap.plugin.cut.pairing import pair
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.farm.tasks import Tasks, order_files, read_tasks, write_tasks
from lipflap.plugin.job.events import from_line, to_line
from lipflap.plugin.job.folder import Job, write_orders
from lipflap.plugin.job.local_order import localise_order
from lipflap.plugin.job.order_file import read_job_order
from lipflap.plugin.job.path_map import map_path, read_rules
from lipflap.plugin.job.progress import ShotProgress, read_progress
from lipflap.plugin.job.queue import Queue, read_queue
from lipflap.plugin.job.status import job_status
from lipflap.plugin.order.ordering import make_orders
from lipflap.plugin.order.render_settings import RenderSettings
from lipflap.plugin.qc.report import listing, make_report, read_report, summary, write_report
from lipflap.plugin.qc.review import Review, is_approved, write_review
from lipflap.plugin.render.render import current_result, write_result
from lipflap.plugin.timeline.bundle.read import unpack
from lipflap.plugin.timeline.dubbed.conform import (
    ALTERNATE,
    TRACK,
    conform_timeline,
    write_timeline,
)
from lipflap.plugin.timeline.dubbed.new_media import RenderedMedia
from lipflap.plugin.timeline.extract import extract_cut, picture_labels, read_session, sound_labels
from lipflap.plugin.timeline.read import read_timeline

F = Fraction
_SETTINGS = DubSettings("starter", "a" * 64, 8, 1.5, Mode.AUTOREGRESSIVE, 5, "embedded", None)
_TERMS = RenderSettings(8, "source", _SETTINGS)


def of_records(name: str, made: Callable[[Job], None], read: Callable[[Path], None]) -> Reader:
    """A reader of the file `name` of a JOB."""

    @cache
    def seeds() -> dict[str, bytes]:
        with TemporaryDirectory() as folder:
            made(Job(Path(folder)))
            text = (Path(folder) / name).read_bytes().replace(folder.encode(), b"@JOB@")
        return {name: text}

    return Reader(seeds, lambda data, chance: mutated_json(json.loads(data), chance), read)


# --- what is healthy ---


def _order(job: Job) -> DubOrder:
    return DubOrder(
        shot="SH010",
        picture=Picture("/media/plate.mov", F(24000, 1001), 86_400, None, "abc"),
        frames=FrameMap(F(20), F(1), 66),
        speeches=(
            Speech("/media/de.wav", Role.DUB, 0, 48_000, 48_000, -100, 1, "def"),
            Speech("/media/day.wav", Role.PRODUCTION, 5, 44_100, 44_100, 0, None, "ghi"),
        ),
        output=Output(str(job.media("SH010", ".mov")), F(24000, 1001), 86_412, 8, 8, "source"),
        settings=_SETTINGS,
        exclude=(FrameRange(3, 9),),
        part=FrameRange(10, 50),
    )


def _result(order: DubOrder) -> DubResult:
    figures = SyncFigures(40, 0.61, 0.2, 3.5)
    report = ShotReport(
        state=ShotState.RENDERED,
        frames=40,
        repainted_frames=30,
        faces=2,
        face=1,
        camera_shots=1,
        seconds={"track": 1.5, "sample": 20.0},
        mouths=80,
        network_faces=(1,),
        closed_faces=(0,),
        bend_px=1.25,
        kept=(KeptFrames(KeptReason.COVERED, F(3, 2), 7),),
        sync=figures,
    )
    return DubResult(order.shot, digest(order), order.output.path, "f" * 64, report)


def _sheet() -> CueSheet:
    media = ClipMedia("/media/plate.mov", FrameSpan(86_400, 86_600, F(24)), F(24), None)
    record = TimeRange(F(10), F(12))
    shot = Shot("SH010", (0, 0), media, F(86_420), F(1), record, (record,), None)
    said = (("dé 1", Role.DUB), ("Take", Role.PRODUCTION))
    lines = [DubLine(n, f"/media/{n}.wav", r, "A1", F(1, 2), record) for n, r in said]
    pairs = tuple(DubPair("SH010", line, record) for line in lines)
    decided = ShotOverrides(True, 1, (TimeRange(F(10), F(21, 2)),), "starter", "fine", 4)
    one = Cue(shot, pairs, decided, CueState.READY, None, ("a note",), F(29, 3))
    frames = replace(media, path="/media/p.%04d.exr", first_file=1001)
    other = replace(shot, name="SH020", media=frames, speed=F(-1, 2))
    two = Cue(other, pairs, ShotOverrides(), CueState.READY, None, (), None)
    return CueSheet("/cuts/reel.otio", "c" * 64, F(24), 86_400, "all", (one, two))


def _decisions() -> Decisions:
    leave = (TimeRange(F(0), F(1, 24)),)
    overrides = {"one": ShotOverrides(False, 2, leave, "mine", "draft", 0), "two": ShotOverrides()}
    slip = Slip("D", "Dub DE", TimeRange(F(0), F(2)), F(-1, 25))
    return Decisions("track:Dub DE", "01:00:00:00", "all", overrides, (slip,))


def _job(job: Job) -> None:
    """A JOB with every record in it."""
    order = _order(job)
    write_orders(job, _sheet(), [order])
    write_result(localise_order(order), _result(order))
    write_review(job, Review("SH010", "approved", "fine", digest(order)))
    write_text(job.report, write_report(make_report(_sheet(), {"SH010": _result(order)}, "x.otio")))
    told = ShotProgress("SH010", "paint", 3, 40, "host", 4711, 1.5e9, 1.5e9, 1.5e9)
    write_text(job.progress("SH010"), to_json("lipflap.progress/1", told))
    queue = Queue(("SH010", "SH020"), False, ("SH030",), ("SH040",), 2)
    write_text(job.queue, to_json("lipflap.queue/1", queue))
    write_tasks(job, Tasks(("SH010", "SH020-1"), {"SH020": ("SH020-1", "SH020-2")}))


# --- what is done with them ---


def _read_order(file: Path) -> None:
    order = read_order(file)
    assert read_order(_again(file, order_to_json(order))) == order
    if len(order.written) < 10_000:
        assert order.frames.media_frames()[0] == order.frames.media_frame(0)
    if local := read_job_order(file):
        current_result(local)
        is_approved(order)


def _read_result(file: Path) -> None:
    result = read_result(file)
    assert read_result(_again(file, result_to_json(result))) == result
    assert from_line(to_line(result)) == result
    list(summary(make_report(_sheet(), {"SH010": result}, "")))


def _read_cues(file: Path) -> None:
    sheet = read_cues(file)
    assert read_cues(_again(file, write_cues(sheet))) == sheet
    list(listing(sheet))
    _through_orders(sheet, file.parent)
    write_orders(Job(file.parent / "JOB"), sheet, [])
    conformable = {cue.shot.name: replace(_result(_order(Job(file.parent)))) for cue in sheet.cues}
    list(summary(make_report(sheet, conformable, "out.otio")))


def _read_decisions(file: Path) -> None:
    decisions = read_decisions(file)
    assert read_decisions(_again(file, write_decisions(decisions))) == decisions
    cut = _small_cut()
    stale_decisions(decisions, cut)
    pairs = pair(cut.shots, apply_slips(cut.lines, decisions.slips))
    found = make_cues(cut, pairs, ShotFilter(), decisions)
    _through_orders(CueSheet("/c.otio", "c", cut.rate, 0, decisions.consent, found), file.parent)


def _read_report(file: Path) -> None:
    list(summary(read_report(file)))


def _read_whole_job(file: Path) -> None:
    """Status, queue, progress and tasks of the JOB that a file lies in."""
    job = Job(file.parent.parent if file.parent.name != "case" else file.parent)
    status = job_status(job, 1.5e9 + 10)
    to_json("lipflap.status/1", status).encode()
    if status.seconds_left is not None:
        format_duration(status.seconds_left)
    read_progress(job, "SH010")
    read_queue(job)
    for tasks in (job.folder / "tasks").glob("*.json"):
        order_files(job, read_tasks(job, tasks.stem))


def _read_rules(file: Path) -> None:
    rules = read_rules(file)
    for path in ("/studio/a.mov", "C:\\studio\\a.mov", "", "/studio/../../x"):
        map_path(path, rules)


def _read_looked(file: Path) -> None:
    looked = face_report_from_json(read_text(file), where=str(file))
    for frame in (0, looked.frames - 1):
        looked.box_at(looked.suggested or 0, frame)
        looked.matte_at(0, frame)


NO_FILES = SoundFiles(
    lambda path: F(1), lambda path, rate: None, lambda path: (PLAIN, ""), lambda path: 48_000
)


def _read_cut(file: Path) -> None:
    """From a file to the dubbed cut, with no media there."""
    read = read_timeline(file)
    folder = unpack(file, file.parent / "bundle") if file.suffix == ".otioz" else None
    cut = extract_cut(read, path=file, media_folder=folder)
    labels = sound_labels(read)
    picture_labels(read)
    try:
        cut = assign_dub(
            cut, None, dub_at=None, labels=labels, sounds=NO_FILES, read_session=read_session
        )
    except DubError:
        cut = replace(cut, lines=tuple(replace(line, role=Role.DUB) for line in cut.lines))
    found = make_cues(cut, pair(cut.shots, cut.lines), ShotFilter())
    sheet = CueSheet(str(file), "c" * 64, cut.rate, cut.first_frame, "", found)
    assert read_cues(_again(file, write_cues(sheet))) == sheet
    list(listing(sheet))
    _through_orders(sheet, file.parent)
    for how, suffix in ((ALTERNATE, ".otioz"), (TRACK, ".otio")):
        made = conform_timeline(read, dict(_rendered(cut, file.parent)), how).timeline
        out = file.parent / f"{how}{suffix}"
        write_timeline(made, out, cut_path=file, media_folder=folder or file.parent)
        extract_cut(read_timeline(out), path=out)


def _rendered(cut: Cut, folder: Path) -> Iterator[tuple[tuple[int, ...], RenderedMedia]]:
    for shot in cut.shots[:20]:
        if shot.media and shot.visible and shot.record.seconds < 1000:
            start = round(shot.source_start)
            count = max(1, round(shot.record.seconds * shot.media.rate))
            available = FrameSpan(start, start + count, shot.media.rate)
            path = str(folder / "new" / "a.mov")
            yield (
                shot.address,
                RenderedMedia(path, available, shot.record.start, None, {"what": "AI"}),
            )


def _through_orders(sheet: CueSheet, folder: Path) -> None:
    made, found = make_orders(sheet, _TERMS, Job(folder), lambda model: "a" * 64)
    for order in found:
        order_to_json(order)
    write_cues(made)


def _again(file: Path, text: str) -> Path:
    path = file.with_name("again.json")
    write_text(path, text)
    return path


# --- healthy cuts ---


@cache
def _small_cut() -> Cut:
    return extract_cut(_made(), path=Path("/cuts/cut.otio"))


def _made() -> otio.schema.Timeline:
    nest = otio.schema.Stack("nest", [track(clip("inner", 20), name="in")])
    frames = otio.schema.ImageSequenceReference(
        "plates/", "sh.", ".exr", 1001, 1, 24, 4, available_range=span(1001, 90)
    )
    three = otio.schema.Clip("three", frames, span(1010, 20), metadata={"a": {"b": ["c", 1]}})
    three.markers.append(otio.schema.Marker("look", span(1012, 1)))
    generator = otio.schema.GeneratorReference("title", "text", span(0, 20))
    picture = track(
        clip("one", 48, start=100),
        dissolve(6, 6),
        retimed(clip("two", 24), 0.5),
        three,
        nest,
        otio.schema.Clip("title", generator, span(0, 20)),
        name="V1",
    )
    above = track(gap(30), clip("over", 12), name="V2")
    said = track(clip("Take 1", 100, url="day.wav"), kind="Audio", name="Production")
    dub = track(clip("D", 60, url="de.wav"), kind="Audio", name="Dub DE")
    return timeline(picture, above, said, dub, start=86_400)


@cache
def _otio_seeds() -> dict[str, bytes]:
    seeds = {"small.otio": otio.adapters.write_to_string(_made(), "otio_json").encode()}
    simple = timeline(track(clip("one", 48), clip("two", 24), name="V1"), start=86_400)
    simple.tracks[0][0].metadata["lipflap"] = {"x": [1, 2.5, None, True, "ü"]}
    simple.tracks[0][1].media_reference = movie("file:///media/two%20b.mov")
    seeds["simple.otio"] = otio.adapters.write_to_string(simple, "otio_json").encode()
    return seeds | _real("otio")


FCPXML = """<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE fcpxml><fcpxml version="1.11">
<resources><format id="r1" frameDuration="1001/24000s" width="1920" height="1080"/>
<asset id="r2" start="3600s" duration="60s" hasVideo="1" hasAudio="1" format="r1" audioRate="48k">
<media-rep src="file:///one.mov"/></asset><effect id="r3" name="Title"/>
<media id="r4"><sequence format="r1" tcStart="0s" duration="9s"><spine>
<asset-clip ref="r2" offset="0s" start="3610s" duration="9s"/>
</spine></sequence></media></resources>
<library><event><project name="cut"><sequence format="r1" tcStart="3600s"><spine>
<asset-clip ref="r2" offset="3600s" start="3600s" duration="8s" audioRole="dialogue.de">
<conform-rate srcFrameRate="25"/><adjust-transform position="1 2" scale="0.5 0.5"/>
<title ref="r3" lane="1" offset="3602s" start="3600s" duration="2s"/>
<spine lane="-1" offset="3601s"><asset-clip ref="r2" offset="0s" duration="1s"/></spine>
<audio-channel-source srcCh="1, 2" role="music.music-1"/></asset-clip>
<transition offset="3607s" duration="2s"/>
<audition offset="3608s"><asset-clip ref="r2" duration="4s"><timeMap>
<timept time="0s" value="0s"/><timept time="2s" value="4s"/></timeMap></asset-clip></audition>
<ref-clip ref="r4" offset="3612s" start="1s" duration="3s"/>
<sync-clip offset="3615s" duration="3s"><gap offset="0s" duration="3s">
<clip lane="-1" offset="0s" duration="3s"><audio ref="r2" srcCh="1" start="3600s" duration="3s"/>
</clip></gap></sync-clip></spine></sequence></project></event></library></fcpxml>"""


@cache
def _text_seeds() -> dict[str, bytes]:
    """Other formats, as their adapters write them and as other people's programs did."""
    simple = timeline(
        track(clip("one", 48), dissolve(4, 4), clip("two", 24), name="V1"),
        track(clip("de", 48, url="de.wav"), kind="Audio", name="A1"),
        start=86_400,
    )
    flat = timeline(track(clip("one", 48), clip("two", 24), name="V1"), start=86_400)
    seeds = {
        "small.edl": otio.adapters.write_to_string(flat, "cmx_3600").encode(),
        "small.xml": otio.adapters.write_to_string(simple, "fcp_xml").encode(),
        "small.fcpxml": FCPXML.encode(),
        "small.kdenlive": kdenlive_reel(Path("/media"), nested=True).encode(),
        "small.mlt": shotcut_reel(Path("/media")).encode(),
    }
    for folder in ("edl", "fcp7xml", "fcpxml", "kdenlive", "xges", "ale"):
        seeds |= _real(folder)
    return {name: text for name, text in seeds.items() if len(text) < 60_000}


@cache
def _binary_seeds() -> dict[str, bytes]:
    packed = BytesIO()
    with ZipFile(packed, "w") as bundle:
        bundle.writestr("version.txt", "1.0.0")
        text = otio.adapters.write_to_string(_made(), "otio_json")
        bundle.writestr("content.otio", text, ZIP_DEFLATED)
        bundle.writestr("media/one.mov", b"no film" * 100)
    return {"small.otioz": packed.getvalue()} | _real("aaf")


def _real(folder: str) -> dict[str, bytes]:
    files = sorted(path for path in (REAL / folder).rglob("*") if path.is_file())
    return {path.name: path.read_bytes() for path in files if path.stat().st_size < 600_000}


def _mutated_otio(data: bytes, chance: Random) -> bytes:
    try:
        body = json.loads(data)
    except ValueError:  # OTIO reads more than Python's reader does
        return mutated_bytes(data, chance)
    return mutated_bytes(data, chance) if chance.random() < 0.2 else mutated_json(body, chance)


def _looked(job: Job) -> None:
    face = FaceBoxes(2, (FaceBox(1.0, 2.0, 30.5, 40.0), None), (None, None), 2)
    write_text(
        job.folder / "looked.json",
        face_report_to_json(FaceReport("S", 64, 48, 9, (4,), (face,), 0)),
    )


def _rules(job: Job) -> None:
    rule = {"source_path_format": "POSIX", "source_path": "/studio", "destination_path": "/farm"}
    listed = [rule, rule | {"source_path_format": "WINDOWS", "source_path": "C:\\studio"}]
    write_text(
        job.folder / "rules.json", json.dumps({"version": "x", "path_mapping_rules": listed})
    )


READERS = MappingProxyType(
    {
        "order": of_records("orders/SH010.json", _job, _read_order),
        "result": of_records("results/SH010.json", _job, _read_result),
        "cues": of_records("cues.json", _job, _read_cues),
        "decisions": of_records(
            "d.json",
            lambda job: write_text(job.folder / "d.json", write_decisions(_decisions())),
            _read_decisions,
        ),
        "report": of_records("report.json", _job, _read_report),
        "progress": of_records("progress/SH010.json", _job, _read_whole_job),
        "queue": of_records("queue.json", _job, _read_whole_job),
        "job order": of_records("orders/SH010.json", _job, _read_whole_job),
        "job result": of_records("results/SH010.json", _job, _read_whole_job),
        "rules": of_records("rules.json", _rules, _read_rules),
        "looked": of_records("looked.json", _looked, _read_looked),
        "otio": Reader(_otio_seeds, _mutated_otio, _read_cut),
        "text": Reader(_text_seeds, mutated_bytes, _read_cut),
        "binary": Reader(_binary_seeds, mutated_bytes, _read_cut),
    }
)
