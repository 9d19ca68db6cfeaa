"""The cast: faces of all shots put together by person, named once, and who says which lines."""
