"""How long rendering takes is said once it is known of every shot, and of none before."""

from support.jobs.orders import make_order

from lipflap.gui.toolbar.estimate import estimate


def test_the_time_of_a_part_is_not_told_as_that_of_all(tmp_path):
    orders = {shot: make_order(tmp_path / f"{shot}.mov", shot=shot) for shot in ("A", "B")}
    one, both = estimate(["A"], orders), estimate(["A", "B"], orders)
    assert one.startswith("about ")
    assert both.startswith("about ")
    assert one != both
    assert estimate(["A", "B", "C"], orders) == ""
    assert estimate([], orders) == ""
