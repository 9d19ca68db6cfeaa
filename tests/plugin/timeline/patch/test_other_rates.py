"""Media of another rate than the sequence's in an AAF, which counts in the sequence's frames."""

from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
from support.cuts import coded_job
from support.cuts.timelines import timeline, track
from support.formats.read_reels import by_adapter
from support.media.frame_codes import read_film, write_film
from support.media.sound_files import write_tones

from lipflap.core.order import read_order
from lipflap.plugin.cli.main import main
from lipflap.plugin.job.folder import Job

PAL = Fraction(25)


def test_a_new_picture_shows_the_moment_that_was_shown(tmp_path: Path) -> None:
    """A film of 50 frames a second, from its second 1 on, in a sequence of 25."""
    film = write_film(tmp_path / "film1.mov", 1, range(150), rate=2 * PAL)
    write_tones(tmp_path / "de.wav", [300], 1)
    cut, job, out = tmp_path / "cut.aaf", Job(tmp_path / "job"), tmp_path / "out.aaf"
    reference = otio.schema.ExternalReference(film.as_uri(), _range(0, 75))
    shot = otio.schema.Clip("SH010", reference, _range(25, 25))
    made = timeline(track(shot, name="V1"))
    otio.adapters.write_to_file(made, str(cut), use_empty_mob_ids=True)
    dub = ["--dub", str(tmp_path / "de.wav")]
    assert main(["order", str(cut), *dub, "-o", str(job.folder)]) == 0
    coded_job.render_coded(job)
    assert main(["conform", str(cut), str(job.folder), "--as", "track", "-o", str(out)]) == 0
    (new,) = (one for one in by_adapter(out).find_clips() if one.name == "SH010 lipflap")
    begin = new.source_range.start_time - new.available_range().start_time
    rate = read_order(job.folder / "orders" / "SH010.json").output.rate
    (code,) = read_film(job.folder / "media" / "SH010.mov")[round(begin.to_seconds() * rate)].codes
    assert (code.frame, code.dubbed) == (50, True)


def _range(start: int, count: int) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(
        otio.opentime.RationalTime(start, 25), otio.opentime.RationalTime(count, 25)
    )
