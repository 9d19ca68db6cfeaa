"""Return a dubbed cut in the document that it came from: one module a dialect.

A writer here takes the user's own document as bytes and the dubbed shots, and gives back the
document with the shots in it. It replaces and inserts ranges of bytes; every other byte stays. So
nothing is lost of what no adapter knows: titles, filters, labels, bins.
"""
