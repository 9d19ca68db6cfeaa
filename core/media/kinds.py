"""Which kinds of files are opened: those that hold their pictures and sound themselves.

ffmpeg also reads listings (HLS, DASH, ffconcat, IMF), scripts, pages of text and addresses of
other machines, whatever a file's name says it is. What is not named here is not opened, and what
is opened leads to no other file.
"""

_MOVIES = "mov matroska avi mxf gxf lxf mpegts mpeg asf flv nut ogg dv wtv ivf yuv4mpegpipe gif"
_BARE_PICTURES = "h264 hevc vvc av1 obu mpegvideo m4v mjpeg dnxhd dirac vc1"
_SOUNDS = "wav w64 aiff caf flac mp3 aac ac3 eac3 dts truehd au amr tak tta wv ape"
_STILLS = "png tiff dpx exr jpeg jpegls jpegxl j2k bmp webp sgi psd sunrast pam pbm pgm ppm pfm hdr"

KINDS = (
    *f"{_MOVIES} {_BARE_PICTURES} {_SOUNDS}".split(),
    *(f"{still}_pipe" for still in _STILLS.split()),
)

# Options of whatever is opened to be read. `image2` is for stills: it guesses the kind of a file by
# its name alone and can follow a pattern to other files, so that it is held to one, or to ours.
HELD = {"protocol_whitelist": "file", "format_whitelist": ",".join(KINDS)}
HELD_OR_STILL = {
    "protocol_whitelist": "file",
    "format_whitelist": ",".join((*KINDS, "image2")),
    "pattern_type": "none",
}
NUMBERED = {"protocol_whitelist": "file", "format_whitelist": "image2", "pattern_type": "sequence"}
