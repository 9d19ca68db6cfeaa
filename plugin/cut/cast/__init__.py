"""Who speaks in a cut, and what they agreed to."""
