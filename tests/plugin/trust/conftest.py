"""The tests of signatures need the extra `trust`."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("c2pa") and find_spec("cryptography") else ["test_*.py"]
