"""The only place that opens picture and sound files."""
