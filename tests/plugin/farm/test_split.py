"""Long shots in parts: divided where nobody speaks and where the camera cuts, nowhere else."""

import os
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.puppets.puppet import Puppet, draw
from support.puppets.puppet_shot import HZ, film_order, speech, write_movie

from lipflap.core.errors import MediaMissing
from lipflap.core.order import DubOrder, FrameMap, FrameRange, Role, order_to_json
from lipflap.plugin.farm.split import _split_range, split_order
from lipflap.plugin.job.folder import Job, job_of

RATE = Fraction(25)
COUNT = 400
CUTS = (150, 290)
LINES = ((10, 90), (130, 230), (275, 390))  # of the dub; silent between


def voice(*spans: tuple[int, int]) -> np.ndarray:
    """Loud as speech is in spans of frames, over a faint room."""
    rng = np.random.default_rng(7)
    at_s = np.arange(COUNT * HZ // 25) / HZ
    on = np.any([(at_s * 25 >= a) & (at_s * 25 < b) for a, b in spans], axis=0)
    syllables = 0.3 + 0.7 * np.sin(2 * np.pi * 4 * at_s) ** 2
    noise = rng.standard_normal((2, len(at_s)))
    return (0.0003 * noise[0] + on * syllables * 0.2 * noise[1]).astype(np.float32)


def seen(i: int) -> np.ndarray:
    take = sum(i >= cut for cut in CUTS)
    wall = [(200, 160, 130), (60, 110, 60), (40, 40, 160)][take]
    picture = draw([Puppet(60 + 40 * take + 0.02 * i, 30, 24, skin=wall)], 192, 108)
    return np.roll(picture, 30 * take, axis=2) // (take + 1)


@pytest.fixture(scope="module")
def job(tmp_path_factory) -> Job:
    return Job(tmp_path_factory.mktemp("JOB"))


@pytest.fixture(scope="module")
def long(job) -> DubOrder:
    film = write_movie(job.folder / "plate.mkv", map(seen, range(COUNT)), RATE)
    said = [
        speech(job.folder / "de.wav", Role.DUB, voice(*LINES)),
        speech(job.folder / "day.wav", Role.PRODUCTION, voice((20, 60), (180, 260))),
    ]
    return film_order(film, job.media("SH010", ".mkv"), *said)


def edges(parts: tuple[DubOrder, ...]) -> list[int]:
    return [part.written.end for part in parts[:-1]]


def test_a_long_shot_is_split_range_amid_silence_and_where_that_is_not_enough_at_a_cut(long):
    """Silence of both: frames 90-130. From 230 on the production speaks into the dub's pause."""
    parts = split_order(long, 150)
    silent, *cuts = edges(parts)
    assert 90 + 12 <= silent <= 130 - 12
    assert cuts == [CUTS[1]]
    assert parts[0].written.start == 0
    assert parts[-1].written.end == COUNT
    assert [a.written.end for a in parts[:-1]] == [b.written.start for b in parts[1:]]


def test_a_part_is_its_shot_but_for_name_place_and_frames(long, job):
    parts = split_order(long, 150)
    names = [part.shot for part in parts]
    assert names == [f"SH010.part-{n}-of-{len(parts)}" for n in range(1, len(parts) + 1)]
    for part in parts:
        assert job_of(part) == job
        assert part.output.path == str(job.media(part.shot, ".mkv"))
        assert job.order(part.shot).name == f"{part.shot}.json"
        same = replace(part, shot=long.shot, part=None, output=long.output)
        assert same == long


def test_parts_of_a_sequence_are_sequences(long, job):
    numbered = replace(long.output, path=str(job.media("SH010", ".%06d.png")))
    for part in split_order(replace(long, output=numbered), 150):
        assert part.output.path == str(job.media(part.shot, ".%06d.png"))


def test_short_shots_parts_and_shots_without_a_seam_stay_whole(long):
    assert split_order(long) == (long,)
    assert split_order(long, COUNT) == (long,)
    part = replace(long, part=FrameRange(0, 200))
    assert split_order(part, 50) == (part,)
    take = replace(long, frames=FrameMap(Fraction(0), Fraction(1), CUTS[0]))
    spoken = replace(take, speeches=(replace(long.speeches[0], at_sample=-30 * HZ // 25),))
    assert split_order(spoken, 60) == (spoken,)


def test_without_production_sound_no_silence_is_trusted(long):
    """Mouths that move in the dub's pauses are closed there: only the camera breaks a walk."""
    alone = replace(long, speeches=long.speeches[:1])
    assert edges(split_order(alone, 150)) == list(CUTS)


def test_a_shot_played_backwards_is_split_range_at_its_own_cuts(long):
    backwards = FrameMap(Fraction(COUNT - 1), Fraction(-1), COUNT)
    alone = replace(long, frames=backwards, speeches=long.speeches[:1])
    assert edges(split_order(alone, 150)) == [COUNT - cut for cut in reversed(CUTS)]


def test_missing_media_are_named(long):
    gone = replace(long.speeches[0], path="/no/de.wav")
    with pytest.raises(MediaMissing, match=r"/no/de\.wav"):
        split_order(replace(long, speeches=(gone, *long.speeches[1:])), 150)


def test_another_process_divides_alike_and_needs_no_torch(long, tmp_path):
    """Under another hash seed and with another number of threads."""
    file = tmp_path / "order.json"
    file.write_text(order_to_json(long))
    program = (
        "import sys; from pathlib import Path\n"
        "from lipflap.core.order import read_order\n"
        "from lipflap.plugin.farm.split import split_order\n"
        f"parts = split_order(read_order(Path({str(file)!r})), 150)\n"
        "print([part.written.end for part in parts[:-1]], 'torch' in sys.modules)\n"
    )
    paths = os.environ.get("PYTHONPATH", "")
    environment = {"PYTHONHASHSEED": "7", "OMP_NUM_THREADS": "3", "PATH": "", "PYTHONPATH": paths}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment
    )
    assert (done.stderr, done.stdout) == ("", f"{edges(split_order(long, 150))} False\n")


@settings(deadline=None)
@given(
    st.integers(1, 4000),
    st.integers(4, 900),
    st.lists(st.integers(0, 4000), max_size=30),
)
def test_parts_tile_the_shot_and_meet_at_seams_alone(count, longest, seams):
    """Against brute force: a part is too long only where no seam could divide it."""
    spans = _split_range(FrameRange(0, count), seams, longest)
    assert [0, *(span.end for span in spans)] == [*(span.start for span in spans), count]
    assert all(b.start in seams for _, b in pairwise(spans))
    shortest = int(longest / 4)
    if len(spans) > 1:
        assert min(len(span) for span in spans) >= shortest
    for span in spans:
        within = [s for s in seams if span.start + shortest <= s <= span.end - shortest]
        assert len(span) <= longest or not [s for s in within if span.start < s < span.end]


def test_with_seams_everywhere_parts_are_alike_and_as_few_as_can_be():
    spans = _split_range(FrameRange(0, 4000), range(4000), 1500)
    assert [len(span) for span in spans] == [1333, 1333, 1334]
