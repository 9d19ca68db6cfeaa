"""The filmed picture as the parent of a new one, with the manifest that it came with.

A camera or another program may have signed it: in the file, or beside it. That manifest goes into
the new one, with what was found of it: unchanged or not.
"""

import io
import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from lipflap.core.files.sidecar import sidecar
from lipflap.plugin.trust.c2pa_library import NOT_VERIFIED, load_c2pa, offline_context
from lipflap.plugin.trust.manifest import (
    MANIFEST_UNREADABLE,
    SOURCE,
    media_type,
    mentions_manifest,
    parent,
)

_SETTINGS = {"builder": {"thumbnail": {"enabled": False}}}
_STORE = "source.c2pa"  # the manifest beside a film, as c2pa is given it


def film_archive(film: Path | None, facts: Mapping[str, Any]) -> bytes:
    """Return the parent of a new picture, as c2pa adds it to a manifest.

    film    the filmed file; None where it is not at hand
    facts   of plugin.trust.facts, with the hash of the source
    """
    made = parent(facts)
    if film is None or not film.is_file():
        return _archive(json.dumps(made))
    said = json.dumps({**made, "title": film.name} if "still" in facts else made)
    beside = sidecar(film)
    files = (film, *([beside] if beside.is_file() else ()))
    stamps = tuple((one.stat().st_mtime_ns, one.stat().st_size) for one in files)
    return _archive_of(film, stamps, said)


@lru_cache(maxsize=8)
def _archive_of(film: Path, stamps: tuple[tuple[int, int], ...], said: str) -> bytes:
    """Return a film as a parent; a process checks each film once for all stills made of it."""
    c2pa = load_c2pa()
    is_beside = len(stamps) > 1 and not _is_embedded(film)
    try:
        with film.open("rb") as file:
            if is_beside:
                return _with_manifest_beside(film, file, said)
            builder = _builder()
            builder.add_ingredient(said, media_type(film), file)
            return _written(builder)
    except (c2pa.C2paError, ValueError, KeyError):
        if not is_beside and not mentions_manifest(film):
            return _archive(said)
    failure = {"code": MANIFEST_UNREADABLE, "url": "", "explanation": "it cannot be read"}
    return _archive(said, validation_results={"activeManifest": _results(failure)})


def _is_embedded(film: Path) -> bool:
    """Return whether a film holds a manifest, if only a damaged one."""
    c2pa = load_c2pa()
    try:
        with film.open("rb") as file:
            c2pa.Reader(media_type(film), file, context=offline_context(NOT_VERIFIED))
    except c2pa.C2paError:
        return mentions_manifest(film)
    return True


def _with_manifest_beside(film: Path, file: io.BufferedReader, said: str) -> bytes:
    """Return a film with its sidecar. Raises C2paError where that is none."""
    store = sidecar(film).read_bytes()
    reader = load_c2pa().Reader(media_type(film), file, store, context=offline_context({}))
    found = json.loads(reader.json())
    return _archive(
        said,
        store,
        manifest_data={"format": "application/c2pa", "identifier": _STORE},
        active_manifest=found["active_manifest"],
        validation_results=found["validation_results"],
    )


def _archive(said: str, store: bytes = b"", **more: Any) -> bytes:
    builder = _builder({**json.loads(said), **more})
    if store:
        builder.add_resource(_STORE, io.BytesIO(store))
    return _written(builder)


def _builder(*ingredients: dict[str, Any]) -> Any:
    return load_c2pa().Builder({"ingredients": ingredients}, context=offline_context(_SETTINGS))


def _written(builder: Any) -> bytes:
    archive = io.BytesIO()
    builder.write_ingredient_archive(SOURCE, archive)
    return archive.getvalue()


def _results(failure: dict[str, str]) -> dict[str, Any]:
    return {"success": [], "informational": [], "failure": [failure]}
