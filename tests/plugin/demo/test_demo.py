"""The demo: a person who was filmed, and a photograph, in a cut that an editor would make."""

import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from itertools import islice
from pathlib import Path

import av
import cv2
import numpy as np
import opentimelineio as otio
import pytest
import soundfile
from scipy.signal import resample_poly

from lipflap.core.errors import DubError
from lipflap.plugin.cli.main import main
from lipflap.plugin.demo import demo
from lipflap.plugin.demo.cut import SHOTS, START_FRAME, build_cut, write_cut
from lipflap.plugin.demo.footage import (
    HEIGHT_PX,
    RATE,
    TAKES,
    WIDTH_PX,
    Take,
    production_sound,
    take_frames,
)
from lipflap.plugin.demo.portrait import Camera, Pose, draw, load_portrait
from lipflap.plugin.demo.sound import ASSETS, SAMPLE_RATE_HZ, Sentence, mix_sentences, mouth_shape

DUBBED = tuple(shot.name for shot in SHOTS if shot.line)
STAND_IN = Path(__file__).parents[2] / "support" / "stand_in_farm"  # turns pictures upside down
CLOSE_UP = Camera(224, 150, 8.0)  # mouth and chin fill the frame: 60 x 40 pixels of the photograph
LIPS = (slice(105, 200), slice(160, 320))


def pose(opening_px: float = 0.0, blink: float = 0.0) -> Pose:
    return Pose(0, 0, 0, 0, opening_px, 0.88, blink)


def mouth(opening_px: float) -> tuple[int, int]:
    """How many pixels between the lips are dark, and how many white: cavity and teeth."""
    frame = draw(load_portrait(), CLOSE_UP, pose(opening_px), 480, 320)[LIPS]
    _, saturation, value = cv2.split(cv2.cvtColor(frame, cv2.COLOR_RGB2HSV))
    return int((value < 100).sum()), int(((saturation < 45) & (value > 120)).sum())


def faces(frame: np.ndarray) -> int:
    finder = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_default.xml")
    return len(
        finder.detectMultiScale(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), 1.1, 6, 0, (120, 120))
    )


def test_a_mouth_shows_more_dark_the_wider_it_opens_and_none_when_it_is_shut():
    dark = [mouth(opening)[0] for opening in (0.0, 4.0, 5.0, 6.0)]
    assert dark[0] < 200
    assert sorted(dark) == dark
    assert dark[3] > 2000


def test_a_shut_mouth_hides_the_teeth_of_the_photograph():
    assert mouth(0.0)[1] < mouth(3.0)[1] / 4


def test_an_opening_mouth_leaves_the_upper_face_alone():
    portrait, whole = load_portrait(), Camera(224, 106, 2.7)
    shut, wide = (draw(portrait, whole, pose(o), 480, 540) for o in (0.0, 6.0))
    nose_base = round((132 - 106) * 2.7 + 270)
    np.testing.assert_array_equal(shut[:nose_base], wide[:nose_base])
    assert np.abs(shut[nose_base:].astype(int) - wide[nose_base:]).max() > 60


def test_a_blink_covers_the_dark_of_the_eyes_and_nothing_else():
    portrait, eyes = load_portrait(), Camera(226, 102, 6.0)
    awake, shut = (draw(portrait, eyes, pose(blink=b), 480, 180) for b in (0.0, 1.0))
    iris = (slice(70, 110), slice(80, 130))
    assert awake[iris].min() < 40
    assert np.median(shut[iris]) > np.median(awake[iris]) + 40
    np.testing.assert_array_equal(awake[150:], shut[150:])  # below the lids: cheeks
    np.testing.assert_array_equal(awake[:, 210:260], shut[:, 210:260])  # between the eyes


