"""Differences between the programs that write timelines, one module each."""
