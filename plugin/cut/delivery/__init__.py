"""Dubs as studios deliver them: files laid by their times, cue lists, sessions."""
