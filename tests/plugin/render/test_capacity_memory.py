"""Free memory: the machine's, unless a container is held to less. Group files as the kernel writes
them (Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst)."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from lipflap.plugin.render import capacity

MIB = 1 << 20
UNLIMITED_V1 = 9223372036854771712


@pytest.fixture
def groups(monkeypatch, tmp_path):
    machine = SimpleNamespace(available=20_000 * MIB)
    monkeypatch.setattr(capacity.psutil, "virtual_memory", lambda: machine)
    monkeypatch.setattr(capacity, "_GROUPS", tmp_path / "fs")
    monkeypatch.setattr(capacity, "_OWN_GROUPS", tmp_path / "own")

    def inside(own: str) -> None:
        (tmp_path / "own").write_text(own)

    return inside


def write(folder: Path, **files: object) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, said in files.items():
        (folder / name.replace("__", ".")).write_text(f"{said}\n")


def test_a_machine_without_groups_has_what_it_has(groups, tmp_path):
    assert capacity.free_mib() == 20_000
    groups("0::/\n")
    assert capacity.free_mib() == 20_000


def test_a_group_leaves_its_limit_less_what_it_holds_and_cannot_give_back(groups, tmp_path):
    groups("0::/farm/task\n")
    stat = f"anon 7\nfile 9\ninactive_file {500 * MIB}"
    write(
        tmp_path / "fs" / "farm" / "task",
        memory__max=3000 * MIB,
        memory__current=1200 * MIB,
        memory__stat=stat,
    )
    assert capacity.free_mib() == 3000 - 1200 + 500


def test_of_groups_in_groups_the_tightest_counts(groups, tmp_path):
    groups("0::/farm/task\n")
    for folder, limit in (("farm", 2000 * MIB), ("farm/task", "max")):
        write(
            tmp_path / "fs" / folder,
            memory__max=limit,
            memory__current=100 * MIB,
            memory__stat="inactive_file 0",
        )
    assert capacity.free_mib() == 1900


@pytest.mark.parametrize("place", ["docker/4711", "."])
def test_groups_of_the_first_kind_also_from_within_a_container(groups, tmp_path, place):
    """Inside, the own group is mounted as the root, whatever its name is outside."""
    groups("9:cpu,cpuacct:/docker/4711\n4:memory:/docker/4711\n0::/\n")
    write(
        tmp_path / "fs" / "memory" / place,
        memory__limit_in_bytes=4000 * MIB,
        memory__usage_in_bytes=1000 * MIB,
        memory__stat=f"cache 1\ntotal_inactive_file {200 * MIB}",
    )
    assert capacity.free_mib() == 3200


def test_over_the_limit_nothing_is_free_and_without_one_all_is(groups, tmp_path):
    groups("4:memory:/task\n")
    for limit, free in ((100 * MIB, 0), (UNLIMITED_V1, 20_000)):
        write(
            tmp_path / "fs" / "memory" / "task",
            memory__limit_in_bytes=limit,
            memory__usage_in_bytes=300 * MIB,
            memory__stat="total_inactive_file 0",
        )
        assert capacity.free_mib() == free
