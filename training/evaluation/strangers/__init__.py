"""Figures of finished frames of films of people who never trained."""
