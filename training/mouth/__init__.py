"""Trains the mouth model."""
