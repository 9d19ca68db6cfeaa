"""Lipflap in DaVinci Resolve Studio: scripts in its menu, run by its own Python.

Resolve's objects never raise: what is refused returns None or False, and is looked at here.
"""
