"""Original and dub beside each other: pictures, sound, playing, and the choice of a face."""
