"""The way from approved shots to the dubbed cut: what is asked for, and what is said of it."""
