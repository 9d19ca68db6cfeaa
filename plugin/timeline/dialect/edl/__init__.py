"""CMX 3600 edit decision lists (.edl), as today's programs write them."""
