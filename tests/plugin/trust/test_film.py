"""Films that came with a manifest of their own: it goes along, and what was found of it is told."""

import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import c2pa
import pytest
from PIL import Image
from support.cuts.rendered_cut import write_render, write_rendered_cut
from support.jobs.signed_shots import FRAMES, Studio, write_shots, write_studio
from support.media.counted_media import write_film

from lipflap.core.files.sidecar import picture_files, sidecar
from lipflap.plugin.cli.main import main
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.local_order import LocalOrder
from lipflap.plugin.trust.check.check_file import check_file
from lipflap.plugin.trust.check.film import read_film
from lipflap.plugin.trust.check.findings import Signature
from lipflap.plugin.trust.check.known_signers import known_certificates
from lipflap.plugin.trust.check.verdict import describe
from lipflap.plugin.trust.check.verify import verify
from lipflap.plugin.trust.sign.sign_delivery import telling_film
from lipflap.plugin.trust.sign.sign_job import sign_orders
from lipflap.plugin.trust.sign.signer import OpenSigner, Signing, open_signer

_CAPTURED = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
_ACTION = {"action": "c2pa.created", "digitalSourceType": _CAPTURED}
_CAMERA = {
    "claim_generator_info": [{"name": "Camera"}],
    "assertions": [{"label": "c2pa.actions", "data": {"actions": [_ACTION]}}],
}


@pytest.fixture(scope="module")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return write_studio(tmp_path_factory.mktemp("camera"), "Camera Maker")


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> OpenSigner:
    made = write_studio(tmp_path_factory.mktemp("studio"), "Test Studio")
    return open_signer(Signing(made.certificates, made.key))


def sign_as_camera(path: Path, kind: str, camera: Studio, elsewhere: str = "") -> bytes:
    """Sign a film as a camera does; return its manifest."""
    builder = c2pa.Builder(_CAMERA)
    if elsewhere:
        builder.set_no_embed()
        builder.set_remote_url(elsewhere)
    plain = path.with_stem("plain")
    path.rename(plain)
    made = open_signer(Signing(camera.certificates, camera.key)).c2pa
    with plain.open("rb") as file, path.open("w+b") as out:
        manifest: bytes = builder.sign(made, kind, file, out)
    plain.unlink()
    return manifest


def orders_of_signed_film(folder: Path, camera: Studio, *shots: str) -> list[LocalOrder]:
    film = folder / "plate.mov"
    write_film(film, range(FRAMES), size=(256, 128))
    sign_as_camera(film, "video/quicktime", camera)
    return write_shots(Job(folder / "JOB"), *shots)


def spoil(path: Path, mark: bytes, by: int = 0) -> None:
    """Change the byte that lies `by` bytes after the last such mark."""
    data = bytearray(path.read_bytes())
    data[data.rindex(mark) + by] ^= 1
    path.write_bytes(data)


def film_said(path: Path) -> str:
    (found,) = verify([path])
    assert found.is_fine
    return describe(found, date.today()).partition(", film ")[2]


@pytest.mark.parametrize("shot", ["PRORES", "PNG", "FFV1"])
def test_the_manifest_of_a_camera_goes_along(
    tmp_path: Path, camera: Studio, signer: OpenSigner, shot: str
) -> None:
    (order,) = orders_of_signed_film(tmp_path, camera, shot)
    list(sign_orders([order], signer))
    path = picture_files(order.local.output.path)[0]
    assert film_said(path) == (
        "plate.mov: signed by Camera Maker (certificate not known here), unchanged"
    )
    film = check_file(path, known_certificates([camera.certificates])).film
    assert film is not None
    assert film.is_known
    assert read_film(path) is not None
    assert list(sign_orders([order], signer)) == [(shot, False)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda film: spoil(film, b"mdat", 400),
            "plate.mov: signed by Camera Maker (certificate not known here), CHANGED before this "
            "was made of it (picture or header are not those that were signed)",
        ),
        (
            lambda film: spoil(film, b"digitalCapture"),
            "plate.mov: signed by Camera Maker (certificate not known here), CHANGED before this "
            "was made of it (what the manifest says was changed)",
        ),
        (
            lambda film: spoil(film, b"jumdc2pa", 4),
            "plate.mov: its manifest could not be READ",
        ),
    ],
)
def test_a_broken_manifest_of_a_film_is_told(
    tmp_path: Path,
    camera: Studio,
    signer: OpenSigner,
    change: Callable[[Path], None],
    said: str,
) -> None:
    (order,) = orders_of_signed_film(tmp_path, camera, "PRORES")
    change(tmp_path / "plate.mov")
    list(sign_orders([order], signer))
    assert film_said(Path(order.local.output.path)) == said


