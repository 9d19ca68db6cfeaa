"""Checking of signed files, ours and others': who signed, and what changed since."""
