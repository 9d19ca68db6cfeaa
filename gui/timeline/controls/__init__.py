"""Controls that are clicked in the timeline: track headers, slip badges, menus, the zoom."""
