"""Texts at which OTIO's own reader ends the process, against that reader."""

import json
import os
import subprocess
import sys
from pathlib import Path

import opentimelineio as otio
import pytest
from support.cuts.timelines import clip, timeline, track

from lipflap.core.errors import DubError
from lipflap.plugin.timeline.otio_guard import MAX_DEPTH
from lipflap.plugin.timeline.read import read_timeline

CLIP = json.dumps({"OTIO_SCHEMA": "Clip.1", "name": "x"})
MANY = ", ".join([CLIP] * 50)  # it reads them in the order of their places in memory
OLD_CLIP, OLD_MARKER = '{"OTIO_SCHEMA": "Clip.1", %s}', '{"OTIO_SCHEMA": "Marker.1", %s}'
CRASHES = [
    ("has 'a' twice", f'{{"a": {CLIP}, "b": 1, "a": {CLIP}}}'),
    ("Clip.1 has fields of another", OLD_CLIP % f'"media_reference": [{MANY}]'),
    ("Clip.1 has fields of another", OLD_CLIP % f'"media_reference": {{"a": [{MANY}]}}'),
    ("Clip.1 has fields of another", OLD_CLIP % f'"media_references": {{"a": [{MANY}]}}'),
    ("Marker.1 has fields of another", OLD_MARKER % f'"marked_range": {CLIP}'),
    (f"nested more than {MAX_DEPTH} levels deep", '{"a":' * 40_000 + "1" + "}" * 40_000),
]
READ = "import sys, opentimelineio as otio; otio.adapters.read_from_file(sys.argv[1])"


def written(folder: Path, metadata: str) -> Path:
    """A healthy cut but for the metadata of its timeline."""
    made = timeline(track(clip("one", 48), clip("two", 24)))
    made.metadata["here"] = "@"
    text = otio.adapters.write_to_string(made, "otio_json")
    (folder / "cut.otio").write_text(text.replace('"@"', metadata))
    return folder / "cut.otio"


@pytest.mark.parametrize(("problem", "metadata"), CRASHES)
def test_what_ends_the_process_is_refused_in_words(
    problem: str, metadata: str, tmp_path: Path
) -> None:
    path = written(tmp_path, metadata)
    command, freed = [sys.executable, "-c", READ, path], {"MALLOC_PERTURB_": "85"}
    assert subprocess.run(command, capture_output=True, env=os.environ | freed).returncode < 0
    with pytest.raises(DubError, match=problem):
        read_timeline(path)


@pytest.mark.parametrize(
    "metadata",
    [
        "[Inf, -Inf, Infinity, NaN]",
        '"Inf \\" Inf"',
        '{"a": {"b": 1}, "c": {"b": 1}}',
        '["", "' + "[" * 2 * MAX_DEPTH + '", "\\""]',
    ],
)
def test_what_otio_writes_and_other_readers_would_not_is_read(
    metadata: str, tmp_path: Path
) -> None:
    path = written(tmp_path, metadata)
    theirs = otio.adapters.read_from_file(str(path))
    assert len(read_timeline(path).tracks[0]) == len(theirs.tracks[0]) == 2


def test_a_key_given_twice_beside_a_number_only_otio_writes_is_found(tmp_path: Path) -> None:
    with pytest.raises(DubError, match="has 'a' twice"):
        read_timeline(written(tmp_path, '{"n": Inf, "a": 1, "a": 2}'))


def test_a_name_that_otio_lists_and_does_not_find_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, '{"a\\u0000b": 1}')
    theirs = otio.adapters.read_from_file(str(path))
    with pytest.raises(KeyError):
        dict(theirs.metadata["here"])
    with pytest.raises(DubError, match="null character"):
        read_timeline(path)
