"""docs/formats.md says which fact of which format is followed: every such cell is tried here."""

import subprocess
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from support.formats.fact_cuts import FORMATS

from lipflap.plugin.cut.cut import Shot
from lipflap.plugin.cut.reason import ReasonCode
from lipflap.plugin.timeline.extract import extract_cut
from lipflap.plugin.timeline.read import read_timeline

TABLE = Path(__file__).parents[3] / "docs" / "formats.md"
WORDS = {"followed", "left", "not in it", "not read"}
SPEEDS = {"speed": Fraction(2), "backwards": Fraction(-1), "freeze": 0, "still": 0}
SKIPPED = {
    "clip off": {ReasonCode.DISABLED},
    "track off": {ReasonCode.DISABLED},
    "uneven speed": {ReasonCode.RETIMED_UNEVENLY},
    "title": {ReasonCode.GENERATED, ReasonCode.NO_MEDIA},
    "solid colour": {ReasonCode.GENERATED},
}
SHOWS_BELOW = {"clip off", "track off", "scale", "position", "crop", "opacity", "blend", "title"}
SHOWS_BELOW |= {"alpha"}


def cells() -> Iterator[tuple[str, str, str]]:
    """Fact, format and what the table says of them."""
    rows = iter(TABLE.read_text(encoding="utf-8").splitlines())
    header = next(row for row in rows if row.startswith("| fact |"))
    formats = [cell.strip() for cell in header.strip("|").split("|")][1:]
    next(rows)
    for row in rows:
        if not row.startswith("|"):
            return
        fact, *words = (cell.strip() for cell in row.strip("|").split("|"))
        yield from ((fact, name, word) for name, word in zip(formats, words, strict=True))


TRIED = [cell for cell in cells() if cell[2] in ("followed", "left") and cell[1] in FORMATS]


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    (folder / "low.mov").touch()
    (folder / "high.mov").touch()
    for name, colour in (("logo.png", "white@0.5"), ("photo.png", "white")):
        command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i"]
        source = f"color={colour}:s=64x48:d=1,format=rgba"
        subprocess.run([*command, source, "-frames:v", "1", str(folder / name)], check=True)
    return folder


def shots(fact: str, name: str, media: Path) -> dict[str, Shot]:
    path = FORMATS[name](fact, media)
    found = extract_cut(read_timeline(path), path=path).shots
    return {"LOW" if "low" in shot.name.lower() else "HIGH": shot for shot in found}


def test_the_table_says_something_of_every_format() -> None:
    assert {word for _, _, word in cells()} <= WORDS
    assert {name for _, name, _ in cells()} == {*FORMATS}
    assert len({fact for fact, _, _ in cells()}) == len([*cells()]) / len(FORMATS)


@pytest.mark.parametrize("name", [one for one in FORMATS if one != "EDL"])
def test_without_any_fact_the_upper_picture_covers_the_lower(name: str, media: Path) -> None:
    found = shots("", name, media)
    assert found["LOW"].visible == ()
    assert (found["HIGH"].problem, found["HIGH"].speed) == (None, 1)


@pytest.mark.parametrize(("fact", "name", "word"), TRIED, ids=lambda cell: cell.replace(" ", "_"))
def test_what_the_table_says_is_so(fact: str, name: str, word: str, media: Path) -> None:
    found = shots(fact, name, media)
    high = found.get("HIGH")
    assert high or (fact, name) == ("track off", "Kdenlive, MLT")  # hidden, it is not read at all
    if high and fact in SKIPPED and (fact, name) != ("title", "AAF"):  # Avid's are effects of film
        assert high.problem is not None
        assert high.problem.code in SKIPPED[fact]
    if high and word == "left":
        assert high.problem is not None
        assert high.problem.code == ReasonCode.RETIMED_UNEVENLY
    if high and word == "followed" and fact in SPEEDS:
        assert high.speed == SPEEDS[fact]
    if "LOW" in found:
        seen = sum((piece.seconds for piece in found["LOW"].visible), Fraction(0))
        assert seen == (found["LOW"].record.seconds if fact in SHOWS_BELOW else 0)
    assert word == "left" if fact == "uneven speed" else word == "followed" or fact in SPEEDS
