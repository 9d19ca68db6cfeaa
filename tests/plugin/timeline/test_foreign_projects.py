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
        ("cut.fcpxmld.zip", "is an archive.*Unpack it"),
        ("cut.txt", "If it is an EDL, rename it"),
    ],
)
def test_what_is_no_cut_is_named(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(DubError, match=said):
        read_timeline(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "head", "said"),
    [
        ("cut.edl", b"\xd0\xcf\x11\xe0\xa1\xb1", "named .edl, but is an AAF. Rename it to .aaf"),
        ("cut.otio", b"PK\x03\x04\x14", "Rename it to .otioz"),
        (
            "cut.xml",
            b'<?xml version="1.0"?>\n<!DOCTYPE fcpxml>\n<fcpxml version="1.9"/>',
            "to .fcpxml",
        ),
        (
            "cut.xml",
            '<?xml version="1.0"?><!-- <a> --><mlt/>'.encode("utf-16"),
            "Rename it to .mlt",
        ),
        ("cut.xml", b"<plist/>", "of the kind <plist>, and no Final Cut 7 XML"),
    ],
)
def test_a_cut_with_the_suffix_of_another_is_named(
    tmp_path: Path, name: str, head: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(head)
    with pytest.raises(DubError, match=said):
        read_timeline(tmp_path / name)
