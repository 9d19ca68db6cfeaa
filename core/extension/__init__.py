"""Frames beyond those filmed: which frames stand for them, and how their heads are moved."""
