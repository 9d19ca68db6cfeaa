"""Orders of a cue sheet, from real media; a shot that cannot be ordered is skipped for a reason."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from support.cuts.small_cut import write_plate
from support.jobs.orders import make_settings

from lipflap.core.files.fingerprint import fingerprint
from lipflap.core.files.hole_policy import HolePolicy
from lipflap.core.frametime import frame_to_sample
from lipflap.core.media.probe import MediaInfo, probe
from lipflap.core.order import DubOrder, Mode, Role
from lipflap.plugin.cut.cuesheet import Cue, CueSheet, CueState, skip
from lipflap.plugin.cut.cut import ClipMedia, DubLine, DubPair, Shot
from lipflap.plugin.cut.decisions import NO_OVERRIDES, ShotOverrides
from lipflap.plugin.cut.reason import Reason, ReasonCode
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.job.folder import Job
from lipflap.plugin.order.ordering import make_orders
from lipflap.plugin.order.render_settings import RenderSettings

F = Fraction
SETTINGS = make_settings(model_sha256="abc", seed=5)
JOB = Job(Path("/job"))


@pytest.fixture(scope="module")
def media(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    write_plate(folder / "plate.mov", 100, "01:00:00:00")
    for number in range(1001, 1041):
        grey = np.full((48, 64, 3), number % 200, np.uint8)
        with av.open(str(folder / f"seq.{number:04}.png"), "w", format="image2pipe") as file:
            stream = file.add_stream("png", width=64, height=48, pix_fmt="rgb24")
            file.mux(stream.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
    soundfile.write(folder / "de.wav", np.zeros(3 * 48_000, np.float32), 48_000)
    soundfile.write(folder / "day.wav", np.zeros(3 * 44_100, np.float32), 44_100)
    return folder


def cue(folder: Path, start: int, seconds: Fraction, **change) -> Cue:
    plate = ClipMedia(str(folder / "plate.mov"), None, F(25), None)
    record = TimeRange(F(10), F(10) + seconds)
    shot = Shot("SH010", (0, 0), plate, F(start), F(1), record, (record,), None)
    lines = [line(folder / "de.wav", Role.DUB), line(folder / "day.wav", Role.PRODUCTION)]
    pairs = tuple(DubPair("SH010", one, record) for one in lines)
    return Cue(replace(shot, **change), pairs, NO_OVERRIDES, CueState.READY, None, (), None)


def line(path: Path, role: str) -> DubLine:
    return DubLine(path.stem, str(path), role, "Dub", F(1, 2), TimeRange(F(10), F(12)))


def sheet(*cues: Cue) -> CueSheet:
    return CueSheet("/cuts/reel.otio", "abc", F(25), 90_000, "", cues)


def ordered(*cues: Cue, handles: int = 8) -> tuple[CueSheet, tuple[DubOrder, ...]]:
    terms = RenderSettings(handles, "source", SETTINGS)
    return make_orders(sheet(*cues), terms, JOB, lambda model: f"hash of {model}")


def test_an_order_says_all_that_a_machine_must_know(media):
    got, (order,) = ordered(cue(media, 90_020, F(2)))
    assert got.cues[0].state == CueState.READY
    assert got.cues[0].record_start == F(10) - F(8, 25)
    assert order.picture.path == str(media / "plate.mov")
    assert order.picture.fingerprint == fingerprint(media / "plate.mov")
    assert (order.picture.rate, order.picture.first_frame) == (F(25), 90_000)
    assert order.frames.media_frames() == list(range(12, 78))
    assert Path(order.output.path).parent == Path("/job/media").absolute()
    assert (order.output.start_frame, order.output.head, order.output.tail) == (90_012, 8, 8)
    assert order.settings == replace(SETTINGS, model_sha256=f"hash of {SETTINGS.model}")


def test_only_an_order_from_filmed_mouths_names_lip_motion(media):
    terms = RenderSettings(8, "source", replace(SETTINGS, mode=Mode.REFERENCE))
    _, (order,) = make_orders(sheet(cue(media, 90_020, F(2))), terms, JOB, lambda m: f"hash of {m}")
    assert order.settings.lip_motion_sha256 == "hash of lip_motion"
    _, (network_only,) = ordered(cue(media, 90_020, F(2)))
    assert network_only.settings.lip_motion_sha256 == ""


def test_sound_starts_with_the_first_frame_that_is_no_handle(media):
    """Both lines start with the shot, 8 handle frames after the order's clock does."""
    _, (order,) = ordered(cue(media, 90_020, F(2)))
    assert [(s.role, s.sample_rate_hz) for s in order.speeches] == [
        (Role.DUB, 48_000),
        (Role.PRODUCTION, 44_100),
    ]
    for speech in order.speeches:
        assert speech.at_sample == frame_to_sample(8, F(25), speech.sample_rate_hz)
        assert speech.first_sample == speech.sample_rate_hz // 2
        assert speech.fingerprint == fingerprint(Path(speech.path))


def test_the_rate_of_an_image_sequence_is_what_the_cut_says(media):
    plates = ClipMedia(str(media / "seq.%04d.png"), None, F(24000, 1001), 1001)
    _, (order,) = ordered(cue(media, 1011, F(1), media=plates), handles=2)
    assert order.picture.rate == order.output.rate == F(24000, 1001)
    assert order.picture.first_file == 1001
    assert order.frames.media_frame(order.output.head) == 10
    assert order.output.start_frame == 1009


