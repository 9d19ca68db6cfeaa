"""A student of one evaluation against a guided teacher of four."""

from dataclasses import replace
from pathlib import Path

import torch
from support.puppets.drawn_set import make_drawn_set

from lipflap.core.diffusion.network import MouthNetwork, NetworkShape
from lipflap.core.diffusion.sampler import paint
from lipflap.training.mouth.batch import make_batch
from lipflap.training.mouth.distil import Teacher, distil
from lipflap.training.mouth.loop import train
from lipflap.training.recipe import Recipe

SHAPE = NetworkShape(channels=(16, 32, 32), blocks=1, heads=2, cond_dim=64)
RECIPE = Recipe(
    steps=16,
    sequences=1,
    swapped=0,
    learning_rate=3e-3,
    warm_up=3,
    average=0.9,
    own_previous=0,
    sync=0,
    perceptual=0,
    adversarial=0,
)


def test_one_evaluation_of_the_student_lands_nearer_to_where_the_teacher_arrives(
    tmp_path: Path,
) -> None:
    footage = make_drawn_set(tmp_path / "set")
    network = train(footage, RECIPE, SHAPE, tmp_path / "teacher").network
    teacher = Teacher(network, steps=4, guidance=1.5)
    longer = replace(RECIPE, steps=24)
    student = distil(footage, teacher, longer, tmp_path / "student", SHAPE).network
    condition = make_batch(footage, footage.split(validates=True), RECIPE, 1).condition
    noise = torch.randn(condition.plate.shape, generator=torch.Generator().manual_seed(5))
    arrived = teacher.paint(condition, noise)

    def away(one: MouthNetwork) -> float:
        with torch.no_grad():
            return float((paint(one, condition, noise, steps=1) - arrived).square().mean())

    assert away(student) < 0.9 * away(network)
