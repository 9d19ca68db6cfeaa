"""Tensors only: from noise to a mouth."""
