"""Which face says which lines, by two drawn mouths: first the left one moves, then the right."""

from dataclasses import replace

import numpy as np
import pytest
from support.puppets.puppet import Puppet, points_of

from lipflap.core.analysis.speakers.active_speaker import Production
from lipflap.core.analysis.speakers.casting import CameraShot, cast_lines
from lipflap.core.errors import DubError
from lipflap.core.face.track import FaceTrack
from lipflap.core.order import Role, Speech
from lipflap.core.playback import Playback, SoundChannel

COUNT, HALF = 150, 75
ANNA, BERT, CLARA = (np.full(192, value, np.float32) for value in (0.0, 5.0, 10.0))


def talk(seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).standard_normal(HALF + 8)
    return np.clip(np.convolve(noise, np.hanning(7), "valid")[:HALF], 0, None)


SAID = np.concatenate([talk(1), talk(2)])
FIRST, SECOND = (np.arange(COUNT) < HALF), (np.arange(COUNT) >= HALF)


def track(opening: np.ndarray, x: float, look: np.ndarray, eyes_px: float = 40) -> FaceTrack:
    points = np.array([points_of(Puppet(x, 80, eyes_px, o)) for o in opening])
    sure = np.ones(COUNT, np.float32)
    return FaceTrack(0, points, sure, sure, np.ones(COUNT, bool), sure, look)


LEFT = track(0.1 * np.where(FIRST, SAID, 0.0), 100, ANNA)
RIGHT = track(0.1 * np.where(SECOND, SAID, 0.0), 300, BERT, 60)


def speech(character: str = "", face: int | None = None, role: Role = Role.DUB) -> Speech:
    return Speech("x.wav", role, 0, 1, 16_000, 0, face, "", character=character)


def cast(
    speeches: list[Speech],
    heard: list[np.ndarray],
    *,
    tracks: tuple[FaceTrack, ...] = (LEFT, RIGHT),
    face: int | None = None,
    sound: bool = True,
    looks: dict[str, list[np.ndarray]] | None = None,
) -> dict[int, tuple[int, ...]]:
    production = Production(SAID, np.ones(COUNT, bool)) if sound else None
    shot = CameraShot(tracks, 0, COUNT, production, 25.0)

    def speaking(lines: tuple[int, ...]) -> np.ndarray:
        return np.any([heard[n] for n in lines], axis=0)

    return cast_lines(shot, speeches, face, looks or {}, speaking)


@pytest.mark.parametrize("names", [("ANNA", "BERT"), ("", "")])
def test_lines_go_to_the_faces_whose_lips_move_then(names: tuple[str, str]) -> None:
    lines = [replace(speech(name), at_sample=n) for n, name in enumerate(names)]
    assert cast(lines, [FIRST, SECOND]) == {0: (0,), 1: (1,)}
    assert cast(lines, [SECOND, FIRST]) == {1: (0,), 0: (1,)}


def test_production_sound_and_silent_lines_are_nobodys() -> None:
    lines = [speech(role=Role.PRODUCTION), speech("ANNA"), speech("BERT")]
    assert cast(lines, [FIRST | SECOND, FIRST, SECOND]) == {0: (1,), 1: (2,)}


def test_two_characters_go_to_two_faces_even_where_one_is_hard_to_tell() -> None:
    """Both lines play at once, when the left face goes with the sound and the other chews."""
    chewing = track(0.1 * np.roll(SAID, 30), 300, BERT)
    lines = [speech("ANNA"), speech("BERT"), speech("ANNA")]
    heard = [FIRST, FIRST & (np.arange(COUNT) > 40), SECOND]
    both = track(0.1 * SAID, 100, ANNA)
    assert cast(lines, heard, tracks=(both, chewing)) == {0: (0, 2), 1: (1,)}
    nameless = [replace(speech(), at_sample=n) for n in range(3)]
    assert cast(nameless, heard, tracks=(both, chewing)) == {0: (0, 1, 2)}


