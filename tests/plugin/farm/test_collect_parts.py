"""Shots rendered in parts and joined, against the same shots rendered in one piece."""

import json
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from support.media.counted_media import framemd5
from support.puppets.puppet import Puppet, draw, puppet_networks
from support.puppets.puppet_shot import HZ, film_order, speech, write_movie

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_text
from lipflap.core.files.fingerprint import fingerprint
from lipflap.core.files.sequence import numbers_on_disk, sequence_file
from lipflap.core.media.probe import probe, probe_sound
from lipflap.core.model_files import locate, sha256
from lipflap.core.order import (
    DubOrder,
    DubSettings,
    FrameMap,
    FrameRange,
    Mode,
    Role,
    Speech,
    digest,
)
from lipflap.core.result import DubResult, ShotState, SyncFigures, read_result, result_to_json
from lipflap.core.shot import dub_shot
from lipflap.plugin.farm import collect
from lipflap.plugin.farm.collect import join_results
from lipflap.plugin.farm.split import split_order
from lipflap.plugin.job.folder import Job, job_of
from lipflap.plugin.job.local_order import localise_order
from lipflap.plugin.render.render import current_result, no_picture_result, render

RATE = Fraction(25)
COUNT, CUT = 36, 20
SUFFIXES = {"ffv1": ".mkv", "prores": ".mov", "dnxhr": ".mov", "png": ".%06d.png"}


