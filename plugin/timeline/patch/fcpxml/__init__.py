"""FCPXML of Final Cut Pro with dubbed shots in it."""
