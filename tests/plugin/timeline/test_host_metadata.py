"""Metadata and lists of OTIO's items, asked for what they hold alone."""

import opentimelineio as otio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipflap.plugin.timeline.host_metadata import members, noted, said_by

VALUES = st.one_of(st.none(), st.booleans(), st.integers(0, 9), st.text("ab", max_size=3))


@given(st.dictionaries(st.text("abc", max_size=2), VALUES), st.sets(st.text("abc", max_size=2)))
def test_what_is_noted_under_keys_is_what_a_dictionary_has(
    metadata: dict[str, object], keys: set[str]
) -> None:
    item = otio.schema.Clip(metadata=metadata)
    assert noted(item, keys) == {key: metadata[key] for key in metadata.keys() & keys}


@pytest.mark.parametrize("count", [0, 1, 3])
def test_the_members_of_a_list_are_all_of_them_in_order(count: int) -> None:
    item = otio.schema.Clip(effects=[otio.schema.Effect(str(n)) for n in range(count)])
    assert [one.name for one in members(item.effects)] == [str(n) for n in range(count)]


@pytest.mark.parametrize(("metadata", "said"), [({}, {}), ({"nle": {"a": 1}}, {"a": 1})])
def test_what_a_host_says_is_a_mapping(metadata: dict[str, object], said: object) -> None:
    item = otio.schema.Clip(metadata={**metadata, "other": 5})
    assert dict(said_by("nle", item)) == said
    assert said_by("other", item) == {}
