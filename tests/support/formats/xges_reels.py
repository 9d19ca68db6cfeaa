"""The coded reel as a project of GStreamer Editing Services, and what GES shows of a project."""

import subprocess
from fractions import Fraction
from pathlib import Path

import pytest
from support.cuts.coded_reel import LENGTH, MEDIA_FRAMES, MIX, SHOTS, TITLE, media_name
from support.media.frame_codes import HEIGHT, WIDTH, Seen, read_film

_PYTHON = "/usr/bin/python3"  # the system's, which has the bindings
_HAS_GES = "import gi; gi.require_version('GES', '1.0')"
_RENDER = Path(__file__).with_name("ges_render.py")


def _has_ges() -> bool:
    try:
        return subprocess.run([_PYTHON, "-c", _HAS_GES], capture_output=True).returncode == 0
    except OSError:
        return False


needs_ges = pytest.mark.skipif(not _has_ges(), reason="GES and its Python bindings are not there")


def render_ges(project: Path, rate: Fraction) -> list[Seen]:
    """Return what GES shows of a project."""
    film = project.with_suffix(".rendered.mkv")
    command = [_PYTHON, str(_RENDER), str(project), str(film)]
    command.append(f"{rate.numerator}/{rate.denominator}")
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stderr.decode()
    return read_film(film)


def xges_reel(folder: Path, rate: Fraction = Fraction(25)) -> str:
    """Return the reel as Pitivi writes it: a title's layer above that of the shots."""
    files = [(folder / media_name(shot.file), MEDIA_FRAMES) for shot in SHOTS]
    files.append((folder / "title.mov", len(TITLE)))
    assets = "".join(
        f"<asset id='{file.as_uri()}' extractable-type-name='GESUriClip' properties='properties, "
        f"supported-formats=(int)4, duration=(guint64){_ns(count, rate)};' "
        "metadatas='metadatas;' />\n"
        for file, count in files
    )
    title = _clip(0, folder / "title.mov", 0, TITLE, 0, rate)
    clips = [
        _clip(shot.file, folder / media_name(shot.file), 1, shot.played, shot.source[0], rate)
        for shot in SHOTS
    ]
    mix = (
        "<clip id='9' asset-id='crossfade' type-name='GESTransitionClip' layer-priority='1' "
        f"track-types='4' start='{_ns(MIX.start, rate)}' duration='{_span_ns(MIX, rate)}' "
        "inpoint='0' rate='0' properties='properties, name=(string)transitionclip9;' />\n"
    )
    caps = (
        f"video/x-raw\\,\\ width\\=\\(int\\){WIDTH}\\,\\ height\\=\\(int\\){HEIGHT}\\,\\ "
        f"framerate\\=\\(fraction\\){rate.numerator}/{rate.denominator}"
    )
    return (
        "<ges version='0.4'>\n<project properties='properties;' metadatas='metadatas;'>\n"
        f"<ressources>\n{assets}</ressources>\n"
        "<timeline properties='properties, auto-transition=(boolean)true;' "
        "metadatas='metadatas;'>\n"
        "<track caps='video/x-raw(ANY)' track-type='4' track-id='0' properties='properties, "
        f"restriction-caps=(string)&quot;{caps}&quot;, mixing=(boolean)true;' "
        "metadatas='metadatas;'/>\n"
        f"{_layer(0, title)}{_layer(1, ''.join([clips[0], mix, *clips[1:]]))}"
        f"</timeline>\n</project>\n</ges>\n<!-- {LENGTH} frames -->\n"
    )


def _layer(priority: int, inside: str) -> str:
    return (
        f"<layer priority='{priority}' properties='properties, auto-transition=(boolean)true;' "
        f"metadatas='metadatas, volume=(float)1;'>\n{inside}</layer>\n"
    )


def _clip(number: int, file: Path, layer: int, record: range, first: int, rate: Fraction) -> str:
    return (
        f"<clip id='{number}' asset-id='{file.as_uri()}' type-name='GESUriClip' "
        f"layer-priority='{layer}' track-types='4' start='{_ns(record.start, rate)}' "
        f"duration='{_span_ns(record, rate)}' inpoint='{_ns(first, rate)}' rate='0' "
        f"properties='properties, name=(string)uriclip{number};' />\n"
    )


def _span_ns(record: range, rate: Fraction) -> int:
    """Return how long it lasts, so that it ends where what follows starts."""
    return _ns(record.stop, rate) - _ns(record.start, rate)


def _ns(frames: int, rate: Fraction) -> int:
    return int(frames / rate * 10**9)  # GES shows a frame from this nanosecond on
