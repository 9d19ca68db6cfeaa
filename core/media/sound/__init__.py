"""Sound of a file as it is heard: samples, channels, speed, silence."""
