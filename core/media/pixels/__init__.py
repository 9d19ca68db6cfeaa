"""Pixels as files store them: formats, colours, chroma, levels of light."""
