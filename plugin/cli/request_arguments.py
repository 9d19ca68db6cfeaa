"""The arguments of scan, order and dub that say what to dub and how, and the request they make."""

from argparse import ArgumentParser, Namespace
from dataclasses import replace
from functools import reduce
from pathlib import Path

from lipflap.core.encode.codecs import CODECS, SOURCE
from lipflap.core.errors import DubError
from lipflap.core.model_files import absolute_name
from lipflap.core.order import Mode
from lipflap.plugin.cli.arguments import (
    add_json,
    add_media_places,
    add_rate,
    add_timeline,
    face,
    media_places,
    natural,
    positive,
    speaker,
)
from lipflap.plugin.cut.cast.speakers import check_shown
from lipflap.plugin.cut.cuesheet import NO_DECISIONS, ShotFilter
from lipflap.plugin.cut.decisions import (
    Decisions,
    read_decisions,
    with_speaker,
)
from lipflap.plugin.cut.project_settings import TRACKERS, ProjectSettings
from lipflap.plugin.dub_request import DubRequest, render_settings
from lipflap.plugin.order.quality import QUALITIES

_DUB_HELP = """\
DUB is one of
    track:NAME      sound tracks of the cut, by name; * and ? match; several with commas between
    FILE            one sound file, laid at --dub-at, else at its own timecode or BWF time, else
                    at the start of the cut
    FOLDER          a folder of one sound file a line, each laid at its BWF time or timecode, else
                    at the timecode in its name, else at the start of the shot it is named like
    LIST            a cue list, .csv .tsv or .xlsx: columns cue, character, in, out, text, file
    SESSION         a timeline of the dub, .otio .aaf .edl .xml .fcpxml: a track a character
Without --dub: the tracks whose name or metadata says dub or a language.
"""

_QUALITY_HELP = "QUALITY, and what it costs:\n" + "".join(
    f"    {name:<12}{quality.about}\n" for name, quality in QUALITIES.items()
)

_OF_PROJECT = ("quality", "model", "mode", "seed", "tracker", "handles", "codec", "burn_in")

REQUEST_HELP = f"{_DUB_HELP}\n{_QUALITY_HELP}"


def add_request(command: ArgumentParser) -> None:
    """Add the arguments of a DubRequest: what to dub, and how."""
    _add_cut_and_dub(command)
    _add_choice_of_shots(command)
    _add_painting(command)
    _add_output(command)
    add_json(command)


def _add_cut_and_dub(command: ArgumentParser) -> None:
    add = command.add_argument
    add("cut", metavar="CUT", type=Path, help="a timeline: .otio .otioz .xml .fcpxml .aaf .edl …")
    add("--dub", metavar="DUB", help="the new dialogue; see below")
    add("--dub-at", metavar="TIMECODE", help="record timecode at which a sound FILE starts")
    add_timeline(command)
    add_rate(command)
    add_media_places(command)
    add(
        "--dub-channel",
        metavar="N",
        type=positive,
        help="the channel of sound files that is the voice, from 1; default: the centre, or the "
        "one that sounds like a voice",
    )


def _add_choice_of_shots(command: ArgumentParser) -> None:
    """Add the arguments that say which shots are dubbed, and which faces in them."""
    add = command.add_argument
    add(
        "--only",
        metavar="SHOT",
        nargs="+",
        action="extend",
        default=[],
        help="dub these shots only; * and ? match",
    )
    add(
        "--skip",
        metavar="SHOT",
        nargs="+",
        action="extend",
        default=[],
        help="do not dub these shots; * and ? match",
    )
    add(
        "--extend",
        metavar="SHOT",
        nargs="+",
        action="extend",
        default=[],
        help="make these shots longer where their dub outlasts them and nothing follows; * and ? "
        "match; docs/extend.md",
    )
    add(
        "--face",
        metavar="SHOT=N",
        type=face,
        nargs="+",
        action="extend",
        default=[],
        help="repaint face N of a shot, whoever speaks; `lipflap faces` lists them",
    )
    add(
        "--speaker",
        metavar="WHO=SHOT:N",
        type=speaker,
        nargs="+",
        action="extend",
        default=[],
        help="face N of a shot is this character, and so are faces like it in all shots; order and "
        "dub keep it in the file of --decisions",
    )
    add(
        "--decisions",
        metavar="FILE",
        type=Path,
        help="decisions shot by shot and settings of the project, as the panel keeps them beside "
        "the cut; options given here come before those settings",
    )


