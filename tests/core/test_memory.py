import subprocess
import sys

import pytest

from lipflap.core.memory import is_out_of_memory

FAULTS = """
import resource, sys
import numpy as np
from lipflap.core.memory import keep_freed_memory
if sys.argv[1] == "kept":
    keep_freed_memory()
faults = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_minflt
before = faults()
for _ in range(40):
    planes = [np.ones((300, 960, 3), np.float32) for _ in range(4)]
    del planes
print(faults() - before)
"""


@pytest.mark.parametrize(
    "said",
    [
        "CUDA out of memory. Tried to allocate 2.00 GiB.",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED",
    ],
)
def test_a_card_that_is_full_is_out_of_memory(said: str) -> None:
    assert is_out_of_memory(RuntimeError(said))


def test_a_library_that_finds_no_room_is_out_of_memory_and_one_that_may_not_run_is_not() -> None:
    said = "av/stream.abi3.so: failed to map segment from shared object"
    assert is_out_of_memory(ImportError(said))
    assert not is_out_of_memory(ImportError(f"{said}: Operation not permitted"))


def page_faults(memory: str) -> int:
    ran = subprocess.run(
        [sys.executable, "-c", FAULTS, memory], capture_output=True, text=True, check=True
    )
    return int(ran.stdout)


def test_pictures_reuse_the_memory_of_those_before_them() -> None:
    assert page_faults("kept") * 4 < page_faults("given back")
