"""What the README tells people to type is understood by what they type it to."""

import argparse
import re
import runpy
import shlex
from pathlib import Path

import pytest

from lipflap.plugin.cli.main import parser

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    (?:\$ )?lipflap (.+)$", README, re.MULTILINE)


def commands_of(whole: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    (found,) = (a for a in whole._actions if isinstance(a, argparse._SubParsersAction))
    return found.choices


def all_of(whole: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    """Its commands, and the commands of those."""
    nested = [a for a in whole._actions if isinstance(a, argparse._SubParsersAction)]
    return [whole, *(c for a in nested for one in a.choices.values() for c in all_of(one))]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_command_is_understood(command):
    parser().parse_args(shlex.split(command, comments=True))


def test_every_command_but_the_demo_is_shown():
    shown = {shlex.split(command, comments=True)[0] for command in COMMANDS}
    assert shown | {"demo"} == set(commands_of(parser()))


def test_every_option_that_is_named_exists():
    text = re.sub(r"sudo .*|pip .*", "", README)
    known = {o for one in all_of(parser()) for o in one._option_string_actions}
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) <= known


def test_every_make_target_that_is_named_exists():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:`|^    )make ([a-z]+)", README, re.MULTILINE))
    assert named
    assert named <= targets


def test_every_picture_and_file_that_is_linked_is_there():
    linked = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert [path for path in linked if not (ROOT / path).is_file()] == []


def test_the_packages_to_install_are_those_that_are_looked_for():
    (line,) = re.findall(r"^    sudo apt-get install (.+)$", README, re.MULTILINE)
    looked_for = runpy.run_path(str(ROOT / ".ci" / "missing_packages.py"))["LIBRARIES"].values()
    assert set(line.split()) == {"python3-venv", "fonts-dejavu-core", *looked_for}
