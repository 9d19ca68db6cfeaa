"""Media of a clip stays what it was for those that hold it, whatever the clip plays next."""

import os
import subprocess
import sys

HOLD = """
import opentimelineio as otio
from lipflap.plugin.timeline.clip.clip_frames import reference_of

film = otio.schema.ExternalReference(target_url="take.mov")
text = otio.adapters.write_to_string(otio.schema.Clip(media_reference=film), "otio_json")
for _ in range(100):
    clip = otio.adapters.read_from_string(text, "otio_json")
    held = reference_of(clip)
    clip.media_reference = otio.schema.MissingReference()
    print(held.target_url)
"""


def test_what_is_held_outlives_its_place_in_the_clip():
    environment = {**os.environ, "MALLOC_PERTURB_": "85"}  # freed memory holds something else
    command = [sys.executable, "-c", HOLD]
    told = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (told.returncode, told.stdout) == (0, "take.mov\n" * 100)
