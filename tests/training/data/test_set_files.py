"""SETs on disk: what is written is read again, small, and without a film reader."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
from numpy.typing import NDArray

from lipflap.core.errors import DubError
from lipflap.core.voice.log_mel import MELS, first_hop
from lipflap.training.data import avif, cache
from lipflap.training.data.cache import cache_folder, concat, open_set, unpack
from lipflap.training.data.dataset import KEPT_PX, ClipRecord, PreparedSet
from lipflap.training.data.set_files import mouths_file, read_eval_clips, write_set
from lipflap.training.data.training_clip import LEAD_HOPS, TrainingClip

COUNT, RATE = 40, Fraction(25)


def _swaying(width: int, height: int, count: int, seed: int) -> NDArray[np.uint8]:
    """[count, height, width, 3] pieces of a photograph that moves and grains a little."""
    rng = np.random.default_rng(seed)
    portrait, frames = skimage.data.astronaut(), []
    for number in range(count):
        move = np.array([[0.6, 0, -70 - 0.3 * number], [0, 0.6, -50 + 0.2 * number]])
        frames.append(cv2.warpAffine(portrait, move, (width, height), flags=cv2.INTER_AREA))
    grain = rng.normal(0, 1.0, (count, height, width, 3))
    return (np.stack(frames) + grain).round().clip(0, 255).astype(np.uint8)


def _take(name: str, count: int = COUNT, *, validates: bool = False, seed: int = 1) -> TrainingClip:
    hops = np.random.default_rng(seed).uniform(-8, 2, (count * 16 // 5 + 2 * LEAD_HOPS + 1, MELS))
    crops = _swaying(128, 128, count, seed)
    return TrainingClip(
        name=name,
        rate=RATE,
        frames=_swaying(KEPT_PX[1], KEPT_PX[0], count, seed),
        points=np.zeros((count, 72, 2), np.float32),
        hops=hops.astype(np.float16),
        crops=crops if validates else None,
        closed_frames=(3, 30) if validates else (),
    )


@pytest.fixture(scope="module")
def takes() -> list[TrainingClip]:
    return [_take("a"), _take("b", 30, validates=True, seed=2), _take("c", validates=True, seed=3)]


@pytest.fixture(scope="module")
def prepared(takes: list[TrainingClip], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("prepared") / "set"
    write_set(takes, folder)
    return folder


@pytest.fixture(autouse=True)
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own; encoding is quick but where a module's fixture does it."""
    monkeypatch.setattr("platformdirs.user_cache_path", lambda _: tmp_path / "cache")
    monkeypatch.setattr(avif, "SPEED", 10)
    return tmp_path / "cache"


def _psnr_db(one: NDArray, other: NDArray) -> float:
    return float(-10 * np.log10(((one.astype(float) - other) ** 2).mean() / 255**2))


def test_how_often_a_speaker_is_drawn_is_kept(takes: list[TrainingClip], tmp_path: Path) -> None:
    write_set([takes[0], replace(takes[2], crops=None, weight=3.0)], tmp_path / "set")
    assert [clip.weight for clip in open_set(tmp_path / "set").clips] == [1.0, 3.0]


def test_what_is_opened_is_what_was_written(prepared: Path, takes: list[TrainingClip]) -> None:
    footage = open_set(prepared)
    assert [clip.name for clip in footage.split(validates=True)] == ["b", "c"]
    for clip, take in zip(footage.clips, takes, strict=True):
        frames = footage.frames[clip.first_frame :][: clip.frame_count]
        hops = footage.hops[clip.first_hop :][: clip.hop_count].astype(np.float32)
        assert frames.shape == take.frames.shape
        assert min(map(_psnr_db, frames, take.frames)) > 38
        assert np.abs(hops - take.hops).max() <= 0.0201 + 0.004  # half a level, and float16


def test_it_is_a_small_part_of_what_is_in_memory(prepared: Path, takes: list[TrainingClip]) -> None:
    files = (prepared / "clips").glob("*.avif")
    frames = sum(take.frames.nbytes for take in takes)
    assert sum(path.stat().st_size for path in files) < frames / 25


