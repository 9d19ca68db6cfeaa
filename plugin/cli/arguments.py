"""Arguments that several commands share: their types, their options, and the layout of the help."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from lipflap.core.frametime import exact_rate
from lipflap.plugin.cut.cast.speakers import ShownFace, parse_face, parse_shown_face
from lipflap.plugin.job.path_map import (
    PathRule,
    Rules,
    parse_local_rule,
    parse_rule,
    read_rules,
)
from lipflap.plugin.timeline.media.media_finder import MediaPlaces
from lipflap.plugin.timeline.patch.dubbed_shot import How
from lipflap.plugin.trust.sign.signer import Signing
from lipflap.plugin.trust.sign.studio_settings import make_signing

AddParser = Callable[..., ArgumentParser]
Run = Callable[[Namespace], int]


class Formatter(RawDescriptionHelpFormatter):
    """Help that keeps line breaks and has room for the longer options."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=28)


def add_command(
    add_parser: AddParser, name: str, run: Run, about: str, epilog: str = ""
) -> ArgumentParser:
    """Add a command that `run` carries out; `about` is one sentence of help."""
    command = _add_parser(add_parser, name, about, epilog)
    command.set_defaults(run=run)
    return command


def add_group(add_parser: AddParser, name: str, about: str) -> AddParser:
    """Add a command that only holds commands; return what adds those."""
    group = _add_parser(add_parser, name, about, "")
    return group.add_subparsers(required=True, metavar="COMMAND", title="commands").add_parser


def _add_parser(add_parser: AddParser, name: str, about: str, epilog: str) -> ArgumentParser:
    return add_parser(name, help=about, description=about, epilog=epilog, formatter_class=Formatter)


def add_job(command: ArgumentParser) -> None:
    command.add_argument(
        "job",
        metavar="JOB",
        type=Path,
        help="the folder that `lipflap order` or `lipflap dub` wrote",
    )


