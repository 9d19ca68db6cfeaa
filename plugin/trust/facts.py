"""The facts of a dub that are signed: no folder of this machine, and no key."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from lipflap.core.errors import DubError
from lipflap.core.files.sequence import sequence_file
from lipflap.core.files.sidecar import picture_files
from lipflap.core.order import DubOrder, FrameRange, Picture, joined
from lipflap.core.result import DubResult

WHAT, WHAT_BLINKS = "AI-edited mouth", "AI-edited mouth and eyelids"
_CHUNK_BYTES = 1 << 20


def dub_facts(order: DubOrder, result: DubResult) -> dict[str, Any]:
    """Return what a manifest says of a rendered shot; frames count from 0 in its new picture.

    The hash of the filmed picture, which takes long, is added by whoever signs.
    """
    report, settings = result.report, order.settings
    edited = [[one.start, one.end - 1] for one in joined(report.repainted, report.blinks)]
    return {
        "what": WHAT_BLINKS if report.blinks else WHAT,
        "region": "mouth and upper eyelids" if report.blinks else "mouth",
        "shot": order.shot,
        "frames": report.frames,
        "frames_with_a_new_mouth": report.repainted_frames,
        "edited_frames": edited,
        "frames_not_filmed": order.unfilmed,  # the last ones
        "burnt_in": order.output.burn_in,
        "source": Path(order.picture.path.replace("\\", "/")).name,
        "source_fingerprint": order.picture.fingerprint,
        "rendered_fingerprint": result.output_fingerprint,
        "model": Path(settings.model.replace("\\", "/")).stem,
        "model_sha256": settings.model_sha256,
        "lip_motion_sha256": settings.lip_motion_sha256,
        "order_sha256": result.order_sha256,
        "characters": list(order.characters),
        "consent": "; ".join(one.agreed for one in order.consent if not one.person),
        "agreements": [asdict(one) for one in order.consent if one.person],
    }


def still_facts(facts: Mapping[str, Any], first: int, number: int) -> dict[str, Any]:
    """Return what the manifest of one still of a sequence says.

    first    number of the shot's first still
    number   of this one
    """
    frame, frames = number - first, int(facts["frames"])
    is_edited = any(start <= frame <= last for start, last in facts["edited_frames"])
    still = {"number": number, "first": first, "last": first + frames - 1, "edited": is_edited}
    return {**facts, "still": still}


def facts_sha256(facts: Mapping[str, Any], certificate_sha256: str) -> str:
    """Return the hash by which a picture is known to be signed as it would be signed now."""
    text = json.dumps([facts, certificate_sha256], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def source_sha256(picture: Picture) -> str:
    """Return the hash of a filmed picture; of a sequence, of its files one after the other.

    Empty where it is not at hand: the fingerprint has to do. Raises DubError.
    """
    files = picture_files(picture.path)
    try:
        stamps = tuple((str(one), one.stat().st_mtime_ns, one.stat().st_size) for one in files)
        return _sha256(stamps) if stamps else ""
    except OSError as problem:
        raise DubError(
            f"cannot be read: {problem.strerror}.",
            where=picture.path,
            fix="Mount its volume, or sign later with `lipflap conform`.",
        ) from problem


def filmed_file(order: DubOrder, frame: int) -> Path | None:
    """Return the file of a frame of the new picture as it was filmed; None where there is none.

    frame   counted from 0; of a movie every frame is in its one file
    """
    picture = order.picture
    if picture.first_file is None:
        path = Path(picture.path)
    elif frame >= order.frames.count - order.unfilmed:
        return None
    else:
        number = picture.first_file + order.frames.media_frame(frame)
        path = sequence_file(picture.path, number)
    return path if path.is_file() else None


@lru_cache(maxsize=256)
def _sha256(stamps: tuple[tuple[str, int, int], ...]) -> str:
    """Return the hash of files; a process reads each of them once."""
    digest = hashlib.sha256()
    for path, _, _ in stamps:
        with open(path, "rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                digest.update(chunk)
    return digest.hexdigest()


def is_well_formed(facts: object) -> bool:
    """Return whether facts have the form of `dub_facts`: anybody may sign anything."""
    if not isinstance(facts, dict):
        return False
    still = facts.get("still")
    numbers = ("number", "first", "last")
    return (
        all(isinstance(facts.get(name), int) for name in ("frames", "frames_with_a_new_mouth"))
        and all(isinstance(facts.get(name), str) for name in ("shot", "consent", "source"))
        and all(isinstance(facts.get(name), list) for name in ("agreements", "characters"))
        and isinstance(facts.get("edited_frames"), list)
        and (
            still is None
            or (isinstance(still, dict) and all(type(still.get(one)) is int for one in numbers))
        )
    )


def edited_ranges(facts: Mapping[str, Any]) -> tuple[FrameRange, ...]:
    """Return the frames with a new mouth, counted from 0; none where facts are not ours."""
    try:
        return tuple(FrameRange(int(a), int(b) + 1) for a, b in facts.get("edited_frames", ()))
    except (TypeError, ValueError):
        return ()
