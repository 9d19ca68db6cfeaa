"""The place of a clip in the document that it was read from."""

import opentimelineio as otio

from lipflap.plugin.timeline.item_names import OURS


def host_element(clip: otio.schema.Clip) -> str:
    """Return what DubbedShot.element says of a clip; empty where its reader noted nothing."""
    ours, fcp7 = (clip.metadata.get(key) or {} for key in (OURS, "fcp_xml"))
    return str(ours.get("element") or fcp7.get("@id") or "")
