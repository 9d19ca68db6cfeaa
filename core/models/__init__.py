"""Weights trained for this project; a model card lies beside each."""
