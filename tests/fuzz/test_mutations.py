"""Mutated files of every kind end in a value or in a DubError: nothing else, and in time.

A sample each time; all 200,000 with `make soak`, which goes on where it was interrupted.
"""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from fuzz.bad_readers import BAD_READERS
from fuzz.reader import case, healthy
from fuzz.readers import READERS
from fuzz.watching import findings

pytestmark = pytest.mark.skipif(os.name != "posix", reason="limits are set as POSIX systems do")

RICH = {"otio": 30_000, "text": 30_000, "binary": 20_000}
ALL = {kind: RICH.get(kind, (200_000 - sum(RICH.values())) // 11 + 1) for kind in READERS}
SAMPLE = {kind: ALL[kind] // 2000 for kind in sorted(ALL, key=ALL.__getitem__, reverse=True)}
AT_ONCE = 250
FOUND_BY = {
    "_raises": "ValueError: 'no such key' at bad_readers.py",
    "_runs_for_ever": "TooSlow",
    "_sleeps_for_ever": "fell silent",
    "_hangs_in_c": "fell silent",
    "_takes_all_memory": "MemoryError",
    "_dies": "SIGSEGV",
    "_leaves": "ended with 0",
    "_writes": "WroteOutside",
    "_writes_unheard": "files appeared outside: ['outside']",
    "_removes": "WroteOutside",
    "_starts_a_program": "WroteOutside",
    "_calls_a_machine": "WroteOutside",
}


def found_in(batches: list[list[str]]) -> list[str]:
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        lists = threads.map(lambda batch: list(findings(batch)), batches)
        return [finding for found in lists for finding in found]


def cases(kind: str, first: int, count: int) -> list[str]:
    return [f"{kind} {seed}" for seed in range(first, first + count)]


def test_a_sample_of_mutated_files_is_read_or_refused() -> None:
    """Two processes read files of every kind: each takes a second to start."""
    sample = [one for kind, count in SAMPLE.items() for one in cases(kind, 0, count)]
    assert found_in([sample[: len(sample) // 2], sample[len(sample) // 2 :]]) == []


def test_each_fault_of_a_reader_is_found() -> None:
    with ThreadPoolExecutor(2) as threads:
        lists = threads.map(
            lambda kind: list(findings([f"{kind} 0"], "fuzz.bad_readers")), BAD_READERS
        )
        found = dict(zip(BAD_READERS, lists, strict=True))
    assert found.pop("_refuses") == []
    assert list(found) == list(FOUND_BY)
    for kind, words in FOUND_BY.items():
        (said,) = found[kind]
        assert said.startswith(f"{kind} 0 ")
        assert words in said


def test_after_a_fault_the_next_seed_is_tried() -> None:
    found = list(findings(["_dies 7", "_raises 8", "_dies 9"], "fuzz.bad_readers"))
    assert [" ".join(finding.split()[:2]) for finding in found] == [
        "_dies 7",
        "_raises 8",
        "_dies 9",
    ]


@pytest.mark.parametrize("kind", READERS)
def test_what_is_not_mutated_is_read(kind: str, tmp_path) -> None:
    """Else a reader that refuses everything would pass; real cuts are test_timeline's."""
    reader = READERS[kind]
    names = [name for name in reader.seeds() if "__" not in name]
    for name in names:
        reader.read(healthy(reader, name, tmp_path / name))
    assert names


@pytest.mark.parametrize("kind", READERS)
def test_a_seed_always_makes_the_same_file(kind: str, tmp_path) -> None:
    one, other = (case(READERS[kind], f"{kind} 3", tmp_path).read_bytes() for _ in range(2))
    assert one == other


@pytest.mark.soak
@pytest.mark.parametrize("kind", READERS)
def test_every_mutated_file_is_read_or_refused(kind: str, pytestconfig) -> None:
    done, step = pytestconfig.cache.get(f"fuzz/{kind}", 0), AT_ONCE * (os.cpu_count() or 1)
    for first in range(done, ALL[kind], step):
        firsts = range(first, min(first + step, ALL[kind]), AT_ONCE)
        batches = [cases(kind, one, min(AT_ONCE, ALL[kind] - one)) for one in firsts]
        assert found_in(batches) == []
        pytestconfig.cache.set(f"fuzz/{kind}", firsts[-1] + AT_ONCE)
    pytestconfig.cache.set(f"fuzz/{kind}", 0)
