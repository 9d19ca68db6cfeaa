"""A watched folder: a cut that is dropped in comes back dubbed; starts at watcher.py."""
