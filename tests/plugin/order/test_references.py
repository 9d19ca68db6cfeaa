"""References that an order lists: which film, and how much of it."""

import shutil
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile
from support.cuts.small_cut import write_plate
from support.jobs.orders import make_settings

from lipflap.core.errors import DubError, MediaMissing
from lipflap.core.files.fingerprint import fingerprint
from lipflap.core.model_files import mouth_film
from lipflap.core.order import DubOrder, Mode, Picture, Reference, Role
from lipflap.plugin.cut.cuesheet import Cue, CueSheet, CueState
from lipflap.plugin.cut.cut import ClipMedia, DubLine, DubPair, Shot
from lipflap.plugin.cut.decisions import NO_OVERRIDES
from lipflap.plugin.cut.reason import Reason, ReasonCode
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.job.folder import Job
from lipflap.plugin.order.ordering import iter_orders, make_orders
from lipflap.plugin.order.references import (
    REFERENCE_S,
    MediaRange,
    find_references,
    reference_pool,
)
from lipflap.plugin.order.render_settings import RenderSettings

F = Fraction
RATE = F(25)
JOB = Job(Path("/job"))
SETTINGS = RenderSettings(0, "source", make_settings(mode=Mode.REFERENCE))


def media(path: str, first: int, end: int, frame_count: int = 100_000) -> MediaRange:
    return MediaRange(Picture(path, RATE, 0, None, f"of {path}"), frame_count, first, end)


def shot(name: str, at: int, path: str | None = "a.mov") -> Shot:
    clip = ClipMedia(path, None, RATE, None) if path else None
    record = TimeRange(F(at), F(at + 2))
    return Shot(name, (0,), clip, F(0), F(1), record, (record,), None)


def references(
    used: MediaRange, *given: MediaRange, others: dict[Shot, MediaRange] | None = None
) -> list[tuple[str, int, int]]:
    """Path, first and end frame of each reference of the shot SH010."""
    others = others or {}
    own = shot("SH010", 100, used.picture.path)
    shots = sorted([own, *others], key=lambda each: each.record.start)
    pool = reference_pool(given, shots, lambda each: others[each])
    return [in_media(each) for each in find_references(own, used, pool)]


def in_media(reference: Reference) -> tuple[str, int, int]:
    frames = reference.frames.media_frames()
    assert frames == list(range(frames[0], frames[-1] + 1))
    return reference.picture.path, frames[0], frames[-1] + 1


def frames_in(found: list[tuple[str, int, int]]) -> int:
    return sum(end - first for _, first, end in found)


def test_a_file_that_repeats_pictures_is_no_reference() -> None:
    used, film = media("a.mov", 0, 50, 2000), media("b.mov", 0, 400)
    assert references(used, film)
    ticks = (replace(one, picture=replace(one.picture, rate=F(76_800))) for one in (used, film))
    assert references(*ticks) == []


def test_a_short_shot_lists_what_is_around_it_in_its_media():
    found = references(media("a.mov", 1000, 1100))
    assert found == [("a.mov", 900, 1000), ("a.mov", 1100, 1200)]


def test_nothing_beyond_the_ends_of_the_media_is_listed():
    assert references(media("a.mov", 30, 130, 140)) == [("a.mov", 0, 30)]  # 10 frames are too few
    assert references(media("a.mov", 0, 100, 2000)) == [("a.mov", 100, 300)]
    assert references(media("a.mov", 1900, 2000, 2000)) == [("a.mov", 1700, 1900)]
    assert references(media("a.mov", 0, 100, 100)) == []


def test_a_long_shot_needs_no_other_film():
    others = {shot("SH020", 110): media("a.mov", 5000, 5100)}
    assert references(media("a.mov", 1000, 1000 + REFERENCE_S * 25), others=others) == []


def test_shots_of_the_same_media_come_first_then_the_nearest_and_none_twice():
    others = {
        shot("SH008", 90, "b.mov"): media("b.mov", 0, 500),
        shot("SH009", 98, "c.mov"): media("c.mov", 10, 50),
        shot("SH020", 200): media("a.mov", 60, 140, 100),
    }
    found = references(media("a.mov", 0, 100, 100), others=others)
    assert found == [("a.mov", 100, 140), ("c.mov", 10, 50), ("b.mov", 0, 100)]


def test_there_are_never_more_seconds_than_stated_and_given_films_come_first():
    others = {shot(f"SH{n:03}", n * 3, f"{n}.mov"): media(f"{n}.mov", 0, 500) for n in range(30)}
    used = media("a.mov", 1000, 1050)
    found = references(used, others=others)
    assert frames_in(found) == REFERENCE_S * 25
    assert [path for path, _, _ in found].count("a.mov") == 2
    given = media("take 2.mov", 0, 10_000), media("take 3.mov", 0, 60)
    found = references(used, *given, others=others)
    assert frames_in(found) <= REFERENCE_S * 25
    runs = [(first, end) for path, first, end in found if path == "take 2.mov"]
    assert len(runs) == 2
    assert (runs[0][0] < 2500, runs[-1][1] > 7500) == (True, True)
    assert found[:3][-1] == ("take 3.mov", 0, 60)
    assert "a.mov" in {path for path, _, _ in found[3:]}


