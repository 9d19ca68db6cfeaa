"""Dubs of whole films: thousands of cues over thousands of shots, laid in a moment."""

from fractions import Fraction
from pathlib import Path
from time import process_time

from support.cuts.laid_cut import shot

from lipflap.core.playback import PLAIN
from lipflap.plugin.cut.cut import Cut
from lipflap.plugin.cut.delivery.laid_dub import SoundFiles
from lipflap.plugin.cut.delivery.lay_cues import lay_cue_list

COUNT = 1500
CUT = Cut("film", Fraction(25), 90_000, tuple(shot(f"SH{n}", n, n + 1) for n in range(COUNT)), ())
SOUNDS = SoundFiles(
    lambda path: Fraction(1), lambda path, rate: None, lambda path: (PLAIN, ""), lambda path: 48_000
)


def test_a_long_list_is_laid_cue_by_cue_in_a_moment(tmp_path: Path) -> None:
    """Half of its cues say a time, the others a shot."""
    rows = ["Cue,Character,In,Shot,File"]
    for number in range(COUNT):
        (tmp_path / f"SH{number}_de.wav").touch()
        time = f"{3600 + number}" if number % 2 else ""
        rows.append(f"{number},ANNA,{time},SH{number},SH{number}_de.wav")
    (tmp_path / "cues.csv").write_text("\n".join(rows))
    begun = process_time()
    laid = lay_cue_list(CUT, tmp_path / "cues.csv", SOUNDS)
    assert process_time() - begun < 2  # 5 s when each cue looks at all others and at all shots
    assert [line.record.start for line in laid.lines] == list(range(COUNT))
