"""Pages tell the truth: the commands, options, files and names on them exist."""

import argparse
import re
import runpy
import shlex
from pathlib import Path

import pytest

from lipflap.plugin.cli.main import parser

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "core" / "models").glob("*.md")),
    ROOT / "plugin" / "demo" / "assets" / "README.md",
]
TEXT = {page.relative_to(ROOT).as_posix(): page.read_text(encoding="utf-8") for page in PAGES}
README = TEXT["README.md"]
ALL = "\n".join(TEXT.values())
COMMANDS = re.findall(r"^    (?:\$ )?lipflap (.+)$", ALL, re.MULTILINE)
ROOMS = r"(?:core|plugin|gui|training|tests|docs|\.ci)"
PATH = re.compile(rf"(?<![\w./-]){ROOMS}/[\w./*-]*")
NAME = re.compile(rf"({ROOMS}/[\w./-]+\.py):(\w+)")
OTHER_PROGRAMS = r"sudo .*|pip .*|dask .*|.*torchrun .*"


def commands_of(whole: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    (found,) = (a for a in whole._actions if isinstance(a, argparse._SubParsersAction))
    return found.choices


def all_of(whole: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    """Its commands, and the commands of those."""
    nested = [a for a in whole._actions if isinstance(a, argparse._SubParsersAction)]
    return [whole, *(c for a in nested for one in a.choices.values() for c in all_of(one))]


@pytest.mark.parametrize("command", dict.fromkeys(COMMANDS))
def test_the_command_is_understood(command):
    parser().parse_args(shlex.split(command, comments=True))


def test_every_command_but_the_demo_is_shown():
    shown = {shlex.split(command, comments=True)[0] for command in COMMANDS}
    assert shown | {"demo"} == set(commands_of(parser()))


@pytest.mark.parametrize("page", TEXT)
def test_every_option_that_is_named_exists(page):
    text = re.sub(OTHER_PROGRAMS, "", TEXT[page])
    known = {o for one in all_of(parser()) for o in one._option_string_actions}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) <= known


def test_every_make_target_that_is_named_exists():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:`|^    )make ([a-z]+)", ALL, re.MULTILINE))
    assert {"demo", "test"} <= named <= targets


@pytest.mark.parametrize("page", PAGES, ids=list(TEXT))
def test_every_picture_and_page_that_is_linked_is_there(page):
    linked = re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8"))
    assert [path for path in linked if not (page.parent / path).is_file()] == []


@pytest.mark.parametrize("page", TEXT)
def test_every_file_and_folder_that_is_named_is_there(page):
    named = {found.rstrip(".") for found in PATH.findall(TEXT[page])}
    assert [path for path in sorted(named) if not any(ROOT.glob(path.rstrip("/")))] == []


@pytest.mark.parametrize("page", TEXT)
def test_every_function_and_class_that_is_named_is_in_its_file(page):
    missing = [
        f"{path}:{name}"
        for path, name in NAME.findall(TEXT[page])
        if not re.search(
            rf"^\s*(?:def|class) {name}\b|^{name}\b.* = ", (ROOT / path).read_text(), re.MULTILINE
        )
    ]
    assert missing == []


def test_every_room_is_named_in_the_architecture():
    rooms = {
        package.parent.relative_to(ROOT).as_posix()
        for room in ("core", "plugin", "gui", "training")
        for package in (ROOT / room).rglob("__init__.py")
    }
    page = TEXT["docs/architecture.md"]
    assert [room for room in sorted(rooms) if f"`{room}/`" not in page] == []


def test_every_message_in_the_table_of_troubles_is_one_of_ours():
    table = README[README.index("## When something goes wrong") :]
    quoted = re.findall(r"^\| `(.+?)` \|", table, re.MULTILINE)
    files = [p for room in ("core", "plugin") for p in (ROOT / room).rglob("*.py")]
    source = "\n".join(p.read_text(encoding="utf-8") for p in [*files, ROOT / "Makefile"])
    parts = [part.strip(" :,") for message in quoted for part in re.split(r"…|libgl1", message)]
    assert len(quoted) > 5
    assert [part for part in parts if part not in source] == []


def test_the_packages_to_install_are_those_that_are_looked_for():
    (line,) = re.findall(r"^    sudo apt-get install (.+)$", README, re.MULTILINE)
    looked_for = runpy.run_path(str(ROOT / ".ci" / "missing_packages.py"))["LIBRARIES"].values()
    assert set(line.split()) == {"python3-venv", "fonts-dejavu-core", *looked_for}
