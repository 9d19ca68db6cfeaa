"""The render queue."""
