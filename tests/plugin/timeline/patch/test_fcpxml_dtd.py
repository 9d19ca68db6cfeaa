"""Dubbed FCPXML against Apple's own DTDs, where they are, and against what they are known to say.

They lie in Final Cut Pro; or in a folder that LIPFLAP_FCPXML_DTDS names. They are Apple's, and do
not come with Lipflap.
"""

import os
import re
import shutil
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from support.cuts.coded_reel import delivery
from support.cuts.dubbed_shots import dubbed_shots
from support.formats.fcpxml_reels import fcpxml_reel

from lipflap.plugin.timeline.patch.dubbed_shot import How
from lipflap.plugin.timeline.patch.fcpxml.write import patch_fcpxml
from lipflap.plugin.timeline.patch.xml_spans import parse_xml

_IN_FINAL_CUT = (
    "/Applications/Final Cut Pro.app/Contents/Frameworks/Interchange.framework/Versions/A/Resources"
)
DTDS = Path(os.environ.get("LIPFLAP_FCPXML_DTDS", _IN_FINAL_CUT))
XMLLINT = shutil.which("xmllint")
FOUND = sorted(DTDS.glob("FCPXMLv1_*.dtd")) if XMLLINT else []
RATE = Fraction(25)

# what the DTD of FCPXML 1.10 lets the elements have that are written anew; the first are required
ATTRIBUTES = {
    "asset": (
        {"id"},
        {"name", "uid", "start", "duration", "hasVideo", "format", "hasAudio", "videoSources"}
        | {"audioSources", "audioChannels", "audioRate"},
    ),
    "media-rep": ({"src"}, {"kind", "sig", "suggestedFilename"}),
    "asset-clip": (
        {"ref"},
        {"lane", "offset", "name", "start", "duration", "enabled", "srcEnable", "audioStart"}
        | {"audioDuration", "format", "tcStart", "tcFormat", "modDate", "audioRole", "videoRole"},
    ),
    "audition": (set(), {"lane", "offset", "modDate"}),
    "spine": (set(), {"lane", "offset", "name", "format"}),
    "transition": ({"duration"}, {"name", "offset"}),
    "filter-video": ({"ref"}, {"name", "enabled"}),
}


def dubbed(folder: Path, how: How, version: str) -> Path:
    path = folder / "reel.fcpxml"
    path.write_text(fcpxml_reel(folder, version=version), encoding="utf-8")
    shots = [shot for shot in dubbed_shots(path, RATE) if "title" not in shot.name]
    assert len(shots) == 4
    shots = [replace(shot, has_sound=how != How.TRACK) for shot in shots]
    patched = patch_fcpxml(path.read_bytes(), path, delivery(tuple(shots), how, RATE))
    assert patched.notes == ()
    out = folder / f"{how}.fcpxml"
    out.write_bytes(patched.data)
    return out


@pytest.mark.skipif(
    not FOUND,
    reason="Apple's DTDs and xmllint are not here: install Final Cut Pro, or name a folder with "
    "FCPXMLv1_10.dtd in LIPFLAP_FCPXML_DTDS",
)
@pytest.mark.parametrize("how", list(How))
@pytest.mark.parametrize("dtd", FOUND, ids=[path.stem for path in FOUND])
def test_apples_dtd_accepts_what_is_written(tmp_path: Path, dtd: Path, how: How) -> None:
    version = re.sub(r"FCPXMLv(\d+)_(\d+)", r"\1.\2", dtd.stem)
    path = dubbed(tmp_path, how, version)
    done = subprocess.run(
        [str(XMLLINT), "--noout", "--dtdvalid", str(dtd), str(path)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("how", list(How))
def test_new_elements_have_the_attributes_that_final_cut_knows(tmp_path: Path, how: How) -> None:
    elements = list(parse_xml(dubbed(tmp_path, how, "1.10").read_bytes(), "reel").root.iter())
    ours = [one for one in elements if "lipflap" in str(one.attributes.values())]
    assert {one.tag for one in ours} >= {"asset", "asset-clip"}
    named = [one for one in elements if one.tag in ATTRIBUTES]
    for element in named:
        required, allowed = ATTRIBUTES[element.tag]
        has = set(element.attributes)
        assert required <= has <= required | allowed, element
    ids = [one.attributes["id"] for one in elements if "id" in one.attributes]
    assert len(ids) == len(set(ids))
    refs = {one.attributes["ref"] for one in elements if "ref" in one.attributes}
    assert refs <= set(ids)
