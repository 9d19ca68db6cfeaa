"""Sound: spectra and log-mel, voice activity, the speech encoder."""
