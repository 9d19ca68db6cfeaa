"""Paints the mouths of a shot, frame after frame, and checks their sync."""