def test_a_sentence_is_laid_where_it_starts_and_sounds_as_recorded():
    laid = mix_sentences((Sentence("dub_de_1.flac", "…", 0.5),), 3.0)
    said, rate_hz = soundfile.read(ASSETS / "dub_de_1.flac")
    resampled = resample_poly(said, SAMPLE_RATE_HZ // rate_hz, 1)
    there = laid[SAMPLE_RATE_HZ // 2 :][: len(resampled)]
    assert np.corrcoef(there, resampled)[0, 1] > 0.999
    assert np.abs(laid[: SAMPLE_RATE_HZ // 2]).max() < 0.01


def test_a_sentence_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="does not fit"):
        mix_sentences((Sentence("dub_de_1.flac", "…", 0.5),), 1.0)


def test_the_mouth_is_open_in_tones_shut_in_silence_and_wide_where_the_tone_is_bright():
    """A known sound: 10 frames each of silence, 500 Hz, silence, 2500 Hz, silence."""
    at_s = np.arange(10 * 1920) / SAMPLE_RATE_HZ
    quiet, low, high = 0 * at_s, np.sin(2 * np.pi * 500 * at_s), np.sin(2 * np.pi * 2500 * at_s)
    sound = np.concatenate([quiet, low, quiet, high, quiet]).astype(np.float32)
    opening, width = mouth_shape(sound, 50, 25.0).T
    for silent in (slice(0, 8), slice(22, 28), slice(42, 50)):
        assert opening[silent].max() == 0
    for loud in (slice(12, 18), slice(32, 38)):
        assert opening[loud].min() > 0.9
    assert width[12:18].max() < 0.1
    assert width[32:38].min() > 0.9


def test_every_take_shows_one_face_or_the_sky():
    for take in TAKES:
        first = next(take_frames(take))
        assert faces(first) == (0 if take.subject is None else 1), take.name


@pytest.mark.parametrize("take", TAKES, ids=lambda take: take.name)
def test_footage_is_the_same_each_time(take):
    once, again = (np.stack(list(islice(take_frames(take), 3))) for _ in range(2))
    np.testing.assert_array_equal(once, again)
    assert (once[0] != once[1]).any()


def test_a_filmed_take_shows_the_pictures_that_are_shipped():
    take = TAKES[0]
    shipped = decoded(ASSETS / take.subject.file)
    shown = list(take_frames(take))
    assert len(shown) == len(shipped) == take.frames
    for k in (0, 40, 74):
        assert np.abs(shown[k].astype(int) - shipped[k]).mean() < 1.5
        assert shown[k].shape == (HEIGHT_PX, WIDTH_PX, 3)


def test_every_picture_and_sound_is_credited_and_they_are_small():
    files = [path for path in ASSETS.iterdir() if path.name != "README.md"]
    credits = (ASSETS / "README.md").read_text(encoding="utf-8")
    assert {path.name for path in files} == set(re.findall(r"`(\w+\.(?:flac|mp4))`", credits))
    assert sum(path.stat().st_size for path in files) < 2_000_000


def test_each_shot_has_handles_and_holds_its_sentence_and_its_line():
    for shot in SHOTS:
        spare_tail = shot.take.frames - shot.head_frames - shot.frames
        assert min(shot.head_frames, spare_tail) >= 8, shot.name
        if shot.line is None:
            assert not shot.take.sentence
            continue
        loud = np.flatnonzero(np.abs(production_sound(shot.take)) > 0.07) / SAMPLE_RATE_HZ * RATE
        assert shot.head_frames < loud[0] < loud[-1] < shot.head_frames + shot.frames
        line = mix_sentences((shot.line.sentence,), shot.line.seconds)
        assert np.abs(line).max() > 0.4
        assert shot.line.into_shot + shot.line.frames <= shot.frames


def test_the_cut_is_one_an_editor_could_have_made(tmp_path):
    write_cut(tmp_path / "cut.otio")
    cut = otio.adapters.read_from_file(str(tmp_path / "cut.otio"))
    assert cut.is_equivalent_to(build_cut())
    assert cut.global_start_time.to_timecode() == "01:00:00:00"
    assert otio.opentime.RationalTime(START_FRAME, 25) == cut.global_start_time
    assert {track.duration().value for track in cut.tracks} == {223}
    for clip in cut.find_clips():
        assert clip.media_reference.available_range.contains(clip.source_range), clip.name
    names = [(track.kind, track.name) for track in cut.tracks]
    assert names == [("Video", "V1"), ("Audio", "Production"), ("Audio", "Dub DE")]


def tiles(take: Take) -> Iterator[np.ndarray]:
    """Pictures in a quarter of the demo's size: tiles of a colour, others in each frame."""
    tile, rng = np.ones((24, 24, 1), np.uint8), np.random.default_rng(take.start_frame)
    for _ in range(take.frames):
        colours = rng.integers(0, 256, (HEIGHT_PX // 96, WIDTH_PX // 96, 3), np.uint8)
        yield np.kron(colours, tile)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> tuple[Path, list[str]]:
    """The folder of a demo of tiles, which a stand-in dubbed, and what it printed."""
    folder, printed = tmp_path_factory.mktemp("demo") / "new", io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(printed):
        patch.setattr(demo, "take_frames", tiles)
        patch.setenv("PYTHONPATH", str(STAND_IN), prepend=os.pathsep)
        assert main(["demo", "-o", str(folder)]) == 0
    return folder, printed.getvalue().splitlines()


def decoded(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as film:
        return [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]


def nearest(picture: np.ndarray, footage: list[np.ndarray]) -> int:
    """The frame of the footage that differs least."""
    rows = slice(None, None, 3)
    return int(np.argmin([np.abs(picture[rows] - one[rows].astype(int)).sum() for one in footage]))


@pytest.mark.slow
def test_the_demo_says_where_film_timeline_and_report_are(made):
    folder, printed = made
    told = {line.split()[0]: Path(line.split()[-1]) for line in printed if str(folder) in line}
    assert {told[what].name for what in ("film", "timeline", "report")} == {
        "demo.mp4",
        "cut.dubbed.otio",
        "report.json",
    }
    assert all(path.is_file() for path in told.values())


@pytest.mark.slow
def test_the_film_shows_the_footage_beside_what_was_made_of_it(made):
    folder, _ = made
    film = decoded(folder / "demo.mp4")
    assert len(film) == sum(shot.frames for shot in SHOTS)
    at = 0
    for shot in SHOTS:
        footage = decoded(folder / "media" / f"{shot.take.name}.mov")
        for i in (0, shot.frames - 1):
            left, right = np.hsplit(film[at + i][: len(footage[0])], 2)
            assert nearest(left, footage) == shot.head_frames + i, (shot.name, i)
            dubbed = right[::-1] if shot.line else right
            assert nearest(dubbed, footage) == shot.head_frames + i, (shot.name, i)
            assert np.abs(dubbed.astype(int) - footage[shot.head_frames + i]).mean() < 8
        at += shot.frames
    with av.open(str(folder / "demo.mp4")) as whole:
        seconds = whole.streams.audio[0].duration * whole.streams.audio[0].time_base
    assert float(seconds) == pytest.approx(float(len(film) / RATE), abs=0.1)


@pytest.mark.slow
def test_the_dubbed_cut_holds_both_pictures_where_a_line_plays_and_one_elsewhere(made):
    folder, _ = made
    cut = otio.adapters.read_from_file(str(folder / "cut.dubbed.otio"))
    for shot, clip in zip(SHOTS, cut.video_tracks()[0].find_clips(), strict=True):
        assert clip.name == shot.name
        if shot.name not in DUBBED:
            assert set(clip.media_references()) == {"DEFAULT_MEDIA"}
            continue
        assert set(clip.media_references()) == {"DEFAULT_MEDIA", "lipflap"}
        new = clip.media_reference
        assert new.available_range.contains(clip.source_range)
        with av.open(otio.url_utils.filepath_from_url(new.target_url)) as film:
            assert film.streams.video[0].frames == new.available_range.duration.value
            said = film.streams.video[0].metadata["timecode"]
        assert otio.opentime.to_timecode(new.available_range.start_time, 25) == said


def run_demo(folder: Path) -> list[str]:
    command = [sys.executable, "-m", "lipflap.plugin.cli.main", "demo", "-o", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.soak
def test_a_whole_demo_dubs_each_line_and_a_second_run_renders_nothing_again(tmp_path):
    folder = tmp_path / "demo"
    printed = run_demo(folder)
    rendered = {path.stem for path in (folder / "job" / "media").glob("*.mov")}
    assert rendered == {shot.name for shot in SHOTS if shot.line}
    rendered = folder / "job" / "media" / "SH010.mov"
    before = rendered.stat().st_mtime_ns, (folder / "cut.otio").read_bytes()
    assert run_demo(folder) == printed
    assert (rendered.stat().st_mtime_ns, (folder / "cut.otio").read_bytes()) == before


def test_the_demo_leaves_another_persons_cut_alone(tmp_path):
    theirs = otio.schema.Timeline("Theirs", tracks=[])
    theirs.tracks.append(otio.schema.Track("V1", children=[otio.schema.Clip("one")]))
    otio.adapters.write_to_file(theirs, str(tmp_path / "cut.otio"))
    before = (tmp_path / "cut.otio").read_bytes()
    with pytest.raises(DubError, match="not the demo's cut"):
        demo.make_footage(tmp_path, say=print)
    assert (tmp_path / "cut.otio").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["cut.otio"]


def test_the_demo_leaves_another_persons_media_alone(tmp_path):
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "A001.mov").write_bytes(b"theirs")
    with pytest.raises(DubError, match="not from a demo"):
        demo.make_footage(tmp_path, say=print)
    assert (tmp_path / "media" / "A001.mov").read_bytes() == b"theirs"
