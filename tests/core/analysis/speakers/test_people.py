"""Who is who in a cut: faces put together by their looks, against pictures of known people."""

from dataclasses import replace

import numpy as np
import pytest

from lipflap.core.analysis.face_report import FaceBox, FaceBoxes, FaceReport
from lipflap.core.analysis.speakers.people import (
    SeenFace,
    group_people,
    name_faces,
    seen_faces,
    seen_from_json,
    seen_to_json,
)

BOX = FaceBox(0.1, 0.2, 0.3, 0.4)
NEAR, FAR = 0.2, 3.0  # of two looks of one person, and of two people


def faces(shot: str, *people: int, frames: int = 10, seed: int = 0) -> list[SeenFace]:
    """The faces of a shot: of these people, each a little different from shot to shot."""
    random = np.random.default_rng([seed, *map(ord, shot)])
    return [
        SeenFace(
            shot,
            number,
            frames + person,
            tuple((person * FAR + random.uniform(-NEAR, NEAR, 192)).tolist()),
            0,
            BOX,
        )
        for number, person in enumerate(people)
    ]


def found(people) -> list[tuple[str, list[tuple[str, int]]]]:
    return [(one.character, [face.key for face in one.faces]) for one in people]


def test_faces_are_put_together_across_shots_whatever_their_numbers_are():
    shots = [faces("A", 0, 1), faces("B", 1, 0), faces("C", 2), faces("D", 0)]
    people = group_people(shots, {})
    assert found(people) == [
        ("", [("A", 0), ("B", 1), ("D", 0)]),
        ("", [("A", 1), ("B", 0)]),
        ("", [("C", 0)]),
    ]
    assert people[1].best.key in [("A", 1), ("B", 0)]


def test_twins_in_one_shot_are_two_people():
    first = faces("A", 0, 0)
    look = first[0].appearance  # both of the second shot look most like the same one of the first
    second = [replace(face, appearance=look) for face in faces("B", 0, 0)]
    people = group_people([first, second], {})
    assert [[face.shot for face in one.faces] for one in people] == [["A", "B"], ["A", "B"]]


def test_a_name_given_to_one_face_is_known_in_every_shot_whatever_its_case():
    shots = [faces("A", 0, 1), faces("B", 1, 0), faces("C", 0)]
    people = group_people(shots, {("B", 1): "Anna"})
    assert found(people)[0] == ("Anna", [("A", 0), ("B", 1), ("C", 0)])
    assert name_faces(people) == {("A", 0): "Anna", ("B", 1): "Anna", ("C", 0): "Anna"}
    disguised = [*shots, faces("D", 5)]
    people = group_people(disguised, {("B", 1): "Anna", ("D", 0): "ANNA"})
    assert found(people)[0][1] == [("A", 0), ("B", 1), ("C", 0), ("D", 0)]


def test_two_names_take_their_own_faces_and_nobody_elses():
    shots = [faces("A", 0, 1), faces("B", 0, 1)]
    people = group_people(shots, {("A", 0): "Anna", ("A", 1): "Ben"})
    assert dict(found(people)) == {
        "Anna": [("A", 0), ("B", 0)],
        "Ben": [("A", 1), ("B", 1)],
    }


def test_the_faces_of_a_report_are_kept_without_their_frames():
    boxes = (None, BOX, FaceBox(0.1, 0.2, 0.5, 0.4), BOX)
    seen = FaceBoxes(4, boxes, (None,) * 4, 6, appearance=(1.5,) * 192)
    report = FaceReport("A", 64, 48, 20, (), (FaceBoxes(0, (BOX,), (None,), 0), seen), 1)
    [face] = seen_faces(report)
    assert (face.key, face.frames, face.frame, face.box) == (("A", 1), 3, 6, boxes[2])
    assert seen_from_json(seen_to_json((face,)), where="here") == (face,)


@pytest.mark.parametrize("count", [200])
def test_a_long_cut_is_put_together_at_once(count):
    shots = [faces(f"SH{n:03}", n % 7, 7 + n % 3) for n in range(count)]
    assert len(group_people(shots, {})) == 10
