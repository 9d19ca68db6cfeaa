"""Media is checked once for a cue, for as long as the cue asks for the same."""

from dataclasses import replace
from fractions import Fraction

from support.jobs.orders import make_settings

from lipflap.plugin.cut.cuesheet import Cue, CueSheet, CueState
from lipflap.plugin.cut.cut import Shot
from lipflap.plugin.cut.decisions import NO_OVERRIDES, ShotOverrides
from lipflap.plugin.cut.reason import Reason, ReasonCode
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.job.folder import Job
from lipflap.plugin.order.media_check import (
    MediaCheck,
    check_media,
    checked_orders,
    unchecked,
    with_results,
)
from lipflap.plugin.order.render_settings import RenderSettings

F = Fraction


NO_DUB = Reason(ReasonCode.NO_DUB, "No dub.")
GONE = Reason(ReasonCode.MEDIA_MISSING, "Its media is gone.")


def cue(name: str, state: CueState = CueState.READY) -> Cue:
    shot = Shot(name, (0,), None, F(0), F(1), TimeRange(F(0), F(1)), (), None)
    return Cue(shot, (), NO_OVERRIDES, state, None if state == CueState.READY else NO_DUB, (), None)


def sheet(*cues: Cue) -> CueSheet:
    return CueSheet("reel.otio", "abc", F(25), 0, "", cues)


def known(*asked: Cue) -> dict[str, MediaCheck]:
    return {
        one.shot.name: MediaCheck(one, replace(one, state=CueState.SKIPPED, reason=GONE), None)
        for one in asked
    }


def test_what_is_known_is_shown_and_not_looked_at_again():
    asked = sheet(cue("SH010"), cue("SH020"), cue("SH030", CueState.SKIPPED))
    told = known(cue("SH010"))
    shown = with_results(asked, told)
    assert [one.reason_text for one in shown.cues] == ["Its media is gone.", "", "No dub."]
    assert [one.shot.name for one in unchecked(asked, told).cues] == ["SH020"]


def test_another_decision_makes_a_cue_unknown_again_and_taking_it_back_known():
    told = known(cue("SH010"))
    other = sheet(replace(cue("SH010"), overrides=ShotOverrides(face=1)))
    assert with_results(other, told) == other
    assert len(unchecked(other, told).cues) == 1
    assert not unchecked(sheet(cue("SH010")), told).cues


def test_a_cue_that_cannot_be_ordered_is_skipped_with_the_reason(tmp_path):
    terms = RenderSettings(8, "source", make_settings(steps=1))
    asked = sheet(replace(cue("SH010"), overrides=ShotOverrides(quality="superb")))
    (one,) = check_media(asked, [], terms, Job(tmp_path), lambda model: "")
    assert (one.requested, one.result.state, one.order) == (asked.cues[0], CueState.SKIPPED, None)
    assert "superb" in one.result.reason_text
    assert checked_orders(asked, {"SH010": one}) == ()
