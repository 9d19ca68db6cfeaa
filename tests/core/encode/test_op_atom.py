"""OP-Atom files, read by ffprobe and by pyaaf2: what they hold, and how they are named."""

import json
import subprocess
from fractions import Fraction
from pathlib import Path

import aaf2
import numpy as np
import pytest

from lipflap.core.encode.op_atom import write_op_atom
from lipflap.core.errors import DubError
from lipflap.core.media.ffmpeg_process import binary
from lipflap.core.order import Output

RATE = Fraction(30_000, 1001)


def film(path: Path, *options: str, rate: Fraction = RATE) -> Output:
    source = f"testsrc2=s=256x144:r={rate.numerator}/{rate.denominator}"
    command = [binary(), "-v", "error", "-f", "lavfi", "-i", source, "-frames:v", "5", *options]
    subprocess.run([*command, "-timecode", "01:00:00;00", str(path)], check=True)
    return Output(
        path=str(path), rate=rate, start_frame=107_892, head=0, tail=0, codec="source", reel="A001"
    )


def probed(path: Path) -> dict[str, str]:
    shown = "stream=codec_name,profile,pix_fmt,r_frame_rate,nb_read_packets:stream_tags:format_tags"
    command = ["ffprobe", "-v", "error", "-count_packets", "-show_entries", shown, "-of", "json"]
    found = json.loads(subprocess.run([*command, str(path)], capture_output=True).stdout)
    (stream,) = found["streams"]
    return {**found["format"]["tags"], **stream.pop("tags"), **stream}


def pixels(path: Path) -> np.ndarray:
    command = [binary(), "-v", "error", "-i", str(path), "-f", "rawvideo"]
    raw = subprocess.run([*command, "-pix_fmt", "yuv422p10le", "-"], capture_output=True).stdout
    return np.frombuffer(raw, np.uint16).astype(float)


@pytest.mark.parametrize(
    ("options", "profile"),
    [
        (("-c:v", "prores_ks", "-pix_fmt", "yuv422p10le"), "DNXHR HQX"),
        (("-c:v", "mpeg4", "-q:v", "1", "-pix_fmt", "yuv420p"), "DNXHR HQ"),
        (("-c:v", "prores_ks", "-profile:v", "4", "-pix_fmt", "yuv444p10le"), "DNXHR 444"),
    ],
)
def test_the_picture_timecode_and_reel_are_in_it(
    options: tuple[str, ...], profile: str, tmp_path: Path
) -> None:
    output, path = film(tmp_path / "new.mov", *options), tmp_path / "new.mxf"
    write_op_atom(output, path, "SH010 lipflap")
    said = probed(path)
    assert (said["codec_name"], said["profile"], said["nb_read_packets"]) == ("dnxhd", profile, "5")
    assert said["r_frame_rate"] == "30000/1001"
    assert (said["timecode"], said["reel_name"]) == ("01:00:00;00", "A001")
    assert said["material_package_name"] == "SH010 lipflap"
    assert aaf2.mxf.MXFFile(str(path)).operation_pattern == "OPAtom"
    assert np.abs(pixels(path) - pixels(Path(output.path))).mean() < 4  # of 1023


def test_dnxhr_goes_in_packet_by_packet(tmp_path: Path) -> None:
    options = ("-c:v", "dnxhd", "-profile:v", "dnxhr_sq", "-pix_fmt", "yuv422p")
    output, path = film(tmp_path / "new.mov", *options), tmp_path / "new.mxf"
    write_op_atom(output, path, "SH010 lipflap")
    assert probed(path)["profile"] == "DNXHR SQ"
    assert np.array_equal(pixels(path), pixels(Path(output.path)))


def test_two_files_have_identifiers_of_their_own(tmp_path: Path) -> None:
    output = film(tmp_path / "new.mov", "-c:v", "prores_ks", "-pix_fmt", "yuv422p10le")
    paths = [tmp_path / "a.mxf", tmp_path / "b.mxf"]
    for path in paths:
        write_op_atom(output, path, "SH010 lipflap")
    assert len({probed(path)["material_package_umid"] for path in paths}) == 2


def test_alpha_is_refused(tmp_path: Path) -> None:
    options = ("-c:v", "prores_ks", "-profile:v", "4", "-pix_fmt", "yuva444p10le")
    output = film(tmp_path / "new.mov", *options)
    with pytest.raises(DubError, match="has alpha"):
        write_op_atom(output, tmp_path / "new.mxf", "SH010 lipflap")


def test_full_range_is_refused(tmp_path: Path) -> None:
    output = film(tmp_path / "new.mov", "-c:v", "png")
    with pytest.raises(DubError, match="video levels"):
        write_op_atom(output, tmp_path / "new.mxf", "SH010 lipflap")
    assert not (tmp_path / "new.mxf").exists()