def test_a_shot_whose_media_is_not_there_is_no_reference():
    def gone(other: Shot) -> MediaRange:
        raise DubError("is gone", where=other.name)

    own = shot("SH010", 100)
    problem = replace(shot("SH030", 90), problem=Reason(ReasonCode.NO_MEDIA, "It has none."))
    pool = reference_pool([], [problem, own, shot("SH020", 110), shot("SH040", 120, None)], gone)
    assert find_references(own, media("a.mov", 0, 100, 100), pool) == ()


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    for name, frames in (("plate", 100), ("take 2", 50)):
        write_plate(folder / f"{name}.mov", frames, "01:00:00:00")
    soundfile.write(folder / "de.wav", np.zeros(3 * 48_000, np.float32), 48_000)
    return folder


def cue(folder: Path, name: str, at: int, start: int, film: str = "plate") -> Cue:
    """A second of film."""
    clip = ClipMedia(str(folder / f"{film}.mov"), None, RATE, None)
    record = TimeRange(F(at), F(at + 1))
    line = DubLine("de", str(folder / "de.wav"), Role.DUB, "Dub", F(0), record)
    one = Shot(name, (0, 0), clip, F(90_000 + start), F(1), record, (record,), None)
    return Cue(one, (DubPair(name, line, record),), NO_OVERRIDES, CueState.READY, None, (), None)


def ordered(settings: RenderSettings, *cues: Cue) -> tuple[DubOrder, ...]:
    sheet = CueSheet("/cuts/reel.otio", "abc", RATE, 0, "", cues)
    return make_orders(sheet, settings, JOB, lambda model: "a" * 64)[1]


def test_orders_list_references_whether_the_other_shots_are_dubbed_or_not(folder):
    first, second = cue(folder, "SH010", 0, 0), cue(folder, "SH020", 1, 20, "take 2")
    both = ordered(SETTINGS, first, second)
    take = str(folder / "take 2.mov")
    plate = str(folder / "plate.mov")
    assert [in_media(one) for one in both[0].references] == [(plate, 25, 100), (take, 20, 45)]
    assert both[0].references[1].picture.fingerprint == fingerprint(Path(take))
    skipped = replace(
        second, state=CueState.SKIPPED, reason=Reason(ReasonCode.EXCLUDED, "Left out.")
    )
    assert ordered(SETTINGS, first, skipped) == both[:1]
    alone = CueSheet("/cuts/reel.otio", "abc", RATE, 0, "", (first,))
    shots = [first.shot, second.shot]
    ((_, order),) = iter_orders(alone, shots, SETTINGS, JOB, lambda model: "a" * 64)
    assert order == both[0]


def test_only_where_filmed_mouths_are_wanted(folder):
    settings = replace(SETTINGS, dub_settings=make_settings(mode=Mode.FRAMEWISE))
    (order,) = ordered(settings, cue(folder, "SH010", 0, 0))
    assert order.references == ()


def test_a_film_that_is_given_is_listed_first_and_must_be_there(folder):
    film = str(folder / "take 2.mov")
    given = replace(SETTINGS, references=(film,))
    (order,) = ordered(given, cue(folder, "SH010", 0, 0))
    assert in_media(order.references[0]) == (film, 0, 50)
    with pytest.raises(MediaMissing, match=r"take 9\.mov"):
        ordered(replace(SETTINGS, references=("take 9.mov",)), cue(folder, "SH010", 0, 0))


def test_a_personal_model_brings_its_actors_mouths(folder, tmp_path):
    model = tmp_path / "ana.safetensors"
    model.write_bytes(b"weights")
    settings = make_settings(mode=Mode.REFERENCE, model=str(model))
    alone = cue(folder, "SH010", 0, 0)
    (without,) = ordered(replace(SETTINGS, dub_settings=settings), alone)
    film = mouth_film(model)
    shutil.copy(folder / "take 2.mov", film)
    (order,) = ordered(replace(SETTINGS, dub_settings=settings), alone)
    assert order.references[:-1] == without.references
    assert in_media(order.references[-1]) == (str(film), 0, 50)
    assert order.references[-1].picture.fingerprint == fingerprint(film)
    (untouched,) = ordered(
        replace(SETTINGS, dub_settings=replace(settings, mode=Mode.FRAMEWISE)), alone
    )
    assert untouched.references == ()
    film.write_bytes(b"no film")
    sheet = CueSheet("/cuts/reel.otio", "abc", RATE, 0, "", (alone,))
    changed = replace(SETTINGS, dub_settings=settings)
    refused, orders = make_orders(sheet, changed, JOB, lambda name: "a" * 64)
    assert orders == ()
    assert "ana.mouths.mov" in str(refused.cues[0].reason)
