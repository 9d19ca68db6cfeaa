"""Cuts of two pictures, HIGH over LOW, of which HIGH is shown in some way, in every format.

Each format has an entry for each fact that its files can tell: what is written for it.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import opentimelineio as otio
from support.cuts.timelines import clip, retimed, timeline, track
from support.formats import fcp7
from support.formats.fcp7 import centre, effect, parameter

from lipflap.plugin.timeline.dialect.aaf import adopt_aaf

LENGTH = 48  # frames of both pictures
Change = Callable[[otio.schema.Clip], None]


def _add(*effects: otio.schema.Effect) -> Change:
    return lambda made: made.effects.extend(list(effects))


def _no_media(made: otio.schema.Clip) -> None:
    made.media_reference = otio.schema.MissingReference()


def _generator(kind: str) -> Change:
    made = otio.schema.GeneratorReference(generator_kind=kind)
    return lambda clip: setattr(clip, "media_reference", made)


def _off(made: otio.schema.Clip) -> None:
    made.enabled = False


def _file(name: str) -> Change:
    return lambda made: setattr(made.media_reference, "target_url", name)


def _speed(scalar: float) -> Change:
    return lambda made: retimed(made, scalar)


_NATIVE: Mapping[str, Change] = {
    "clip off": _off,
    "track off": lambda made: setattr(made.parent(), "enabled", False),
    "speed": _speed(2),
    "backwards": _speed(-1),
    "freeze": _add(otio.schema.FreezeFrame()),
    "uneven speed": _add(otio.schema.TimeEffect("Ramp")),
    "title": _no_media,
    "alpha": _file("logo.png"),
    "still": _file("photo.png"),
}


def _named(name: str) -> Change:
    return _add(otio.schema.Effect(effect_name=name))


def _resolve(name: str, **values: float) -> Change:
    parameters = [
        {"Parameter ID": k.replace("_", " "), "Parameter Value": v} for k, v in values.items()
    ]
    said = {"Effect Name": name, "Enabled": True, "Parameters": parameters}
    return _add(otio.schema.Effect(metadata={"Resolve_OTIO": said}))


def _premiere(name: str, *values: tuple[int, object]) -> Change:
    parameters = [{"ID": number, "StartValue": {"Value": value}} for number, value in values]
    said = {"MatchName": name, "Parameters": parameters}
    return _add(otio.schema.Effect(metadata={"PremierePro_OTIO": said}))


def _premiere_ramp(made: otio.schema.Clip) -> None:
    keys = [{"Value": 100.0}, {"Value": 50.0}]
    said = {"MatchName": "AE.ADBE Time Remapping", "Parameters": [{"ID": 1, "Keyframes": keys}]}
    made.effects.append(otio.schema.Effect(metadata={"PremierePro_OTIO": said}))


_OTIO = {
    "OTIO": _NATIVE
    | {
        "scale": _named("Resize"),
        "position": _named("Position"),
        "crop": _named("Crop"),
        "opacity": _named("Opacity"),
        "blend": _named("Blend Mode"),
        "solid colour": _generator("SolidColor"),
    },
    "Resolve's OTIO": _NATIVE
    | {
        "scale": _resolve("Transform", transformationZoomX=0.5, transformationZoomY=0.5),
        "position": _resolve("Transform", transformationPan=0.2),
        "crop": _resolve("Cropping", cropTop=0.1),
        "opacity": _resolve("Composite", opacity=50.0),
        "blend": _resolve("Composite", composite_mode=5),
    },
    "Premiere's OTIO": _NATIVE
    | {
        "uneven speed": _premiere_ramp,
        "scale": _premiere("AE.ADBE Motion", (2, 50.0)),
        "position": _premiere("AE.ADBE Motion", (1, {"X": 0.7, "Y": 0.5})),
        "crop": _premiere("AE.ADBE Motion", (9, 20.0)),
        "opacity": _premiere("AE.ADBE Opacity", (1, 50.0)),
        "blend": _premiere("AE.ADBE Opacity", (2, 5), (3, 5)),
        "title": _generator("Text"),
        "solid colour": _generator("Color Matte"),
    },
}


def _otio_cut(change: Change | None, folder: Path) -> Path:
    high = clip("HIGH", LENGTH, url="high.mov")
    made = timeline(track(clip("LOW", LENGTH, url="low.mov")), track(high), start=86400)
    if change:
        change(high)
    adopt_aaf(made)
    path = folder / "cut.otio"
    made.to_json_file(str(path))
    return path


def _remap(*values: str) -> str:
    return effect("timeremap", *values)


_FCP7 = {
    "clip off": "",
    "track off": "",
    "speed": _remap(parameter("speed", 200)),
    "backwards": _remap(parameter("speed", 100), parameter("reverse", "TRUE")),
    "freeze": _remap(parameter("speed", 0)),
    "uneven speed": _remap(parameter("speed", 80), parameter("variablespeed", 1)),
    "scale": effect("basic", parameter("scale", 50)),
    "position": effect("basic", centre(0.2, 0)),
    "crop": effect("crop", parameter("left", 10)),
    "opacity": effect("opacity", parameter("opacity", 50)),
    "blend": "<compositemode>screen</compositemode>",
    "title": "",
    "alpha": "",
    "still": "<stillframe>TRUE</stillframe>",
}


def _fcp7_cut(fact: str, folder: Path) -> Path:
    name = {"alpha": "logo.png", "still": "photo.png"}.get(fact, "high.mov")
    media = fcp7.file(name, 1000)
    if fact in ("title", "solid colour"):
        kind = "Slug" if fact == "title" else "Color"
        media = f'<file id="t"><name>T</name><mediaSource>{kind}</mediaSource>{fcp7.rate()}</file>'
    high = fcp7.clip("HIGH", media, (0, LENGTH), 0, _FCP7.get(fact, ""))
    if fact == "clip off":
        high = high.replace("<enabled>TRUE", "<enabled>FALSE")
    off = "<enabled>FALSE</enabled>" if fact == "track off" else ""
    low = fcp7.clip("LOW", fcp7.file("low.mov", 1000), (0, LENGTH), 0)
    tracks = fcp7.track(low), fcp7.track(high, inside=off)
    return fcp7.document(folder / "cut.xml", fcp7.sequence("s", *tracks))


def _map(*points: tuple[int, int]) -> str:
    inside = "".join(f'<timept time="{time}s" value="{value}s"/>' for time, value in points)
    return f"<timeMap>{inside}</timeMap>"


_FCPXML = {
    "clip off": "",
    "speed": _map((0, 0), (10, 20)),
    "backwards": _map((0, 10), (10, 0)),
    "freeze": _map((0, 7), (10, 7)),
    "uneven speed": _map((0, 0), (1, 1), (2, 9)),
    "scale": '<adjust-transform scale="0.5 0.5"/>',
    "position": '<adjust-transform position="20 0"/>',
    "crop": '<adjust-crop mode="trim"><trim-rect left="10"/></adjust-crop>',
    "opacity": '<adjust-blend amount="0.5"/>',
    "blend": '<adjust-blend mode="14"/>',
    "title": "",
    "alpha": "",
    "still": "",
}


_CUSTOM = ".../Generators.localized/Solids.localized/Custom.localized/Custom.motn"


def _fcpxml_cut(fact: str, folder: Path) -> Path:
    file = {"alpha": "logo.png", "still": "photo.png"}.get(fact, "high.mov")
    length = "0s" if file.endswith("png") else "60s"
    assets = "".join(
        f'<asset id="{name}" name="{name}" start="0s" duration="{long}" hasVideo="1" format="r1" '
        f'src="{src}"/>'
        for name, src, long in (("low", "low.mov", "60s"), ("high", file, length))
    )
    kinds = dict.fromkeys(("still", "alpha", "solid colour"), "video") | {"title": "title"}
    kind, off = kinds.get(fact, "asset-clip"), ' enabled="0"' if fact == "clip off" else ""
    played = {"title": "text", "solid colour": "solid"}.get(fact, "high")
    high = (
        f'<{kind} ref="{played}" lane="1" offset="0s" name="HIGH" '
        f'start="0s" duration="2s"{off}>{_FCPXML.get(fact, "")}</{kind}>'
    )
    path = folder / "cut.fcpxml"
    path.write_text(
        '<fcpxml version="1.11"><resources><format id="r1" name="FFVideoFormat1080p24" '
        f'frameDuration="1/24s" width="1920" height="1080"/>{assets}'
        f'<effect id="text" name="Title"/><effect id="solid" name="Custom" uid="{_CUSTOM}"/>'
        '</resources><library><event><project name="P">'
        '<sequence format="r1" tcStart="0s"><spine>'
        f'<asset-clip ref="low" offset="0s" name="LOW" start="0s" duration="2s">{high}</asset-clip>'
        "</spine></sequence></project></event></library></fcpxml>"
    )
    return path


_AAF = {
    "clip off": _off,
    "track off": _NATIVE["track off"],
    "speed": _add(otio.schema.TimeEffect(metadata={"AAF": {"Parameters": {"Speed Ratio": "1/2"}}})),
    "backwards": _add(
        otio.schema.TimeEffect(metadata={"AAF": {"Parameters": {"Speed Ratio": "-1/1"}}})
    ),
    "freeze": _add(otio.schema.FreezeFrame()),
    "blend": _named("Blend"),
    "uneven speed": _NATIVE["uneven speed"],
    "scale": _named("Resize"),
    "crop": _named("Mask"),
    "opacity": _named("Superimpose"),
    "position": _named("Picture-in-Picture"),
    "title": _named("Title_2"),
    "alpha": _NATIVE["alpha"],
    "still": _NATIVE["still"],
}

_EDL = {"speed": "048.0", "backwards": "-024.0", "freeze": "000.0"}


def _edl_cut(fact: str, folder: Path) -> Path:
    path = folder / "cut.edl"
    path.write_text(
        "TITLE: CUT\nFCM: NON-DROP FRAME\n\n001  HIGH     V     C        01:00:00:00 01:00:02:00 "
        "01:00:00:00 01:00:02:00\n* FROM CLIP NAME: HIGH\n"
        + (f"M2   HIGH       {_EDL[fact]}                01:00:00:00\n" if fact in _EDL else "")
    )
    return path


_MLT = {
    "track off": ' hide="video"',
    "speed": "2",
    "backwards": "-1",
    "freeze": "",
    "uneven speed": '<link><property name="mlt_service">timeremap</property></link>',
    "scale": "0 0 960 540 1",
    "position": "200 0 1920 1080 1",
    "opacity": "0 0 1920 1080 0.5",
    "blend": "",
    "crop": "",
    "title": "",
    "alpha": "",
    "still": "",
}


def _property(name: str, value: object) -> str:
    return f'<property name="{name}">{value}</property>'


def _mlt_producer(name: str, resource: str, service: str, inside: str = "") -> str:
    said = _property("resource", resource) + _property("mlt_service", service)
    length = _property("length", 100)
    return f'<producer id="{name}" in="0" out="99">{said}{length}{inside}</producer>'


def _mlt_cut(fact: str, folder: Path) -> Path:
    resource, service, inside = f"{folder}/high.mov", "avformat", ""
    if fact in ("speed", "backwards"):
        resource, service = f"{_MLT[fact]}:{resource}", "timewarp"
    elif fact == "uneven speed":
        inside = _MLT[fact]
    elif fact == "clip off":
        inside = _property("set.test_image", 1)
    elif fact in ("title", "solid colour"):
        services = {"title": ("", "kdenlivetitle"), "solid colour": ("0x102030ff", "color")}
        resource, service = services[fact]
    elif fact in ("alpha", "still"):
        resource, service = f"{folder}/{'logo' if fact == 'alpha' else 'photo'}.png", "qimage"
    shown = ""
    if fact in ("scale", "position", "opacity"):
        shown = _property("mlt_service", "qtblend") + _property("rect", _MLT[fact])
    elif fact == "crop":
        shown = _property("mlt_service", "rotoscoping")
    elif fact == "freeze":
        shown = _property("mlt_service", "freeze") + _property("frame", 10)
    elif fact == "blend":
        shown = _property("mlt_service", "qtblend") + _property("compositing", 11)
    filters = f"<filter>{shown}</filter>" if shown else ""
    off = _MLT[fact] if fact == "track off" else ""
    lists = "".join(
        f'<playlist id="p{n}"><entry producer="{name}" in="0" out="{LENGTH - 1}">{more}</entry>'
        "</playlist>"
        for n, (name, more) in enumerate((("LOW", ""), ("HIGH", filters)))
    )
    path = folder / "cut.mlt"
    path.write_text(
        '<mlt><profile width="1920" height="1080" frame_rate_num="24" frame_rate_den="1"/>'
        + _mlt_producer("LOW", f"{folder}/low.mov", "avformat")
        + _mlt_producer("HIGH", resource, service, inside)
        + f'{lists}<tractor id="t"><track producer="p0"/><track producer="p1"{off}/></tractor>'
        + "</mlt>"
    )
    return path


_XGES = {
    "clip off": "active=(boolean)false",
    "scale": "width=(int)960, height=(int)540",
    "position": "posx=(int)200",
    "opacity": "alpha=(double)0.5",
    "blend": "operator=(int)2",
}


def _xges_clip(name: str, layer: int, asset: str, fact: str) -> str:
    """A clip of GES; what it shows of a fact is a property of its own or of its source."""
    kinds = {"title": "GESTitleClip", "solid colour": "GESTestClip"}
    kind = kinds.get(fact, "GESUriClip")
    said = f", {_XGES[fact]}" if fact == "clip off" else ""
    said += ", is-image=(boolean)true" if fact in ("still", "alpha") else ""
    shown = f"properties, {_XGES[fact]};" if fact in _XGES and fact != "clip off" else ""
    effects = {"uneven speed": "pitch", "speed": "videorate rate=2", "crop": "videocrop left=100"}
    inside = f"<effect asset-id='{effects[fact]}'/>" if fact in effects else ""
    return (
        f"<clip id='{layer}' asset-id='{asset}' type-name='{kind}' layer-priority='{layer}' "
        f"track-types='4' start='0' duration='{LENGTH * 10**9 // 24}' inpoint='0' rate='0' "
        f"properties='properties, name=(string){name}{said};' children-properties='{shown}'>"
        f"{inside}</clip>"
    )


def _xges_cut(fact: str, folder: Path) -> Path:
    files = {"alpha": "logo.png", "still": "photo.png"}
    high = (folder / files.get(fact, "high.mov")).as_uri()
    clips = (
        _xges_clip("HIGH", 0, high, fact),
        _xges_clip("LOW", 1, (folder / "low.mov").as_uri(), ""),
    )
    caps = "video/x-raw, width=(int)1920, height=(int)1080, framerate=(fraction)24/1"
    off = ("deactivated-tracks='7 '" if fact == "track off" else "", "")
    layers = "".join(
        f"<layer priority='{n}' {off[n]}>{clip}</layer>" for n, clip in enumerate(clips)
    )
    path = folder / "cut.xges"
    path.write_text(
        "<ges version='0.4'><project><ressources/><timeline properties='' metadatas=''>"
        "<track track-type='4' track-id='7' "
        f"properties='restriction-caps=(string)&quot;{caps}&quot;'/>"
        f"{layers}</timeline></project></ges>"
    )
    return path


FORMATS: Mapping[str, Callable[[str, Path], Path]] = {
    **{
        name: lambda fact, folder, facts=facts: _otio_cut(facts.get(fact), folder)
        for name, facts in _OTIO.items()
    },
    "Final Cut 7 XML": _fcp7_cut,
    "FCPXML": _fcpxml_cut,
    "AAF": lambda fact, folder: _otio_cut(_AAF.get(fact), folder),
    "EDL": _edl_cut,
    "Kdenlive, MLT": _mlt_cut,
    "xges": _xges_cut,
}
