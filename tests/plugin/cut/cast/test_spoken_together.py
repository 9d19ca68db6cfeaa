"""Lines that several characters say together."""

import pytest

from lipflap.plugin.cut.cast.spoken_together import names_in, say_together


@pytest.mark.parametrize(
    "text", ["ANNA / BEN", "ANNA/BEN", "ANNA + BEN", "ANNA+BEN", "ANNA & BEN", "Anna und Ben"]
)
def test_several_names_in_one_cell_are_several_characters(text: str) -> None:
    said = say_together(["Anna", text, "Ben"])
    assert [name.casefold() for name in names_in(said[text])] == ["anna", "ben"]


@pytest.mark.parametrize("text", ["SMITH, JOHN", "COP 1/2", "Mutter und Kind", "ANNA", "ANDREA"])
def test_a_name_with_a_comma_a_word_or_numbers_is_one(text: str) -> None:
    assert names_in(say_together(["ANNA", "SMITH", text])[text]) == (text,)


def test_a_comma_parts_names_that_the_list_has_alone() -> None:
    said = say_together(["SMITH", "JOHN", "SMITH, JOHN", "SMITH, JOHN & ANNA"])
    assert said["SMITH, JOHN"] == "SMITH + JOHN"
    assert said["SMITH, JOHN & ANNA"] == "SMITH + JOHN + ANNA"
