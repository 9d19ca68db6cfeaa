"""Decisions that two panels take about one cut at once, put together."""

from collections.abc import Mapping
from dataclasses import fields, replace

from lipflap.plugin.cut.decisions import Decisions, ShotOverrides


def join_decisions(before: Decisions, ours: Decisions, theirs: Decisions) -> Decisions:
    """Return what both have decided since `before`; where that is about the same, theirs.

    Shots are decided about one by one; slips, the cast and what else there is each as a whole.
    """
    names = [field.name for field in fields(Decisions)]
    own = [name for name in names if getattr(theirs, name) == getattr(before, name)]
    joined = replace(theirs, **{name: getattr(ours, name) for name in own})
    shots = _join_overrides(before.overrides, ours.overrides, theirs.overrides)
    return replace(joined, overrides=shots)


def have_same_dub(one: Decisions, other: Decisions) -> bool:
    """Return whether the dub comes from the same place."""
    dub, other_dub = ((each.dub, each.dub_at, each.dub_channel) for each in (one, other))
    return dub == other_dub


_Overrides = Mapping[str, ShotOverrides]


def _join_overrides(
    before: _Overrides, ours: _Overrides, theirs: _Overrides
) -> dict[str, ShotOverrides]:
    shots = dict.fromkeys([*theirs, *ours])
    chosen = {
        shot: (ours if theirs.get(shot) == before.get(shot) else theirs).get(shot) for shot in shots
    }
    return {shot: overrides for shot, overrides in chosen.items() if overrides is not None}
