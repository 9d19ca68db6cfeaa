"""Weights in parts that travel, and the list of their hashes.

cat FILE-part* > FILE      where a file came in parts
sha256sum -c SHA256SUMS    whether all is whole
"""

from pathlib import Path

from lipflap.core.files.atomic import write_bytes, write_text
from lipflap.core.model_files import sha256

PART_BYTES = 15_000_000
HASHES = "SHA256SUMS"


def split_weights(files: list[Path], part_bytes: int = PART_BYTES) -> list[Path]:
    """Divide each file that is larger than a part; list the hashes of all beside them.

    The hash of a divided file is listed too: that of what its parts make. Returns what travels.
    Raises DubError.
    """
    hashes, travelling = [], []
    for file in files:
        data = file.read_bytes()
        hashes.append((sha256(file), file))
        starts = range(0, len(data), part_bytes)
        if len(starts) == 1:
            travelling.append(file)
            continue
        for number, start in enumerate(starts, 1):
            part = file.with_name(f"{file.name}-part{number:03}")
            write_bytes(part, data[start : start + part_bytes])
            hashes.append((sha256(part), part))
            travelling.append(part)
        file.unlink()
    lines = [f"{digest}  {path.name}\n" for digest, path in hashes]
    listed = files[0].with_name(HASHES)
    write_text(listed, "".join(lines))
    return [*travelling, listed]
