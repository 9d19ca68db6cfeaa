"""The top row: cut, dub, quality, model, render, deliver; and the status bar."""
