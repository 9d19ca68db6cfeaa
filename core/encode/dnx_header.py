"""Write the colour matrix into the headers of DNxHR frames, where ffmpeg's encoder says BT.709.

Decoders believe the frame before the file around it: BT.2020 would be shown in the colours of HD.
"""

from pathlib import Path

from lipflap.core.media.container import open_input, picture_stream

_VOLUME_AT = 0x2C  # SMPTE ST 2019-1, picture header: colour volume, in bits 1 and 2
_VOLUMES = {"bt709": 0, "bt2020nc": 1}
_STATED_ELSEWHERE = 3
_BOX, _VOLUME_IN_BOX = b"ADHR0001", 23  # Avid's box in a .mov, which repeats it


def write_matrix(path: Path, matrix: str) -> None:
    """Write a matrix, in ffmpeg's name, into every frame of a DNxHR .mov, and into its Avid box."""
    volume = _VOLUMES.get(matrix, _STATED_ELSEWHERE)
    if not volume:
        return
    with open_input(str(path)) as container:
        stream = picture_stream(container, str(path))
        packets = (packet for packet in container.demux(stream) if packet.size)
        starts = [packet.pos for packet in packets if packet.pos is not None]
    with path.open("r+b") as file:
        for start in starts:
            file.seek(start + _VOLUME_AT)
            (before,) = file.read(1)
            file.seek(start + _VOLUME_AT)
            file.write(bytes([before & ~0b110 | volume << 1]))
        file.seek(starts[-1])
        box = file.read().find(_BOX)
        if box >= 0:
            file.seek(starts[-1] + box + _VOLUME_IN_BOX)
            file.write(bytes([volume]))
