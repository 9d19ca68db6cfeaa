"""Files on disk: atomic writing, free space, fingerprints, numbered sequences."""
