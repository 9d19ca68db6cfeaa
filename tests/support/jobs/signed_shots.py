"""Shots in every codec family, with new pictures that no network has painted, to be signed."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from support.jobs.orders import job_order
from support.media.counted_media import write_film

from lipflap.core.consent import Agreement
from lipflap.core.files.atomic import write_text
from lipflap.core.files.fingerprint import fingerprint_of_picture
from lipflap.core.order import DubOrder, FrameRange, digest
from lipflap.core.result import DubResult, ShotReport, ShotState, result_to_json
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.local_order import LocalOrder, localise_order

FRAMES, FIRST = 3, 100
JANE = Agreement("Jane Doe", "German dub", "", "2099-12-31", "", ("ANNA",))
CODECS = {  # shot: (ending, pixel format, options of ffmpeg)
    "PRORES": (".mov", "yuv422p10le", ("-c:v", "prores_aw", "-profile:v", "3")),
    "PRORES_ALPHA": (".mov", "yuva444p10le", ("-c:v", "prores_aw", "-profile:v", "4")),
    "DNXHR": (".mov", "yuv422p", ("-c:v", "dnxhd", "-profile:v", "dnxhr_sq")),
    "DNXHR_444": (".mov", "gbrp10le", ("-c:v", "dnxhd", "-profile:v", "dnxhr_444")),
    "FFV1": (".mkv", "yuv420p", ("-c:v", "ffv1")),
    "FFV1_12": (".mkv", "gbrp12le", ("-c:v", "ffv1")),
    "PNG": (".%06d.png", "rgb24", ()),
    "PNG_16": (".%06d.png", "rgb48be", ()),
    "TIFF": (".%06d.tiff", "rgb24", ()),
    "TIFF_16": (".%06d.tif", "rgb48le", ("-c:v", "tiff")),
    "DPX": (".%06d.dpx", "gbrp10le", ()),
    "EXR": (".%06d.exr", "gbrpf32le", ()),
}


@dataclass(frozen=True)
class Studio:
    """A studio's chain of certificates, its root's and its own key."""

    certificates: Path
    key: Path


def write_shots(job: Job, *shots: str) -> list[LocalOrder]:
    """Write shots, orders and results of a JOB, as a render leaves them; all codecs by default."""
    film = job.folder.parent / "plate.mov"
    if not film.exists():
        write_film(film, range(FRAMES), size=(256, 128))
    return [write_shot(job, shot, film) for shot in shots or CODECS]


def write_shot(job: Job, shot: str, film: Path) -> LocalOrder:
    ending, pixel_format, codec = CODECS[shot]
    path = job.media(shot, ending)
    path.parent.mkdir(parents=True, exist_ok=True)
    numbering = ("-start_number", str(FIRST)) if "%" in ending else ()
    size = (256, 128) if "DNX" in shot else (64, 48)
    write_film(
        path,
        range(FRAMES),
        size=size,
        pixel_format=pixel_format,
        codec=(*codec, *numbering, "-metadata", "comment=AI-edited mouth, Lipflap"),
    )
    made = job_order(job, shot, FRAMES, film=film)
    picture = replace(made.picture, fingerprint=fingerprint_of_picture(str(film)))
    output = replace(made.output, path=str(path), start_frame=FIRST)
    order = replace(made, picture=picture, output=output, consent=(JANE,))
    write_result_of(job, order)
    return localise_order(order)


def write_result_of(job: Job, order: DubOrder, *repainted: FrameRange) -> None:
    """Write the result of a shot, all but its second frame repainted if not told otherwise."""
    ranges = repainted or (FrameRange(0, 1), FrameRange(2, 3))
    report = ShotReport(
        state=ShotState.RENDERED,
        frames=len(order.written),
        repainted_frames=sum(map(len, ranges)),
        repainted=ranges,
    )
    path = order.output.path
    made = DubResult(order.shot, digest(order), path, fingerprint_of_picture(path), report)
    write_text(job.result(order.shot), result_to_json(made))


def write_studio(
    folder: Path, studio: str, key: Any = None, lifetime: timedelta = timedelta(days=30)
) -> Studio:
    """Write a chain: a root of another organisation, and the studio's certificate under it."""
    folder.mkdir(parents=True, exist_ok=True)
    key = key or ec.generate_private_key(ec.SECP256R1())
    root = ec.generate_private_key(ec.SECP256R1())
    end = datetime.now(UTC) + lifetime
    mine = _certificate(studio, key.public_key(), "Root of All", root, end)
    others = _certificate("Root of All", root.public_key(), "Root of All", root, end)
    pem = serialization.Encoding.PEM
    made = Studio(folder / "chain.pem", folder / "studio.key")
    made.certificates.write_bytes(mine.public_bytes(pem) + others.public_bytes(pem))
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    made.key.write_bytes(key.private_bytes(pem, form, plain))
    return made


def _certificate(
    subject: str, public: Any, issuer: str, root: ec.EllipticCurvePrivateKey, end: datetime
) -> x509.Certificate:
    is_root = subject == issuer

    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, text)])

    now = datetime.now(UTC)
    usage = [not is_root, *[False] * 4, is_root, is_root, False, False]
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(is_root, None), critical=True)
        .add_extension(x509.KeyUsage(*usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), critical=False
        )
    )
    if not is_root:
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        builder = builder.add_extension(purpose, critical=False)
    return builder.sign(root, hashes.SHA256())


def other_keys() -> dict[str, Any]:
    """Private keys of the kinds that C2PA knows beside P-256 and RSA."""
    return {
        "ES384": ec.generate_private_key(ec.SECP384R1()),
        "ES512": ec.generate_private_key(ec.SECP521R1()),
        "ED25519": ed25519.Ed25519PrivateKey.generate(),
    }
