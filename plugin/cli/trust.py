"""`lipflap trust` and `lipflap verify`: keys, consent, signatures, and their check."""

import json
from argparse import ArgumentParser, Namespace
from dataclasses import replace
from datetime import date
from pathlib import Path

from lipflap.core.consent import Agreement, describe_agreement
from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_text
from lipflap.core.model_files import sha256
from lipflap.plugin.cli.arguments import (
    AddParser,
    add_command,
    add_group,
    add_job,
    add_json,
    add_media_places,
    add_signing,
    media_places,
    signing,
)
from lipflap.plugin.cut.cast.consent_file import (
    consent_path,
    consent_to_json,
    read_consent,
    with_agreement,
)
from lipflap.plugin.job.folder import Job
from lipflap.plugin.trust.check.known_signers import known_certificates
from lipflap.plugin.trust.check.verdict import as_json, consent_gaps_of, describe
from lipflap.plugin.trust.check.verify import verify
from lipflap.plugin.trust.sign.sign_job import sign_job
from lipflap.plugin.trust.sign.studio_keys import make_keys, studio_keys
from lipflap.plugin.trust.sign.studio_settings import ready_signer

_VERIFY_HELP = """\
Prints for each file whether it is signed and by whom, whether it was changed since, which frames
were edited, and whose consent covers it. PATH is a file, a folder of pictures, a JOB, or a cut,
whose dubbed media is checked, where --map and --media say that it lies here. Files of other
programs that carry a C2PA manifest are read, too.
A certificate is known here if it is this user's own, or given with --signers.
Exit code: 0 all are signed and unchanged, 1 one is not, 2 wrong input. With --signers a signature
by anybody else is none, and with --require-consent consent that is missing or has ended counts.
"""

_CONSENT_HELP = """\
consent.json beside the cut is for all cuts of its folder; `lipflap order` and `lipflap dub` take it
into JOB, orders, results, report, manifests and the dubbed cut. Without --person it is listed;
with --document alone it says what that document is the release of, and returns 1 if of nothing.
    lipflap trust consent reel.otio --person "Jane Doe" --as ANNA --until 2027-12-31 \\
        --agreed "German dub, new mouth" --by "Agency Roe" --document release.pdf
"""


def add_commands(add_parser: AddParser) -> None:
    add = add_group(add_parser, "trust", "Sign edited pictures, and keep consent on file.")
    about = "Make this user's key and certificate, with which rendered pictures are signed."
    init = add_command(add, "init", make, about)
    init.add_argument("--studio", metavar="NAME", required=True, help="who signs")
    about = "Sign the rendered pictures of a JOB, as dub, conform and farm collect do at their end."
    command = add_command(add, "sign", sign, about)
    add_job(command)
    add_signing(command)
    about = "Note who agreed to new mouths, in consent.json beside a cut; or list it."
    _add_consent(add_command(add, "consent", consent, about, _CONSENT_HELP))

    about = "Check whether files are signed, by whom, and whether they were changed since."
    command = add_command(add_parser, "verify", check, about, _VERIFY_HELP)
    command.add_argument("path", metavar="PATH", type=Path, nargs="+", help="see below")
    command.add_argument(
        "--signers",
        metavar="PEM",
        type=Path,
        nargs="+",
        action="extend",
        default=[],
        help="certificates whose signatures count; no others do",
    )
    command.add_argument(
        "--require-consent", action="store_true", help="consent counts for the exit code, too"
    )
    add_media_places(command)
    add_json(command)


def make(args: Namespace) -> int:
    keys = studio_keys()
    make_keys(keys, args.studio)
    print(f"{keys.folder}: keep signer.key secret, and a copy of the folder in a safe place.")
    print(f"Give {keys.certificates.name} to whoever is to verify with --signers.")
    return 0


def sign(args: Namespace) -> int:
    """Sign a JOB. Raises DubError, also when there are no keys."""
    signer = ready_signer(signing(args))
    if signer is None:
        raise DubError(
            "there are no keys.", where="lipflap trust sign", fix="Run `lipflap trust init`."
        )
    for shot, is_new in sign_job(Job(args.job), signer):
        print(f"{shot}: signed{'' if is_new else ' already'} by {signer.organisation}")
    return 0


def consent(args: Namespace) -> int:
    """Note an agreement, then print all there are; or those of a document. Raises DubError."""
    if not args.cut.exists():
        raise DubError("is not there.", where=str(args.cut), fix="Check the path.")
    path = consent_path(args.cut)
    agreements = read_consent(path)
    if args.person or args.agreed or args.by or args.until or args.characters:
        agreements = with_agreement(agreements, _agreement(args))
        write_text(path, consent_to_json(agreements))
    elif args.document:
        digest = _hash_of(args.document)
        agreements = tuple(one for one in agreements if one.document_sha256 == digest)
    for one in agreements:
        over = " (ENDED)" if one.is_over(date.today()) else ""
        print(f"{describe_agreement(one)}{over}")
    if args.document and not agreements:
        print(f"{args.document}: nothing on file was agreed to in this document.")
    return 1 if args.document and not agreements else 0


def _agreement(args: Namespace) -> Agreement:
    """Return the agreement that arguments give. Raises DubError."""
    if not (args.person and args.agreed):
        raise DubError(
            "needs who agreed, and to what.",
            where="lipflap trust consent",
            fix="Give --person and --agreed.",
        )
    try:
        document = _hash_of(args.document) if args.document else ""
        new = Agreement(args.person, args.agreed, args.by, args.until, document)
        return replace(new, characters=tuple(args.characters))
    except ValueError as problem:
        raise DubError(f"{problem}.", where="lipflap trust consent") from problem


def _hash_of(document: Path) -> str:
    try:
        return sha256(document)
    except OSError as problem:
        raise DubError(f"cannot be read: {problem.strerror}.", where=str(document)) from problem


def check(args: Namespace) -> int:
    """Print what is found; return 1 when something does not hold. Raises DubError."""
    today, failed, found = date.today(), 0, []
    for checked in verify(args.path, known_certificates(args.signers), media_places(args)):
        gaps = consent_gaps_of(checked.proof, today) if args.require_consent else ()
        is_other = bool(args.signers) and not checked.proof.is_known
        failed += not checked.is_fine or is_other or bool(gaps)
        found.append(as_json(checked, today))
        if not args.json:
            print(describe(checked, today))
    if args.json:
        print(json.dumps(found, indent=1, ensure_ascii=False))
    elif not found:
        print("No picture was found.")
    return 1 if failed or not found else 0


def _add_consent(command: ArgumentParser) -> None:
    add = command.add_argument
    add("cut", metavar="CUT", type=Path, help="a cut: the file lies beside it")
    add("--person", metavar="NAME", default="", help="whose mouth is changed")
    add("--agreed", metavar="TEXT", default="", help="what was agreed")
    add(
        "--as",
        dest="characters",
        metavar="CHARACTER",
        nargs="+",
        action="extend",
        default=[],
        help="who this person plays, as the dub names it; default: the person's own name",
    )
    add("--by", metavar="NAME", default="", help="who agreed, if another: an agent, a guardian")
    add("--until", metavar="DAY", default="", help="the last day on which it holds: 2027-12-31")
    add(
        "--document",
        metavar="FILE",
        type=Path,
        help="the signed document; its hash is kept, or looked for",
    )
