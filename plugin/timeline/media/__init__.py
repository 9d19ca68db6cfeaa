"""The media that a cut names, found on this machine."""
