"""A model of one actor, from the production's own footage."""
