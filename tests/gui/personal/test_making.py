"""A model of an actor, made by a process in the background; here one that only talks."""

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from lipflap.core.model_files import user_models
from lipflap.gui.personal import making as room
from lipflap.gui.personal.controller import MakingBar
from lipflap.gui.personal.dialog import PersonaliseDialog
from lipflap.gui.personal.making import ModelMaking, ModelRequest
from lipflap.plugin.render.background import BackgroundProcess

LEARNS = "print('INFO Jane: 12.0 s to train on, 2.0 s to evaluate on', flush=True);"


@pytest.fixture
def made(qtbot, tmp_path, monkeypatch):
    """Start a making whose process runs a program."""

    def start(program: str) -> tuple[ModelMaking, list[str]]:
        asked: list[str] = []

        def spawn(arguments, log):
            asked.extend(arguments)
            with log.open("wb") as out:
                command = [sys.executable, "-c", program]
                return BackgroundProcess(subprocess.Popen(command, stdout=out, stderr=out), log)

        monkeypatch.setattr(room, "spawn", spawn)
        making = ModelMaking()
        request = ModelRequest(
            "Jane Doe", "jane", 10, (Path("/cut.otio"), Path("/take.mov")), "Yes"
        )
        making.start(request, tmp_path / "model.log")
        return making, asked

    return start


def test_the_model_is_made_by_the_command_and_said_to_be_ready(qtbot, made):
    making, asked = made(LEARNS)
    assert asked[:4] == ["train", "personalise", "/cut.otio", "/take.mov"]
    assert asked[4:] == [
        *("--actor", "Jane Doe", "--minutes", "10", "-o", "jane", "--consent", "Yes")
    ]
    with qtbot.waitSignal(making.made, timeout=20_000) as told:
        assert making.is_running
    assert told.args == ["jane"]
    assert not making.is_running


def test_it_is_stopped_by_its_button_and_shows_how_far_it_is(qtbot, made):
    making, _ = made(f"import time; {LEARNS} time.sleep(60)")
    bar = MakingBar(making)
    qtbot.addWidget(bar)
    assert "looking for Jane Doe" in making.text
    qtbot.waitUntil(lambda: "% of 10 min" in bar.label.text(), timeout=20_000)
    assert bar.isVisible()
    process = making._own.process
    qtbot.mouseClick(bar.stop, Qt.MouseButton.LeftButton)
    assert process.wait(20) != 0
    assert (bar.isVisible(), making.is_running) == (False, False)


def test_why_it_failed_is_said_in_its_words(qtbot, made):
    making, _ = made("import sys; print('lipflap: Jane Doe: speaks too little.'); sys.exit(2)")
    with qtbot.waitSignal(making.failed, timeout=20_000) as told:
        pass
    assert str(told.args[0]).startswith("Model of Jane Doe: Jane Doe: speaks too little.")


def test_the_dialog_refuses_a_name_that_is_taken_or_unfit(qtbot, tmp_path):
    dialog = PersonaliseDialog(tmp_path / "cut.otio", ["Anna", "Ben"], "All agreed")
    qtbot.addWidget(dialog)
    ok = dialog.buttons.buttons()[0]
    assert dialog.request == ModelRequest(
        "Anna", "anna", 10, (tmp_path / "cut.otio",), "All agreed"
    )
    for name, is_possible in (("starter 2", True), ("a/b?", False), ("", False)):
        dialog.model.setText(name)
        assert ok.isEnabled() == is_possible
    dialog.actor.setEditText("")
    assert not ok.isEnabled()


def test_it_goes_on_without_the_panel_and_the_next_one_follows_it(qtbot, made, tmp_path):
    log = tmp_path / "model.log"
    first, _ = made(f"import time; {LEARNS} time.sleep(60)")
    qtbot.waitUntil(lambda: "% of 10 min" in first.text, timeout=20_000)
    pid = first.note.pid
    first.leave()
    assert not first.is_running
    later = ModelMaking()
    bar = MakingBar(later)
    qtbot.addWidget(bar)
    later.resume(log)
    assert later.note.pid == pid
    assert bar.isVisible()
    assert "Model of Jane Doe: 0 % of 10 min" in bar.label.text()
    qtbot.mouseClick(bar.stop, Qt.MouseButton.LeftButton)
    assert room._left[-1].process.wait(20) != 0
    third = ModelMaking()
    third.resume(log)
    assert not third.is_running


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("import sys; print('lipflap: Jane Doe: speaks too little.'); sys.exit(2)", "too little"),
        ("import os; open(os.environ['NEW_MODEL'], 'w').write('x')", "jane"),
        ("import os; os._exit(9)", "was ended from outside"),
    ],
)
def test_how_it_ended_while_no_panel_was_open_is_said_by_the_next(
    qtbot, made, tmp_path, monkeypatch, program, told
):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    models = user_models()
    models.mkdir(parents=True)
    monkeypatch.setenv("NEW_MODEL", str(models / "jane.safetensors"))
    first, _ = made(program)
    process = first._own.process
    first.leave()
    process.wait(20)
    later = ModelMaking()
    said: list[str] = []
    later.made.connect(said.append)
    later.failed.connect(lambda problem: said.append(str(problem)))
    later.resume(tmp_path / "model.log")
    assert len(said) == 1
    assert told in said[0]
    later.resume(tmp_path / "model.log")
    assert len(said) == 1
