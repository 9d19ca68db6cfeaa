"""What is signed of a photograph that blinks: eyelids, and every frame in which they are new."""

from pathlib import Path

from support.jobs.orders import make_order

from lipflap.core.order import FrameRange
from lipflap.core.result import DubResult, ShotReport, ShotState
from lipflap.plugin.trust.check.verdict import _edited
from lipflap.plugin.trust.facts import dub_facts


def _facts(*blinks: FrameRange) -> dict[str, object]:
    report = ShotReport(
        state=ShotState.RENDERED,
        frames=100,
        repainted_frames=10,
        repainted=(FrameRange(20, 30),),
        blinks=blinks,
    )
    order = make_order(Path("new.mov"))
    return dub_facts(order, DubResult("SH010", "abc", "new.mov", "def", report))


def test_blinks_are_signed_as_edited_and_told() -> None:
    facts = _facts(FrameRange(25, 33), FrameRange(60, 61))
    assert facts["region"] == "mouth and upper eyelids"
    assert facts["edited_frames"] == [[20, 32], [60, 60]]
    assert _edited(facts) == "AI-edited mouth and eyelids in 14 of 100 frames (20-32, 60)"
    assert _edited({**facts, "still": {"edited": True}}) == "AI-edited mouth and eyelids"


def test_without_blinks_only_the_mouth_was_edited() -> None:
    assert _edited(_facts()) == "AI-edited mouth in 10 of 100 frames (20-29)"
