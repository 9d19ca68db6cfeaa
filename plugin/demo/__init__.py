"""A small cut with a dub, made on the spot, and dubbed."""