def add_json(command: ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON to stdout")


def add_conform_as(command: ArgumentParser) -> None:
    """Add --as and --sound: the ways in which a rendered shot comes back into the cut."""
    command.add_argument(
        "--as",
        dest="how",
        choices=tuple(How),
        help="alternate: a second picture in each clip; track: a DUB track above; replace: in the "
        "place of the original; default: the first that the format has",
    )
    command.add_argument(
        "--sound",
        action="store_true",
        help="put the source's own sound into the new files, for programs that relink by file",
    )


def add_signing(command: ArgumentParser) -> None:
    """Add the arguments that say who signs the new pictures."""
    add = command.add_argument
    add(
        "--sign-cert",
        metavar="PEM",
        default="",
        help="sign the new pictures with this certificate, followed by those that issued it; "
        "default: the keys of `lipflap trust init`, if there are any",
    )
    add("--sign-key", metavar="PEM", default="", help="the private key of --sign-cert")
    add(
        "--sign-command",
        metavar="COMMAND",
        default="",
        help="a program that signs for --sign-cert: it is given bytes and returns their signature",
    )


def signing(args: Namespace) -> Signing | None:
    """Return what signs by `add_signing`; None for the studio's own. Raises DubError."""
    if not (args.sign_cert or args.sign_key or args.sign_command):
        return None
    return make_signing(args.sign_cert, args.sign_key, args.sign_command)


def add_together(command: ArgumentParser, default: str = "what memory and cores allow") -> None:
    command.add_argument(
        "--together",
        metavar="N",
        type=positive,
        help=f"how many shots to render at once; default: {default}",
    )


def add_weights(command: ArgumentParser) -> None:
    command.add_argument(
        "--weights",
        metavar="DIR",
        type=Path,
        help="the folder with the weights of --tracker face-alignment",
    )


def add_path_rules(command: ArgumentParser) -> None:
    """Add the arguments that say where this machine finds the paths of an order."""
    add = command.add_argument
    add(
        "--map",
        metavar="FROM=TO",
        type=path_rule,
        nargs="+",
        action="extend",
        default=[],
        help="what the orders name in folder FROM lies in folder TO on the farm",
    )
    add(
        "--path-mapping-rules",
        metavar="FILE",
        type=Path,
        help="the same as --map, from the file of an OpenJD session",
    )


def path_rules(args: Namespace) -> Rules:
    """Return the rules of `add_path_rules`, --map first. Raises DubError."""
    file = args.path_mapping_rules
    return (*args.map, *(read_rules(file) if file else ()))


def path_rule(text: str) -> PathRule:
    try:
        return parse_rule(text)
    except ValueError:
        raise ArgumentTypeError(
            f"{text!r} is not FROM=TO, two whole paths such as P:\\reel=/mnt/reel"
        ) from None


def add_media_places(command: ArgumentParser) -> None:
    """Add the arguments that say where this machine has the media of a cut."""
    add = command.add_argument
    add_local_rules(command)
    add(
        "--media",
        metavar="DIR",
        type=folder,
        nargs="+",
        action="extend",
        default=[],
        help="look for media in these folders, however deep, by name and by the folders it was in",
    )


def add_timeline(command: ArgumentParser) -> None:
    """Add --timeline, for files that hold several cuts."""
    command.add_argument(
        "--timeline",
        metavar="NAME",
        default="",
        help="which timeline of a file that holds several; * and ? match",
    )


def add_rate(command: ArgumentParser) -> None:
    """Add --rate, for cuts whose format does not say it."""
    command.add_argument(
        "--rate",
        metavar="RATE",
        type=frame_rate,
        help="frames per second of an EDL, which does not say them: 25, 23.976, 30000/1001",
    )


def frame_rate(text: str) -> Fraction:
    try:
        given = Fraction(text)
        if 1 <= given <= 1000:
            return exact_rate(float(given)) if "/" not in text else given
    except (ValueError, ZeroDivisionError):
        pass
    raise ArgumentTypeError(f"{text!r} is no frame rate such as 25, 23.976 or 30000/1001")


def add_local_rules(command: ArgumentParser) -> None:
    """Add --map: which folders of this machine are those that a file of another names."""
    command.add_argument(
        "--map",
        metavar="FROM=TO",
        type=local_rule,
        nargs="+",
        action="extend",
        default=[],
        help="what the cut names in folder FROM lies here in folder TO; P:\\show=/mnt/show",
    )


def media_places(args: Namespace) -> MediaPlaces:
    """Return the places of `add_media_places`."""
    return MediaPlaces(tuple(args.map), tuple(args.media))


def local_rule(text: str) -> PathRule:
    try:
        return parse_local_rule(text)
    except ValueError as problem:
        raise ArgumentTypeError(
            f"{text!r} is not FROM=TO, a whole path such as P:\\show and a folder here: {problem}"
        ) from None


def folder(text: str) -> Path:
    if not Path(text).is_dir():
        raise ArgumentTypeError(f"{text!r} is not a folder")
    return Path(text).absolute()


def face(text: str) -> tuple[str, int]:
    try:
        return parse_face(text)
    except ValueError as problem:
        raise ArgumentTypeError(str(problem)) from None


def speaker(text: str) -> ShownFace:
    try:
        return parse_shown_face(text)
    except ValueError as problem:
        raise ArgumentTypeError(str(problem)) from None


def times(text: str) -> tuple[str, int]:
    speaker, _, number = text.rpartition("=")
    if not speaker or not number.isdecimal() or int(number) == 0:
        raise ArgumentTypeError(f"{text!r} is not SPEAKER=N, such as anna=3")
    return speaker, int(number)


def numbers(text: str) -> range:
    """Parse FIRST-LAST, both counted from 1, as OpenJD writes a contiguous chunk."""
    first, _, last = text.partition("-")
    if not (first.isdecimal() and last.isdecimal() and 0 < int(first) <= int(last)):
        raise ArgumentTypeError(f"{text!r} is not FIRST-LAST, such as 9-16")
    return range(int(first), int(last) + 1)


def natural(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text!r} is not a whole number from 0 up")
    return int(text)


def positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise ArgumentTypeError(f"{text!r} is not a whole number from 1 up")
    return int(text)
