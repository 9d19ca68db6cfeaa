"""The analysis of a shot before anything is painted: cuts, faces, who speaks when."""
