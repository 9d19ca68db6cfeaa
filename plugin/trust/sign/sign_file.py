"""Sign one file: into a new one that holds its manifest, or with a manifest beside it."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lipflap.core.errors import DubError
from lipflap.core.files.disk_space import disk_full_error, free_bytes
from lipflap.plugin.trust.c2pa_library import load_c2pa, offline_context
from lipflap.plugin.trust.manifest import definition, holds_manifest, media_type
from lipflap.plugin.trust.nowhere import Nowhere
from lipflap.plugin.trust.open_boxes import open_boxes_sha256
from lipflap.plugin.trust.sign.film_archive import film_archive
from lipflap.plugin.trust.sign.signer import OpenSigner

_SETTINGS = {"builder": {"thumbnail": {"enabled": False}}}  # the picture itself is at hand


def sign_file(
    path: Path, out: Path, facts: Mapping[str, Any], film: Path | None, signer: OpenSigner
) -> None:
    """Write the signed file to `out`; where its format has no room, its manifest alone.

    facts   of plugin.trust.facts, with the hash of the source
    film    the filmed file it was made of; None where that is not at hand
    Raises DubError.
    """
    c2pa = load_c2pa()
    said = {**facts, "unhashed_sha256": open_boxes_sha256(path)}
    is_embedded = holds_manifest(path)
    try:
        builder = c2pa.Builder(definition(path.name, said), context=offline_context(_SETTINGS))
        builder.add_ingredient_from_archive(io.BytesIO(film_archive(film, facts)))
        if not is_embedded:
            builder.set_no_embed()
        with path.open("rb") as file, out.open("w+b") if is_embedded else Nowhere() as signed:
            manifest = builder.sign(signer.c2pa, media_type(path), file, signed)
    except (c2pa.C2paError, ValueError) as problem:
        if signer.problems:
            raise signer.problems[-1] from problem
        if free_bytes(out) < (needed := path.stat().st_size):
            raise disk_full_error(out, "No space left on device", needed) from problem
        raise DubError(
            f"cannot be signed: {problem}.", where=str(path), fix="Render it again, then sign."
        ) from problem
    if not is_embedded:
        out.write_bytes(manifest)
