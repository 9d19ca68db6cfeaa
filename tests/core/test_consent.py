"""Whose consent is missing, and whose has ended."""

from datetime import date

import pytest

from lipflap.core.consent import Agreement, consent_gaps, describe_agreement

TODAY = date(2026, 11, 26)
JANE = Agreement("Jane Doe", "German dub", "Agency Roe", "2026-11-26", "", ("ANNA", "Anna's twin"))
JO = Agreement("Jo Roe", "German dub", until="2026-11-25")
ALL = Agreement("", "release of May, all of us")


@pytest.mark.parametrize(
    ("agreed", "characters", "gaps"),
    [
        ((), (), ("No consent is on file.",)),
        (
            (),
            ("ANNA", "BEN", "ANNA"),
            ("No consent of ANNA is on file.", "No consent of BEN is on file."),
        ),
        ((ALL,), ("ANNA", "BEN"), ()),
        ((JANE,), ("anna", "Anna's Twin"), ()),
        ((JANE,), (), ()),
        ((JANE,), ("Jane Doe",), ("No consent of Jane Doe is on file.",)),
        ((JO,), ("JO ROE",), ("The consent of Jo Roe ended on 2026-11-25.",)),
        ((JO,), (), ("The consent of Jo Roe ended on 2026-11-25.",)),
        ((JO, Agreement("Jo Roe", "all dubs")), ("Jo Roe",), ()),
        ((JO, JANE), ("Jo Roe", "ANNA"), ("The consent of Jo Roe ended on 2026-11-25.",)),
    ],
)
def test_a_gap_names_who_has_not_agreed(
    agreed: tuple[Agreement, ...], characters: tuple[str, ...], gaps: tuple[str, ...]
) -> None:
    assert consent_gaps(agreed, characters, TODAY) == gaps


@pytest.mark.parametrize("until", ["2026-13-01", "20261231", "2026-02-30", "soon", "2026-12-31T00"])
def test_a_day_that_is_none_is_refused(until: str) -> None:
    with pytest.raises(ValueError, match="no day such as"):
        Agreement("Jane Doe", "German dub", until=until)


def test_nothing_agreed_and_a_hash_that_is_none_are_refused() -> None:
    with pytest.raises(ValueError, match="what was agreed"):
        Agreement("Jane Doe", " ")
    with pytest.raises(ValueError, match="no hash"):
        Agreement("Jane Doe", "German dub", document_sha256="abc")


def test_an_agreement_in_words() -> None:
    said = "Jane Doe (ANNA, Anna's twin): German dub, agreed by Agency Roe, until 2026-11-26"
    assert describe_agreement(JANE) == said
    assert describe_agreement(ALL) == "release of May, all of us"
