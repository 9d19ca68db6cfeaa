"""docs/formats.md says how sound of each format is heard: cells of OTIO and Final Cut XML tried."""

from collections.abc import Callable, Iterator
from pathlib import Path

import opentimelineio as otio
import pytest
from support.cuts.timelines import clip, retimed, timeline, track

from lipflap.plugin.cut.cut import Cut
from lipflap.plugin.timeline.extract import extract_cut
from lipflap.plugin.timeline.read import read_timeline

TABLE = Path(__file__).parents[3] / "docs" / "formats.md"
WORDS = {"followed", "left", "not in it", "not read"}


def cells() -> Iterator[tuple[str, str, str]]:
    """Fact, format and what the table says of them."""
    rows = iter(TABLE.read_text(encoding="utf-8").splitlines())
    header = next(row for row in rows if row.startswith("| sound |"))
    formats = [cell.strip() for cell in header.strip("|").split("|")][1:]
    next(rows)
    for row in rows:
        if not row.startswith("|"):
            return
        fact, *words = (cell.strip() for cell in row.strip("|").split("|"))
        yield from ((fact, name, word) for name, word in zip(formats, words, strict=True))


def otio_cut(fact: str, folder: Path, program: str) -> Path:
    said = clip("DE", 48)
    other = track(clip("day", 48), kind="Audio", name="Boom")
    if fact == "speed, 50 to 200 %":
        retimed(said, 1.25)
    elif fact == "other and uneven speeds":
        said.effects.append(otio.schema.TimeEffect(name="Ramp"))
    elif fact == "clip off":
        said.enabled = False
    elif fact == "stream or channel":
        channels = [{"Source Channel ID": 1, "Source Track ID": 2}]
        said.metadata["Resolve_OTIO"] = {"Channels": channels}
        if program == "PremierePro_OTIO":
            one = {"ChannelType": "Mono", "SecondaryAssignments": [{"SecondaryChannelIndex": 0}]}
            said.metadata[program] = {"AudioChannels": one, "OriginalChannelGroupIndex": 1}
            del said.metadata["Resolve_OTIO"]
    elif fact == "solo":
        other.metadata["Resolve_OTIO"] = {"SoloOn": True}
    elif fact == "level at zero":  # keyed: its first parameter mutes, its second is the level
        keys = {"ID": 1, "Keyframes": [{"Value": 0.0}, {"Value": 0.0}]}
        volume = otio.schema.Effect("Volume")
        volume.metadata[program] = {"MatchName": "Internal Volume Mono", "Parameters": [keys]}
        said.effects.append(volume)
    dub = track(said, kind="Audio", name="Dub DE")
    dub.enabled = fact != "track muted" or program == "PremierePro_OTIO"
    if fact == "track muted" and program == "PremierePro_OTIO":
        fader = otio.schema.Effect("Fader")
        mute = {"ID": 1, "StartValue": {"Value": True}}
        fader.metadata[program] = {"MatchName": "AudioFader", "Parameters": [mute]}
        dub.effects.append(fader)
    made = timeline(track(clip("A", 48)), dub, other)
    if program:
        made.metadata[program] = {"written": True}
    otio.adapters.write_to_file(made, str(folder / "cut.otio"))
    return folder / "cut.otio"


def fcp7_cut(fact: str, folder: Path) -> Path:
    speed = {"speed, 50 to 200 %": "125", "other and uneven speeds": "-100"}.get(fact)
    values = {"speed": speed, "reverse": "FALSE", "variablespeed": "0"}
    told = "".join(
        f"<parameter><parameterid>{name}</parameterid><value>{value}</value></parameter>"
        for name, value in values.items()
    )
    remap = (
        "<filter><effect><name>Time Remap</name><effectid>timeremap</effectid>"
        f"<effecttype>motion</effecttype>{told}</effect></filter>"
        if speed
        else ""
    )
    rate = "<rate><timebase>24</timebase><ntsc>FALSE</ntsc></rate>"
    source = "<sourcetrack><mediatype>audio</mediatype><trackindex>2</trackindex></sourcetrack>"

    def item(name: str, kind: str, more: str = "", on: str = "TRUE") -> str:
        return (
            f'<clipitem id="{name}"><name>{name}</name><enabled>{on}</enabled>'
            f"<duration>48</duration>{rate}<start>0</start><end>48</end><in>0</in><out>48</out>"
            f'<file id="f{name}"><name>{name}.mov</name><pathurl>{name}.mov</pathurl>{rate}'
            f"<duration>96</duration><media><{kind}/></media></file>{more}</clipitem>"
        )

    heard = source if fact == "stream or channel" else ""
    if fact == "level at zero":
        heard = (
            "<filter><effect><name>Audio Levels</name><effectid>audiolevels</effectid><parameter>"
            "<parameterid>level</parameterid><value>0</value></parameter></effect></filter>"
        )
    said = item("DE", "audio", heard + remap, "FALSE" if fact == "clip off" else "TRUE")
    on = "FALSE" if fact == "track muted" else "TRUE"
    text = (
        '<?xml version="1.0" encoding="UTF-8"?><!DOCTYPE xmeml><xmeml version="4"><sequence>'
        f"<name>cut</name><duration>48</duration>{rate}<media><video><track>{item('A', 'video')}"
        f'</track></video><audio><track MZ.TrackName="Dub DE">{said}<enabled>{on}</enabled></track>'
        "</audio></media></sequence></xmeml>"
    )
    (folder / "cut.xml").write_text(text, encoding="utf-8")
    return folder / "cut.xml"