def test_a_set_is_opened_without_ffmpeg_or_pyav(prepared: Path, cached: Path) -> None:
    program = (
        "import sys; from pathlib import Path; import platformdirs\n"
        f"platformdirs.user_cache_path = lambda _: Path({str(cached)!r})\n"
        "from lipflap.training.data.cache import open_set\n"
        f"assert len(open_set(Path({str(prepared)!r})).clips) == 3\n"
        "print([m for m in ('av', 'ffmpeg', 'imageio_ffmpeg') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_it_is_unpacked_once_and_again_when_it_changes(tmp_path: Path) -> None:
    write_set([_take("a", 8)], tmp_path / "set")
    open_set(tmp_path / "set")
    (unpacked,) = cache_folder().iterdir()
    before = (unpacked / "frames.raw").stat()
    open_set(tmp_path / "set")
    assert (unpacked / "frames.raw").stat().st_mtime_ns == before.st_mtime_ns
    newer = mouths_file(tmp_path / "set", 0)
    newer.touch()
    open_set(tmp_path / "set")
    (again,) = cache_folder().iterdir()
    assert again != unpacked


def test_a_process_that_unpacks_more_slowly_opens_what_another_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_set([_take("a", 8)], tmp_path / "set")

    def unpack_twice(folder: Path, into: Path) -> None:
        unpack(folder, into)
        unpack(folder, into)

    monkeypatch.setattr(cache, "unpack", unpack_twice)
    assert [clip.name for clip in open_set(tmp_path / "set").clips] == ["a"]


def test_a_clip_that_is_not_what_the_index_says_is_named(tmp_path: Path) -> None:
    write_set([_take("a", 8), _take("short", 8)], tmp_path / "set")
    write_set([_take("x", 6)], tmp_path / "other")
    mouths_file(tmp_path / "set", 1).write_bytes(mouths_file(tmp_path / "other", 0).read_bytes())
    with pytest.raises(DubError, match=r"holds 6 frames and .* of short"):
        unpack(tmp_path / "set", tmp_path / "unpacked")
    mouths_file(tmp_path / "set", 1).write_bytes(b"no picture")
    with pytest.raises(DubError, match=r"00001\.avif: cannot be read"):
        unpack(tmp_path / "set", tmp_path / "unpacked")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "set"]


def test_what_is_judged_keeps_whole_faces_closed_lips_and_the_sound_around_frames(
    prepared: Path, takes: list[TrainingClip]
) -> None:
    """Both are cut to 30 frames: 60 are kept of 70, of the longer alone there would be 40."""
    judged = read_eval_clips(prepared)
    assert judged.names == ("b", "c")
    assert judged.closed_frames == ((3,), (3,))
    assert judged.rate == RATE
    for number, take in enumerate(takes[1:]):
        assert take.crops is not None
        assert _psnr_db(judged.crops[number], take.crops[:30]) > 38
        start = LEAD_HOPS + first_hop(7, RATE, Fraction(0))
        decibels = 10 * take.hops[start : start + 32].astype(np.float32).T
        assert np.abs((judged.sound[number, 7] + 1) * 60 - 80 - decibels).max() < 0.25


def test_one_scrap_does_not_cut_all_sentences_to_its_length(tmp_path: Path) -> None:
    scrap = _take("scrap", 26, validates=True)
    write_set([scrap, *(_take(n, 40, validates=True) for n in "ab")], tmp_path / "set")
    judged = read_eval_clips(tmp_path / "set")
    assert (judged.names, judged.crops.shape[1]) == (("a", "b"), 40)


def test_sets_that_cannot_be_judged_say_why(tmp_path: Path) -> None:
    write_set([_take("a", 8)], tmp_path / "none")
    with pytest.raises(DubError, match="holds no clip that validates"):
        read_eval_clips(tmp_path / "none")
    mixed = [_take("a", 30, validates=True), _take("b", 30, validates=True)]
    write_set([mixed[0], replace(mixed[1], rate=Fraction(30))], tmp_path / "mixed")
    with pytest.raises(DubError, match="frames a second"):
        read_eval_clips(tmp_path / "mixed")


def test_nothing_is_written_over_and_nothing_half_is_left(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "diary.txt").write_text("dear diary")
    with pytest.raises(DubError, match="mine: exists already"):
        write_set([_take("a", 8)], tmp_path / "mine")
    with pytest.raises(DubError, match="nothing to learn from"):
        write_set([], tmp_path / "empty")
    with pytest.raises(KeyboardInterrupt):
        write_set(_interrupted(), tmp_path / "half")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_folder_that_is_no_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DubError, match="not a prepared set"):
        open_set(tmp_path)


def test_clips_of_several_footages_are_joined(prepared: Path, tmp_path: Path) -> None:
    footage = open_set(prepared)
    made = concat([(footage, footage.clips[1:2]), (footage, footage.clips[:1])], tmp_path / "both")
    assert [clip.name for clip in made.clips] == ["b", "a"]
    for clip, old in zip(made.clips, (footage.clips[1], footage.clips[0]), strict=True):
        assert np.array_equal(*(_frames(*pair) for pair in ((made, clip), (footage, old))))


def _interrupted() -> Iterator[TrainingClip]:
    yield _take("a", 8)
    raise KeyboardInterrupt


def _frames(footage: PreparedSet, clip: ClipRecord) -> NDArray[np.uint8]:
    return footage.frames[clip.first_frame :][: clip.frame_count]
