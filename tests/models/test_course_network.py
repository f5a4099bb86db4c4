"""How well the course network reads digits."""

import os

import pytest

from helpers import datasets, models

pytestmark = pytest.mark.slow


def test_real_mnist_in_ten_epochs():
    if "COURSE_DATA" not in os.environ:
        pytest.skip("set COURSE_DATA to a folder that holds mnist/ to train on real MNIST")
    mnist = datasets.load("mnist")
    model, history = models.trained("course_cnn", mnist)
    assert len(history["loss"]) <= 10
    assert models.accuracy(model, mnist.test) >= 0.986


def test_the_embedded_digits():
    digits = datasets.load("digits")
    model, _ = models.trained("course_cnn", digits)
    assert models.accuracy(model, digits.test) >= 0.95
