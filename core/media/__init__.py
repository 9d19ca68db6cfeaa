"""Open picture and sound files for reading, and convert their colours."""
