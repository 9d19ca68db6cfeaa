"""The transport below the viewer: ways to compare, to play and to judge."""
