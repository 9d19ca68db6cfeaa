"""Choices of how shots are rendered: settings of the project, and of a shot."""
