"""The walls between the rooms, read from the source; and that what is packaged is all there is."""

import ast
import os
import shutil
import subprocess
import sys
import tomllib
import venv
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = [room for room in ("core", "plugin", "gui", "training") if (ROOT / room).is_dir()]
STAR = ("media", "face", "voice", "diffusion")
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))


@cache
def imports(path: Path, *, deep: bool = True) -> set[str]:
    """Dotted names a file imports; not `deep`: only while it is itself imported."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree)) if deep else list(_at_import(tree))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    for node in nodes:
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _at_import(node: ast.AST):
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from _at_import(child)


def offenders(paths: list[Path], forbidden: tuple[str, ...], *, deep: bool = True) -> list[str]:
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in paths
        for name in sorted(imports(path, deep=deep))
        if any(name == bad or name.startswith(bad + ".") for bad in forbidden)
    ]


def within(*parts: str) -> list[Path]:
    folder = ROOT.joinpath(*parts)
    return [path for path in SOURCES if path.is_relative_to(folder)]


@pytest.mark.parametrize("room", STAR)
def test_the_rooms_of_core_do_not_import_one_another(room):
    others = tuple(f"lipflap.core.{other}" for other in STAR if other != room)
    assert offenders(within("core", room), (*others, "lipflap.core.encode")) == []


def test_the_room_that_writes_pictures_builds_on_media_alone():
    others = tuple(f"lipflap.core.{other}" for other in STAR if other != "media")
    assert offenders(within("core", "encode"), others) == []


@pytest.mark.parametrize(
    ("room", "allowed"),
    [
        ("motion", ("face", "voice", "diffusion")),
        ("reference", ("face",)),
        ("extension", ("face", "motion")),
    ],
)
def test_motion_and_reference_know_no_media_and_no_analysis(room, allowed):
    rooms = {path.parent.name for path in (ROOT / "core").glob("*/__init__.py")}
    others = tuple(f"lipflap.core.{other}" for other in sorted(rooms - {room, *allowed}))
    assert len(others) > 3
    assert offenders(within("core", room), others) == []


def test_core_knows_no_timeline_and_no_panel():
    forbidden = ("lipflap.plugin", "lipflap.gui", "lipflap.training", "opentimelineio", "PySide6")
    assert offenders(within("core"), forbidden) == []


def test_plugin_knows_no_panel_and_takes_torch_only_when_it_renders_or_trains():
    """The training commands read cuts, which is plugin's work: one file of it hands them over; and
    one command opens the panel."""
    silent = [path for path in within("plugin") if path != ROOT / "plugin" / "cli" / "panel.py"]
    assert offenders(silent, ("lipflap.gui",)) == []
    assert offenders(within("plugin"), ("PySide6",)) == []
    assert offenders(within("plugin"), ("lipflap.gui",), deep=False) == []
    others = [path for path in within("plugin") if path != ROOT / "plugin" / "cli" / "train.py"]
    assert offenders(others, ("lipflap.training",)) == []
    heavy = (
        "torch",
        "cv2",
        "lipflap.core.shot",
        "lipflap.core.diffusion",
        "lipflap.core.face",
        "lipflap.training",
    )
    assert offenders(within("plugin"), heavy, deep=False) == []


def test_gui_and_training_keep_to_their_side():
    assert offenders(within("gui"), ("torch", "lipflap.training", "lipflap.core.shot")) == []
    assert offenders(within("training"), ("lipflap.plugin", "lipflap.gui", "PySide6")) == []


ALSO_PLAIN = tuple(
    f"lipflap.core.{name}."
    for name in ("consent", "errors", "files.hole_policy", "order", "playback", "serialize")
)


@pytest.mark.parametrize(
    "name",
    [
        "consent.py",
        "errors.py",
        "frametime.py",
        "files/hole_policy.py",
        "order.py",
        "playback.py",
        "result.py",
        "serialize.py",
    ],
)
def test_what_crosses_the_wall_needs_only_the_standard_library(name):
    outside = {
        found
        for found in imports(ROOT / "core" / name)
        if found.split(".")[0] not in sys.stdlib_module_names and not found.startswith(ALSO_PLAIN)
    }
    assert outside == set()


def test_media_files_are_opened_in_core_media_and_encode_alone():
    """The demo and packed sets alone read and write sound of their own making; a SET, pictures."""
    rooms = (ROOT / "core" / "media", ROOT / "core" / "encode")
    elsewhere = [path for path in SOURCES if not any(path.is_relative_to(room) for room in rooms)]
    assert offenders(elsewhere, ("av", "ffmpeg", "imageio_ffmpeg")) == []
    own = (ROOT / "plugin" / "demo", ROOT / "training" / "gpu" / "packed_set.py")
    others = [path for path in elsewhere if not any(path.is_relative_to(one) for one in own)]
    assert offenders(others, ("soundfile",)) == []
    others = [path for path in elsewhere if path != ROOT / "training" / "data" / "avif.py"]
    opens = ("VideoCapture", "VideoWriter", "imread", "imwrite", "Image.open")
    sources = {path: path.read_text(encoding="utf-8") for path in others}
    assert [(path, name) for path in others for name in opens if name in sources[path]] == []


def test_timelines_are_opened_in_one_room():
    """Beside it only what stands for another program: the demo's editor, and the hosts."""
    allowed = [ROOT / "plugin" / room for room in ("timeline", "hosts", "demo/cut.py")]
    elsewhere = [path for path in SOURCES if not any(path.is_relative_to(a) for a in allowed)]
    assert offenders(elsewhere, ("opentimelineio",)) == []


