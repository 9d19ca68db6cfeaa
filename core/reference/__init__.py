"""The actor's own mouths: collected from the take, chosen for a shape, bent to it."""
