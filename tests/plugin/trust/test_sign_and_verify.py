"""Twelve shots in every codec family: signed, verified, and tampered with in every way we know."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import c2pa
import pytest
from support.jobs.signed_shots import (
    CODECS,
    FIRST,
    FRAMES,
    JANE,
    Studio,
    write_shots,
    write_studio,
)
from support.media.counted_media import framemd5

from lipflap.core.files.fingerprint import fingerprint_of_picture
from lipflap.core.files.sidecar import picture_files, sidecar
from lipflap.core.result import read_result
from lipflap.plugin.job.folder import Job
from lipflap.plugin.trust.check.check_file import check_file
from lipflap.plugin.trust.check.findings import Signature
from lipflap.plugin.trust.check.known_signers import known_certificates
from lipflap.plugin.trust.check.verify import verify
from lipflap.plugin.trust.manifest import holds_manifest
from lipflap.plugin.trust.sign.sign_job import sign_orders
from lipflap.plugin.trust.sign.signer import Signing, open_signer

SEQUENCES = [shot for shot, (ending, _, _) in CODECS.items() if "%" in ending]


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return write_studio(tmp_path_factory.mktemp("config"), "Test Studio")


@pytest.fixture(scope="module")
def job(tmp_path_factory: pytest.TempPathFactory, studio: Studio) -> Job:
    """The JOB, its shots signed; `before` holds the pictures as they were rendered."""
    made = Job(tmp_path_factory.mktemp("show") / "JOB")
    orders = write_shots(made)
    shutil.copytree(made.folder / "media", made.folder.parent / "before")
    signer = open_signer(Signing(studio.certificates, studio.key))
    assert [is_new for _, is_new in sign_orders(orders, signer)] == [True] * len(CODECS)
    return made


def files_of(job: Job, shot: str) -> list[Path]:
    return list(picture_files(str(job.media(shot, CODECS[shot][0]))))


@pytest.mark.parametrize("shot", CODECS)
def test_a_signed_shot_says_who_signed_it_and_what_was_edited(
    job: Job, studio: Studio, shot: str
) -> None:
    known = known_certificates([studio.certificates])
    for place, path in enumerate(files_of(job, shot)):
        proof = check_file(path, known)
        assert (proof.state, proof.signer, proof.problems) == (Signature.VALID, "Test Studio", ())
        assert proof.is_known
        assert proof.facts is not None
        assert proof.facts["edited_frames"] == [[0, 0], [2, 2]]
        assert proof.facts["agreements"][0]["person"] == JANE.person
        assert len(proof.facts["source_sha256"]) == 64
        assert sidecar(path).exists() is not holds_manifest(path)
        if shot in SEQUENCES:
            assert proof.facts["still"]["number"] == FIRST + place
            assert ("c2pa.edited" in proof.actions) is (place != 1)
    result = read_result(job.result(shot))
    assert result.signature is not None
    assert result.signature.by == "Test Studio"
    assert result.is_of(fingerprint_of_picture(result.output_path))


@pytest.mark.parametrize("shot", CODECS)
def test_its_pictures_are_those_that_were_rendered(job: Job, shot: str) -> None:
    pixel_format = CODECS[shot][1]
    for path in files_of(job, shot)[:1]:
        before = job.folder.parent / "before" / path.name
        assert framemd5(path, pixel_format) == framemd5(before, pixel_format)
        if not holds_manifest(path):
            assert path.read_bytes() == before.read_bytes()


@pytest.mark.parametrize("shot", ["PRORES", "PNG", "TIFF_16", "FFV1", "EXR"])
def test_c2pa_itself_reads_the_manifest(job: Job, studio: Studio, shot: str) -> None:
    """Without a line of ours: the parent, the composite of a trained model, the frames."""
    path = files_of(job, shot)[0]
    kind = {"PRORES": "video/quicktime", "PNG": "image/png", "TIFF_16": "image/tiff"}.get(shot)
    manifest = sidecar(path).read_bytes() if kind is None else None
    anchors = "\n".join(known_certificates([studio.certificates]))
    context = c2pa.Context(c2pa.Settings.from_dict({"trust": {"user_anchors": anchors}}))
    with path.open("rb") as file:
        kind = kind or "application/octet-stream"
        found = json.loads(c2pa.Reader(kind, file, manifest, context=context).json())
    assert found["validation_state"] == "Trusted"
    active = found["manifests"][found["active_manifest"]]
    (parent,) = active["ingredients"]
    assert (parent["title"], parent["relationship"]) == ("plate.mov", "parentOf")
    actions = next(a for a in active["assertions"] if a["label"] == "c2pa.actions.v2")["data"]
    opened, edited = actions["actions"]
    assert opened["action"] == "c2pa.opened"
    assert edited["digitalSourceType"].endswith("/compositeWithTrainedAlgorithmicMedia")
    frames = [one["frame"]["start"] for one in edited["changes"][0]["region"]]
    assert frames == ([0] if shot in SEQUENCES else [0, 2])


@pytest.mark.parametrize("shot", CODECS)
def test_another_reader_finds_it_signed_and_a_changed_picture_changed(
    job: Job, studio: Studio, tmp_path: Path, shot: str
) -> None:
    """By the reader of Encypher, an implementation of its own: hashes, signature, certificates."""
    reader = pytest.importorskip("encypher_c2pa")

    def look(path: Path, manifest: Path | None) -> tuple[str, str]:
        kind = {".mov": "video/quicktime", ".png": "image/png"}.get(path.suffix)
        kind = kind or ("image/tiff" if path.suffix.startswith(".tif") else "image/gif")
        found = reader.verify(
            path,
            kind,  # of files beside which the manifest lies, it asks for a kind that it knows
            manifest_store=manifest,
            trust_pem=studio.certificates.read_text(),
            no_default_trust=True,
            telemetry=False,
        )
        return found["integrity"], found["trust"]["status"]

    path = files_of(job, shot)[0]
    manifest = None if holds_manifest(path) else sidecar(path)
    assert look(path, manifest) == ("valid", "valid_for_supplied_material")
    data = bytearray(path.read_bytes())
    data[data.find({".mov": b"mdat", ".png": b"IDAT"}.get(path.suffix, b"")) + 20] ^= 1
    changed = tmp_path / path.name
    changed.write_bytes(data)
    assert look(changed, manifest)[0] == "invalid"


def flip(path: Path, place: float) -> None:
    data = bytearray(path.read_bytes())
    data[min(len(data) - 1, int(len(data) * place))] ^= 1
    path.write_bytes(data)


def with_manifest(path: Path) -> Path:
    return path if holds_manifest(path) else sidecar(path)


def edit_what_is_said(path: Path) -> None:
    place = with_manifest(path)
    data = place.read_bytes()
    assert b"Jane Doe" in data
    place.write_bytes(data.replace(b"Jane Doe", b"Jack Doe", 1))


def fill_the_empty_room(path: Path) -> None:
    place = with_manifest(path)
    data = bytearray(place.read_bytes())
    data[data.index(b"\x63pad") + 1000] = 7
    place.write_bytes(data)


def rename_a_box(path: Path) -> None:
    place = with_manifest(path)
    place.write_bytes(place.read_bytes().replace(b"c2pa.signature\0", b"c2pa.signaturf\0"))


def take_the_manifest_of_another(path: Path) -> None:
    """Of another shot's picture, or of another still."""
    signed = path.parents[2] / "signed"
    other = next(one for one in sorted(signed.glob(f"*{path.suffix}")) if one.name != path.name)
    if not holds_manifest(path):
        shutil.copy(sidecar(other), sidecar(path))
        return
    start = b"jumb\0\0\0\x1ejumdc2pa"
    mine, its = bytearray(path.read_bytes()), other.read_bytes()
    a, b = mine.index(start) - 4, its.index(start) - 4
    size = int.from_bytes(its[b : b + 4], "big")
    mine[a : a + size] = its[b : b + size]
    path.write_bytes(mine)


