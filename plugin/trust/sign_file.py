"""Sign one file: into a new one that holds its manifest, or with a manifest beside it."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lipflap.core.errors import DubError
from lipflap.plugin.trust.c2pa_library import load_c2pa
from lipflap.plugin.trust.manifest import definition, holds_manifest, media_type
from lipflap.plugin.trust.open_boxes import open_boxes_sha256
from lipflap.plugin.trust.signer import OpenSigner

_SETTINGS = {"builder": {"thumbnail": {"enabled": False}}}  # the picture itself is at hand


def sign_file(path: Path, out: Path, facts: Mapping[str, Any], signer: OpenSigner) -> None:
    """Write the signed file to `out`; where its format has no room, its manifest alone.

    facts   of plugin.trust.facts, with the hash of the source
    Raises DubError.
    """
    c2pa = load_c2pa()
    said = {**facts, "unhashed_sha256": open_boxes_sha256(path)}
    is_embedded = holds_manifest(path)
    try:
        context = c2pa.Context(c2pa.Settings.from_json(json.dumps(_SETTINGS)))
        builder = c2pa.Builder(definition(path.name, said), context=context)
        if not is_embedded:
            builder.set_no_embed()
        with path.open("rb") as file, out.open("w+b") if is_embedded else _Nowhere() as signed:
            manifest = builder.sign(signer.c2pa, media_type(path), file, signed)
    except (c2pa.C2paError, ValueError) as problem:
        if signer.problems:
            raise signer.problems[-1] from problem
        raise DubError(
            f"cannot be signed: {problem}.", where=str(path), fix="Render it again, then sign."
        ) from problem
    if not is_embedded:
        out.write_bytes(manifest)


class _Nowhere(io.RawIOBase):
    """A stream that keeps nothing: the file that C2PA would write is the one that is there."""

    def __init__(self) -> None:
        self._at = self._size = 0

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._at += len(data)
        self._size = max(self._size, self._at)
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at
