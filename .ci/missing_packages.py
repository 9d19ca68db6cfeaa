"""Say which Debian packages this machine lacks; needs nothing but Python.

Prints the packages and exits 1 when there are any, so that a missing library is a sentence and
not an ImportError from deep inside a wheel.
"""

import ctypes
import importlib.util
import sys

LIBRARIES = {"libGL.so.1": "libgl1", "libgthread-2.0.so.0": "libglib2.0-0"}  # opencv-python's


def missing_packages() -> list[str]:
    lacking = [] if importlib.util.find_spec("ensurepip") else ["python3-venv"]
    for library, package in LIBRARIES.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            lacking.append(package)
    return lacking


if __name__ == "__main__":
    packages = " ".join(missing_packages()) if sys.platform == "linux" else ""
    sys.stdout.write(packages)
    sys.exit(1 if packages else 0)
