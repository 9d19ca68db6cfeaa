"""Lipflap in Hiero and Nuke Studio, which import this when they start."""

from lipflap.plugin.hosts.hiero.menu import add_menu

add_menu()
