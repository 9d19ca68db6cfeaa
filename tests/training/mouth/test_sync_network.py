"""Lips and sound: what the arithmetic finds in made-up points."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from lipflap.core.errors import DubError
from lipflap.core.model_files import SHIPPED
from lipflap.training.mouth.sync_network import (
    MAX_TICKS,
    Agreement,
    SyncNetwork,
    agreement,
    cosines,
    load_sync,
)

TICKS = 60


def _points(seed: int, count: int = TICKS) -> Tensor:
    draw = torch.randn(count, 128, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.normalize(draw, dim=1)


@pytest.mark.parametrize("late", [-15, -3, 0, 1, 7, 15])
def test_a_picture_so_many_ticks_late_is_found_to_be_that_late(late: int) -> None:
    whole = _points(1, TICKS + 2 * MAX_TICKS)
    heard = whole[MAX_TICKS : MAX_TICKS + TICKS]
    seen = whole[MAX_TICKS - late : MAX_TICKS - late + TICKS]
    found = agreement(seen, heard)
    assert found is not None
    assert found.offset_ticks == late
    assert found.offset_ms == 40 * late
    assert found.confidence == pytest.approx(1.0, abs=0.1)


def test_strangers_agree_on_nothing() -> None:
    found = agreement(_points(1), _points(2))
    assert found is not None
    assert found.confidence < 0.1


def test_unseen_ticks_do_not_count() -> None:
    """As numpy counts, over the ticks that are seen."""
    seen, heard = _points(3), _points(3)
    seen[10:30] = torch.nan
    means = cosines(seen, heard)
    assert means is not None
    for late in (-4, 0, 9):
        pairs = [
            np.dot(seen[t].numpy(), heard[t - late].numpy())
            for t in range(TICKS)
            if 0 <= t - late < TICKS and not seen[t].isnan().any()
        ]
        assert float(means[late + MAX_TICKS]) == pytest.approx(np.mean(pairs), abs=1e-6)


def test_less_than_a_second_is_not_judged() -> None:
    assert agreement(_points(1, 39), _points(1, 39)) is None  # 15 ticks off, 24 are left
    assert agreement(_points(1, 40), _points(1, 40)) == Agreement(0, pytest.approx(1, abs=0.1))


def test_light_and_contrast_say_nothing() -> None:
    torch.manual_seed(4)
    network = SyncNetwork().eval()
    clips = torch.rand(3, 5, 3, 64, 96) - 0.5
    with torch.inference_mode():
        same = network.embed_video(clips) * network.embed_video(0.5 * clips + 0.2)
    assert float(same.sum(1).min()) > 0.98


def test_a_file_of_another_network_is_refused_by_name() -> None:
    with pytest.raises(DubError, match=r"landmark\.safetensors.*not a sync network"):
        load_sync(SHIPPED / "landmark.safetensors")


def test_a_damaged_file_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "sync.safetensors").write_bytes((SHIPPED / "sync.safetensors").read_bytes()[:999])
    with pytest.raises(DubError, match=r"sync\.safetensors"):
        load_sync(tmp_path / "sync.safetensors")
