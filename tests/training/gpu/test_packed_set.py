"""A packed set gives back what was packed, and is no larger than it may be."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from support.puppets.learnable import filmed, take

from lipflap.core.errors import DubError
from lipflap.training.fit import save_weights
from lipflap.training.gpu.packed_set import PackedSentence, PackedSet, read_packed, write_packed
from lipflap.training.motion.reading.espeak import Phone
from lipflap.training.motion.reading.read_words import ReadAloud

PHONES = (Phone(0.5, 0.75, "m"), Phone(0.75, 1.25, "ɔ"))


def _sentence(talker: str, seed: int) -> PackedSentence:
    return PackedSentence(filmed(talker, seed), PHONES)


def _read(seed: int, seconds: float = 2) -> ReadAloud:
    noise = np.random.default_rng(seed).standard_normal(round(16_000 * seconds))
    return ReadAloud((0.1 * noise).astype(np.float32), PHONES)


def test_what_was_packed_comes_back_near_enough(tmp_path: Path) -> None:
    sentences = [_sentence("ana", 1), PackedSentence(filmed("bob", 2, 33))]
    whole = PackedSet(sentences, [_read(3, 1)], [take("ana", 6)], {"k": "v"})
    write_packed(whole, tmp_path / "set.safetensors")
    back = read_packed(tmp_path / "set.safetensors")
    assert back.facts == {"k": "v"}
    for ours, theirs in zip(back.sentences, whole.sentences, strict=True):
        assert (ours.filmed.name, ours.filmed.talker) == (theirs.filmed.name, theirs.filmed.talker)
        assert (ours.filmed.rate, ours.phones) == (theirs.filmed.rate, theirs.phones)
        assert np.abs(ours.filmed.points - theirs.filmed.points).max() <= 1 / 256
        apart = ours.filmed.sound - theirs.filmed.sound  # which has to be of the same length
        assert apart.std() < 0.1 * theirs.filmed.sound.std()
    assert back.read[0].phones == PHONES
    assert back.read[0].sound.shape == (16_000,)
    (ours,), (theirs,) = back.takes, whole.takes
    assert ours.talker == "ana"
    for name in ("filmed", "laid", "matte"):
        apart = getattr(ours, name).astype(float) - getattr(theirs, name)
        assert np.sqrt((apart**2).mean()) < 3, name


@pytest.mark.parametrize(("limit", "read"), [(2_000_000, 9), (150_000, 4)])
def test_a_file_is_no_larger_than_it_may_be_and_no_talker_is_lost(
    tmp_path: Path, limit: int, read: int
) -> None:
    sentences = [_sentence(name, seed) for name in ("ana", "bea", "cem") for seed in (1, 2)]
    whole = PackedSet(sentences, [_read(seed) for seed in range(9)], [take("ana", 3)], {})
    file = tmp_path / "set.safetensors"
    written = write_packed(whole, file, limit)
    assert file.stat().st_size <= limit
    back = read_packed(file)
    assert len(back.sentences) == len(written.sentences)
    assert len(back.read) == read
    assert len({one.filmed.talker for one in back.sentences}) == 3


def test_takes_are_left_out_evenly(tmp_path: Path) -> None:
    takes = [take(name, 2) for name in "aaaabbbbcccc"]
    file = tmp_path / "set.safetensors"
    half = write_packed(PackedSet([], [], takes, {}), file, 60_000)
    assert file.stat().st_size <= 60_000
    left = Counter(one.talker for one in half.takes)
    assert 3 <= len(half.takes) < 12
    assert len(left) == 3
    assert min(left.values()) >= max(left.values()) - 1


def test_another_file_is_refused(tmp_path: Path) -> None:
    save_weights({}, tmp_path / "it.safetensors", {"kind": "something"})
    with pytest.raises(DubError, match="not a packed set"):
        read_packed(tmp_path / "it.safetensors")
