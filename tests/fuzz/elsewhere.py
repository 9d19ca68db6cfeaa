"""What must not be reached: a machine that hears every call, a film nobody gave to us."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread

from support.media.counted_media import write_film


@dataclass
class Elsewhere:
    """A machine with a port open, and a folder with a film in it.

    heard   who called, with the first bytes said
    """

    port: int
    film: Path
    heard: list[bytes] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"


@contextmanager
def elsewhere(folder: Path) -> Iterator[Elsewhere]:
    """It answers a call to any address with the film."""
    folder.mkdir()
    film = write_film(folder / "film.ts", range(10))

    class Answer(BaseRequestHandler):
        def handle(self) -> None:
            self.request.settimeout(0.5)
            try:
                found.heard.append(self.request.recv(1000))
                length = film.stat().st_size
                self.request.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n" % length)
                self.request.sendall(film.read_bytes())
            except OSError:
                found.heard.append(b"")

    with ThreadingTCPServer(("127.0.0.1", 0), Answer) as server:
        server.daemon_threads = True
        found = Elsewhere(server.server_address[1], film)
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield found
        finally:
            server.shutdown()
