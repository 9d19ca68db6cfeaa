"""From an order to a picture file: pixels, samples and tensors. Knows no timeline and no Qt."""
