"""Reports, reviews and markers for whoever signs off."""
