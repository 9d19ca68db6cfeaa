"""Bundles that lead elsewhere or grow: nothing is written outside, nothing outside is opened."""

import stat
import struct
import zipfile
from pathlib import Path

import opentimelineio as otio
import pytest
from support.cuts.timelines import clip, movie, span, timeline, track

from lipflap.core.errors import DubError
from lipflap.plugin.timeline.bundle.read import unpack
from lipflap.plugin.timeline.extract import extract_cut
from lipflap.plugin.timeline.read import read_timeline

MEDIA = "media/one.mov"


def text(*urls: str) -> str:
    clips = [clip(f"SH{number}", 24, url=url) for number, url in enumerate(urls or [MEDIA])]
    return str(otio.adapters.write_to_string(timeline(track(*clips)), "otio_json"))


def bundle(folder: Path, *members: tuple[zipfile.ZipInfo | str, bytes], cut: str = "") -> Path:
    path = folder / "cut.otioz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, held in [("content.otio", (cut or text()).encode()), *members]:
            made.writestr(name, held)
    return path


def everything(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


def test_an_honest_bundle_is_unpacked(tmp_path: Path) -> None:
    """Else one that refuses everything would pass."""
    path = bundle(tmp_path, (MEDIA, b"film"))
    folder = unpack(path, tmp_path / "job")
    assert (folder / MEDIA).read_bytes() == b"film"
    assert extract_cut(read_timeline(path), path=path, media_folder=folder).shots[0].problem is None


@pytest.mark.parametrize(
    "name",
    [
        "../outside.mov",
        "media/../../outside.mov",
        "/tmp/outside.mov",
        "//server/outside.mov",
        "C:/outside.mov",
        "C:\\outside.mov",
        "..\\outside.mov",
        "media\\..\\..\\outside.mov",
        "%2e%2e/outside.mov",
        "media/%2e%2e/%2e%2e/outside.mov",
        "file:///tmp/outside.mov",
    ],
)
def test_a_member_that_leads_out_is_not_unpacked(name: str, tmp_path: Path) -> None:
    path = bundle(tmp_path, (MEDIA, b"film"), (zipfile.ZipInfo(name), b"outside"))
    before = everything(tmp_path)
    for look in (lambda: unpack(path, tmp_path / "in" / "job"), lambda: read_timeline(path)):
        with pytest.raises(DubError, match="leads out of the bundle"):
            look()
    assert everything(tmp_path) == before
    assert not Path("/tmp/outside.mov").exists()


def test_a_link_is_not_unpacked(tmp_path: Path) -> None:
    link = zipfile.ZipInfo(MEDIA)
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = bundle(tmp_path, (link, b"/etc/hostname"))
    with pytest.raises(DubError, match="is a link"):
        unpack(path, tmp_path / "job")
    assert not (tmp_path / "job").exists()


def test_a_link_in_a_folder_bundle_is_not_followed(tmp_path: Path) -> None:
    path = tmp_path / "cut.otiod"
    (path / "media").mkdir(parents=True)
    (path / "content.otio").write_text(text())
    (tmp_path / "secret.mov").write_bytes(b"secret")
    (path / MEDIA).symlink_to(tmp_path / "secret.mov")
    for look in (lambda: unpack(path, tmp_path / "job"), lambda: read_timeline(path)):
        with pytest.raises(DubError, match=r"holds a link, media/one\.mov"):
            look()


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("names", [(MEDIA, MEDIA), (MEDIA, MEDIA.upper())])
def test_of_two_files_of_one_name_none_is_taken(names: tuple[str, str], tmp_path: Path) -> None:
    path = bundle(tmp_path, *((zipfile.ZipInfo(name), b"film") for name in names))
    with pytest.raises(DubError, match="is in it twice"):
        unpack(path, tmp_path / "job")
    assert not (tmp_path / "job").exists()


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    for where in (MEDIA, "content.otio"):
        path = tmp_path / "bomb.otioz"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
            if where == MEDIA:
                made.writestr("content.otio", text())
            with made.open(where, "w", force_zip64=True) as member:
                for _ in range(200):
                    member.write(bytes(1 << 20))
        assert path.stat().st_size < 2 << 20
        for look in (lambda: unpack(path, tmp_path / "job"), lambda: read_timeline(path)):  # noqa: B023
            with pytest.raises(DubError, match="it would grow to"):
                look()
    assert not (tmp_path / "job").exists()


def test_members_that_share_their_bytes_count_each(tmp_path: Path) -> None:
    """The better bomb: ten thousand names for one member (Fifield 2019, WOOT '19)."""
    path = bundle(tmp_path, (MEDIA, bytes(1 << 20)))
    with zipfile.ZipFile(path, "a") as made:
        one = made.getinfo(MEDIA)
        for number in range(10_000):
            again = zipfile.ZipInfo(f"media/{number}.mov")
            for fact in ("compress_type", "compress_size", "file_size", "CRC", "header_offset"):
                setattr(again, fact, getattr(one, fact))
            made.filelist.append(again)
        made._didModify = True  # type: ignore[attr-defined]
    with zipfile.ZipFile(path) as written:
        assert len(written.infolist()) == 10_002
    with pytest.raises(DubError, match="it would grow to"):
        unpack(path, tmp_path / "job")
    assert not (tmp_path / "job").exists()


def test_a_member_that_lies_about_its_size_stays_within_it(tmp_path: Path) -> None:
    path = bundle(tmp_path, (MEDIA, bytes(8 << 20)))
    held = path.read_bytes()
    lied = held.replace(struct.pack("<L", 8 << 20), struct.pack("<L", 10))
    assert held.count(struct.pack("<L", 8 << 20)) == 2
    path.write_bytes(lied)
    with pytest.raises(DubError, match="cannot be unpacked"):
        unpack(path, tmp_path / "job")
    assert everything(tmp_path / "job") == set()


@pytest.mark.parametrize(
    "url",
    [
        "{outside}",
        "file://{outside}",
        "file:{outside}",
        "file://localhost{outside}",
        "../secret.mov",
        "media/../../secret.mov",
        "%2e%2e/secret.mov",
        "..\\secret.mov",
        "http://127.0.0.1:9/film.mov",
        "concat:{outside}",
    ],
)
def test_media_outside_of_a_bundle_is_none_of_its_business(url: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.mov"
    secret.write_bytes(b"secret")
    path = bundle(tmp_path, (MEDIA, b"film"), cut=text(url.format(outside=secret), MEDIA))
    found = extract_cut(read_timeline(path), path=path, media_folder=unpack(path, tmp_path / "job"))
    stolen, own = found.shots
    assert stolen.media is None
    assert "lies outside of its bundle" in stolen.problem.text
    assert own.problem is None


def test_not_even_by_a_reference_that_is_not_active(tmp_path: Path) -> None:
    (tmp_path / "secret.mov").write_bytes(b"secret")
    both = clip("SH0", 24, url=MEDIA)
    outside = movie((tmp_path / "secret.mov").as_uri())
    plates = otio.schema.ImageSequenceReference(
        f"{tmp_path}/", "sec", "ret.mov", 1, 1, 24, 0, available_range=span(0, 24)
    )
    references = {"DEFAULT_MEDIA": both.media_reference, "b": outside, "c": plates}
    both.set_media_references(references, "DEFAULT_MEDIA")
    written = otio.adapters.write_to_string(timeline(track(both)), "otio_json")
    for active in ("DEFAULT_MEDIA", "no such"):
        path = bundle(
            tmp_path,
            (MEDIA, b"film"),
            cut=written.replace('_key": "DEFAULT_MEDIA"', f'_key": "{active}"'),
        )
        (one,) = read_timeline(path).find_clips()
        assert str(tmp_path) not in repr(one.media_references().get("DEFAULT_MEDIA"))
        assert isinstance(one.media_references()["b"], otio.schema.MissingReference)
        assert isinstance(one.media_references()["c"], otio.schema.MissingReference)
        assert one.active_media_reference_key == active
