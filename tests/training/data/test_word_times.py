from fractions import Fraction
from pathlib import Path

import pytest

from lipflap.core.errors import DubError
from lipflap.training.data.word_times import Word, closed_frames, read_word_times

SENTENCE = """0 17750 sil
17750 22500 bin
22500 27000 blue
27000 28000 at
28000 31000 f
31000 36250 three
36250 46750 please
46750 74500 sil
"""


def closed_of(align: Path, rate: Fraction) -> tuple[int, ...]:
    return closed_frames(read_word_times(align), rate)


def test_lips_are_closed_where_b_and_p_begin(tmp_path: Path) -> None:
    """17750 of 25,000ths is 0.71 s: frame 17 at 25 a second, frame 35 at 50."""
    (tmp_path / "one.align").write_text(SENTENCE)
    assert closed_of(tmp_path / "one.align", Fraction(25)) == (17, 22, 36)
    assert closed_of(tmp_path / "one.align", Fraction(50)) == (35, 45, 72)


def test_letters_count_and_words_that_begin_otherwise_do_not(tmp_path: Path) -> None:
    (tmp_path / "one.align").write_text("0 1000 b\n1000 2000 m\n2000 3000 p\n3000 4000 now\n")
    assert closed_of(tmp_path / "one.align", Fraction(25)) == (0, 2)


def test_without_a_file_nothing_is_known(tmp_path: Path) -> None:
    assert closed_of(tmp_path / "none.align", Fraction(25)) == ()


def test_another_kind_of_file_is_refused_with_the_line(tmp_path: Path) -> None:
    (tmp_path / "one.align").write_text("0 1000 b\nb 0 1000\n")
    with pytest.raises(DubError, match=r"one\.align: is not a word alignment: 'b 0 1000'"):
        closed_of(tmp_path / "one.align", Fraction(25))


def test_words_have_their_times_and_silence_is_no_word(tmp_path: Path) -> None:
    (tmp_path / "one.align").write_text(SENTENCE)
    words = read_word_times(tmp_path / "one.align")
    assert [word.text for word in words] == ["bin", "blue", "at", "f", "three", "please"]
    assert words[0] == Word(Fraction(71, 100), Fraction(9, 10), "bin")
