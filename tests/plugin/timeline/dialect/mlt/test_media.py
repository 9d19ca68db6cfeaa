"""Files, sequences and speeds of MLT's producers."""

from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from lipflap.plugin.timeline.dialect.mlt.media import MltMedia, media_of
from lipflap.plugin.timeline.dialect.mlt.project import read_project

FILM = {"mlt_service": "avformat-novalidate", "length": 250}


def media(said: dict[str, object], *, inside: str = "", root: str = "") -> MltMedia:
    told = "".join(f'<property name="{key}">{value}</property>' for key, value in said.items())
    text = f'<mlt root="{root}"><chain id="a">{told}{inside}</chain></mlt>'
    project = read_project(text.encode(), "cut.mlt")
    return media_of(project, project.by_id["a"])


@pytest.mark.parametrize(
    ("resource", "url"),
    [
        ("/films/a b ü.mov", "file:///films/a%20b%20%C3%BC.mov"),
        ("films/a.mov", "films/a.mov"),
        ("C:/films/a.mov", "C:/films/a.mov"),
        ("\\\\server\\films\\a.mov", "\\\\server\\films\\a.mov"),
    ],
)
def test_paths_are_kept_as_they_lead_to_a_file(resource: str, url: str) -> None:
    assert media(FILM | {"resource": resource}).reference.target_url == url


def test_a_relative_path_starts_at_the_projects_root(tmp_path: Path) -> None:
    (tmp_path / "a.mov").touch()
    said = FILM | {"resource": "a.mov"}
    assert media(said, root=str(tmp_path)).reference.target_url == (tmp_path / "a.mov").as_uri()
    assert media(said, root=str(tmp_path / "moved")).reference.target_url == "a.mov"


@pytest.mark.parametrize(
    ("said", "file", "speed"),
    [
        ({"resource": "/a.mov"}, "/a.mov", Fraction(1)),
        ({"resource": "avformat:/a.mov"}, "/a.mov", Fraction(1)),
        ({"mlt_service": "", "resource": "avformat-novalidate:/a.mov"}, "/a.mov", Fraction(1)),
        (
            {"mlt_service": "timewarp", "resource": "0.5:/a.mov", "warp_resource": "/a.mov"},
            "/a.mov",
            Fraction(1, 2),
        ),
        ({"mlt_service": "timewarp", "resource": "-1.25:/a:b.mov"}, "/a:b.mov", Fraction(-5, 4)),
        ({"mlt_service": "framebuffer", "resource": "/a.mov?2"}, "/a.mov", Fraction(2)),
        ({"mlt_service": "timewarp", "resource": "1e999:/a.mov"}, "/a.mov", Fraction(1)),
        (
            {
                "resource": "/p/1.mkv",
                "kdenlive:proxy": "/p/1.mkv",
                "kdenlive:originalurl": "/a.mov",
            },
            "/a.mov",
            Fraction(1),
        ),
        ({"resource": "/a.mov", "kdenlive:proxy": "-"}, "/a.mov", Fraction(1)),
        (
            {"resource": "/p/1.mp4", "shotcut:proxy": 1, "shotcut:originalResource": "/a.mov"},
            "/a.mov",
            Fraction(1),
        ),
    ],
)
def test_originals_and_speeds(said: dict[str, object], file: str, speed: Fraction) -> None:
    found = media(FILM | said)
    assert found.reference.target_url == Path(file).as_uri()
    assert found.speed == speed


@pytest.mark.parametrize("link", ["link", "filter"])
def test_a_time_remap_is_an_uneven_speed(link: str) -> None:
    inside = f'<{link}><property name="mlt_service">timeremap</property></{link}>'
    assert media(FILM | {"resource": "/a.mov"}, inside=inside).uneven == "time remapping"
    assert not media(FILM | {"resource": "/a.mov"}).uneven


def test_media_of_another_rate_counts_its_own_frames() -> None:
    rate = {"meta.media.frame_rate_num": 30000, "meta.media.frame_rate_den": 1001}
    available = media(FILM | {"resource": "/a.mov"} | rate).reference.available_range
    assert (available.duration.value, available.duration.rate) == (300, 29.97)


def test_stills_sequences_and_slide_shows(tmp_path: Path) -> None:
    still = media({"mlt_service": "qimage", "resource": "/a.png", "length": 15000})
    assert (still.is_still, still.reference.target_url) == (True, "file:///a.png")
    for number in (7, 8):
        (tmp_path / f"shot_{number:04}.png").touch()
    pattern = f"{tmp_path}/shot_%04d.png"
    counted = media({"mlt_service": "qimage", "resource": pattern, "ttl": 1, "length": 2})
    assert (counted.is_still, counted.name) == (False, "shot")
    assert isinstance(counted.reference, otio.schema.ImageSequenceReference)
    assert (counted.reference.start_frame, counted.reference.frame_zero_padding) == (7, 4)
    begun = media({"mlt_service": "qimage", "resource": f"{pattern}?begin=8", "length": 1})
    assert begun.reference.start_frame == 8
    for slides in ({"resource": "/a/.all.jpg"}, {"resource": pattern, "ttl": 25}):
        shown = media({"mlt_service": "qimage", "length": 250} | slides)
        assert isinstance(shown.reference, otio.schema.GeneratorReference)


@pytest.mark.parametrize(
    ("said", "stream"),
    [
        ({"audio_index": 1}, 0),
        ({"audio_index": 3}, 2),
        ({"astream": 1, "audio_index": 1}, 1),
        ({"audio_index": -1}, None),
        ({"audio_index": "all"}, None),
        ({"audio_index": 7}, None),
        ({}, None),
    ],
)
def test_the_sound_stream_is_counted_among_the_sounds(
    said: dict[str, object], stream: int | None
) -> None:
    kinds = {f"meta.media.{n}.stream.type": "audio" if n else "video" for n in range(4)}
    assert media(FILM | {"resource": "/a.mov"} | kinds | said).stream == stream
    if "astream" not in said:
        assert media(FILM | {"resource": "/a.mov"} | said).stream is None
