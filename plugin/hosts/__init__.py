"""Plug-ins for host programs, one file each."""
