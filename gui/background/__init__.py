"""Work that no event of the panel waits for: in threads, in slices, in a file written later."""
