"""A source's sound in a new file: the very samples, at their place beside the picture."""

from fractions import Fraction
from pathlib import Path

import pytest
from support.media.counted_media import FFV1, PRORES, ramp_numbers, write_film, write_ramp

from lipflap.core.encode.add_sound import add_source_sound
from lipflap.core.errors import DubError
from lipflap.core.media.probe import probe
from lipflap.core.media.sound.audio_reader import audio_track, read_track
from lipflap.core.order import Output

RATE = Fraction(25)


@pytest.mark.parametrize(("suffix", "codec"), [(".mov", PRORES), (".mkv", FFV1)])
def test_the_samples_of_the_source_lie_beside_its_picture(
    tmp_path: Path, suffix: str, codec: tuple[str, ...]
) -> None:
    sound = write_ramp(tmp_path / "day.wav", 4 * 48_000, channels=2)
    tagged = (*codec, "-c:a", "pcm_s24le", "-timecode", "01:00:00:00")
    size, chroma = (64, 48), "yuv422p10le"
    film, new = tmp_path / f"film{suffix}", tmp_path / f"new{suffix}"
    write_film(film, range(100), size=size, codec=tagged, sound=sound, pixel_format=chroma)
    write_film(new, range(25, 75), size=size, codec=codec, pixel_format=chroma)
    output = Output(str(new), RATE, 90_025, 0, 0, "source", "R1")
    path = tmp_path / f"out{suffix}"
    add_source_sound(output, film, path, Fraction(1), Fraction(2), False)
    track = audio_track(str(path))
    assert track.channels == 2
    first, late = max(0, track.delay_samples), track.delay_samples
    numbers = ramp_numbers(read_track(track, first - late, 1000)[0])
    assert late <= 2048
    assert numbers.tolist() == list(range(48_000 + first, 49_000 + first))
    info = probe(str(path))
    assert info.frame_count == 50
    if suffix == ".mov":
        assert (info.first_frame, info.coding.reel) == (90_025, "R1")


def test_a_file_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "broken.mov").write_bytes(b"no movie")
    output = Output(str(tmp_path / "broken.mov"), RATE, 0, 0, 0, "source")
    with pytest.raises(DubError, match=r"out\.mov: cannot be written with the sound of its source"):
        add_source_sound(
            output, tmp_path / "broken.mov", tmp_path / "out.mov", Fraction(0), Fraction(1), False
        )
    assert [path.name for path in tmp_path.iterdir()] == ["broken.mov"]
