"""Say which Debian packages this machine lacks; needs nothing but Python.

Prints the packages and exits 1 when there are any, so that a missing library is a sentence and
not an ImportError from deep inside a wheel.
"""

import ctypes
import importlib.util
import sys
from pathlib import Path

LIBRARIES = {
    "libGL.so.1": "libgl1",  # OpenCV's, and Qt's
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libEGL.so.1": "libegl1",  # Qt's from here on
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
}
FONTS = Path("/usr/share/fonts")  # Qt brings none of its own


def missing_packages() -> list[str]:
    lacking = [] if importlib.util.find_spec("ensurepip") else ["python3-venv"]
    for library, package in LIBRARIES.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            lacking.append(package)
    if not any(FONTS.rglob("*.ttf")):
        lacking.append("fonts-dejavu-core")
    return lacking


if __name__ == "__main__":
    packages = " ".join(missing_packages()) if sys.platform == "linux" else ""
    sys.stdout.write(packages)
    sys.exit(1 if packages else 0)
