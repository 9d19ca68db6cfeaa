"""Trains the correction of laid mouths: what a network adds to the actor's own, bent ones."""
