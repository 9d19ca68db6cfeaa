"""A message on the screen, for hosts whose scripts have no window of their own."""

from __future__ import annotations

import shutil
import subprocess
import sys


def show(text: str) -> None:
    """Show a text until the user has read it, and write it to the host's console."""
    sys.stdout.write(f"Lipflap: {text}\n")
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.user32.MessageBoxW(None, text, "Lipflap", 0)
        return
    command = _command(text)
    if command:
        subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)


def _command(text: str) -> list[str]:
    """Return the command that shows a text on macOS or a Linux desktop; empty without one."""
    if sys.platform == "darwin":
        script = 'on run texts\ndisplay dialog (item 1 of texts) with title "Lipflap" '
        return ["osascript", "-e", script + 'buttons {"OK"} default button 1\nend run', text]
    for program, arguments in (
        ("zenity", ["--info", "--no-markup", "--title=Lipflap", f"--text={text}"]),
        ("kdialog", ["--title", "Lipflap", "--msgbox", text]),
        ("xmessage", ["-center", text]),
    ):
        if shutil.which(program):
            return [program, *arguments]
    return []
