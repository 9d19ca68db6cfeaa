"""Looks and listens through a shot before anything is painted: cuts, faces, who speaks when."""
