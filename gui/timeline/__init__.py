"""The timeline: a cut drawn to scale, with waveforms."""
