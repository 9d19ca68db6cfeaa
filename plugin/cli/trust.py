"""`lipflap trust` and `lipflap verify`: sign what was edited, and check what others signed."""

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

from lipflap.core.errors import DubError
from lipflap.plugin.cli.arguments import AddParser, add_command, add_group, add_job
from lipflap.plugin.job.folder import Job
from lipflap.plugin.trust.manifest import SIGNABLE, Proof, Signature, check_file
from lipflap.plugin.trust.sign_job import sign_job
from lipflap.plugin.trust.studio_keys import make_keys, studio_keys

_VERIFY_HELP = """\
Prints for each file whether it is signed and by whom, whether it was changed since, and what was
edited. Files of other programs that carry a C2PA manifest are read, too.
Exit code: 0 all are signed and unchanged, 1 one is not, 2 wrong input.
"""


def add_commands(add_parser: AddParser) -> None:
    add = add_group(add_parser, "trust", "Sign edited pictures with C2PA manifests.")
    about = "Make this user's key and certificate, with which rendered pictures are signed."
    init = add_command(add, "init", make, about)
    init.add_argument("--studio", metavar="NAME", required=True, help="who signs")
    about = "Write a signed manifest beside each rendered picture of a JOB."
    add_job(add_command(add, "sign", sign, about))

    about = "Check whether files are signed, by whom, and whether they were changed since."
    verify = add_command(add_parser, "verify", check, about, _VERIFY_HELP)
    verify.add_argument("path", metavar="FILE", type=Path, nargs="+", help="a file or a folder")


def make(args: Namespace) -> int:
    keys = studio_keys()
    make_keys(keys, args.studio)
    print(f"{keys.folder}: keep signer.key secret, and a copy of the folder in a safe place.")
    return 0


def sign(args: Namespace) -> int:
    """Sign a JOB; return 1 if a file could not be. Raises DubError."""
    signed = list(sign_job(Job(args.job), studio_keys()))
    for path, is_signed in signed:
        print(f"{path}: {'signed' if is_signed else f'unsigned, for {path.suffix} has no form'}")
    return 0 if all(is_signed for _, is_signed in signed) else 1


def check(args: Namespace) -> int:
    proofs = [(path, check_file(path)) for path in _files(args.path)]
    for path, proof in proofs:
        print(f"{path}: {_describe(proof)}")
    return 0 if all(proof.state == Signature.VALID for _, proof in proofs) else 1


def _files(paths: list[Path]) -> Iterator[Path]:
    """Yield the files, and those in folders that can be signed. Raises DubError."""
    for path in paths:
        if not path.exists():
            raise DubError("is not there.", where=str(path), fix="Check the path.")
        inside = sorted(path.rglob("*")) if path.is_dir() else [path]
        yield from (one for one in inside if not path.is_dir() or one.suffix.lower() in SIGNABLE)


def _describe(proof: Proof) -> str:
    if proof.state == Signature.UNSIGNED:
        return "unsigned"
    words = [f"signed by {proof.signer}" if proof.signer else "signed"]
    words.append("unchanged" if proof.state == Signature.VALID else "CHANGED since")
    if proof.problems:
        words.append(f"({', '.join(proof.problems)})")
    if facts := proof.facts:
        count, frames = facts.get("frames_with_a_new_mouth"), facts.get("frames")
        words.append(f"AI-edited mouth in {count} of {frames} frames")
        words.append(f"consent: {facts.get('consent') or 'none on file'}")
    return ", ".join(words)
