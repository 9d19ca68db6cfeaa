"""A packed set gives back what was packed, and is no larger than it may be."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from support.puppets.learnable import sentence, take

from lipflap.core.errors import DubError
from lipflap.core.voice.speech_encoder import WIDTH
from lipflap.training.fit import save_weights
from lipflap.training.gpu.packed_set import PackedSet, read_packed, write_packed


def test_what_was_packed_comes_back_near_enough(tmp_path: Path) -> None:
    whole = PackedSet(
        [sentence("ana", 1)[0], sentence("bob", 2, ticks=90)[0]], [take("ana", 6)], {"k": "v"}
    )
    write_packed(whole, tmp_path / "set.safetensors")
    read = read_packed(tmp_path / "set.safetensors")
    assert read.facts == {"k": "v"}
    heard = np.concatenate([one.features.reshape(-1, WIDTH) for one in whole.sentences])
    level = np.ptp(heard.astype(float), 0) / 255
    for ours, theirs in zip(read.sentences, whole.sentences, strict=True):
        assert (ours.talker, ours.rate_hz) == (theirs.talker, theirs.rate_hz)
        assert np.abs(ours.points - theirs.points).max() <= 1 / 256
        apart = ours.features.astype(float) - theirs.features
        assert apart.shape == theirs.features.shape
        assert (np.abs(apart) <= level / 2 + 0.003).all()  # as halves have it
    (back,), (take_,) = read.takes, whole.takes
    assert back.talker == "ana"
    for name in ("filmed", "laid", "matte"):
        apart = getattr(back, name).astype(float) - getattr(take_, name)
        assert np.sqrt((apart**2).mean()) < 3, name


@pytest.mark.parametrize(("limit", "voices", "talkers"), [(2_000_000, 4, 3), (500_000, 1, 3)])
def test_a_file_is_no_larger_than_it_may_be_and_no_talker_is_lost(
    tmp_path: Path, limit: int, voices: int, talkers: int
) -> None:
    names = [name for name in ("ana", "bea", "cem") for _ in range(2)]
    spoken = [sentence(name, number, 130, 4)[0] for number, name in enumerate(names)]
    file = tmp_path / "set.safetensors"
    written = write_packed(PackedSet(spoken, [take("ana", 3)], {}), file, limit)
    assert file.stat().st_size <= limit
    read = read_packed(file)
    assert len(read.sentences) == len(written.sentences)
    assert {len(one.features) for one in read.sentences} == {voices}
    assert len({one.talker for one in read.sentences}) == talkers


def test_takes_are_left_out_evenly(tmp_path: Path) -> None:
    takes = [take(name, 2) for name in "aaaabbbbcccc"]
    file = tmp_path / "set.safetensors"
    half = write_packed(PackedSet([sentence("a", 1, 8, 1)[0]], takes, {}), file, 60_000)
    assert file.stat().st_size <= 60_000
    left = Counter(one.talker for one in half.takes)
    assert 3 <= len(half.takes) < 12
    assert len(left) == 3
    assert min(left.values()) >= max(left.values()) - 1


def test_another_file_is_refused(tmp_path: Path) -> None:
    save_weights({}, tmp_path / "it.safetensors", {"kind": "something"})
    with pytest.raises(DubError, match="not a packed set"):
        read_packed(tmp_path / "it.safetensors")
