"""A file that is written whole or not at all, without the libraries that a host lacks."""

import os


def write_whole(path: str, text: str) -> None:
    """Write a small text file under another name first, then rename it. Raises OSError."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    temporary = f"{path}.{os.getpid()}.new"
    try:
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)


def file_name(name: str) -> str:
    """Return a name of a host's, such as a timeline's, as the name of a file."""
    kept = "".join("_" if one in '<>:"/\\|?*' or ord(one) < 32 else one for one in name)
    while len(kept.encode()) > 150:
        kept = kept[:-1]
    return kept.strip(" .") or "cut"
