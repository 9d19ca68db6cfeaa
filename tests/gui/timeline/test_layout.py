"""Rows of a timeline and what lies in view, asked against slow loops over every frame."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.cuts.laid_cut import RATE, line, sheet, shot

from lipflap.core.order import Role
from lipflap.gui.timeline.layout import (
    PICTURE,
    count_frames,
    describe_shot,
    find_edit_points,
    layout_cut,
    make_rows,
    next_point,
    previous_point,
    spans_of,
)
from lipflap.gui.timeline.paint import edges, topmost_box_per_column
from lipflap.gui.timeline.snapping import clamp, snap
from lipflap.plugin.cut.time_range import TimeRange

FRAMES = 200
stretches = st.builds(
    lambda start, count: TimeRange(Fraction(start, 25), Fraction(start + count, 25)),
    st.integers(0, FRAMES),
    st.integers(1, 40),
)


@settings(max_examples=40)
@given(st.lists(stretches, min_size=1, max_size=12))
def test_no_line_hides_another_of_its_row_and_none_is_lost(records):
    lines = [line(f"DE_{n}", "", record.start, record.end) for n, record in enumerate(records)]
    made = make_rows((), lines, RATE)
    assert sorted(item.name for row in made for item in row.items) == sorted(
        said.name for said in lines
    )
    for row in made:
        assert all(a.record.end <= b.record.start for a, b in pairwise(row.items))
    most = max(sum(r.start <= Fraction(f, 25) < r.end for r in records) for f in range(FRAMES + 40))
    assert len(made) == most
    assert [row.track for row in made] == ["Dub DE"] + [""] * (most - 1)


def test_a_cut_laid_out_again_with_other_lines_is_as_if_it_had_been_laid_out_anew():
    shots = [shot("SH010", 0, 4, track=0), shot("SH020", 4, 9, track=0)]
    said = [line(f"DE_{n}", "", n, n + 1.5) for n in range(4)]
    cues = sheet(shots, said)
    before = layout_cut(cues, said, None)
    by_others = [replace(one, character="ANNA") for one in said]
    longer = [*said[:3], line("DE_3", "", 7, 9.01)]
    for lines in (by_others, longer, said[:2], []):
        again, anew = layout_cut(cues, lines, before), layout_cut(cues, lines, None)
        assert [row.items for row in again.rows] == [row.items for row in anew.rows]
        assert again.frames == anew.frames
        for row, wanted in zip(again.rows, anew.rows, strict=True):
            assert row.spans.ends.tolist() == wanted.spans.ends.tolist()


def test_a_shot_that_is_being_rendered_says_how_far_it_is():
    ready, skipped = sheet(
        [shot("SH010", 0, 4), shot("SH020", 4, 9)], [line("DE_1", "", 1, 2)]
    ).cues
    assert describe_shot(ready, "rendering", "Rendering 54 %") == "Rendering 54 %"
    assert describe_shot(ready, "rendering") == "Rendering"
    assert describe_shot(skipped, "skipped") == "No dub plays over it."


def test_pictures_lie_above_the_dub_and_upper_tracks_above_lower_ones():
    shots = (shot("SH010", 0, 4), shot("SH020", 1, 2, 1))
    made = make_rows(shots, (line("DE_1", "", 0, 1),), RATE)
    assert [(row.kind, row.track) for row in made] == [
        (PICTURE, "V2"),
        (PICTURE, "V1"),
        (Role.DUB, "Dub DE"),
    ]


@settings(max_examples=60)
@example([TimeRange(Fraction(0), Fraction(9)), TimeRange(Fraction(1), Fraction(2))], 100, 10)
@given(st.lists(stretches, max_size=12), st.integers(0, FRAMES), st.integers(1, 60))
def test_what_lies_in_view_is_found(records, first, count):
    found = spans_of(records, RATE)
    between = found.between(first, first + count)
    ordered = sorted(records)
    seen = [
        n
        for n, r in enumerate(ordered)
        if r.overlap(TimeRange(Fraction(first, 25), Fraction(first + count, 25)))
    ]
    assert set(seen) <= set(range(between.start, between.stop))
    assert all(ordered[n].start * 25 < first + count for n in range(between.start, between.stop))


def test_edit_points_are_where_the_audience_sees_another_shot():
    hole = TimeRange(Fraction(5), Fraction(6))
    shots = (shot("SH010", 0, 4), shot("SH020", 4, 8, 0, hole), shot("SH030", 5, 6, 1))
    points = find_edit_points(shots, RATE)
    assert points == (0, 4, 5, 6, 8)
    assert [next_point(points, Fraction(at)) for at in (0, 4.5, 8)] == [4, 5, None]
    assert [previous_point(points, Fraction(at)) for at in (0, 4.5, 8)] == [None, 4, 6]
    assert count_frames(make_rows(shots, (line("DE_1", "", 7, 9.01),), RATE), RATE) == 226


columns = st.lists(st.tuples(st.integers(-30, 60), st.integers(0, 20)), min_size=1, max_size=30)


@settings(max_examples=80)
@given(columns, st.data())
def test_each_column_shows_one_of_its_boxes_and_an_urgent_slim_one_first(told, data):
    told.sort()
    begin = np.array([at for at, _ in told])
    end = begin + np.array([wide for _, wide in told])
    urgency = np.array([data.draw(st.integers(0, 2)) for _ in told], np.uint8)
    shown = topmost_box_per_column(begin, end, urgency, 50)
    for x in range(50):
        slim = [n for n in range(len(told)) if end[n] - begin[n] < 3 and begin[n] == x]
        wide = [n for n in range(len(told)) if begin[n] <= x]
        if slim:
            assert shown[x] == max(slim, key=lambda n: (urgency[n], n))
        elif wide and x < max(end[wide[-1]], begin[wide[-1]] + 1):
            assert shown[x] == wide[-1]
        else:
            assert shown[x] == -1
    lasts = {int(e) - 1 for b, e in zip(begin, end, strict=True) if e - b > 3 and 0 < e <= 50}
    assert set(edges(begin, end, 50).tolist()) == lasts


@settings(max_examples=60)
@given(stretches, st.integers(-300, 300), st.lists(st.integers(0, FRAMES), max_size=8))
def test_a_line_sticks_to_the_nearest_edge_within_reach_and_begins_in_the_cut(record, frames, edge):
    points = sorted({Fraction(at, 25) for at in edge})
    reach = Fraction(3)
    went = snap(record, frames, points, RATE, reach)
    aligned = [round((p - end) * 25) for p in points for end in (record.start, record.end)]
    near = [by for by in aligned if abs(by - frames) <= reach]
    assert abs(went - frames) == min((abs(by - frames) for by in near), default=0)
    assert went in near or went == frames
    begin = record.start + clamp(record, went, RATE, FRAMES + 41) / RATE
    assert 0 <= begin < Fraction(FRAMES + 41, 25)
