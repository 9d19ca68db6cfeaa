"""How many shots at once: what memory and cores have room for."""

import pytest

from lipflap.plugin.render import capacity


@pytest.fixture
def machine(monkeypatch):
    def of(cores: int, free_gib: float) -> int:
        monkeypatch.setattr(capacity, "free_mib", lambda: round(free_gib * 1024))
        monkeypatch.setattr(capacity, "cores", lambda: cores)
        return capacity.max_shots()

    return of


def test_a_large_machine_renders_eight_and_no_more(machine):
    assert machine(64, 500) == 8


def test_little_memory_means_few_shots_but_always_one(machine):
    counts = [machine(16, gib) for gib in (0, 0.1, 1, 2, 4, 8)]
    assert counts == sorted(counts)
    assert counts[0] == 1
    assert 1 < counts[4] <= 4 * 1024 // capacity._SHOT_MIB


def test_few_cores_mean_few_shots(machine):
    assert machine(1, 500) < machine(2, 500) == 8
