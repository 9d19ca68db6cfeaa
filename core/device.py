"""The device to compute on, and its precision."""

from contextlib import AbstractContextManager, nullcontext

import torch


def best_device() -> torch.device:
    """Return CUDA, else Apple's Metal, else the processor."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def fast_precision(device: torch.device) -> AbstractContextManager[object]:
    """Return a context in which convolutions run in bfloat16 where the hardware is faster at it."""
    if _multiplies_bfloat16(device):
        return torch.autocast(device.type, dtype=torch.bfloat16)
    return nullcontext()


def cuda_precision(device: torch.device) -> AbstractContextManager[object]:
    """Return a context that computes in bfloat16 on CUDA alone; elsewhere nothing changes."""
    return fast_precision(device) if device.type == "cuda" else nullcontext()


def batching_pays(device: torch.device) -> bool:
    """Return whether eight pictures at once are quicker than one after the other.

    Not on a processor without bfloat16: there, arithmetic costs more than fetching the weights.
    """
    return device.type != "cpu" or _multiplies_bfloat16(device)


def _multiplies_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type == "cpu":
        # Missing in the oldest torch we support; then full precision is never wrong.
        capabilities: dict[str, object] = getattr(torch.cpu, "get_capabilities", dict)()
        return bool(capabilities.get("amx_bf16") or capabilities.get("avx512_bf16"))
    return False
