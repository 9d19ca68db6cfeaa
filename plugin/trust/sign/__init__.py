"""Signing as the last step of a render: who signs, with what, and each file once."""
