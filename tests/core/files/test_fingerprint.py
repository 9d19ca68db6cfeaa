"""A changed file has another fingerprint, a copied one the same."""

import shutil

import pytest

from lipflap.core.errors import MediaMissing
from lipflap.core.files.fingerprint import fingerprint, fingerprint_of_picture

MIB = 1 << 20


@pytest.mark.parametrize("size", [0, 1, 5000, 2 * MIB, 5 * MIB])
def test_a_copy_has_the_same_fingerprint(tmp_path, size):
    plate = tmp_path / "plate.mov"
    plate.write_bytes(bytes(range(256)) * (size // 256) + b"x" * (size % 256))
    shutil.copy(plate, tmp_path / "copy.mov")
    assert fingerprint(tmp_path / "copy.mov") == fingerprint(plate)


@pytest.mark.parametrize("place", [0, MIB - 1, 5 * MIB // 2, 4 * MIB + 1, 5 * MIB - 1])
def test_a_byte_changed_at_head_middle_or_tail_is_noticed(tmp_path, place):
    plate = tmp_path / "plate.mov"
    plate.write_bytes(bytes(5 * MIB))
    before = fingerprint(plate)
    with plate.open("r+b") as file:
        file.seek(place)
        file.write(b"x")
    assert fingerprint(plate) != before


def test_a_file_that_grew_is_noticed(tmp_path):
    plate = tmp_path / "plate.mov"
    plate.write_bytes(bytes(5 * MIB))
    before = fingerprint(plate)
    plate.write_bytes(bytes(5 * MIB + 1))
    assert fingerprint(plate) != before


def test_any_file_of_a_sequence_counts(tmp_path):
    pattern = str(tmp_path / "plate.%04d.dpx")
    for number in range(7, 12):
        (tmp_path / f"plate.{number:04}.dpx").write_bytes(bytes([number]))
    whole = fingerprint_of_picture(pattern)
    (tmp_path / "plate.0009.dpx").write_bytes(b"new")
    changed = fingerprint_of_picture(pattern)
    (tmp_path / "plate.0011.dpx").unlink()
    shorter = fingerprint_of_picture(pattern)
    assert len({whole, changed, shorter}) == 3


def test_a_movie_has_the_fingerprint_of_its_file(tmp_path):
    (tmp_path / "plate.mov").write_bytes(b"picture")
    path = tmp_path / "plate.mov"
    assert fingerprint_of_picture(str(path)) == fingerprint(path)


@pytest.mark.parametrize("name", ["absent.mov", "absent.%04d.dpx", "."])
def test_what_is_not_there_is_named(tmp_path, name):
    with pytest.raises(MediaMissing) as refused:
        fingerprint_of_picture(str(tmp_path / name))
    assert refused.value.where.startswith(str(tmp_path))
