"""Scripts in host programs: what is written where, and that nothing of the user's is touched."""

import ast
import subprocess
import sys

import pytest
from support.hosts.own_command import OWN_COMMAND

from lipflap.core.errors import DubError
from lipflap.plugin.cli.main import main
from lipflap.plugin.hosts import places
from lipflap.plugin.hosts.hosts import HOSTS, files_of, host
from lipflap.plugin.hosts.install import install, installed_hosts, uninstall
from lipflap.plugin.hosts.places import UserFolders

NAMES = [one.name for one in HOSTS]


@pytest.fixture
def user(tmp_path, monkeypatch):
    """A user on Linux in whose home every program has run once."""
    home = tmp_path / "home"
    found = UserFolders("linux", home, home / "unused", home / "lipflap")
    for program in (".local/share/DaVinciResolve", ".config/blender/5.0", ".nuke"):
        (home / program).mkdir(parents=True)
    monkeypatch.setattr(places, "user_folders", lambda: found)
    monkeypatch.setattr("lipflap.plugin.cli.hosts.user_folders", lambda: found)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_host_is_installed_listed_and_taken_out_again(user, name, capsys):
    before = set(user.home.rglob("*"))
    assert main(["hosts", "install", name]) == 0
    written = [path for path in set(user.home.rglob("*")) - before if path.is_file()]
    assert len(written) > 1
    assert main(["hosts"]) == 0
    assert "installed in" in capsys.readouterr().out.split(f"\n{name} ")[-1].split("\n")[1]
    assert main(["hosts", "uninstall", name]) == 0
    assert {path for path in user.home.rglob("*") if path.is_file()} == {user.own / "hosts.json"}
    assert main(["hosts", "uninstall", name]) == 2


@pytest.mark.parametrize("name", NAMES)
def test_a_file_of_the_users_is_never_written_over(tmp_path, name):
    record, folder = tmp_path / "hosts.json", tmp_path / "program"
    last = list(files_of(host(name), folder, OWN_COMMAND))[-1]
    last.parent.mkdir(parents=True)
    last.write_text("mine")
    with pytest.raises(DubError, match="is not as Lipflap wrote it"):
        install(host(name), folder, OWN_COMMAND, record)
    assert [path for path in folder.rglob("*") if path.is_file()] == [last]
    assert last.read_text() == "mine"
    assert installed_hosts(record) == ()


def test_what_is_changed_afterwards_stays_and_what_an_earlier_version_wrote_goes(tmp_path):
    record, folder = tmp_path / "hosts.json", tmp_path / "addons"
    made = install(host("blender"), folder, ["an", "earlier", "command"], record)
    again = install(host("blender"), folder, OWN_COMMAND, record)
    assert [one.path for one in made.files] == [one.path for one in again.files]
    assert installed_hosts(record) == (again,)
    changed = folder / "lipflap_vse" / "lay.py"
    changed.write_text("# mine now")
    with pytest.raises(DubError, match=r"lay\.py"):
        install(host("blender"), folder, OWN_COMMAND, record)
    assert not again.is_whole
    (folder / "lipflap_vse" / "__pycache__").mkdir()
    assert uninstall(again, record) == [str(changed)]
    assert [path for path in folder.rglob("*") if path.is_file()] == [changed]


def test_each_system_has_its_own_folders(tmp_path):
    home, roaming = tmp_path / "home", tmp_path / "AppData" / "Roaming"
    mac = home / "Library" / "Application Support"
    resolve = "Blackmagic Design/DaVinci Resolve"
    for path in (mac / resolve, roaming / resolve / "Support", mac / "Blender" / "4.2"):
        path.mkdir(parents=True)
    for version in ("2.93", "3.4", "4.10", "custom"):
        (roaming / "Blender Foundation" / "Blender" / version).mkdir(parents=True)
    on = {
        system: UserFolders(system, home, roaming, home) for system in ("darwin", "win32", "linux")
    }
    assert places.resolve_folders(on["darwin"]) == [mac / resolve / "Fusion"]
    assert places.resolve_folders(on["win32"]) == [roaming / resolve / "Support" / "Fusion"]
    assert places.resolve_folders(on["linux"]) == []
    assert places.blender_folders(on["darwin"]) == [mac / "Blender" / "4.2" / "scripts" / "addons"]
    versions = [path.parents[1].name for path in places.blender_folders(on["win32"])]
    assert versions == ["3.4", "4.10"]


def test_a_program_that_is_not_here_is_said_and_nothing_is_written(user, capsys):
    (user.home / ".config/blender/5.0").rmdir()
    assert main(["hosts", "install", "blender"]) == 2
    assert "Blender (video sequencer): is not found here" in capsys.readouterr().err
    assert main(["hosts", "install", "blender", "--into", str(user.home / "mine")]) == 0
    assert (user.home / "mine" / "lipflap_vse" / "__init__.py").is_file()
    assert main(["hosts", "install", "avid"]) == 2
    assert "Choose one of: resolve, blender, hiero, premiere" in capsys.readouterr().err


@pytest.mark.parametrize("name", NAMES)
def test_what_runs_in_a_host_needs_neither_lipflap_nor_a_new_python(tmp_path, name):
    """It parses in Python 3.7, and imports the standard library and the host's own modules."""
    known = {*sys.stdlib_module_names, "bpy", "hiero", "lipflap_resolve", "DaVinciResolveScript"}
    files = files_of(host(name), tmp_path, OWN_COMMAND)
    for path, content in files.items():
        if path.suffix != ".py":
            continue
        tree = ast.parse(content.decode(), feature_version=(3, 7))
        nodes = list(ast.walk(tree))
        imported = {
            one.name for node in nodes if isinstance(node, ast.Import) for one in node.names
        }
        imported |= {
            str(node.module)
            for node in nodes
            if isinstance(node, ast.ImportFrom) and not node.level
        }
        assert {one.split(".")[0] for one in imported} <= known, path
        beside = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.level]
        for node in beside:
            module = node.module or node.names[0].name
            assert path.with_name(f"{module}.py") in files, f"{path} imports {module}"


def test_lipflap_is_started_without_what_the_host_set_for_itself(tmp_path):
    install(host("blender"), tmp_path, OWN_COMMAND, tmp_path / "hosts.json")
    program = (
        "import os, process; os.environ.update(PYTHONHOME='/nowhere', PYTHONPATH='/nowhere'); "
        "process.ask('hosts', 'shots', 'no-such-job')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path / "lipflap_vse",
        capture_output=True,
        text=True,
    )
    assert "LipflapFailed: no-such-job: is not a JOB folder" in done.stderr


def test_a_lipflap_that_was_moved_away_is_said(tmp_path):
    gone = str(tmp_path / "gone" / "python")
    install(host("blender"), tmp_path, [gone], tmp_path / "hosts.json")
    done = subprocess.run(
        [sys.executable, "-c", "import process; process.ask('hosts')"],
        cwd=tmp_path / "lipflap_vse",
        capture_output=True,
        text=True,
    )
    assert f"{gone} is not there" in done.stderr
    assert "Run `lipflap hosts install` again" in done.stderr
