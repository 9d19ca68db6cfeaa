"""New files in Resolve's media pool."""

from __future__ import annotations

import os
from typing import Any

_BIN = "Lipflap"


def media_bin(pool: Any) -> Any:
    """Return our bin in the media pool; the root where Resolve makes none."""
    root = pool.GetRootFolder()
    for folder in root.GetSubFolderList() or ():
        if folder.GetName() == _BIN:
            return folder
    return pool.AddSubFolder(root, _BIN) or root


def import_media(pool: Any, folder: Any, shot: dict[str, Any]) -> Any:
    """Return the media pool item of a shot's new file; None when Resolve does not import it."""
    for clip in folder.GetClipList() or ():
        if _is_same(clip.GetClipProperty("File Path"), shot):
            return clip
    pool.SetCurrentFolder(folder)
    if shot["first_file"] is None:
        found = pool.ImportMedia([shot["file"]])
    else:
        last = shot["first_file"] + shot["count"] - 1
        sequence = {"FilePath": shot["file"], "StartIndex": shot["first_file"], "EndIndex": last}
        found = pool.ImportMedia([sequence])
    return found[0] if found else None


def _is_same(path: Any, shot: dict[str, Any]) -> bool:
    """Return whether a clip of the pool is a shot's file; of sequences Resolve's name differs."""
    same = os.path.normcase(os.path.normpath(shot["file"]))
    return bool(path) and os.path.normcase(os.path.normpath(str(path))) == same
