"""Which face speaks: its lips against the sound, and the people that faces belong to."""
