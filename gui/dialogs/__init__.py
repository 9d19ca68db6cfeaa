"""Dialogs that ask the editor for a text or a choice."""