def test_what_runs_in_host_programs_takes_nothing_else_of_lipflap():
    """Their Python has neither Lipflap nor its libraries: they start it as a process."""
    script = ROOT / "plugin" / "hosts" / "script"
    rooms = [path for path in script.parent.iterdir() if (path / "__init__.py").is_file()]
    scripts = [room for room in rooms if room.name != "watch"]
    assert script in scripts
    for room in scripts:
        for path in within("plugin", "hosts", room.name):
            ours = {name for name in imports(path) if name.startswith("lipflap.")}
            allowed = tuple(f"lipflap.plugin.hosts.{name}" for name in ("script", room.name))
            assert [name for name in ours if not name.startswith(allowed)] == [], path


PATH_METHODS = ("rename", "link_to", "hardlink_to", "write_text", "write_bytes")
FILE_FUNCTIONS = tuple(f"os.{name}" for name in ("replace", "rename", "renames"))
FILE_FUNCTIONS += tuple(f"shutil.{name}" for name in ("move", "copy", "copy2", "copyfile"))
TEMPORARY = ("NamedTemporaryFile", "mkstemp", "mkdtemp", "save_file", ".part", ".half", ".tmp")


def own_writers(path: Path) -> list[str]:
    """Return the lines of a file that rename, copy or write files, or name temporary ones."""
    lines = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        called = ""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            is_path_replace = len(node.args) == 1 and not node.keywords  # str.replace takes two
            methods = (*PATH_METHODS, *(["replace"] if is_path_replace else []))
            name = ast.unparse(node.func)
            called = name if node.func.attr in methods or name in FILE_FUNCTIONS else ""
        names = (getattr(node, part, None) for part in ("id", "attr", "value"))
        temporary = [n for n in names if isinstance(n, str) and n.endswith(TEMPORARY)]
        lines += [f"{path.relative_to(ROOT)}:{node.lineno} {n}" for n in (called, *temporary) if n]
    return lines


def test_files_are_written_by_core_files_alone():
    """All other code writes through core.files.atomic.

    Except for those that write into its temporary files: the comment of a still, HDR light levels,
    the parts of a sequence where the disk has no hard links, and a signed picture; for what runs in
    host programs, which have no core; and for the precedence of a process, which is no file."""
    names = ("still_metadata.py", "hdr_boxes.py", "concat.py")
    allowed = [ROOT / "core" / "encode" / name for name in names]
    allowed.append(ROOT / "plugin" / "hosts" / "script" / "whole_file.py")
    allowed.append(ROOT / "plugin" / "trust" / "sign" / "sign_file.py")
    allowed.append(ROOT / "plugin" / "render" / "precedence.py")
    elsewhere = [path for path in SOURCES if not path.is_relative_to(ROOT / "core" / "files")]
    assert [line for path in elsewhere if path not in allowed for line in own_writers(path)] == []


