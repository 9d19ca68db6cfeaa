"""From a cue sheet to orders: media checked, times turned into frames and samples."""
