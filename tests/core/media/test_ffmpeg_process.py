"""ffmpeg as a child process: found, heard and ended."""

import os
import stat
import subprocess
from pathlib import Path

import ffmpeg
import pytest

from lipflap.core.errors import MemoryShort
from lipflap.core.media import ffmpeg_process
from lipflap.core.media.ffmpeg_process import binary, run_ffmpeg


def fake_ffmpeg(folder: Path, libavcodec: str) -> Path:
    program = folder / "ffmpeg"
    program.write_text(f"#!/bin/sh\necho ffmpeg version N-1\necho libavcodec {libavcodec}\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return program


@pytest.mark.parametrize(("libavcodec", "taken"), [("62. 11.100", True), ("60. 31.102", False)])
def test_an_ffmpeg_on_the_path_is_taken_when_it_is_new_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, libavcodec: str, taken: bool
) -> None:
    program = fake_ffmpeg(tmp_path, libavcodec)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert (binary.__wrapped__() == str(program)) is taken


def test_the_binary_there_is_can_be_run() -> None:
    said = subprocess.run([binary(), "-version"], capture_output=True, text=True, check=True)
    assert "libavcodec" in said.stdout


def test_error_text_states_the_cause(tmp_path: Path) -> None:
    graph = ffmpeg.input(str(tmp_path / "no film.mov")).output("pipe:1", format="null")
    with run_ffmpeg(graph) as child:
        assert child.stdout.read() == b""
        assert not child.wait_ok()
        assert child.error_text().startswith("Error opening input: No such file or directory")
        assert "0x" not in child.error_text()


def test_leaving_early_ends_the_child() -> None:
    endless = ffmpeg.input("testsrc2", format="lavfi").output("pipe:1", format="rawvideo")
    with run_ffmpeg(endless) as child:
        assert child.stdout.read(1)
    assert child.process.poll() is not None
    assert not child.stderr_reader.is_alive()


@pytest.mark.parametrize(
    ("counted", "is_short"), [((5, 6), True), ((5, 5), False), ((None, None), True)]
)
def test_a_child_that_was_killed_lacked_memory_unless_the_system_says_that_none_was_short(
    monkeypatch: pytest.MonkeyPatch, counted: tuple[int | None, ...], is_short: bool
) -> None:
    kills = iter(counted)
    monkeypatch.setattr(ffmpeg_process, "count_memory_kills", lambda: next(kills))
    endless = ffmpeg.input("testsrc2", format="lavfi").output("pipe:1", format="rawvideo")
    with run_ffmpeg(endless) as child:
        child.process.kill()
        if is_short:
            with pytest.raises(MemoryShort, match="ran out of memory"):
                child.wait_ok()
        else:
            assert not child.wait_ok()
        assert child.error_text() == "ffmpeg was ended by the signal Killed"


def test_a_talkative_child_is_neither_stalled_nor_remembered_whole(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text("#!/bin/sh\nyes '[x @ 0x1] trouble' | head -n 200000 >&2\necho done\n")
    program.chmod(0o755)
    monkeypatch.setattr(ffmpeg_process, "binary", lambda: str(program))
    with run_ffmpeg(ffmpeg.input("a").output("b")) as child:
        assert child.stdout.read() == b"done\n"
        assert child.wait_ok()
        assert child.error_text() == "trouble; trouble"
