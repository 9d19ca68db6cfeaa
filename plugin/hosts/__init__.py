"""One thin file for each program that can meet us halfway."""
