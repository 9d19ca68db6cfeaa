"""Signed proof of what was edited: keys of a studio, C2PA manifests beside new files."""
