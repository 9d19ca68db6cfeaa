"""Motion from sound: how lips and jaw move while something is said."""