def mlt_cut(fact: str, folder: Path) -> Path:
    def properties(**said: object) -> str:
        return "".join(
            f'<property name="{name.replace("__", ":")}">{value}</property>'
            for name, value in said.items()
        )

    told: dict[str, object] = {"resource": "DE.wav", "mlt_service": "avformat", "audio_index": 0}
    if fact == "speed, 50 to 200 %":
        told |= {"resource": "1.25:DE.wav", "mlt_service": "timewarp"}
    elif fact == "other and uneven speeds":
        told |= {"resource": "-1:DE.wav", "mlt_service": "timewarp"}
    elif fact == "clip off":
        told |= {"set.test_audio": 1}
    elif fact == "stream or channel":
        told |= {"astream": 2}
    volume = f"<filter>{properties(mlt_service='volume', level='0=-70;40=-70')}</filter>"
    inside = volume if fact == "level at zero" else ""
    hide = "both" if fact == "track muted" else "video"
    name = properties(shotcut__audio=1, shotcut__name="Dub DE")
    (folder / "cut.mlt").write_text(
        '<mlt><profile width="64" height="48" frame_rate_num="24" frame_rate_den="1"/>'
        f'<producer id="A">{properties(length=96, resource="A.mov")}</producer>'
        f'<producer id="DE">{properties(length=96, **told)}</producer>'
        '<playlist id="p0"><entry producer="A" in="0" out="47"/></playlist>'
        f'<playlist id="p1">{name}<entry producer="DE" in="0" out="47">{inside}</entry></playlist>'
        f'<tractor id="t"><track producer="p0"/><track producer="p1" hide="{hide}"/></tractor>'
        "</mlt>"
    )
    return folder / "cut.mlt"


def xges_cut(fact: str, folder: Path) -> Path:
    speed = fact in ("speed, 50 to 200 %", "other and uneven speeds")
    inside = "<effect asset-id='pitch tempo=1.25'/>" if speed else ""
    off = "properties, mute=(boolean)true;" if fact == "clip off" else "properties;"
    heard = "properties, volume=(double)0;" if fact == "level at zero" else "properties;"
    clips = "".join(
        f"<clip id='{kind}' asset-id='file:///{name}' type-name='GESUriClip' track-types='{kind}' "
        f"start='0' duration='2000000000' inpoint='0' properties='{said}' "
        f"children-properties='{heard}'>{more}</clip>"
        for name, kind, said, more in (("A.mov", 4, "", ""), ("DE.wav", 2, off, inside))
    )
    muted = "deactivated-tracks='1 '" if fact == "track muted" else ""
    (folder / "cut.xges").write_text(
        "<ges version='0.7'><project><timeline metadatas='metadatas, name=(string)Dub;'>"
        "<track caps='audio/x-raw' track-type='2' track-id='1'/>"
        "<track caps='video/x-raw' track-type='4' properties='properties, "
        'restriction-caps=(string)"video/x-raw, framerate=(fraction)24/1";\'/>'
        f"<layer priority='0' {muted} metadatas='metadatas, name=(string)\"Dub DE\";'>{clips}"
        "</layer></timeline></project></ges>"
    )
    return folder / "cut.xges"


FORMATS: dict[str, Callable[[str, Path], Path]] = {
    "OTIO": lambda fact, folder: otio_cut(fact, folder, ""),
    "Resolve's OTIO": lambda fact, folder: otio_cut(fact, folder, "Resolve_OTIO"),
    "Premiere's OTIO": lambda fact, folder: otio_cut(fact, folder, "PremierePro_OTIO"),
    "Final Cut 7 XML": fcp7_cut,
    "Kdenlive, MLT": mlt_cut,
    "xges": xges_cut,
}
TRIED = [
    cell
    for cell in cells()
    if cell[1] in FORMATS and cell[2] in ("followed", "left") and "timecode" not in cell[0]
]


def test_a_layer_of_ges_at_volume_0_is_muted(tmp_path: Path) -> None:
    path = xges_cut("", tmp_path)
    path.write_text(path.read_text().replace('"Dub DE";', '"Dub DE", volume=(float)0;'))
    assert [line.name for line in extract_cut(read_timeline(path), path=path).muted] == ["DE"]


def test_the_table_says_something_of_every_format() -> None:
    assert {word for _, _, word in cells()} <= WORDS
    assert {name for _, name, _ in cells()} >= set(FORMATS)


@pytest.mark.parametrize(("fact", "name", "word"), TRIED, ids=lambda text: text.replace(" ", "-"))
def test_sound_is_heard_as_the_table_says(tmp_path: Path, fact: str, name: str, word: str) -> None:
    path = FORMATS[name](fact, tmp_path)
    found: Cut = extract_cut(read_timeline(path), path=path)
    heard = {line.name.removesuffix(".mov"): line for line in found.lines}
    if word == "left":
        assert "DE" not in heard
        assert [item.name for item in found.left_out] == ["DE"]
    elif fact in ("track muted", "solo"):
        assert "DE" not in heard
        assert [line.name for line in found.muted] == ["DE"]
        assert found.muted[0].track == "Dub DE"
    elif fact == "stream or channel":
        channel = heard["DE"].playback.channels[0]
        assert (channel.stream, channel.channel) in ((2, 1), (2, None), (None, 1))
    else:
        assert float(heard["DE"].playback.speed) == 1.25
