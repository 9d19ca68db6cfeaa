"""Geometry and pixels of one face."""
