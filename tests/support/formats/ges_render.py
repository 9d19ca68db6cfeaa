"""Render a project of GES, pictures alone, in the Python that has its bindings.

python3 ges_render.py PROJECT FILM RATE
"""

import sys
from pathlib import Path

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GES", "1.0")
gi.require_version("GstPbutils", "1.0")
from gi.repository import GES, GLib, Gst, GstPbutils  # noqa: E402

LIMIT_S = 100


def main(project: Path, film: Path, rate: str) -> int:
    Gst.init(None)
    GES.init()
    loop, failures = GLib.MainLoop(), []
    shape = f"video/x-raw,width=64,height=48,framerate={rate},pixel-aspect-ratio=1/1"
    pipeline = GES.Pipeline()

    def heard(_bus, message):
        if message.type == Gst.MessageType.ERROR:
            failures.append(str(message.parse_error()))
        if message.type in (Gst.MessageType.ERROR, Gst.MessageType.EOS):
            loop.quit()

    def loaded(_project, timeline):
        for track in timeline.get_tracks():
            if track.get_property("track-type") == GES.TrackType.VIDEO:
                track.set_restriction_caps(Gst.Caps.from_string(shape))
        pipeline.set_timeline(timeline)
        container = GstPbutils.EncodingContainerProfile.new(
            "mkv", None, Gst.Caps.from_string("video/x-matroska"), None
        )
        picture = GstPbutils.EncodingVideoProfile.new(
            Gst.Caps.from_string("video/x-ffv,ffvversion=1"), None, Gst.Caps.from_string(shape), 0
        )
        picture.set_variableframerate(False)
        container.add_profile(picture)
        pipeline.set_render_settings(film.as_uri(), container)
        pipeline.set_mode(GES.PipelineFlags.RENDER)
        bus = pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect("message", heard)
        pipeline.set_state(Gst.State.PLAYING)

    found = GES.Project.new(project.as_uri())
    timeline = found.extract()  # kept, for GES keeps none
    found.connect("loaded", loaded)
    found.connect("error-loading-asset", lambda *told: failures.append(str(told[1])))
    GLib.timeout_add_seconds(LIMIT_S, lambda: (failures.append("too slow"), loop.quit()))
    loop.run()
    pipeline.set_state(Gst.State.NULL)
    sys.stderr.write("\n".join(failures))
    return 1 if failures or timeline is None else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute(), Path(sys.argv[2]).absolute(), sys.argv[3]))