def test_a_face_that_was_chosen_goes_into_the_order(media):
    _, (order,) = ordered(replace(cue(media, 90_020, F(2)), overrides=ShotOverrides(face=3)))
    assert order.settings.face == 3


def test_what_is_decided_for_one_shot_changes_its_order_alone(media):
    overrides = ShotOverrides(model="eileen", quality="draft", handles=2, blink=True)
    as_cut, own = cue(media, 90_020, F(2)), replace(cue(media, 90_020, F(2)), overrides=overrides)
    _, (plain, order) = ordered(as_cut, own)
    assert (order.settings.model, order.settings.model_sha256) == ("eileen", "hash of eileen")
    assert (order.settings.steps, order.settings.guidance) == (1, 1.0)
    assert (order.output.head, order.output.tail, order.output.start_frame) == (2, 2, 90_018)
    assert (plain.settings.model, plain.output.head) == (SETTINGS.model, 8)
    assert (plain.settings.blink, order.settings.blink) == (False, True)


def test_excluded_record_time_becomes_output_frames(media):
    """Brute force: a frame is excluded when the time at which it begins is."""
    exclude = (
        TimeRange(F(0), F(10) + F(1, 100)),
        TimeRange(F(11), F(11) + F(3, 25)),
        TimeRange(F(50), F(60)),
    )
    one = replace(cue(media, 90_020, F(2)), overrides=ShotOverrides(exclude=exclude))
    got, (order,) = ordered(one)
    begins = [got.cues[0].record_start + F(n, 25) for n in range(order.frames.count)]
    expected = {n for n, at in enumerate(begins) if any(s.start <= at < s.end for s in exclude)}
    assert {n for span in order.exclude for n in range(span.start, span.end)} == expected
    assert len(order.exclude) == 2


def test_an_unknown_quality_is_the_shots_own_trouble(media):
    odd = replace(cue(media, 90_020, F(2)), overrides=ShotOverrides(quality="superb"))
    got, made = ordered(odd, cue(media, 90_020, F(2)))
    assert "superb" in got.cues[0].reason_text
    assert len(made) == 1


@pytest.mark.parametrize(
    ("change", "code", "text"),
    [
        (
            {"source_start": F(90_080)},
            ReasonCode.MEDIA_TOO_SHORT,
            "01:00:05:04 of plate.mov, which holds 01:00:00:00 to 01:00:03:24.",
        ),
        (
            {"media": ClipMedia("/no/plate.mov", None, F(25), None)},
            ReasonCode.MEDIA_MISSING,
            "/no/plate.mov",
        ),
        ({"media": None}, ReasonCode.CANNOT_BE_ORDERED, "It has no picture media."),
    ],
)
def test_a_shot_that_cannot_be_ordered_is_skipped_and_the_others_are_not(media, change, code, text):
    bad, good = cue(media, 90_020, F(2), **change), cue(media, 90_020, F(2))
    got, made = ordered(bad, good)
    assert [one.state for one in got.cues] == [CueState.SKIPPED, CueState.READY]
    assert got.cues[0].reason.code == code
    assert text in got.cues[0].reason_text
    assert len(made) == 1


def test_a_shot_whose_dub_is_not_there_is_skipped(media):
    one = cue(media, 90_020, F(2))
    gone = replace(one.pairs[0], line=replace(one.pairs[0].line, path="/no/de.wav"))
    got, made = ordered(replace(one, pairs=(gone, one.pairs[1])))
    assert "/no/de.wav" in got.cues[0].reason_text
    assert made == ()


def test_a_shot_after_the_end_of_its_dub_file_is_skipped(media):
    one = cue(media, 90_020, F(2))
    for start, why in ((F(60), "plays de.wav from 00:01:00 on"), (F(3600), "stamp the file")):
        late = replace(one.pairs[0], line=replace(one.pairs[0].line, sound_start=start))
        got, _ = ordered(replace(one, pairs=(late, one.pairs[1])))
        assert why in got.cues[0].reason_text


def test_production_sound_that_is_not_there_is_only_noted(media):
    one = cue(media, 90_020, F(2))
    gone = replace(one.pairs[1], line=replace(one.pairs[1].line, path="/no/day.wav"))
    got, (order,) = ordered(replace(one, pairs=(one.pairs[0], gone)))
    assert any("/no/day.wav" in note for note in got.cues[0].notes)
    assert [speech.role for speech in order.speeches] == [Role.DUB]


def test_skipped_cues_stay_skipped(media):
    left = skip(cue(media, 90_020, F(2)), Reason(ReasonCode.EXCLUDED, "Skipped as asked."))
    got, made = ordered(left)
    assert (got.cues, made) == ((left,), ())


@pytest.mark.parametrize(
    ("name", "state"), [("plate.mov", CueState.READY), ("broken.mov", CueState.SKIPPED)]
)
def test_a_file_is_looked_at_once_however_many_shots_are_out_of_it(
    media: Path, monkeypatch: pytest.MonkeyPatch, name: str, state: str
) -> None:
    (media / "broken.mov").write_bytes(b"no film")
    opened: list[str] = []

    def counted(path: str, first_file: int | None, holes: HolePolicy) -> MediaInfo:
        opened.append(path)
        return probe(path, first_file, holes)

    monkeypatch.setattr("lipflap.plugin.order.media_probes.probe", counted)
    one = cue(media, 90_020, F(2), media=ClipMedia(str(media / name), None, F(25), None))
    got, _ = ordered(*[one] * 20)
    assert opened == [str(media / name)]
    assert {found.state for found in got.cues} == {state}
