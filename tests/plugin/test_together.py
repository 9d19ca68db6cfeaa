"""How many shots at once: what memory and cores have room for."""

import os

import pytest

from lipflap.plugin import together


@pytest.fixture
def machine(monkeypatch, tmp_path):
    def of(cores: int, free_gib: float) -> int:
        meminfo = tmp_path / "meminfo"
        free_kib = round(free_gib * (1 << 20))
        meminfo.write_text(
            f"MemTotal:  67108864 kB\nMemFree:  1024 kB\nMemAvailable:  {free_kib} kB\n"
        )
        monkeypatch.setattr(together, "_MEMINFO", meminfo)
        monkeypatch.setattr(together, "_cores", lambda: cores)
        return together.most()

    return of


def test_a_large_machine_renders_eight_and_no_more(machine):
    assert machine(64, 500) == 8


def test_little_memory_means_few_shots_but_always_one(machine):
    counts = [machine(16, gib) for gib in (0.1, 1, 2, 4, 8)]
    assert counts == sorted(counts)
    assert counts[0] == 1
    assert 1 < counts[3] <= 4 * 1024 // together._SHOT_MIB


def test_few_cores_mean_few_shots(machine):
    assert machine(1, 500) < machine(2, 500) == 8


@pytest.mark.skipif(not hasattr(os, "sysconf"), reason="this system does not tell its memory")
def test_a_system_without_meminfo_is_taken_for_half_its_memory(monkeypatch, tmp_path):
    monkeypatch.setattr(together, "_MEMINFO", tmp_path / "absent")
    whole_mib = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**20
    assert together._free_mib() == pytest.approx(whole_mib / 2, rel=0.01)
