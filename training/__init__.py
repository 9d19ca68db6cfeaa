"""From licensed footage to weights. Imports core only."""
