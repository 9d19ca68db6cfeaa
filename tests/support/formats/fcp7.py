"""Small Final Cut 7 XML, as Premiere writes it."""

from collections.abc import Iterable
from pathlib import Path


def rate(fps: int = 25) -> str:
    return f"<rate><timebase>{fps}</timebase><ntsc>FALSE</ntsc></rate>"


def file(name: str, length: int, *, start: int = 0, size: tuple[int, int] | None = None) -> str:
    """Return a file that starts at a timecode of `start` frames and is `length` frames long."""
    width, height = size or (0, 0)
    stated = f"<width>{width}</width><height>{height}</height>" if size else ""
    timecode = (
        f"<timecode>{rate()}<frame>{start}</frame><displayformat>NDF</displayformat></timecode>"
    )
    return (
        f'<file id="{name}"><name>{name}</name><pathurl>{name}</pathurl>{rate()}'
        f"<duration>{length}</duration>{timecode}<media><video><samplecharacteristics>{stated}"
        "</samplecharacteristics></video></media></file>"
    )


def same_file(name: str) -> str:
    return f'<file id="{name}"/>'


def clip(name: str, media: str, place: tuple[int, int], first: int, inside: str = "") -> str:
    """Return a clip at a place (start, end) of its track that shows `media` from `first` on."""
    start, end = place
    return (
        f'<clipitem id="{name}"><name>{name}</name><enabled>TRUE</enabled>'
        f"<duration>{first + end - start}</duration>{rate()}<start>{start}</start><end>{end}</end>"
        f"<in>{first}</in><out>{first + end - start}</out>{media}{inside}</clipitem>"
    )


def track(*items: str, inside: str = "", name: str = "") -> str:
    label = f' MZ.TrackName="{name}"' if name else ""
    return f"<track{label}>{''.join(items)}{inside}</track>"


def sequence(name: str, *tracks: str, sound: Iterable[str] = (), frame: str = "") -> str:
    samples = f"<format><samplecharacteristics>{frame}</samplecharacteristics></format>"
    return (
        f'<sequence id="{name}"><name>{name}</name>{rate()}<timecode>{rate()}<frame>90000</frame>'
        f"<displayformat>NDF</displayformat></timecode><media><video>{samples if frame else ''}"
        f"{''.join(tracks)}</video><audio>{''.join(sound)}</audio></media></sequence>"
    )


def document(path: Path, *inside: str) -> Path:
    path.write_text(f'<?xml version="1.0"?><xmeml version="4">{"".join(inside)}</xmeml>')
    return path


def effect(name: str, *parameters: str, inside: str = "", category: str = "motion") -> str:
    return (
        f"<filter>{inside}<effect><name>{name}</name><effectid>{name}</effectid>"
        f"<effectcategory>{category}</effectcategory>{''.join(parameters)}</effect></filter>"
    )


def parameter(name: str, value: object, *keys: object) -> str:
    keyed = "".join(f"<keyframe><when>0</when><value>{key}</value></keyframe>" for key in keys)
    return f"<parameter><parameterid>{name}</parameterid><value>{value}</value>{keyed}</parameter>"


def centre(x: float, y: float) -> str:
    return parameter("center", f"<horiz>{x}</horiz><vert>{y}</vert>")


CHANNEL = "<sourcetrack><mediatype>audio</mediatype><trackindex>2</trackindex></sourcetrack>"


def camera(name: str, *recorded: str, inside: str = "") -> str:
    """Return the clip of a camera, whose picture and sound are clipitems."""
    media = f"<video><track>{''.join(recorded)}</track></video>"
    sound = "".join(recorded).replace("</clipitem>", f"{CHANNEL}</clipitem>")
    return f'<clip id="{name}"><media>{media}<audio><track>{sound}</track></audio></media>{inside}'


def multiclip(*cameras: str, picture: int = 0, sound: int = 0) -> str:
    """Return a multiclip of cameras, one of which is active for the picture, one for the sound."""
    said = {True: "TRUE", False: "FALSE"}
    angles = "".join(
        f"<angle><activevideoangle>{said[number == picture]}</activevideoangle>"
        f"<activeaudioangle>{said[number == sound]}</activeaudioangle>{one}</clip></angle>"
        for number, one in enumerate(cameras)
    )
    return (
        f'<multiclip id="multi"><name>Multi</name><collapsed>FALSE</collapsed>{angles}</multiclip>'
    )
