"""The coded reel in Blender's sequencer; runs in Blender, or in a Python that has bpy.

    blender_reel.py make ADD-ONS FOLDER RATE     build it from FOLDER's media, save, write the cut
    blender_reel.py back ADD-ONS FOLDER -       bring shots back in both ways, render each

channel 9  Dub DE  |===== sound =====|               |sound|
channel 5                                             |= title =|
channel 3          |x|                                             a cross
channel 2          |==== 2 ====|
channel 1  |==== 1 ===|        |==== 3 ====|==== 4 ======|
"""

import os
import sys
from fractions import Fraction
from pathlib import Path

import bpy

ORIGIN = 1001  # the scene's first frame
_SHOTS = ((1, 1, 20, 0, 56), (2, 2, 19, 44, 100), (3, 1, 10, 100, 150), (4, 1, 30, 150, 200))


def build(folder: Path, rate: Fraction) -> None:
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = ORIGIN, ORIGIN + 199
    base = 1001 if rate.denominator == 1001 else 1
    scene.render.fps, scene.render.fps_base = round(rate * base / (1000 if base > 1 else 1)), 1
    if base > 1:
        scene.render.fps_base = 1.001
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    made = {}
    for file, channel, first, start, end in _SHOTS:
        path = str(folder / f"film {file} ü.mkv")
        begin = ORIGIN + start - first
        strip = strips.new_movie(
            name=f"film {file}", filepath=path, channel=channel, frame_start=begin
        )
        strip.frame_final_start, strip.frame_final_end = ORIGIN + start, ORIGIN + end
        made[file] = strip
    known = {one.identifier for one in strips.bl_rna.functions["new_effect"].parameters}
    names = ("input1", "input2") if "input1" in known else ("seq1", "seq2")
    inputs = dict(zip(names, (made[1], made[2]), strict=True))
    length = {"length": 12} if "length" in known else {"frame_end": ORIGIN + 56}
    strips.new_effect(
        name="mix", type="CROSS", channel=3, frame_start=ORIGIN + 44, **length, **inputs
    )
    title = strips.new_movie(
        name="title", filepath=str(folder / "title.mov"), channel=5, frame_start=ORIGIN + 160
    )
    title.blend_type = "ALPHA_OVER"
    for start, end in ((0, 100), (150, 200)):
        sound = strips.new_sound(
            name=f"DE {start}",
            filepath=str(folder / "de.wav"),
            channel=9,
            frame_start=ORIGIN,
        )
        sound.frame_final_start, sound.frame_final_end = ORIGIN + start, ORIGIN + end
    editor.channels[9].name = "Dub DE"


def render(path: Path) -> None:
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = 64, 48
    scene.render.resolution_percentage = 100
    scene.render.use_sequencer = True
    scene.view_settings.view_transform = "Standard"
    image = scene.render.image_settings
    if hasattr(image, "media_type"):
        image.media_type = "VIDEO"
    image.file_format = "FFMPEG"
    scene.render.ffmpeg.format, scene.render.ffmpeg.codec = "MKV", "FFV1"
    scene.render.ffmpeg.audio_codec = "NONE"
    scene.render.filepath = str(path)
    scene.render.use_file_extension = False
    bpy.ops.render.render(animation=True)


def main(action: str, addons: str, folder: Path, rate: str) -> None:
    sys.path.insert(0, addons)
    import lipflap_vse
    from lipflap_vse import session

    project = str(folder / "reel.blend")
    if action == "make":
        bpy.ops.wm.read_factory_settings(use_empty=True)
        lipflap_vse.register()
        build(folder, Fraction(rate))
        bpy.ops.wm.save_as_mainfile(filepath=project)
        session.send_cut(bpy.context.scene)
        render(folder / "filmed.mkv")
        return
    lipflap_vse.register()
    for how in ("above", "replace"):
        bpy.ops.wm.open_mainfile(filepath=project)
        scene = bpy.context.scene
        scene.lipflap_how = how.upper()
        session.bring_back(scene)
        said = session.bring_back(scene)  # once more: those that were laid are laid anew
        sys.stdout.write(f"SAID {how} {said}\n")
        bpy.ops.wm.save_as_mainfile(filepath=str(folder / "saved.blend"))
        bpy.ops.wm.open_mainfile(filepath=str(folder / "saved.blend"))
        render(folder / f"{how}.mkv")
    session.put_originals_back(bpy.context.scene)
    bpy.ops.wm.save_as_mainfile(filepath=project)
    session.send_cut(bpy.context.scene)


if __name__ == "__main__":
    given = sys.argv[sys.argv.index("--") + 1 :]
    main(given[0], given[1], Path(given[2]), given[3])
    sys.stdout.flush()
    os._exit(0)  # the wheel of 4.5 hangs when Python ends it
