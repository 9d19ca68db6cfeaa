"""Premiere's panel in node, with a stand-in for Premiere; the program itself was not at hand."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from lipflap.plugin.hosts.hosts import host
from lipflap.plugin.hosts.install import install

NODE = shutil.which("node")
FAKE = Path(__file__).parents[3] / "support" / "hosts" / "fake_premiere.js"

pytestmark = pytest.mark.skipif(NODE is None, reason="node is not installed")


@pytest.fixture
def panel(tmp_path):
    """The panel's script, as it is installed."""
    install(host("premiere"), tmp_path / "ours", ["lipflap"], tmp_path / "hosts.json")
    return tmp_path / "ours" / "lipflap_premiere" / "index.js"


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "watched ü"
    made.mkdir()
    return made


def press(panel: Path, folder: Path, *buttons: str, name: str = "reel", habit: str = "") -> Any:
    command = [str(NODE), str(FAKE), str(panel), str(folder), name, habit, *buttons]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return json.loads(done.stdout)


def test_a_sequence_is_sent_and_its_dubbed_one_imported(panel, folder):
    told = press(panel, folder, "choose", "send", "back", name="Reel 1/2: A")
    sent = folder / "Reel 1_2_ A.xml"
    assert told["exported"] == [str(sent)]
    assert sent.is_file()
    assert told["said"][2].startswith("Reel 1_2_ A.dubbed.xml is not there yet")
    (folder / "Reel 1_2_ A.dubbed.xml").write_text("dubbed")
    (folder / "Reel 1_2_ A.dubbed 2.xml").write_text("dubbed again")
    (folder / "Reel 1_2_ A.dubbed 3.txt").write_text("no cut")
    os.utime(folder / "Reel 1_2_ A.dubbed.xml", (1, 1))
    told = press(panel, folder, "choose", "open again", "back", name="Reel 1/2: A")
    assert told["imported"] == [str(folder / "Reel 1_2_ A.dubbed 2.xml")]
    assert told["folder"] == str(folder)


@pytest.mark.parametrize(
    ("habit", "button", "said"),
    [
        ("no sequence", "send", "Open a sequence first."),
        ("exports nothing", "send", "Premiere did not export reel"),
        ("imports nothing", "back", "Premiere did not import reel.dubbed.xml"),
        ("no folder", "send", "Choose the watched folder first."),
    ],
)
def test_what_premiere_does_not_do_is_said(panel, folder, habit, button, said):
    (folder / "reel.dubbed.xml").write_text("dubbed")
    told = press(panel, folder, "choose", button, habit=habit)
    assert told["said"][1].startswith(said)
    assert told["imported"] == []


def test_the_page_has_what_the_script_looks_for_and_the_manifest_names_the_page(panel):
    page = panel.with_name("index.html").read_text()
    assert all(f'id="{one}"' in page for one in ("folder", "choose", "send", "back", "said"))
    manifest = json.loads(panel.with_name("manifest.json").read_text())
    assert panel.with_name(manifest["main"]).is_file()
    assert manifest["host"]["app"] == "premierepro"