def voice(seed: int, *spans: tuple[int, int]) -> np.ndarray:
    """Loud as speech is in spans of frames, over a faint room."""
    rng = np.random.default_rng(seed)
    at_s = np.arange(COUNT * HZ // 25) / HZ
    on = np.any([(at_s * 25 >= a) & (at_s * 25 < b) for a, b in spans], axis=0)
    loud = 0.0003 + on * 0.2 * (0.3 + 0.7 * np.sin(2 * np.pi * 4 * at_s) ** 2)
    return (loud * rng.standard_normal(len(at_s))).astype(np.float32)


def seen(i: int) -> np.ndarray:
    """One person, then another one before another wall."""
    opening = 0.12 + 0.1 * np.sin(1.7 * i)
    if i < CUT:
        return draw([Puppet(70 + 0.2 * i, 50, 40, opening)], 256, 144)
    picture = draw([Puppet(170, 50, 40, opening, skin=(110, 80, 60))], 256, 144)
    return np.where(picture.std(axis=2, keepdims=True) == 0, picture // 3, picture)


@pytest.fixture(scope="module")
def plate(tmp_path_factory) -> DubOrder:
    folder = tmp_path_factory.mktemp("plate")
    film = write_movie(folder / "plate.mkv", map(seen, range(COUNT)), RATE)
    said = speech(folder / "de.wav", Role.DUB, voice(1, (4, 33)))
    day = speech(folder / "day.wav", Role.PRODUCTION, voice(2, (8, 28)))
    return film_order(film, folder / "new.mkv", said, day)


def shot(plate: DubOrder, job: Job, codec: str) -> DubOrder:
    path = str(job.media("SH010", SUFFIXES[codec]))
    output = replace(plate.output, path=path, codec=codec, start_frame=90_000, reel="A001")
    return replace(plate, output=output)


def rendered(made: DubOrder) -> DubResult:
    *_, result = dub_shot(made, puppet_networks())
    return recorded(made, result)


def recorded(made: DubOrder, result: DubResult) -> DubResult:
    write_text(job_of(made).result(made.shot), result_to_json(result))
    return result


def join(whole: DubOrder, parts: Sequence[DubOrder]) -> DubResult:
    return join_results(localise_order(whole), tuple(map(localise_order, parts)))


@pytest.mark.parametrize(
    "codec",
    [pytest.param(c, marks=() if c in ("prores", "png") else pytest.mark.soak) for c in SUFFIXES],
)
def test_a_joined_shot_is_the_undivided_one(plate, tmp_path, codec):
    """A movie and a sequence; that every codec is joined byte for byte is test_concat's."""
    whole = shot(plate, Job(tmp_path / "JOB"), codec)
    parts = split_order(whole, 24)
    assert [part.written for part in parts] == [FrameRange(0, CUT), FrameRange(CUT, COUNT)]
    made = [rendered(part) for part in parts]
    result = join(whole, parts)

    undivided = shot(plate, Job(tmp_path / "ONE"), codec)
    expected = rendered(undivided)
    assert result.output_path == whole.output.path
    assert result.output_fingerprint == expected.output_fingerprint
    if codec == "png":
        assert numbers_on_disk(result.output_path) == list(range(90_000, 90_000 + COUNT))
        for number in range(90_000, 90_000 + COUNT):
            new, old = (sequence_file(r.output_path, number) for r in (result, expected))
            assert new.read_bytes() == old.read_bytes()
    else:
        hashes = [framemd5(Path(r.output_path), "yuv444p10le") for r in (result, expected)]
        assert hashes[0] == hashes[1]
        assert len(hashes[0]) == COUNT
    new, old = probe(result.output_path), probe(expected.output_path)
    assert new == replace(old, path=new.path)
    assert (new.first_frame, new.coding.reel) == (90_000, "" if codec == "png" else "A001")

    assert read_result(job_of(whole).result("SH010")) == result
    assert current_result(localise_order(whole)) == result
    assert result.order_sha256 == digest(whole)
    told = replace(result.report, seconds={})
    assert told == replace(expected.report, seconds={})
    assert told.repainted_frames > 20
    for stage, seconds in result.report.seconds.items():
        assert seconds == pytest.approx(sum(one.report.seconds[stage] for one in made), abs=0.01)


@pytest.fixture
def whole(plate, tmp_path) -> DubOrder:
    return shot(plate, Job(tmp_path / "JOB"), "ffv1")


@pytest.fixture
def parts(whole) -> tuple[DubOrder, ...]:
    return split_order(whole, 24)


def test_the_parts_media_go_when_the_result_stands_and_joining_twice_changes_nothing(whole, parts):
    for part in parts:
        rendered(part)
    first = join(whole, parts)
    media = Path(whole.output.path)
    assert [path.name for path in media.parent.iterdir()] == ["SH010.mkv"]
    written = media.stat().st_mtime_ns
    assert join(whole, parts) == first
    assert media.stat().st_mtime_ns == written


def test_a_join_that_is_interrupted_loses_no_part(whole, parts, monkeypatch):
    def full(*_: object) -> None:
        raise DubError("cannot be written: no space.", where="results")

    for part in parts:
        rendered(part)
    with monkeypatch.context() as patch:
        patch.setattr(collect, "write_result", full)
        with pytest.raises(DubError, match="no space"):
            join(whole, parts)
    assert not job_of(whole).result("SH010").exists()
    assert all(current_result(localise_order(part)) for part in parts)
    assert join(whole, parts).report.state == ShotState.RENDERED


def test_parts_that_are_missing_failed_or_changed_are_named(whole, parts):
    first, second = parts
    rendered(first)
    with pytest.raises(DubError, match=r"SH010\.part-2-of-2: is not rendered yet"):
        join(whole, parts)
    recorded(
        second, no_picture_result(second, ShotState.FAILED, "plate.mkv: frame 3 cannot be decoded.")
    )
    with pytest.raises(DubError, match=r"part-2-of-2: failed: plate\.mkv: frame 3"):
        join(whole, parts)
    rendered(second)
    Path(first.output.path).write_bytes(b"something else")
    with pytest.raises(DubError, match=r"part-1-of-2: .*missing or was changed"):
        join(whole, parts)
    assert not Path(whole.output.path).exists()
    assert not job_of(whole).result("SH010").exists()


def test_parts_of_another_order_or_with_a_hole_are_refused(whole, parts):
    other = replace(whole, settings=replace(whole.settings, seed=9))
    with pytest.raises(DubError, match=r"part-1-of-2: is not a part of SH010"):
        join(other, parts)
    with pytest.raises(DubError, match=r"SH010: .*frame 20"):
        join(whole, parts[:1])
    with pytest.raises(DubError, match=r"SH010: .*frame 0"):
        join(whole, parts[::-1])
    with pytest.raises(DubError, match=r"SH010: .*frame 0"):
        join(whole, ())


def test_a_shot_that_was_not_divided_is_what_its_render_made(whole):
    with pytest.raises(DubError, match="SH010: is not rendered yet"):
        join(whole, (whole,))
    made = rendered(whole)
    assert join(whole, (whole,)) == made
    assert Path(made.output_path).exists()


def test_a_shot_of_whose_parts_all_are_left_is_left(whole, parts):
    for part in parts:
        recorded(part, no_picture_result(part, ShotState.SKIPPED, "There is no face in it."))
    result = join(whole, parts)
    assert (result.report.state, result.report.reason) == (
        ShotState.SKIPPED,
        "There is no face in it.",
    )
    assert (result.report.frames, result.output_path) == (COUNT, "")
    assert current_result(localise_order(whole)) == result


def test_machines_that_saw_different_faces_do_not_make_one_shot(whole, parts):
    for number, part in enumerate(parts):
        result = rendered(part)
        recorded(part, replace(result, report=replace(result.report, faces=1 + number)))
    with pytest.raises(
        DubError, match=r"SH010: has parts in which different machines found different faces"
    ):
        join(whole, parts)


def test_the_sync_of_the_part_that_fits_worst_is_the_shots(whole, parts):
    """0.3 over 16 seconds is clearer than 0.4 over one: chance falls with the root of the time."""
    figures = [SyncFigures(0, 0.4, 0.1, 1.0), SyncFigures(40, 0.3, 0.1, 16.0)]
    for part, sync in zip(parts, figures, strict=True):
        result = rendered(part)
        recorded(part, replace(result, report=replace(result.report, sync=sync)))
    assert join(whole, parts).report.sync == figures[0]
    told = json.loads(job_of(whole).result("SH010").read_text())
    assert told["report"]["sync"]["confidence"] == 0.4


@pytest.mark.soak
def test_real_footage_with_the_shipped_model_is_joined_as_if_never_divided(tmp_path):
    """Two camera shots, dubbed with another's voice, guided; one part's edge is amid a walk."""
    footage = Path(__file__).parents[4] / "shared" / "data" / "footage"
    film, voice = footage / "Rudrabha-Wav2Lip__test.mov", footage / "sstzal-DFRF__french.mp4"
    if not film.exists():
        pytest.skip("the footage is not here")
    settings = DubSettings(
        "starter", sha256(locate("starter")), 2, 1.5, Mode.AUTOREGRESSIVE, 1, "embedded", None
    )
    made = [
        replace(
            film_order(str(film), Job(tmp_path / job).media("SH010", ".mov"), *said),
            frames=FrameMap(Fraction(250), Fraction(1), 120),
            settings=settings,
            exclude=(FrameRange(80, 90),),
        )
        for said in [(sound_of(voice, Role.DUB), sound_of(film, Role.PRODUCTION))]
        for job in ("JOB", "ONE")
    ]
    first, last = split_order(made[0], 80)
    amid = first.written.end // 2
    path = str(job_of(first).media("amid", ".mov"))
    second = replace(first, shot="amid", output=replace(first.output, path=path))
    parts = [
        replace(first, part=FrameRange(0, amid)),
        replace(second, part=FrameRange(amid, first.written.end)),
        last,
    ]
    for part in parts:
        *_, result = render(localise_order(part))
        assert result.report.state == ShotState.RENDERED
    joined = join(made[0], parts)
    *_, undivided = render(localise_order(made[1]))
    assert joined.report.repainted_frames == undivided.report.repainted_frames > 50
    assert joined.report.camera_shots == 2
    assert Path(joined.output_path).read_bytes() == Path(undivided.output_path).read_bytes()


def sound_of(path: Path, role: str) -> Speech:
    sound = probe_sound(str(path))
    count, rate_hz = sound.sample_count, sound.sample_rate_hz
    return Speech(str(path), role, 0, count, rate_hz, 0, None, fingerprint(path))