def test_the_groups_of_commands_do_not_import_one_another():
    """What several groups need is in arguments.py and progress.py; what scan, order, dub and
    `train` take in request_arguments.py and train_arguments.py; main.py alone knows all."""
    shared = {"__init__", "arguments", "progress", "main", "request_arguments", "train_arguments"}
    groups = [path for path in within("plugin", "cli") if path.stem not in shared]
    assert groups
    assert offenders(groups, tuple(f"lipflap.plugin.cli.{path.stem}" for path in groups)) == []
    assert offenders(groups, ("lipflap.plugin.cli.main",)) == []
    assert offenders(within("plugin", "cli"), ("lipflap.plugin.demo",), deep=False) == []


def test_every_package_on_disk_is_packaged():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    on_disk = {
        "lipflap." + ".".join(path.parent.relative_to(ROOT).parts)
        for path in SOURCES
        if path.name == "__init__.py"
    }
    assert set(project["tool"]["setuptools"]["packages"]) == on_disk
    loose = {path.parent for path in SOURCES} - {
        path.parent for path in SOURCES if path.name == "__init__.py"
    }
    assert loose == set(), "folders with modules but no __init__.py are not packaged"


def loaded_by(program: str, heavy: tuple[str, ...]) -> str:
    """Which heavy modules a new Python has loaded after a program, as a printed list."""
    program = f"import sys\n{program}\nprint([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stderr == ""
    return done.stdout.strip()


def test_commands_load_without_torch():
    heavy = "torch", "cv2", "librosa", "skimage", "PySide6"
    program = "from lipflap.plugin.cli.main import parser\nparser()"
    assert loaded_by(program, heavy) == "[]"


@pytest.mark.parametrize("command", ["render", "work", "faces"])
def test_what_is_started_for_each_shot_loads_no_timeline_and_no_media(command):
    heavy = "opentimelineio", "numpy", "av", "jinja2", "lipflap.plugin.dubbing"
    program = f"from lipflap.plugin.cli.main import parser\nparser({command!r})"
    assert loaded_by(program, heavy) == "[]"


@pytest.mark.slow
def test_the_wheel_holds_all_that_the_sources_do(tmp_path):
    """Built from a copy, so that no build/ of an earlier day goes into it; then imported from a
    folder of its own, in a Python that knows nothing of this checkout."""
    source = tmp_path / "source"
    for part in (*ROOMS, "pyproject.toml", "README.md", "LICENSE"):
        copy(ROOT / part, source / part)
    build = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-q"]
    subprocess.run([*build, "-w", str(tmp_path), str(source)], check=True)
    (wheel,) = tmp_path.glob("lipflap-*.whl")
    target = tmp_path / "site"
    install = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-compile", "-q"]
    subprocess.run([*install, "--target", str(target), str(wheel)], check=True)
    for path in SOURCES:
        assert (target / "lipflap" / path.relative_to(ROOT)).is_file(), path
    for path in (*ROOT.glob("core/models/*.safetensors"), ROOT / "plugin" / "qc" / "page.html.j2"):
        assert (target / "lipflap" / path.relative_to(ROOT)).is_file(), path
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    program = "import lipflap.core.order as o; print(o.__file__)"
    done = subprocess.run(
        [python, "-c", program],
        env={"PYTHONPATH": str(target)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(done.stdout.strip()).is_relative_to(target)


def copy(source: Path, target: Path) -> None:
    """But for the weights, 64 MB: a file in the place of each is enough to see it come along."""
    if source.is_dir():
        ignore = shutil.ignore_patterns("__pycache__", "*.safetensors")
        shutil.copytree(source, target, ignore=ignore)
        for path in source.rglob("*.safetensors"):
            (target / path.relative_to(source)).touch()
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
