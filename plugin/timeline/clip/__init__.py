"""What the media reference of a clip means: its file, its frames, and what a look at it tells."""
