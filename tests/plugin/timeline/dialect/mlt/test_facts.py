"""What filters and transitions of MLT do to a picture."""

import pytest

from lipflap.plugin.timeline.dialect.mlt.facts import clip_facts, compositions, track_blends
from lipflap.plugin.timeline.dialect.mlt.project import MltProject, read_project

HALF = {"fills_frame": False}
ZOOMED = {"transformed": True}
MOVED = HALF | ZOOMED


def project(inside: str) -> MltProject:
    text = f'<mlt><profile width="1920" height="1080"/><tractor id="t">{inside}</tractor></mlt>'
    return read_project(text.encode(), "cut.mlt")


def tag(name: str, said: dict[str, object], times: str = "") -> str:
    inside = "".join(f'<property name="{key}">{value}</property>' for key, value in said.items())
    return f"<{name} {times}>{inside}</{name}>"


@pytest.mark.parametrize(
    ("service", "said", "facts"),
    [
        ("qtblend", {"rect": "0 0 1920 1080 1"}, {}),
        ("qtblend", {"rect": "00:00:00.000=0 0 1920 1080 1.000000"}, {}),
        ("qtblend", {"rect": "-192 -108 2304 1296 1"}, ZOOMED),
        ("qtblend", {"rect": "0 0 960 540 1"}, MOVED),
        ("qtblend", {"rect": "0=0 0 1920 1080 1;50~=10 0 1920 1080 1"}, MOVED),
        ("qtblend", {"rect": "0 0 1920 1080 0.5"}, {"opacity": 0.5}),
        ("qtblend", {"rect": "0=0 0 1920 1080 0;9=0 0 1920 1080 1"}, {"opacity": 0.01}),
        ("qtblend", {"rect": "0 0 1920 1080 0"}, {"opacity": 0.0}),
        ("qtblend", {"rotation": "0=0;9=5"}, MOVED),
        ("qtblend", {"compositing": "11"}, {"blend": "mode 11"}),
        ("qtblend", {"rect": "0 0 9 9 1", "disable": 1}, {}),
        ("affine", {"transition.rect": "10% 10% 50% 50% 1"}, MOVED),
        ("affine", {"transition.rect": "0% 0% 100% 100% 1"}, {}),
        ("affine", {"transition.geometry": "0=0/0:1920x1080:40"}, {"opacity": 0.4}),
        ("affine", {"transition.fix_rotate_z": "0"}, {}),
        ("brightness", {"level": "0.2"}, {}),
        ("brightness", {"level": 1, "alpha": "00:00:00.000=0;00:00:00.360=1"}, {"opacity": 0.01}),
        ("brightness", {"alpha": "1"}, {}),
        ("rotoscoping", {}, HALF),
        ("frei0r.bluescreen0r", {}, HALF),
        ("volume", {"gain": 0}, {}),
    ],
)
def test_filters(service: str, said: dict[str, object], facts: dict[str, object]) -> None:
    made = project(tag("filter", {"mlt_service": service, **said}))
    assert clip_facts(made, [made.by_id["t"]]) == facts


def test_the_least_opacity_of_two_filters_counts() -> None:
    faint = tag("filter", {"mlt_service": "qtblend", "rect": "0 0 1920 1080 0.3"})
    weak = tag("filter", {"mlt_service": "qtblend", "rect": "0 0 1920 1080 0.6"})
    made = project(faint + weak)
    assert clip_facts(made, [made.by_id["t"]]) == {"opacity": 0.3}


@pytest.mark.parametrize(
    ("said", "facts"),
    [
        ({"mlt_service": "composite", "geometry": "0/0:100%x100%:100"}, {}),
        ({"mlt_service": "composite", "geometry": "50%/0:50%x50%:100"}, MOVED),
        ({"mlt_service": "luma"}, HALF),
        ({"mlt_service": "mix"}, {}),
        ({"mlt_service": "luma", "disable": 1}, {}),
        ({"mlt_service": "qtblend", "compositing": 3}, {"blend": "mode 3"}),
    ],
)
def test_compositions_between_tracks(said: dict[str, object], facts: dict[str, object]) -> None:
    placed = tag("transition", {"a_track": 1, "b_track": 2, **said}, 'in="00:00:01.000" out="49"')
    made = project(placed)
    assert [
        (one.track, one.first, one.end, one.facts) for one in compositions(made, made.by_id["t"])
    ] == [(2, 25, 50, facts)]


@pytest.mark.parametrize(
    ("said", "mode"),
    [
        ({"mlt_service": "qtblend"}, ""),
        ({"mlt_service": "qtblend", "compositing": 0}, ""),
        ({"mlt_service": "frei0r.cairoblend", "1": "normal"}, ""),
        ({"mlt_service": "frei0r.cairoblend", "1": "screen"}, "screen"),
        ({"mlt_service": "frei0r.cairoblend", "1": "screen", "disable": 1}, ""),
        ({"mlt_service": "mix", "sum": 1}, ""),
    ],
)
def test_blend_modes_of_tracks(said: dict[str, object], mode: str) -> None:
    made = project(tag("transition", {"a_track": 0, "b_track": 2, "always_active": 1, **said}))
    assert track_blends(made.by_id["t"]) == ({2: mode} if mode else {})
    assert compositions(made, made.by_id["t"]) == []


def test_a_transition_without_times_is_of_its_track() -> None:
    said = {"a_track": 0, "b_track": 1, "mlt_service": "qtblend", "compositing": 12}
    made = project(tag("transition", said))
    assert track_blends(made.by_id["t"]) == {1: "mode 12"}
    assert compositions(made, made.by_id["t"]) == []
