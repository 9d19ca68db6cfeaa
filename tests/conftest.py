"""Settings of all tests."""

from hypothesis import settings

# Hypothesis's deadline is one of the wall clock; the machine may be busy with other tests.
settings.register_profile("lipflap", deadline=None)
settings.load_profile("lipflap")
