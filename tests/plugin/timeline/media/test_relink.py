"""Media found again by hand: one file, what lay beside it, and the same on the command line."""

from pathlib import Path

from lipflap.plugin.job.path_map import PathRule, map_path
from lipflap.plugin.timeline.media.media_finder import MediaPlaces
from lipflap.plugin.timeline.media.relink import join_places, relink

HERE = Path("/mnt/reel")


def test_a_file_of_its_own_name_brings_what_lay_beside_it():
    places = relink(MediaPlaces(), "P:\\show\\A001.mov", HERE / "a001.MOV")
    assert places.rules == (PathRule("P:\\show", "/mnt/reel"),)
    assert map_path("p:\\show\\B002.mov", places.rules) == "/mnt/reel/B002.mov"


def test_a_file_of_another_name_is_that_file_alone():
    places = relink(MediaPlaces(), "/old/A001.mov", HERE / "A001_v2.mov")
    assert map_path("/old/A001.mov", places.rules) == "/mnt/reel/A001_v2.mov"
    assert map_path("/old/B002.mov", places.rules) == "/old/B002.mov"


def test_any_file_of_a_sequence_brings_its_folder():
    places = relink(MediaPlaces(), "/old/sh/%04d.exr", HERE / "1001.exr")
    assert map_path("/old/sh/1002.exr", places.rules) == "/mnt/reel/1002.exr"


def test_a_file_that_a_rule_led_astray_is_found_by_what_the_cut_names():
    astray = MediaPlaces((PathRule("P:\\", "/mnt/other"),))
    places = relink(astray, "/mnt/other/show/A001.mov", HERE / "A001.mov")
    assert map_path("P:\\show\\A001.mov", places.rules) == "/mnt/reel/A001.mov"
    assert map_path("P:\\else\\B.mov", places.rules) == "/mnt/other/else/B.mov"
    again = relink(places, "P:\\show\\A001.mov", Path("/mnt/late/A001.mov"))
    assert map_path("P:\\show\\A001.mov", again.rules) == "/mnt/late/A001.mov"
    assert len(again.rules) == 2


def test_places_are_joined_each_once():
    one = MediaPlaces((PathRule("/a", "/b"),), (HERE,))
    assert join_places([one, MediaPlaces(), one]) == one
