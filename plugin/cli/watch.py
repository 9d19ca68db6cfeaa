"""Work for editing programs: `lipflap watch`."""

import sys
from argparse import Namespace
from pathlib import Path

from lipflap.plugin.cli.arguments import AddParser, add_command
from lipflap.plugin.hosts.watch.watcher import watch

_WATCH_HELP = """\
A cut that is dropped into FOLDER comes back beside it as NAME.dubbed, in its own format, with a
page NAME.status.html that says how far it is. A cut is taken when it has not changed for
settle_s seconds. Settings are those of FOLDER/lipflap.toml, such as
    dub = "dub_de.wav"        a file or folder in FOLDER, or "track:NAME"
    quality = "final"
    codec = "prores"
    consent = "release 2026-11"
    conform = "replace"       as --as of `lipflap dub`
Also: dub_at, dub_channel, mode, model, timeline, rate, handles, seed, blink, burn_in, only, skip,
extend, face, speaker, references, media, map, require_consent, settle_s.
A cut or settings that change are dubbed again; what is rendered already is kept. Any number of
machines may watch one folder. The JOBs lie in FOLDER/lipflap.
"""


def add_commands(add_parser: AddParser) -> None:
    about = "Dub every cut that is dropped into a folder."
    command = add_command(add_parser, "watch", run, about, _WATCH_HELP)
    command.add_argument("folder", metavar="FOLDER", type=Path, help="the folder to watch")
    command.add_argument(
        "--once", action="store_true", help="end when all cuts that are there have come back"
    )


def run(args: Namespace) -> int:
    is_whole = watch(args.folder, lambda line: print(line, file=sys.stderr), once=args.once)
    return 0 if is_whole else 1
