"""The `lipflap` command, one file for each group of commands."""
