"""Placement of the clips of a timeline in record time, and why a clip cannot be dubbed there."""
