"""Files that hold no picture and no sound, only the place of some, in each way ffmpeg follows."""

from collections.abc import Mapping


def _hls(target: str) -> str:
    return (
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:0\n"
        f"#EXTINF:1.0,\n{target}\n#EXT-X-ENDLIST\n"
    )


def _concat(target: str) -> str:
    return f"ffconcat version 1.0\nfile '{target}'\n"


def _dash(target: str) -> str:
    return (
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT1S" profiles="urn:mpeg:dash:profile:isoff-main:2011">'
        '<Period><AdaptationSet mimeType="video/mp2t"><Representation id="1" bandwidth="9">'
        f"<BaseURL>{target}</BaseURL></Representation></AdaptationSet></Period></MPD>"
    )


def _drawing(target: str) -> str:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="64" height="64"><image xlink:href="{target}" width="64" height="64"/></svg>'
    )


def _session(target: str) -> str:
    return (
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
        f"m=video {target.rsplit(':', 1)[-1].split('/')[0] or 9} RTP/AVP 33\n"
    )


def _redirection(target: str) -> str:
    return f"rtsptext\nrtsp://{target.removeprefix('http://')}\n"


_WRITERS = {
    "hls": (_hls, ("m3u8", "mov", "ts", "mp4", "wav")),
    "concat": (_concat, ("ffconcat", "mov", "txt", "wav")),
    "dash": (_dash, ("mpd", "mov")),
    "drawing": (_drawing, ("svg", "png")),
    "session": (_session, ("sdp", "mov")),
    "redirection": (_redirection, ("mov",)),
}


def listings(target: str) -> Mapping[str, str]:
    """Texts that lead to `target`, by file name; most of them go by names of films and stills."""
    return {
        f"{kind}.{suffix}": write(target)
        for kind, (write, suffixes) in _WRITERS.items()
        for suffix in suffixes
    }


def addresses(machine: str, film: str) -> list[str]:
    """What stands for a file where ffmpeg takes addresses: of a machine, and of a film here."""
    return [
        *(f"{way}://{machine}/film.ts" for way in ("http", "https", "tcp", "rtmp", "rtsp", "ftp")),
        *(f"{way}:http://{machine}/film.ts" for way in ("async", "cache", "crypto", "concat")),
        f"concat:{film}|{film}",
        f"concatf:{film}",
        f"subfile,,start,0,end,0,,:{film}",
        f"crypto:{film}",
        f"async:{film}",
        f"data:text/plain;base64,{'A' * 40}",
        "pipe:0",
        "fd:0",
    ]
