"""Trains lip motion: from the sound of many talkers to their lips and jaws."""
