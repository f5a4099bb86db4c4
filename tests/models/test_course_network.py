"""How well the course network reads digits."""

import os

import pytest

from helpers import datasets, models

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("name", "reached"), [("course_cnn", 0.986), ("lenet", 0.99)])
def test_real_mnist_in_two_epochs(name, reached):
    if "COURSE_DATA" not in os.environ:
        pytest.skip("set COURSE_DATA to a folder that holds mnist/ to train on real MNIST")
    mnist = datasets.load("mnist")
    model, history = models.trained(name, mnist)
    assert history["epoch"][-1] == 2
    assert models.accuracy(model, mnist.test) >= reached


def test_the_embedded_digits():
    digits = datasets.load("digits")
    model, _ = models.trained("course_cnn", digits)
    assert models.accuracy(model, digits.test) >= 0.95
