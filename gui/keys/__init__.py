"""Keys: who gets them, and which actions are possible now."""
