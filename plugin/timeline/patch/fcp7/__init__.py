"""Final Cut 7 XML, as Premiere, Resolve and Hiero exchange it, with dubbed shots in it."""
