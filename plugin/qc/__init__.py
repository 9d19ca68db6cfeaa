"""Reports, reviews and markers for who signs off."""
