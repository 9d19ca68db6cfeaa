"""Models measured on people and sentences that never trained."""
