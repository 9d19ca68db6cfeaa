"""The sidebar of the sequencer, and the operators behind its buttons."""

from __future__ import annotations

import textwrap
from typing import Any

import bpy

from lipflap.plugin.hosts.blender.session import (
    Dubbing,
    bring_back,
    open_panel,
    put_originals_back,
)
from lipflap.plugin.hosts.script.process import LipflapFailed

_EVERY_S = 1.0
_LETTER_PX = 8  # as wide as letters are, about
_running: list[Dubbing] = []


class LIPFLAP_OT_open(bpy.types.Operator):
    """Open Lipflap's panel on the sequencer's strips"""

    bl_idname = "lipflap.open_panel"
    bl_label = "Open Panel"

    def execute(self, context: Any) -> set[str]:
        return _done(self, lambda: open_panel(context.scene))


class LIPFLAP_OT_dub(bpy.types.Operator):
    """Dub all shots that the dub plays over, and bring them back"""

    bl_idname = "lipflap.dub"
    bl_label = "Dub"

    @classmethod
    def poll(cls, context: Any) -> bool:
        return not _running

    def execute(self, context: Any) -> set[str]:
        return _done(self, lambda: _start(context.scene))


class LIPFLAP_OT_stop(bpy.types.Operator):
    """Stop dubbing; what is rendered is kept"""

    bl_idname = "lipflap.stop"
    bl_label = "Stop"

    @classmethod
    def poll(cls, context: Any) -> bool:
        return bool(_running)

    def execute(self, context: Any) -> set[str]:
        _running[0].stop()
        return {"FINISHED"}


class LIPFLAP_OT_bring_back(bpy.types.Operator):
    """Bring the rendered shots into the sequencer"""

    bl_idname = "lipflap.bring_back"
    bl_label = "Bring Back"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012 Blender reads it

    def execute(self, context: Any) -> set[str]:
        return _done(self, lambda: bring_back(context.scene))


class LIPFLAP_OT_put_back(bpy.types.Operator):
    """Take away the strips that were laid above, and let replaced ones show their own files"""

    bl_idname = "lipflap.put_back"
    bl_label = "Originals"
    bl_options = {"REGISTER", "UNDO"}  # noqa: RUF012 Blender reads it

    def execute(self, context: Any) -> set[str]:
        return _done(self, lambda: put_originals_back(context.scene))


class LIPFLAP_PT_sidebar(bpy.types.Panel):
    """Lipflap in the sequencer's sidebar"""

    bl_label = "Lipflap"
    bl_space_type = "SEQUENCE_EDITOR"
    bl_region_type = "UI"
    bl_category = "Lipflap"

    def draw(self, context: Any) -> None:
        scene, layout = context.scene, self.layout
        for name in ("lipflap_dub", "lipflap_consent", "lipflap_how"):
            layout.prop(scene, name)
        layout.operator("lipflap.open_panel")
        layout.operator("lipflap.stop" if _running else "lipflap.dub")
        layout.operator("lipflap.bring_back")
        layout.operator("lipflap.put_back")
        fits = max(20, int(context.region.width / _LETTER_PX / context.preferences.system.ui_scale))
        for line in (scene.lipflap_said or "").splitlines():
            for part in textwrap.wrap(line, fits):
                layout.label(text=part)


def _done(operator: Any, work: Any) -> set[str]:
    """Do the work of an operator; report what it says, or why it cannot be done."""
    try:
        lines = work()
    except LipflapFailed as problem:
        operator.report({"ERROR"}, str(problem))
        return {"CANCELLED"}
    operator.report({"WARNING" if len(lines) > 1 else "INFO"}, "\n".join(lines))
    return {"FINISHED"}


def _start(scene: Any) -> list[str]:
    _running.append(Dubbing(scene))
    bpy.app.timers.register(_look, first_interval=_EVERY_S)
    return ["Dubbing."]


def _look() -> float | None:
    """Say how far the dubbing is; bring back what it rendered when it has ended."""
    dubbing = _running[0]
    scene = bpy.data.scenes.get(dubbing.scene_name)
    if scene is None:
        said = ["Its scene is gone."]
    elif dubbing.is_running():
        said = [dubbing.last_line]
    else:
        said = _ended(dubbing, scene)
    if scene is not None:
        scene.lipflap_said = "\n".join(said)
    if dubbing.is_running() and scene is not None:
        return _EVERY_S
    _running.clear()
    return None


def _ended(dubbing: Dubbing, scene: Any) -> list[str]:
    try:
        return [dubbing.problem] if dubbing.problem else bring_back(scene)
    except LipflapFailed as problem:
        return [str(problem)]


_CLASSES = (
    LIPFLAP_OT_open,
    LIPFLAP_OT_dub,
    LIPFLAP_OT_stop,
    LIPFLAP_OT_bring_back,
    LIPFLAP_OT_put_back,
    LIPFLAP_PT_sidebar,
)


def register() -> None:
    """Add the sidebar and its operators to Blender."""
    for one in _CLASSES:
        bpy.utils.register_class(one)
    text, scene = bpy.props.StringProperty, bpy.types.Scene
    scene.lipflap_dub = text(
        name="Dub",
        description="As --dub of lipflap dub: track:NAME for a channel, or a file or folder; "
        "empty for the one channel that is named as a dub",
    )
    scene.lipflap_consent = text(name="Consent", description="Who agreed to the dub")
    scene.lipflap_said = text(name="Said", options={"SKIP_SAVE"})
    scene.lipflap_how = bpy.props.EnumProperty(
        name="Shots",
        items=[
            ("ABOVE", "Above", "On channels named DUB above the strips"),
            ("REPLACE", "Replace", "In the place of the strips' own files"),
        ],
    )


def unregister() -> None:
    for name in ("lipflap_dub", "lipflap_consent", "lipflap_said", "lipflap_how"):
        delattr(bpy.types.Scene, name)
    for one in reversed(_CLASSES):
        bpy.utils.unregister_class(one)