def test_a_manifest_beside_a_film_goes_along(
    tmp_path: Path, camera: Studio, signer: OpenSigner
) -> None:
    film = tmp_path / "plate.mov"
    (order,) = write_shots(Job(tmp_path / "JOB"), "PRORES")
    store = sign_as_camera(film, "video/quicktime", camera, elsewhere="http://127.0.0.1:9/x")
    sidecar(film).write_bytes(store)
    list(sign_orders([order], signer))
    said = film_said(Path(order.local.output.path))
    assert said == "plate.mov: signed by Camera Maker (certificate not known here), unchanged"


@pytest.mark.parametrize(
    ("is_signed", "said"),
    [
        (True, "plate.mov: signed by Camera Maker (certificate not known here), unchanged"),
        (False, "plate.mov: its manifest could not be READ"),
    ],
)
def test_what_lies_beside_a_film_and_is_no_manifest_counts_where_the_film_holds_none(
    tmp_path: Path, camera: Studio, signer: OpenSigner, is_signed: bool, said: str
) -> None:
    film = tmp_path / "plate.mov"
    (order,) = write_shots(Job(tmp_path / "JOB"), "PRORES")
    if is_signed:
        sign_as_camera(film, "video/quicktime", camera)
    sidecar(film).write_bytes(b"no manifest")
    list(sign_orders([order], signer))
    assert film_said(Path(order.local.output.path)) == said


def test_a_manifest_elsewhere_is_told_and_not_fetched(
    tmp_path: Path, camera: Studio, signer: OpenSigner
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}/secret"
        film = tmp_path / "plate.mov"
        (order,) = write_shots(Job(tmp_path / "JOB"), "PRORES")
        sign_as_camera(film, "video/quicktime", camera, elsewhere=address)
        list(sign_orders([order], signer))
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()
    said = film_said(Path(order.local.output.path))
    assert said == "plate.mov: its manifest lies elsewhere, and was not fetched"


def test_each_still_has_the_manifest_of_the_still_it_was_made_of(
    tmp_path: Path, camera: Studio, signer: OpenSigner
) -> None:
    (made,) = write_shots(Job(tmp_path / "JOB"), "PNG")
    for number in range(11, 11 + FRAMES):
        still = tmp_path / f"plate.{number}.png"
        Image.new("RGB", (64, 48), (number, 0, 0)).save(still)
        if number != 12:
            sign_as_camera(still, "image/png", camera)
    spoil(tmp_path / "plate.13.png", b"IDAT", 9)
    picture = replace(made.local.picture, path=str(tmp_path / "plate.%02d.png"), first_file=11)
    order = replace(made, local=replace(made.local, picture=picture))
    list(sign_orders([order], signer))
    films = [check_file(file).film for file in picture_files(order.local.output.path)]
    assert [film and (film.name, film.state) for film in films] == [
        ("plate.11.png", Signature.VALID),
        None,
        ("plate.13.png", Signature.CHANGED),
    ]
    told = telling_film(picture_files(order.local.output.path))
    assert told is not None
    assert told.name == "plate.13.png"


def test_any_byte_of_a_films_manifest_is_covered_in_the_picture_that_holds_it(
    tmp_path: Path, camera: Studio, signer: OpenSigner
) -> None:
    (order,) = orders_of_signed_film(tmp_path, camera, "PNG")
    list(sign_orders([order], signer))
    path = picture_files(order.local.output.path)[0]
    signed = path.read_bytes()
    names = [
        signed.index(name) for name in (b"c2pa.claim", b"c2pa.signature\0", b"c2pa.assertions\0")
    ]
    store, end = signed.index(b"jumdc2pa"), signed.rindex(b"c2pa.signature\0")
    missed: list[int] = []
    problems: set[str] = set()
    for at in (*names, *range(store, end, 997)):
        path.write_bytes(signed[:at] + bytes([signed[at] ^ 1]) + signed[at + 1 :])
        found = check_file(path)
        missed += [at - store] if found.state != Signature.CHANGED else []
        problems |= set(found.problems)
    assert missed == []
    assert "what is kept of the film's manifest was changed" in problems


def test_conform_says_what_was_found_of_a_film(
    tmp_path: Path, camera: Studio, capsys: pytest.CaptureFixture[str]
) -> None:
    cut, job = write_rendered_cut(tmp_path), Job(tmp_path / "small.lipflap")
    sign_as_camera(tmp_path / "plate.mov", "video/quicktime", camera)
    keys = ["--sign-cert", str(camera.certificates), "--sign-key", str(camera.key)]
    assert main(["order", str(cut), "-o", str(job.folder)]) == 0
    write_render(job, "SH010", 2000)
    for _ in range(2):
        assert main(["conform", str(cut), str(job.folder), *keys]) == 0
        said = capsys.readouterr().out
        assert "note: Its film plate.mov: signed by Camera Maker" in said
