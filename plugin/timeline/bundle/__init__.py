"""Cuts packed with their media: .otioz and .otiod."""
