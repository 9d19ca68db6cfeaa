"""A picture of a part of a frame, to look at."""

import io

from PIL import Image

from lipflap.core.media.preview import Preview
from lipflap.core.media.probe import MediaInfo

_HEIGHT_PX = 256


def portrait(info: MediaInfo, frame: int, box: tuple[float, float, float, float]) -> bytes:
    """Return a PNG of what a box of a frame shows.

    frame   of the media, counted from 0
    box     left, top, width and height, in parts of the picture
    Raises HandlesMissing, MediaMissing, MediaBroken.
    """
    preview = Preview(info)
    try:
        picture = preview.picture(frame, info.width, info.height)
    finally:
        preview.close()
    left, top, width, height = box
    begin = round(left * info.width), round(top * info.height)
    end = round((left + width) * info.width), round((top + height) * info.height)
    cropped = Image.fromarray(picture).crop((*begin, *end))
    aspect = float(info.scan.sample_aspect) * cropped.width / max(1, cropped.height)
    shown = cropped.resize((max(1, round(_HEIGHT_PX * aspect)), _HEIGHT_PX))
    png = io.BytesIO()
    shown.save(png, "PNG")
    return png.getvalue()
