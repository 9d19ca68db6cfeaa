"""From a timeline to orders and back: what plays when in the cut. Imports no torch and no Qt."""
