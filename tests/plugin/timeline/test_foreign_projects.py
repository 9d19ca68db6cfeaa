"""Projects, logs and media that are given for a cut are refused as what they are."""

from pathlib import Path

import pytest

from lipflap.core.errors import DubError
from lipflap.plugin.timeline.read import read_timeline


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("show.drp", "project of DaVinci Resolve.*OpenTimelineIO"),
        ("show.PRPROJ", "project of Premiere Pro.*Final Cut Pro XML"),
        ("show.avb", "project of Media Composer.*AAF"),
        ("day 1.ale", "log of clips.*cut itself"),
        ("film.MP4", "media, and no cut.*OTIO"),
        ("dub.wav", "media, and no cut"),
        ("shot.1001.exr", "media, and no cut"),
        ("cut.json", "no timeline that can be read.*otio"),
    ],
)
def test_what_is_no_cut_is_named(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(DubError, match=said):
        read_timeline(tmp_path / name)
