"""Lipflap in Blender's video sequencer: visual dubbing inside the edit."""

from lipflap.plugin.hosts.blender.panel import register, unregister

bl_info = {
    "name": "Lipflap",
    "description": "Visual dubbing: new mouths for a new voice, from the sequencer and back",
    "author": "Lipflap",
    "version": (0, 1, 0),
    "blender": (3, 4, 0),
    "location": "Video Sequencer > Sidebar > Lipflap",
    "category": "Sequencer",
}

__all__ = ["bl_info", "register", "unregister"]
