import subprocess
import sys

FAULTS = """
import resource, sys
import numpy as np
from lipflap.core.memory import keep_freed_memory
if sys.argv[1] == "kept":
    keep_freed_memory()
faults = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_minflt
before = faults()
for _ in range(40):
    np.ones((540, 960, 3), np.float32)
print(faults() - before)
"""


def page_faults(memory: str) -> int:
    ran = subprocess.run(
        [sys.executable, "-c", FAULTS, memory], capture_output=True, text=True, check=True
    )
    return int(ran.stdout)


def test_pictures_reuse_the_memory_of_those_before_them() -> None:
    assert page_faults("kept") * 2 < page_faults("given back")
