"""The cut to scale: shots, lines, waveforms."""
