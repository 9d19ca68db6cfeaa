"""What was looked at is not looked at again, as long as the same is asked."""

from dataclasses import replace
from fractions import Fraction

from lipflap.core.order import WALK, DubSettings
from lipflap.plugin.cut.cuesheet import LEFT, READY, Cue, CueSheet
from lipflap.plugin.cut.cut import Shot, Stretch
from lipflap.plugin.cut.decisions import AS_THE_CUT, Directions
from lipflap.plugin.job.folder import Job
from lipflap.plugin.order.media_check import Checked, check, orders_known, unknown, with_known
from lipflap.plugin.order.ordering import Terms

F = Fraction


def cue(name: str, state: str = READY) -> Cue:
    shot = Shot(name, (0,), None, F(0), F(1), Stretch(F(0), F(1)), (), "")
    return Cue(shot, (), AS_THE_CUT, state, "" if state == READY else "No dub.", (), None)


def sheet(*cues: Cue) -> CueSheet:
    return CueSheet("reel.otio", "abc", F(25), 0, "", cues)


def known(*asked: Cue) -> dict[str, Checked]:
    return {
        one.shot.name: Checked(one, replace(one, state=LEFT, reason="Its media is gone."), None)
        for one in asked
    }


def test_what_is_known_is_shown_and_not_looked_at_again():
    asked = sheet(cue("SH010"), cue("SH020"), cue("SH030", LEFT))
    told = known(cue("SH010"))
    shown = with_known(asked, told)
    assert [one.reason for one in shown.cues] == ["Its media is gone.", "", "No dub."]
    assert [one.shot.name for one in unknown(asked, told).cues] == ["SH020"]


def test_another_decision_makes_a_cue_unknown_again_and_taking_it_back_known():
    told = known(cue("SH010"))
    other = sheet(replace(cue("SH010"), directions=Directions(face=1)))
    assert with_known(other, told) == other
    assert len(unknown(other, told).cues) == 1
    assert not unknown(sheet(cue("SH010")), told).cues


def test_a_cue_that_cannot_be_ordered_is_left_with_the_reason(tmp_path):
    settings = DubSettings("starter", "", 1, 1.0, WALK, 0, "embedded", None)
    terms = Terms(8, "source", settings)
    asked = sheet(replace(cue("SH010"), directions=Directions(quality="superb")))
    (one,) = check(asked, terms, Job(tmp_path), lambda model: "")
    assert (one.asked, one.found.state, one.order) == (asked.cues[0], LEFT, None)
    assert "superb" in one.found.reason
    assert orders_known(asked, {"SH010": one}) == ()
