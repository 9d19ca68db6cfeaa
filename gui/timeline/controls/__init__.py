"""What is clicked in the timeline: track headers, badges of slipped lines, menus, the zoom."""
