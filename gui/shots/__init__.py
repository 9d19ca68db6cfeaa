"""The shot list."""
