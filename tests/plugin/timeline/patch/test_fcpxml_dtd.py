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
from pathlib import Path, PurePosixPath

import pytest
from support.cuts.coded_reel import delivery
from support.cuts.dubbed_shots import dubbed_shots
from support.cuts.timelines import REAL, needs_real
from support.formats.fcpxml_reels import fcpxml_reel

from lipflap.core.errors import DubError
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.timeline.patch.dubbed_shot import DubbedSound, How
from lipflap.plugin.timeline.patch.fcpxml.write import patch_fcpxml
from lipflap.plugin.timeline.patch.xml_spans import parse_xml

_IN_FINAL_CUT = (
    "/Applications/Final Cut Pro.app/Contents/Frameworks/Interchange.framework/Versions/A/Resources"
)
DTDS = Path(os.environ.get("LIPFLAP_FCPXML_DTDS", _IN_FINAL_CUT))
XMLLINT = shutil.which("xmllint")
FOUND = sorted(DTDS.glob("FCPXMLv1_*.dtd")) if XMLLINT else []
RATE = Fraction(25)
needs_dtd = pytest.mark.skipif(
    not FOUND,
    reason="Apple's DTDs and xmllint are not here: install Final Cut Pro, or name a folder with "
    "FCPXMLv1_10.dtd in LIPFLAP_FCPXML_DTDS",
)

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


@needs_dtd
@pytest.mark.parametrize("how", list(How))
@pytest.mark.parametrize("dtd", FOUND, ids=[path.stem for path in FOUND])
def test_apples_dtd_accepts_what_is_written(tmp_path: Path, dtd: Path, how: How) -> None:
    version = re.sub(r"FCPXMLv(\d+)_(\d+)", r"\1.\2", dtd.stem)
    refuses_nothing(dtd, dubbed(tmp_path, how, version))


def refuses_nothing(dtd: Path, path: Path) -> None:
    done = subprocess.run(
        [str(XMLLINT), "--noout", "--dtdvalid", str(dtd), str(path)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@needs_real
@needs_dtd
@pytest.mark.parametrize("how", list(How))
def test_apples_dtd_accepts_real_exports_as_they_come_back(tmp_path: Path, how: How) -> None:
    """With a dub's sound, at their start and later. What newer versions add is taken out."""
    dtd = FOUND[0]
    version = re.sub(r"FCPXMLv(\d+)_(\d+)", r"\1.\2", dtd.stem)
    count = 0
    for real in sorted((REAL / "fcpxml").glob("pipeline-neo__*.fcpxml")):
        text = re.sub(r'(<fcpxml version=)"[\d.]+"', rf'\1"{version}"', real.read_text())
        path = tmp_path / real.name
        path.write_text(re.sub(r"<adjust-colorConform[^>]*/>", "", text))
        try:
            shots = dubbed_shots(path, RATE)
        except DubError:  # no project in it
            continue
        shots = tuple(replace(shot, has_sound=how != How.TRACK) for shot in shots)
        brought = replace(delivery(shots, how, RATE), sounds=tuple(map(line, (0, 3, 700))))
        path.write_bytes(patch_fcpxml(path.read_bytes(), path, brought).data)
        refuses_nothing(dtd, path)
        count += 1
    assert count > 20


def line(second: int) -> DubbedSound:
    record = TimeRange(Fraction(second), Fraction(second + 1))
    file = PurePosixPath("/job/a & b.wav")
    return DubbedSound("L", "DUB de", record, file, Fraction(1, 2), Fraction(9), 48_000, 2)


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
