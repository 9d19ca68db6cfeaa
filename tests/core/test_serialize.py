"""Records survive JSON; what is not one is refused with the name of the field."""

import json
from dataclasses import dataclass, replace
from fractions import Fraction

import pytest

from lipflap.core.serialize import RecordUnreadable, from_dict, from_json, read_text, to_json

SCHEMA = "test.reel/1"


@dataclass(frozen=True)
class Take:
    rate: Fraction
    frames: int
    note: str | None


@dataclass(frozen=True)
class Reel:
    name: str
    printed: bool
    takes: tuple[Take, ...]
    seconds: dict[str, float]


REEL = Reel("A001 — zweite Rolle", True, (Take(Fraction(24000, 1001), 3, None),), {"decode": 0.5})


def as_body(reel: Reel) -> dict:
    return json.loads(to_json(SCHEMA, reel))


def test_a_record_comes_back_from_json_as_it_was():
    assert from_json(SCHEMA, Reel, to_json(SCHEMA, REEL), where="reel.json") == REEL


def test_json_keeps_rates_exact_and_names_readable():
    body = as_body(REEL)
    assert body["takes"][0]["rate"] == "24000/1001"
    assert "zweite" in to_json(SCHEMA, REEL)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", 3, "name must be str"),
        ("printed", 1, "printed must be bool"),
        ("takes", {}, "takes must be a list"),
        ("takes", [{"rate": "24", "frames": True, "note": None}], "takes[0].frames must be int"),
        ("takes", [{"rate": 24.0, "frames": 3, "note": None}], "takes[0].rate must be Fraction"),
        ("takes", [{"rate": "24", "frames": 3}], "takes[0] has wrong or missing fields: note"),
        ("takes", [3], "takes[0] must be an object"),
        ("seconds", {"decode": "long"}, "seconds.decode must be float"),
        ("seconds", [], "seconds must be an object"),
        ("colour", "red", "wrong or missing fields: colour"),
    ],
)
def test_a_wrong_field_is_named(field, value, said):
    body = as_body(REEL) | {field: value}
    with pytest.raises(RecordUnreadable) as refused:
        from_json(SCHEMA, Reel, json.dumps(body), where="reel.json")
    assert said in str(refused.value)
    assert str(refused.value).startswith("reel.json: ")


@pytest.mark.parametrize("rate", ["1/0", "fast", ""])
def test_a_rate_that_cannot_exist_is_refused(rate):
    with pytest.raises(RecordUnreadable):
        from_dict(Take, {"rate": rate, "frames": 1, "note": None}, where="take")


@pytest.mark.parametrize("text", ["", "not json", "[]", "3", "null", "[" * 100_000, "{}"])
def test_what_is_no_record_is_refused(text):
    with pytest.raises(RecordUnreadable, match=r"reel\.json"):
        from_json(SCHEMA, Reel, text, where="reel.json")


def test_another_version_is_refused_naming_both():
    text = to_json("test.reel/2", REEL)
    with pytest.raises(RecordUnreadable, match=r"test\.reel/2.*test\.reel/1"):
        from_json(SCHEMA, Reel, text, where="reel.json")


def test_a_file_that_cannot_be_read_says_which(tmp_path):
    binary = tmp_path / "reel.json"
    binary.write_bytes(b"\xff\xfe\x00")
    for path in (binary, tmp_path, tmp_path / "absent.json"):
        with pytest.raises(RecordUnreadable) as refused:
            read_text(path)
        assert refused.value.where == str(path)


def test_records_that_differ_differ_in_json():
    assert to_json(SCHEMA, REEL) != to_json(SCHEMA, replace(REEL, printed=False))


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_no_file_may_hold_is_not_written(number: float) -> None:
    with pytest.raises(ValueError, match="Out of range"):
        to_json(SCHEMA, replace(REEL, seconds={"decode": number}))