def _add_painting(command: ArgumentParser) -> None:
    """Add the arguments that say how mouths are found and painted."""
    add = command.add_argument
    add("--model", help="a model by name, or a .safetensors file")
    add("--quality", choices=QUALITIES, help="default: standard; see below")
    add(
        "--mode",
        choices=tuple(Mode),
        help="reference: new mouths from the actor's own (default); autoregressive: painted "
        "by the network, each frame from the one before; framewise: each frame by itself",
    )
    add(
        "--blink",
        action="store_true",
        help="in photographs and frames that are held, who speaks closes the eyes now and then; "
        "docs/stills.md",
    )
    add(
        "--references",
        metavar="FILM",
        type=Path,
        nargs="+",
        action="extend",
        default=[],
        help="more film of the actors, also used for new mouths",
    )
    add("--seed", metavar="N", type=natural, help="the same seed gives the same picture")
    add(
        "--tracker",
        choices=TRACKERS,
        help="the face detector: the one that is installed (default), or S3FD and FAN with your "
        "weights",
    )


def _add_output(command: ArgumentParser) -> None:
    """Add the arguments about the new picture files."""
    add = command.add_argument
    add(
        "--handles",
        metavar="N",
        type=natural,
        help="spare frames to render at each end of a shot; default: 8",
    )
    add(
        "--codec",
        choices=(SOURCE, *CODECS),
        help="codec of the new pictures; default: like the source",
    )
    add(
        "--consent",
        metavar="TEXT",
        default="",
        help="who agreed to the new mouths; kept in the cut; consent.json beside the cut says more",
    )
    add(
        "--require-consent",
        action="store_true",
        help="refuse to dub while the consent of somebody who speaks is missing or has ended",
    )
    add(
        "--burn-in",
        metavar="TEXT",
        help='paint a line into every new frame, such as "AI-edited mouth"',
    )


def make_request(args: Namespace) -> DubRequest:
    """Return the request that arguments of scan, order or dub make. Raises DubError."""
    decisions = _decisions(args)
    project = _project(args, decisions.project)
    settings = render_settings(project, _references(args, decisions))
    if args.blink:
        settings = replace(settings, dub_settings=replace(settings.dub_settings, blink=True))
    channel = decisions.dub_channel if args.dub is None else None
    return DubRequest(
        cut=args.cut,
        dub=args.dub if args.dub is not None else decisions.dub,
        dub_at=args.dub_at or (decisions.dub_at if args.dub is None else None),
        shots=ShotFilter(
            tuple(args.only),
            tuple(args.skip),
            tuple(args.face),
            tuple(args.speaker),
            tuple(args.extend),
        ),
        consent=args.consent or decisions.consent,
        settings=settings,
        decisions=decisions,
        places=media_places(args),
        rate=args.rate,
        timeline=args.timeline,
        dub_channel=channel if args.dub_channel is None else args.dub_channel - 1,
        require_consent=args.require_consent or project.require_consent,
    )


def _decisions(args: Namespace) -> Decisions:
    """Return the decisions of a request: those kept in a file, and who was shown to be who.

    A new file is begun where there is none yet. Raises DubError.
    """
    try:
        check_shown(args.speaker)
    except ValueError as problem:
        fix = "Leave one of the two out."
        raise DubError(f"{problem}.", where="--speaker", fix=fix) from None
    is_new = args.speaker and args.decisions and not args.decisions.exists()
    kept = read_decisions(args.decisions) if args.decisions and not is_new else NO_DECISIONS
    return reduce(with_speaker, args.speaker, kept)


def _project(args: Namespace, kept: ProjectSettings) -> ProjectSettings:
    """Return the settings of a project as kept, but for what the arguments say."""
    given = {name: getattr(args, name) for name in _OF_PROJECT}
    changed = replace(kept, **{name: said for name, said in given.items() if said is not None})
    return replace(changed, model=absolute_name(changed.model))


def _references(args: Namespace, decisions: Decisions) -> tuple[str, ...]:
    if args.references and args.mode not in (None, Mode.REFERENCE):
        raise DubError(
            f"has no effect with --mode {args.mode}, which uses no filmed mouths.",
            where="--references",
            fix="Leave one of the two out.",
        )
    given = (str(film.absolute()) for film in args.references)
    return tuple(dict.fromkeys((*given, *decisions.references)))
