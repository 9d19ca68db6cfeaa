"""Orders rendered on this machine, in child processes."""
