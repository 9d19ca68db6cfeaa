"""Reads words aloud, and says by rule what lips do meanwhile."""
