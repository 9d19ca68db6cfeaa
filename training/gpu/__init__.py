"""Both trainings in minutes on a GPU that is at hand for a while: one file there, weights back."""
