"""FCPXML of Final Cut Pro, versions 1.5 to 1.14, and its .fcpxmld bundles."""
