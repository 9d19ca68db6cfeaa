"""Speakers: which face says a line, by its lips, and the people that faces belong to."""
