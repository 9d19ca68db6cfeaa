"""The list of renders."""
