"""Consent beside the cut, from the command to the order, the report and the refusal."""

import hashlib
import json
from pathlib import Path

import opentimelineio as otio
import platformdirs
import pytest
from support.cuts.rendered_cut import write_rendered_cut

from lipflap.core.order import digest, read_order
from lipflap.plugin.cli.main import main
from lipflap.plugin.cut.cuesheet import read_cues
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.local_order import localise_order
from lipflap.plugin.render.render import stored_result

Printed = pytest.CaptureFixture[str]


@pytest.fixture
def cut(tmp_path: Path) -> Path:
    return write_rendered_cut(tmp_path)


def note(cut: Path, *arguments: str) -> int:
    return main(["trust", "consent", str(cut), *arguments])


def test_consent_goes_from_the_cut_into_everything(cut: Path, capsys: Printed) -> None:
    job = Job(cut.parent / "small.lipflap")
    before = digest(read_order(job.order("SH010")))
    release = cut.parent / "release.pdf"
    release.write_bytes(b"signed")
    given = ("--by", "Agency Roe", "--until", "2099-12-31", "--document", str(release))
    assert note(cut, "--person", "Jane Doe", "--agreed", "German dub", *given) == 0
    assert main(["order", str(cut), "-o", str(job.folder), "--require-consent"]) == 0
    order = read_order(job.order("SH010"))
    (agreed,) = order.consent
    assert (agreed.person, agreed.by, agreed.until) == ("Jane Doe", "Agency Roe", "2099-12-31")
    assert agreed.document_sha256 == hashlib.sha256(b"signed").hexdigest()
    assert digest(order) == before
    assert stored_result(localise_order(order)) is not None  # nothing to render again
    assert json.loads(job.consent.read_text())["agreements"][0]["person"] == "Jane Doe"
    assert read_cues(job.cues).agreements == (agreed,)
    capsys.readouterr()
    assert main(["conform", str(cut), str(job.folder)]) == 0
    said = "Jane Doe: German dub, agreed by Agency Roe, until 2099-12-31"
    assert f"consent: {said}" in capsys.readouterr().out
    assert main(["report", str(job.folder), "-o", str(cut.parent / "qc.html")]) == 0
    assert f"Consent: {said}" in (cut.parent / "qc.html").read_text()
    dubbed = otio.adapters.read_from_file(str(cut.parent / "small.dubbed.otio"))
    notes = [clip.metadata["lipflap"] for clip in dubbed.find_clips() if "lipflap" in clip.metadata]
    assert [list(one["agreements"]) for one in notes if "agreements" in one] == [[said]]


def test_without_consent_nothing_is_ordered_where_it_is_required(
    cut: Path, capsys: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, made = cut.parent / "small.lipflap", cut.parent / "NEW"
    required = ["order", str(cut), "-o", str(made), "--require-consent"]
    assert main(required) == 2
    assert "is not dubbed without consent. No consent is on file." in capsys.readouterr().err
    assert not (made / "orders").exists()
    assert main(["scan", str(cut), "--require-consent"]) == 2
    assert note(cut, "--person", "Jane Doe", "--agreed", "dub", "--until", "2020-01-31") == 0
    assert "(ENDED)" in capsys.readouterr().out
    assert main(required) == 2
    assert "The consent of Jane Doe ended on 2020-01-31." in capsys.readouterr().err
    assert main([*required, "--consent", "release of May"]) == 0
    orders = [str(path) for path in sorted((job / "orders").glob("*.json"))]
    assert main(["render", *orders, "--require-consent"]) == 2
    assert "SH010: is not rendered without consent" in capsys.readouterr().err
    monkeypatch.setattr(platformdirs, "user_config_path", lambda _: cut.parent / "config")
    settings = cut.parent / "config" / "studio.toml"
    settings.parent.mkdir()
    settings.write_text("require_consent = true\n")
    assert main(["order", str(cut), "-o", str(cut.parent / "OTHER")]) == 2
    assert main(["render", *orders]) == 2
    settings.write_text("require_consents = true\n")
    assert main(["render", *orders]) == 2
    assert "has a setting 'require_consents', which is none" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--person", "Jane Doe"), "needs who agreed, and to what"),
        (("--agreed", "dub"), "needs who agreed, and to what"),
        (("--until", "2027-01-01"), "needs who agreed, and to what"),
        (("--person", "J", "--agreed", "dub", "--until", "soon"), "no day such as 2027-12-31"),
        (("--person", "J", "--agreed", "dub", "--document", "gone.pdf"), "gone.pdf: cannot be"),
    ],
)
def test_a_note_that_says_too_little_is_refused(
    tmp_path: Path, capsys: Printed, arguments: tuple[str, ...], said: str
) -> None:
    cut = tmp_path / "a.otio"
    cut.write_text("{}")
    assert note(cut, *arguments) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "consent.json").exists()


def test_a_document_is_told_from_another(tmp_path: Path, capsys: Printed) -> None:
    cut, release, other = (tmp_path / name for name in ("a.otio", "release.pdf", "other.pdf"))
    for path in (cut, release, other):
        path.write_text(path.name)
    assert note(cut, "--person", "J", "--agreed", "dub", "--document", str(release)) == 0
    assert note(cut, "--person", "K", "--agreed", "dub") == 0
    capsys.readouterr()
    assert note(cut, "--document", str(release)) == 0
    assert capsys.readouterr().out == "J: dub\n"
    assert note(cut, "--document", str(other)) == 1
    assert capsys.readouterr().out.endswith("nothing on file was agreed to in this document.\n")
    assert note(cut, "--document", str(tmp_path / "gone.pdf")) == 2


def test_ordering_without_consent_warns(cut: Path, caplog: pytest.LogCaptureFixture) -> None:
    made = cut.parent / "NEW"
    assert main(["order", str(cut), "-o", str(made)]) == 0
    assert "No consent is on file." in caplog.text
    assert note(cut, "--person", "Jane Doe", "--agreed", "dub", "--until", "2020-01-31") == 0
    assert main(["order", str(cut), "-o", str(made)]) == 0
    assert "The consent of Jane Doe ended on 2020-01-31." in caplog.text


def test_a_note_of_the_same_is_replaced(tmp_path: Path, capsys: Printed) -> None:
    cut = tmp_path / "a.otio"
    cut.write_text("{}")
    for until in ("2027-01-01", "2028-01-01"):
        assert note(cut, "--person", "J", "--as", "ANNA", "--agreed", "dub", "--until", until) == 0
    capsys.readouterr()
    assert note(cut) == 0
    assert capsys.readouterr().out == "J (ANNA): dub, until 2028-01-01\n"
    assert note(tmp_path / "gone.otio") == 2
