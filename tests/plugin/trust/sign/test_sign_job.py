"""Signing a JOB: once, last, and again only when something else is to be signed."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from support.cuts.rendered_cut import write_render, write_rendered_cut
from support.jobs.signed_shots import FRAMES, Studio, write_result_of, write_shots, write_studio
from support.media.counted_media import FFV1, write_film

from lipflap.core.consent import Agreement
from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_text
from lipflap.core.files.sidecar import sidecar
from lipflap.core.media.ffmpeg_process import binary
from lipflap.core.media.probe import probe_sound
from lipflap.core.order import FrameRange, order_to_json, read_order
from lipflap.core.result import DubResult, ShotState, read_result
from lipflap.plugin import dubbing
from lipflap.plugin.cli.main import main
from lipflap.plugin.cut.cuesheet import read_cues
from lipflap.plugin.farm.collect import join_results
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.local_order import localise_order
from lipflap.plugin.job.shot_lock import shot_lock
from lipflap.plugin.job.versions import keep_version, restore_version
from lipflap.plugin.render.render import current_result, render, write_result
from lipflap.plugin.trust.check.check_file import check_file
from lipflap.plugin.trust.check.findings import Signature
from lipflap.plugin.trust.check.verify import verify
from lipflap.plugin.trust.sign import sign_job
from lipflap.plugin.trust.sign.sign_delivery import signed_shots
from lipflap.plugin.trust.sign.sign_job import sign_orders
from lipflap.plugin.trust.sign.signer import OpenSigner, Signing, open_signer


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Studio:
    return write_studio(tmp_path_factory.mktemp("studio"), "Test Studio")


@pytest.fixture(scope="module")
def signer(studio: Studio) -> OpenSigner:
    return open_signer(Signing(studio.certificates, studio.key))


@pytest.mark.parametrize("shot", ["PRORES", "FFV1", "PNG", "DPX"])
def test_a_second_run_signs_nothing(tmp_path: Path, signer: OpenSigner, shot: str) -> None:
    job = Job(tmp_path / "JOB")
    orders = write_shots(job, shot)
    assert list(sign_orders(orders, signer)) == [(shot, True)]
    before = {path: path.read_bytes() for path in job.folder.rglob("*") if path.is_file()}
    assert list(sign_orders(orders, signer)) == [(shot, False)]
    assert {path: path.read_bytes() for path in job.folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("shot", ["PRORES", "FFV1"])
def test_what_was_killed_between_result_and_picture_is_signed_again(
    tmp_path: Path, signer: OpenSigner, shot: str
) -> None:
    job = Job(tmp_path / "JOB")
    (order,) = write_shots(job, shot)
    path = Path(order.local.output.path)
    rendered = path.read_bytes()
    list(sign_orders([order], signer))
    path.write_bytes(rendered)
    sidecar(path).unlink(missing_ok=True)
    assert current_result(order) is not None
    assert list(sign_orders([order], signer)) == [(shot, True)]
    assert check_file(path).state == Signature.VALID


def test_what_is_rendered_while_its_lock_is_waited_for_is_signed_as_it_then_is(
    tmp_path: Path, signer: OpenSigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    (order,) = write_shots(Job(tmp_path / "JOB"), "PNG")

    @contextmanager
    def after_another_render(job: Job, shot: str) -> Iterator[Callable[[], bool]]:
        result = current_result(order)
        assert result is not None
        write_result(order, replace(result, report=replace(result.report, repainted_frames=1)))
        with shot_lock(job, shot) as try_lock:
            yield try_lock

    monkeypatch.setattr(sign_job, "shot_lock", after_another_render)
    assert list(sign_orders([order], signer)) == [("PNG", True)]
    assert list(sign_orders([order], signer)) == [("PNG", False)]


def test_other_consent_is_signed_anew_and_nothing_rendered(
    tmp_path: Path, signer: OpenSigner
) -> None:
    job = Job(tmp_path / "JOB")
    (order,) = write_shots(job, "PRORES")
    list(sign_orders([order], signer))
    agreed = replace(order.original, consent=(Agreement("Jo Roe", "Spanish dub"),))
    changed = localise_order(agreed)
    assert current_result(changed) == current_result(order)
    assert list(sign_orders([changed], signer)) == [("PRORES", True)]
    proof = check_file(Path(order.local.output.path))
    assert proof.facts is not None
    assert (proof.state, proof.facts["agreements"][0]["person"]) == (Signature.VALID, "Jo Roe")
    assert read_result(job.result("PRORES")).consent == agreed.consent


def test_parts_of_a_shot_are_not_signed(tmp_path: Path, signer: OpenSigner) -> None:
    job = Job(tmp_path / "JOB")
    (order,) = write_shots(job, "FFV1")
    part = replace(order.original, part=order.original.written)
    write_result_of(job, part)
    assert list(sign_orders([localise_order(part)], signer)) == []


def test_no_old_manifest_stays_beside_a_picture_that_is_rendered_again(
    tmp_path: Path, signer: OpenSigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lipflap.plugin.render.render._dub", fail)
    job = Job(tmp_path / "JOB")
    for shot in ("FFV1", "DPX"):
        (order,) = write_shots(job, shot)
        list(sign_orders([order], signer))
        manifests = list((job.folder / "media").glob(f"{shot}*.c2pa"))
        assert len(manifests) == (1 if shot == "FFV1" else FRAMES)
        again = replace(order.original, settings=replace(order.original.settings, seed=9))
        (result,) = render(localise_order(again))
        assert result.report.state == ShotState.FAILED
        assert not any(path.exists() for path in manifests)


def fail(*_: object) -> Iterator[DubResult]:
    raise DubError("breaks off.")
    yield


def test_a_version_that_comes_back_has_no_manifest_of_the_other(
    tmp_path: Path, signer: OpenSigner
) -> None:
    job = Job(tmp_path / "JOB")
    (order,) = write_shots(job, "FFV1")
    other = replace(order.original, settings=replace(order.original.settings, seed=9))
    write_text(job.order("FFV1"), order_to_json(order.original))
    assert keep_version(job, "FFV1")
    write_text(job.order("FFV1"), order_to_json(other))
    write_result_of(job, other)
    list(sign_orders([localise_order(other)], signer))
    path = Path(order.local.output.path)
    assert sidecar(path).exists()
    assert restore_version(job, order.original)
    assert check_file(path).state == Signature.UNSIGNED


def test_conform_signs_last_and_says_who(
    tmp_path: Path, studio: Studio, capsys: pytest.CaptureFixture[str]
) -> None:
    cut = write_rendered_cut(tmp_path)
    job = Job(tmp_path / "small.lipflap")
    report = dubbing.conform(cut, job, None, None)
    assert report.signed.startswith("The new pictures are not signed")
    keys = ["--sign-cert", str(studio.certificates), "--sign-key", str(studio.key)]
    assert main(["conform", str(cut), str(job.folder), *keys]) == 0
    assert "1 of 1 new pictures are signed by Test Studio." in capsys.readouterr().out
    film = job.media("SH010", ".mov")
    assert check_file(film).state == Signature.VALID
    signed = film.read_bytes()
    assert main(["farm", "collect", str(job.folder), *keys]) == 1  # two shots are not rendered
    assert film.read_bytes() == signed
    assert main(["verify", str(job.folder), "--signers", str(studio.certificates)]) == 0
    assert main(["verify", str(tmp_path / "small.dubbed.otio")]) == 0
    assert "AI-edited mouth in 41 of 41 frames" in capsys.readouterr().out
    assert main(["verify", str(cut)]) == 2
    bundle = tmp_path / "all.otioz"
    assert main(["conform", str(cut), str(job.folder), "-o", str(bundle), *keys]) == 0
    capsys.readouterr()
    assert main(["verify", str(bundle)]) == 0
    assert f"{bundle}/media/SH010.mov: signed by Test Studio" in capsys.readouterr().out
    shutil.copy(film, tmp_path / "copy.mov")
    film.unlink()
    assert main(["verify", str(job.folder)]) == 1
    assert main(["verify", str(tmp_path / "small.dubbed.otio")]) == 1
    result = read_result(job.result("SH010"))
    assert result.signature is not None
    assert result.signature.by == "Test Studio"


def test_keys_are_in_no_file_but_their_own(
    tmp_path: Path, studio: Studio, capsys: pytest.CaptureFixture[str]
) -> None:
    cut = write_rendered_cut(tmp_path)
    job = tmp_path / "small.lipflap"
    keys = ["--sign-cert", str(studio.certificates), "--sign-key", str(studio.key)]
    assert main(["conform", str(cut), str(job), *keys]) == 0
    assert main(["farm", "bundle", str(job), "-o", str(tmp_path / "bundle")]) == 0
    assert main(["report", str(job), "-o", str(tmp_path / "qc.html")]) == 0
    assert main(["conform", str(cut), str(job), *keys[:2], "--sign-key", str(cut)]) == 2
    secret = studio.key.read_text().splitlines()[1]
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.parent.name == "bundle" for path in files)
    for path in files:
        assert secret.encode() not in path.read_bytes(), path
        assert str(studio.key).encode() not in path.read_bytes(), path
    said = capsys.readouterr()
    assert secret not in said.out + said.err


def test_a_shot_that_a_farm_rendered_in_parts_is_signed_once_it_is_joined(
    tmp_path: Path, signer: OpenSigner
) -> None:
    job = Job(tmp_path / "JOB")
    (whole,) = write_shots(job, "FFV1")
    film = Path(whole.local.output.path)
    parts = []
    for name, span in (
        ("FFV1.part-1-of-2", FrameRange(0, 2)),
        ("FFV1.part-2-of-2", FrameRange(2, 3)),
    ):
        output = replace(whole.original.output, path=str(job.media(name, ".mkv")))
        part = replace(whole.original, shot=name, part=span, output=output, consent=())
        write_film(Path(output.path), range(span.start, span.end), size=(64, 48), codec=FFV1)
        write_result_of(job, part, FrameRange(span.start, span.end))
        parts.append(localise_order(part))
    film.unlink()
    job.result("FFV1").unlink()
    joined = join_results(whole, parts)
    assert joined.report.repainted == (FrameRange(0, 3),)
    assert list(sign_orders([*parts, whole], signer)) == [("FFV1", True)]
    proof = check_file(film)
    assert proof.facts is not None
    assert (proof.state, proof.facts["edited_frames"]) == (Signature.VALID, [[0, 2]])
    assert join_results(whole, parts).signature is not None  # and it is not joined again


def test_a_copy_with_sound_is_signed_too(
    tmp_path: Path, studio: Studio, capsys: pytest.CaptureFixture[str]
) -> None:
    cut = write_rendered_cut(tmp_path)
    job = Job(tmp_path / "small.lipflap")
    order = read_order(job.order("SH010"))
    film = tmp_path / "plate.mov"
    sound = tmp_path / "with_sound.mov"
    how = ["-i", str(film), "-i", str(tmp_path / "day.wav"), "-c:v", "copy", "-c:a", "pcm_s16le"]
    subprocess.run([binary(), "-v", "error", *how, "-shortest", str(sound)], check=True)
    sound.replace(film)
    keys = ["--sign-cert", str(studio.certificates), "--sign-key", str(studio.key)]
    assert main(["order", str(cut), "-o", str(job.folder)]) == 0
    write_render(job, "SH010", 2000)
    assert main(["conform", str(cut), str(job.folder), "--sound", *keys]) == 0
    copy = job.folder / "with_sound" / Path(order.output.path).name
    assert probe_sound(str(copy)).sample_count > 0
    assert check_file(copy).state == Signature.VALID
    capsys.readouterr()
    assert main(["verify", str(job.folder)]) == 0
    assert str(copy) in capsys.readouterr().out


def test_copies_for_media_composer_have_a_manifest_beside_them(
    tmp_path: Path, studio: Studio
) -> None:
    write_rendered_cut(tmp_path)
    job, folder = Job(tmp_path / "small.lipflap"), tmp_path / "MXF"
    folder.mkdir()
    order = read_order(job.order("SH010"))
    write_film(Path(order.output.path), range(order.frames.count), size=(256, 128))
    write_result_of(job, order)
    shots, notes = signed_shots(
        job,
        read_cues(job.cues),
        only_approved=False,
        sound=False,
        mxf=folder,
        signing=Signing(studio.certificates, studio.key),
    )
    assert notes == ()
    (copy,) = verify([folder])
    assert str(copy.path) == shots[0].path
    assert (copy.is_fine, copy.path.suffix) == (True, ".mxf")
    copy.path.write_bytes(copy.path.read_bytes()[:-1] + b"x")
    assert not next(verify([folder])).is_fine