def lose_the_manifest(path: Path) -> None:
    if holds_manifest(path):
        shutil.copy(path.parents[2] / "before" / path.name, path)
    else:
        sidecar(path).unlink()


def sign_as_another_of_that_name(path: Path) -> None:
    forger = write_studio(path.parents[2] / "forger", "Test Studio")
    orders = write_shots(Job(path.parents[1]), path.name.split(".")[0])
    list(sign_orders(orders, open_signer(Signing(forger.certificates, forger.key))))


def make_longer(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0\0\0\x10free" + b"x" * 8)


def make_shorter(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


WAYS: dict[str, Callable[[Path], None]] = {
    "a byte of the picture": lambda path: flip(path, 0.9),
    "a byte in the middle": lambda path: flip(path, 0.5),
    "a byte of the header": lambda path: flip(path, 0.0008),
    "the last byte": lambda path: flip(path, 1),
    "longer": make_longer,
    "shorter": make_shorter,
    "what is said": edit_what_is_said,
    "empty room": fill_the_empty_room,
    "a box of another name": rename_a_box,
    "another's manifest": take_the_manifest_of_another,
    "no manifest": lose_the_manifest,
    "a forger": sign_as_another_of_that_name,
}


@pytest.mark.parametrize("way", WAYS)
def test_whatever_is_changed_is_found_in_every_codec(
    job: Job, studio: Studio, tmp_path: Path, way: str
) -> None:
    known = known_certificates([studio.certificates])
    copy = Job(shutil.copytree(job.folder, tmp_path / "JOB"))
    shutil.copytree(job.folder.parent / "before", tmp_path / "before")
    shutil.copytree(job.folder / "media", tmp_path / "signed")
    shutil.copy(job.folder.parent / "plate.mov", tmp_path)
    for shot in CODECS:
        path = files_of(copy, shot)[0]
        WAYS[way](path)
        (found,) = verify([path], known)
        assert not (found.is_fine and found.proof.is_known), (shot, found)


def wrong_files(folder: Path) -> dict[str, tuple[str, ...]]:
    return {one.path.name: one.proof.problems for one in verify([folder]) if not one.is_fine}


@pytest.mark.parametrize("shot", SEQUENCES)
def test_stills_that_are_missing_or_in_anothers_place_are_found(
    job: Job, tmp_path: Path, shot: str
) -> None:
    first, second, third = files_of(job, shot)
    for file in (first, third, sidecar(first), sidecar(third)):
        if file.exists():
            shutil.copy(file, tmp_path)
    ((problem,),) = wrong_files(tmp_path).values()
    assert (
        problem
        == f"number {FIRST + 1} of its signed stills {FIRST} to {FIRST + FRAMES - 1} is missing"
    )
    for file, place in ((first, second), (sidecar(first), sidecar(second))):
        if file.exists():
            shutil.copy(file, tmp_path / place.name)
    assert f"number {FIRST} of its sequence" in wrong_files(tmp_path)[second.name][0]


def test_a_manifest_whose_picture_is_gone_is_found(job: Job, tmp_path: Path) -> None:
    (film,) = files_of(job, "FFV1")
    shutil.copy(sidecar(film), tmp_path)
    assert wrong_files(tmp_path) == {film.name: ("the file of this manifest is missing",)}
