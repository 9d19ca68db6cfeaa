"""Media URLs against the paths they mean, and files that really lie there."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipflap.core.errors import DubError
from lipflap.plugin.timeline.media.media_url import (
    candidate_paths,
    is_relative,
    local_path,
)

CUT_FOLDER = Path("/cuts/reel 1")


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file:///media/a%20b.mov", "/media/a b.mov"),
        ("file://localhost/Volumes/A%231/x.mov", "/Volumes/A#1/x.mov"),
        ("file:///media/a#b?c.mov", "/media/a#b?c.mov"),
        ("file:/media/a.mov", "/media/a.mov"),
        ("file:///C:/takes/a.mov", "C:/takes/a.mov"),
        ("file:///S%3a/takes/a.mov", "S:/takes/a.mov"),
        ("file://D:/takes/a.mov", "D:/takes/a.mov"),
        ("file://nexis/share/a%20b.mov", "//nexis/share/a b.mov"),
        ("C:\\takes\\a.mov", "C:\\takes\\a.mov"),
        ("\\\\nexis\\share\\a.mov", "\\\\nexis\\share\\a.mov"),
        ("/media/100% done.mov", "/media/100% done.mov"),
        ("media/a.mov", "/cuts/reel 1/media/a.mov"),
        ("file:media/a.mov", "/cuts/reel 1/media/a.mov"),
        ("Film HD:reel 1:a.mov", "/Volumes/Film HD/reel 1/a.mov"),
        ("disk:a.mov", "/Volumes/disk/a.mov"),
        ("12:30:05 take.mov", "/cuts/reel 1/12:30:05 take.mov"),
        ("\n\tfile:///media/a%20b.mov\n", "/media/a b.mov"),
        ("smb://nexis/share/a%20b.mov", "//nexis/share/a b.mov"),
    ],
)
def test_a_media_url_means_a_path(url: str, path: str) -> None:
    assert candidate_paths(url, CUT_FOLDER)[0] == path


@given(st.text(st.characters(exclude_characters="\0\\", exclude_categories=["Cs"]), min_size=1))
def test_the_url_pathlib_makes_of_a_path_leads_back_to_it(name: str) -> None:
    path = Path("/media") / name.strip("/.") / "a.mov"
    assert candidate_paths(path.as_uri(), CUT_FOLDER)[0] == str(path)


@pytest.mark.parametrize("url", ["https://cdn.example/a.mov", "s3://bucket/a.mov", "rtsp://x/a"])
def test_a_protocol_that_is_no_file_is_refused_by_name(url: str) -> None:
    with pytest.raises(DubError, match=url.split(":", maxsplit=1)[0]):
        candidate_paths(url, CUT_FOLDER)


def test_relative_urls_and_places(tmp_path: Path) -> None:
    (tmp_path / "a.mov").touch()
    assert is_relative("media/a.mov")
    assert not any(map(is_relative, ["", "/a.mov", "file:///a.mov", "C:\\a.mov", "\\\\srv\\a.mov"]))
    assert not is_relative("Film HD:reel 1:a.mov")
    assert local_path("a.mov", tmp_path) == tmp_path / "a.mov"
    assert local_path("b.mov", tmp_path) is None
    assert local_path(str(tmp_path / "a.mov").replace("/", ":").replace(":", "HD:", 1), tmp_path)
    assert local_path("https://x/a.mov", tmp_path) is None
