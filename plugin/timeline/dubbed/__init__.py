"""The dubbed cut: new pictures beside or above the old, the dub as sound, in a copy of the cut."""
