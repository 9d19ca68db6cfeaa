"""What runs inside host programs, in their own Python: the standard library and the host alone."""
