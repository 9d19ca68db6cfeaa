"""The sound of the panel: files read and mixed, played by a device."""
