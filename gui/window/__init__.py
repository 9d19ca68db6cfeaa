"""The window of the panel: how its views lie, its menus, its status bar."""
