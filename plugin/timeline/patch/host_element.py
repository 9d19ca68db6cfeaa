"""The place of a clip in the document that it was read from."""

import opentimelineio as otio

from lipflap.plugin.timeline.host_metadata import said_by
from lipflap.plugin.timeline.item_names import OURS


def host_element(clip: otio.schema.Clip) -> str:
    """Return what DubbedShot.element says of a clip; empty where its reader noted nothing."""
    return str(said_by(OURS, clip).get("element") or said_by("fcp_xml", clip).get("@id") or "")