def test_one_voice_goes_to_the_speaking_face_of_the_shot() -> None:
    mouth = track(0.1 * SAID, 100, ANNA)
    other = track(0.1 * np.roll(SAID, 40), 300, BERT, 90)
    for names in (("ANNA",), ("ANNA", "ANNA")):
        lines = [speech(name) for name in names]
        assert cast(lines, [FIRST, SECOND], tracks=(mouth, other)) == {0: tuple(range(len(names)))}


def test_without_production_sound_all_lines_go_to_the_largest_face() -> None:
    assert cast([speech("ANNA"), speech("BERT")], [FIRST, SECOND], sound=False) == {1: (0, 1)}


def test_both_channels_of_a_recording_are_one_voice() -> None:
    """Each would be sure of a face of its own."""
    channels = [replace(speech(), playback=Playback((SoundChannel(None, n),))) for n in (0, 1)]
    said = cast(channels, [FIRST, SECOND])
    assert list(said.values()) == [(0, 1)]


def test_a_face_that_is_chosen_says_all_and_a_speech_may_name_its_own() -> None:
    lines = [speech("ANNA"), speech("BERT"), speech("BERT", face=1)]
    looks = {"anna": [BERT]}
    heard = [FIRST, SECOND, SECOND]
    assert cast(lines, heard, face=0, looks=looks) == {0: (0, 1), 1: (2,)}
    with pytest.raises(DubError, match="no face 2"):
        cast(lines, heard, face=2)


def test_a_character_whose_face_was_shown_is_known_by_looks() -> None:
    lines = [speech("Anna"), speech("BERT")]
    looks = {"anna": [BERT + 0.1], "bert": [CLARA, ANNA + 0.1]}
    assert cast(lines, [FIRST, SECOND], looks=looks) == {1: (0,), 0: (1,)}


def test_a_character_whose_face_is_not_seen_moves_no_other_lips() -> None:
    assert cast([speech("CLARA")], [FIRST], looks={"clara": [CLARA]}) == {}


def test_the_face_of_a_known_character_says_no_line_of_others() -> None:
    assert cast([speech("CLARA")], [FIRST], looks={"anna": [ANNA]}) == {1: (0,)}
    alone = cast([speech("CLARA")], [FIRST], tracks=(LEFT,), looks={"anna": [ANNA]})
    assert alone == {}


def test_a_listener_says_no_line() -> None:
    """While the first line plays, somebody off screen speaks: both mouths are shut."""
    shut = track(np.where(FIRST, 0.0, 0.1 * SAID), 100, ANNA)
    still = track(np.zeros(COUNT), 300, BERT)
    found = cast([speech("ANNA"), speech("BERT")], [FIRST, SECOND], tracks=(shut, still))
    assert found == {0: (1,)}


def test_only_faces_of_this_camera_shot_are_cast() -> None:
    """The right face is seen in the second half alone; a camera cut is before it."""
    late = replace(
        RIGHT,
        first_frame=HALF,
        **{
            name: getattr(RIGHT, name)[HALF:]
            for name in ("points", "confidence", "lips_confidence", "visible", "sharpness")
        },
    )
    production = Production(SAID, np.ones(COUNT, bool))
    shot = CameraShot((LEFT, late), 0, HALF, production, 25.0)
    lines = [speech("ANNA"), speech("BERT")]
    heard = [FIRST, FIRST]
    found = cast_lines(shot, lines, None, {}, lambda n: heard[n[0]])
    assert 1 not in found


def test_of_a_characters_looks_the_nearest_to_a_face_tells() -> None:
    """Shown twice: once in bad light, near to the wrong face, once as she is."""
    looks = {"anna": [ANNA + 0.5, BERT]}
    assert cast([speech("ANNA")], [FIRST], looks=looks) == {1: (0,)}


def test_faces_count_from_0() -> None:
    with pytest.raises(DubError, match="no face -1"):
        cast([speech()], [FIRST], face=-1)
