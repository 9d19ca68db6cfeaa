"""Sound as evidence for a mouth."""
