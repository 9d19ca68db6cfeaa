"""Names of items as an editor knows them."""

from support.cuts.timelines import clip, timeline, track

from lipflap.plugin.timeline.item_names import describe, track_name


def test_a_track_has_its_own_name_else_that_of_its_place() -> None:
    made = timeline(track(), track(kind="Audio"), track(name="VFX"), track())
    assert [track_name(one) for one in made.tracks] == ["V1", "A1", "VFX", "V3"]


def test_the_name_that_premiere_wrote_into_final_cut_xml_is_the_tracks_name() -> None:
    """The adapter leaves it in the metadata, for picture and for sound."""
    for kind in ("Video", "Audio"):
        named = track(clip("SH010", 24), kind=kind)
        named.metadata["fcp_xml"] = {"@MZ.TrackName": "Dialog DE"}
        made = timeline(track(kind=kind), named)
        assert [track_name(one) for one in made.tracks] == [f"{kind[0]}1", "Dialog DE"]
        assert describe(named[0]) == "SH010 on Dialog DE"


def test_a_track_of_an_aaf_that_is_called_by_its_class_has_no_name() -> None:
    made = [track(kind="Audio", name=name) for name in ("Sequence", "Sequence", "Boom")]
    for one in made:
        one.metadata["AAF"] = {"ClassName": "Sequence"}
    whole = timeline(*made)
    assert [track_name(one) for one in whole.tracks] == ["A1", "A2", "Boom"]


def test_metadata_that_is_no_mapping_names_nothing() -> None:
    odd = track(name="VFX")
    odd.metadata["fcp_xml"] = ["a list"]
    odd.metadata["AAF"] = "a word"
    assert track_name(odd) == "VFX"
