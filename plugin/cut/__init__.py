"""The facts of a cut that dubbing needs, free of any timeline library."""
