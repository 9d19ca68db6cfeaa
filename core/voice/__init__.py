"""Sound: log-mel, voice activity, and the audio-visual sync network."""
