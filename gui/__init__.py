"""The panel beside the editor: shows a cut, changes decisions, and has other processes render."""
