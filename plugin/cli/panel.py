"""`lipflap panel`: open the panel."""

import os
import sys
from argparse import Namespace
from pathlib import Path

from lipflap.core.errors import DubError
from lipflap.plugin.cli.arguments import (
    AddParser,
    add_command,
    add_media_places,
    add_rate,
    add_timeline,
    media_places,
)


def add_commands(add_parser: AddParser) -> None:
    panel = add_command(
        add_parser,
        "panel",
        open_panel,
        "Open the panel: see, correct, render, compare and approve in a window.",
    )
    panel.add_argument("cut", metavar="CUT", type=Path, nargs="?", help="the cut to open")
    add_timeline(panel)
    add_rate(panel)
    add_media_places(panel)


def open_panel(args: Namespace) -> int:
    try:
        from lipflap.gui.app import run  # Qt: whoever needs no panel need not install it
    except ImportError as problem:
        raise DubError(
            f"needs PySide6, which does not load here: {problem}.",
            where="lipflap panel",
            fix='Install it as the README says: pip install ".[gui]", and the system libraries.',
        ) from problem
    _require_screen()
    return run(args.cut, media_places(args), args.rate, args.timeline)


def _require_screen() -> None:
    """Raise DubError where there is no screen: Qt would end the process without a message."""
    screens = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    if sys.platform == "linux" and not any(os.environ.get(name) for name in screens):
        raise DubError(
            "there is no screen here: neither DISPLAY nor WAYLAND_DISPLAY is set.",
            where="lipflap panel",
            fix="Without a screen use lipflap dub, or lipflap order and lipflap farm.",
        )
