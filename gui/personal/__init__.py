"""A model of one actor, made from the cut itself while the panel is open."""
