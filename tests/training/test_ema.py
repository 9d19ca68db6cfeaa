import torch
from torch import nn

from lipflap.training.ema import Average


def test_the_average_is_the_weighted_mean_that_the_recursion_unrolls_to() -> None:
    network = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(network.weight)
    average = Average(network, decay=0.5)
    values, expected = [1.0, 2.0, 3.0, 4.0], 0.0
    for count, value in enumerate(values, start=1):
        nn.init.constant_(network.weight, value)
        average.update(network)
        keep = min(0.5, (1 + count) / (10 + count))
        expected = keep * expected + (1 - keep) * value
    assert torch.isclose(average.network.weight.squeeze(), torch.tensor(expected))


def test_the_average_does_not_learn_and_leaves_the_network_alone() -> None:
    network = nn.Linear(2, 2)
    before = network.weight.detach().clone()
    average = Average(network, decay=0.9)
    average.update(network)
    assert not any(p.requires_grad for p in average.network.parameters())
    assert torch.equal(network.weight, before)
