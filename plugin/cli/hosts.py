"""`lipflap hosts`: scripts and add-ons in editing programs."""

import sys
from argparse import Namespace
from pathlib import Path

from lipflap.core.errors import DubError
from lipflap.plugin.cli.arguments import AddParser, add_command, add_job
from lipflap.plugin.hosts.host_shots import host_shots, write_host_shots
from lipflap.plugin.hosts.hosts import HOSTS, host
from lipflap.plugin.hosts.install import Installed, install, installed_hosts, uninstall
from lipflap.plugin.hosts.places import chosen_folders, user_folders
from lipflap.plugin.job.folder import Job

_HELP = """\
Without a command it lists the programs, what Lipflap can do in each, and where it is installed.
Other programs: lipflap watch, and the files of docs/formats.md.
"""
_INSTALL_HELP = """\
Writes into the program's own folder of this user; a file there that Lipflap did not write, or that
was changed since, is never overwritten. Run it again after Lipflap was moved or updated.
"""


def add_commands(add_parser: AddParser) -> None:
    about = "Put Lipflap's buttons into an editing program, or list where they are."
    group = add_command(add_parser, "hosts", list_hosts, about, _HELP)
    commands = group.add_subparsers(metavar="COMMAND", title="commands")
    names = ", ".join(one.name for one in HOSTS)
    about = "Put Lipflap's script or add-on into a program."
    for name, run, says, epilog in (
        ("install", install_host, about, _INSTALL_HELP),
        ("uninstall", uninstall_host, "Take it out again.", ""),
    ):
        command = add_command(commands.add_parser, name, run, says, epilog)
        command.add_argument("name", metavar="NAME", help=f"one of: {names}")
        command.add_argument(
            "--into", metavar="DIR", type=Path, help="the folder, where it is not the usual one"
        )
    about = "Print the rendered shots of a JOB as JSON, for a script in a program."
    shots = add_command(commands.add_parser, "shots", print_shots, about)
    add_job(shots)
    shots.add_argument("--approved", action="store_true", help="approved shots only")
    shots.add_argument(
        "--sound", action="store_true", help="name copies that hold the source's own sound"
    )


def list_hosts(args: Namespace) -> int:
    found = installed_hosts(_record())
    for one in HOSTS:
        print(f"{one.name:<10}{one.program}: {one.can}.")
        places = [_describe(place) for place in found if place.host == one.name]
        for line in places or [f"not installed; lipflap hosts install {one.name}"]:
            print(f"{'':<10}{line}")
    return 0


def install_host(args: Namespace) -> int:
    """Install in all folders where the program looks. Raises DubError."""
    chosen = host(args.name)
    command = [sys.executable, "-P", "-m", "lipflap.plugin.cli.main"]
    for folder in chosen_folders(chosen.folders, args.into, chosen.program):
        made = install(chosen, folder, command, _record())
        print(f"Installed in {made.folder}: {len(made.files)} files.")
    print(chosen.then)
    return 0


def uninstall_host(args: Namespace) -> int:
    """Uninstall everywhere, or in one folder; return 1 if a file stayed. Raises DubError."""
    chosen = host(args.name)
    only = str(args.into.absolute()) if args.into else None
    places = [one for one in installed_hosts(_record()) if one.host == chosen.name]
    places = [one for one in places if only in (None, one.folder)]
    if not places:
        raise DubError(
            f"is not installed{f' in {only}' if only else ''}.",
            where=chosen.name,
            fix="`lipflap hosts` lists where it is.",
        )
    kept = [path for one in places for path in uninstall(one, _record())]
    for path in kept:
        print(f"{path}: was changed since it was installed, and stays.", file=sys.stderr)
    print(f"Removed from {', '.join(one.folder for one in places)}.")
    return 1 if kept else 0


def print_shots(args: Namespace) -> int:
    print(
        write_host_shots(host_shots(Job(args.job), only_approved=args.approved, sound=args.sound))
    )
    return 0


def _record() -> Path:
    return user_folders().own / "hosts.json"


def _describe(place: Installed) -> str:
    state = "" if place.is_whole else "; files are missing or changed: install it again"
    return f"installed in {place.folder}, by Lipflap {place.version}{state}"
