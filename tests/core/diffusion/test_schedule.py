import pytest
import torch

from lipflap.core.diffusion.schedule import alpha_sigma, log_snr, sampling_times


def test_signal_and_noise_always_have_unit_power() -> None:
    alpha, sigma = alpha_sigma(torch.linspace(0, 1, 101, dtype=torch.float64))
    assert torch.allclose(alpha**2 + sigma**2, torch.ones(101, dtype=torch.float64))


def test_log_snr_is_the_logarithm_of_the_power_ratio_and_stays_finite_at_the_ends() -> None:
    t = torch.tensor([0.25, 0.5, 0.75])
    expected = torch.log(1 / torch.tan(t * torch.pi / 2) ** 2)
    assert torch.allclose(log_snr(t), expected, atol=1e-5)
    assert log_snr(torch.tensor([0.0, 1.0])).tolist() == [15.0, -15.0]


def test_sampling_starts_at_pure_noise_and_ends_clean() -> None:
    times = sampling_times(4)
    assert (times[0], times[-1], len(times)) == (1.0, 0.0, 5)
    assert times == sorted(times, reverse=True)
    with pytest.raises(ValueError, match="at least one step"):
        sampling_times(0)
