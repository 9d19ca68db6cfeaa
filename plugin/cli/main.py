"""The `lipflap` command: parse the arguments, run one command, map errors to exit codes.

Results go to stdout, progress and errors to stderr.
Exit code: 0 all fine, 1 some shots failed, 2 wrong input, 3 too little memory or a fault of Lipflap
itself, 130 interrupted.
"""

import logging
import os
import signal
import sys
import traceback
from argparse import SUPPRESS, ArgumentParser
from importlib import import_module
from importlib.metadata import version
from io import TextIOWrapper
from pathlib import Path
from types import FrameType

from lipflap.core.errors import DubError
from lipflap.core.memory import is_out_of_memory
from lipflap.plugin.cli.arguments import Formatter
from lipflap.plugin.render.child import WRONG_INPUT

BROKEN_OFF = 3
INTERRUPTED = 130

_ABOUT = """\
Visual dubbing inside the edit: a cut and a dub go in, the same cut comes out with new mouths.

    lipflap scan CUT --dub DUB           list what would be dubbed, what not, and why
    lipflap dub  CUT --dub DUB -o JOB    dub it; the dubbed cut comes beside CUT
"""

# Each group's modules with their commands: a command loads its own module alone, and starts sooner.
_GROUPS: dict[str, dict[str, tuple[str, ...]]] = {
    "Dub a cut": {
        "dub": ("scan", "dub", "order", "conform", "demo"),
        "panel": ("panel",),
        "watch": ("watch",),
        "hosts": ("hosts",),
    },
    "Render, check and approve a JOB": {"job": ("work", "faces", "review", "report")},
    "Render on a farm": {"farm": ("farm",), "render": ("render",)},
    "Models": {"models": ("models",), "train": ("train",)},
    "Proof": {"trust": ("trust", "verify")},
}
_COMMANDS = {name for modules in _GROUPS.values() for names in modules.values() for name in names}


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    _ensure_cwd()
    _tolerate_unencodable()
    given = sys.argv[1:] if arguments is None else arguments
    args = parser(*given[:1]).parse_args(given)
    _log_warnings_to_stderr()
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        exit_code: int = args.run(args)
    except DubError as problem:
        print(f"lipflap: {problem}", file=sys.stderr)
        return WRONG_INPUT
    except KeyboardInterrupt:
        print("lipflap: interrupted.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return INTERRUPTED
    except Exception as problem:
        if sys.gettrace():
            raise  # a debugger stops where it happened
        if is_out_of_memory(problem):
            print(
                "lipflap: there is not enough memory. Close other programs first.", file=sys.stderr
            )
            return BROKEN_OFF
        print("lipflap: a fault of Lipflap itself. Please report these lines:", file=sys.stderr)
        traceback.print_exc()
        return BROKEN_OFF
    return exit_code


def parser(command: str = "") -> ArgumentParser:
    """Return the parser of the command line, whole or at least for a command of it.

    What it parses has a `run` to call.
    """
    whole = ArgumentParser(
        "lipflap",
        usage="lipflap [--help] [--version] COMMAND ...",
        description=_ABOUT,
        formatter_class=Formatter,
    )
    whole.add_argument("--version", action="version", version=f"lipflap {version('lipflap')}")
    commands = whole.add_subparsers(required=True, metavar="COMMAND", prog="lipflap", help=SUPPRESS)
    listing = []
    for title, modules in _GROUPS.items():
        known = set(commands.choices)
        for module, names in modules.items():
            if command in names or command not in _COMMANDS:
                import_module(f"lipflap.plugin.cli.{module}").add_commands(commands.add_parser)
        listing += [
            f"{title}:",
            *(f"  {n:<9}{c.description}" for n, c in commands.choices.items() if n not in known),
            "",
        ]
    whole.epilog = "\n".join((*listing, "`lipflap COMMAND --help` explains a command."))
    return whole


def _log_warnings_to_stderr() -> None:
    """Send Lipflap's own warnings to stderr, and no other library's."""
    to_stderr = logging.StreamHandler()
    to_stderr.setFormatter(logging.Formatter("lipflap: %(message)s"))
    logging.getLogger("lipflap").handlers = [to_stderr]
    logging.getLogger().addHandler(logging.NullHandler())


def _ensure_cwd() -> None:
    """Leave a current folder that was removed: libraries fail there, and no relative path works."""
    try:
        Path.cwd()
    except FileNotFoundError:
        os.chdir(os.path.abspath(os.sep))


def _tolerate_unencodable() -> None:
    """Escape what the encoding of stdout cannot write, as Python does on stderr."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _interrupt(signal_number: int, frame: FrameType | None) -> None:
    """Treat SIGTERM as Ctrl-C: open files are closed, half-written ones removed."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
