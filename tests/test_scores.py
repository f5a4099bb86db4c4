"""A score turns a network's outputs into one number per image."""

import numpy as np
import pytest

from helpers.methods.activations import layer_activations, score_values
from helpers.scores import ClassScore, FilterScore, Score, UnitScore, as_score


@pytest.fixture
def images():
    return np.random.default_rng(0).random((5, 8, 6, 2)).astype(np.float32)


@pytest.fixture(scope="module")
def model():
    """H ≠ W, two channels, four classes, no final activation."""
    import keras

    keras.utils.set_random_seed(1)
    return keras.Sequential(
        [
            keras.Input((8, 6, 2)),
            keras.layers.Conv2D(3, 3, activation="relu", name="conv"),
            keras.layers.Flatten(),
            keras.layers.Dense(4, name="logits"),
        ]
    )


def test_a_class_score_is_a_logit(model, images):
    logits = model.predict(images, verbose=0)
    np.testing.assert_allclose(score_values(model, images, 2), logits[:, 2], rtol=1e-5)


def test_a_filter_score_is_the_mean_of_its_map(model, images):
    maps = layer_activations(model, images, ["conv"])["conv"]
    got = score_values(model, images, FilterScore("conv", 1))
    np.testing.assert_allclose(got, maps[..., 1].mean(axis=(1, 2)), rtol=1e-5)


def test_a_unit_score_is_one_unit(model, images):
    outputs = layer_activations(model, images, ["conv", "logits"])
    got = score_values(model, images, UnitScore("conv", (4, 1, 2)))
    np.testing.assert_allclose(got, outputs["conv"][:, 4, 1, 2], rtol=1e-5)
    got = score_values(model, images, UnitScore("logits", 3))
    np.testing.assert_allclose(got, outputs["logits"][:, 3], rtol=1e-5)


def test_scores_add_and_scale(model, images):
    conv = FilterScore("conv", 0)
    got = score_values(model, images, 2 * ClassScore(1) + conv * -0.5 + conv)
    one, two = score_values(model, images, 1), score_values(model, images, conv)
    np.testing.assert_allclose(got, 2 * one + 0.5 * two, rtol=1e-4, atol=1e-6)
    assert (ClassScore(1) + conv + conv).layers == ("conv",)


def test_a_bare_integer_is_a_class(model):
    assert as_score(3) == as_score(np.int64(3)) == ClassScore(3)
    for nonsense in ("3", 3.0, None, True):
        with pytest.raises(TypeError, match="does not say what to explain"):
            as_score(nonsense)
    with pytest.raises(TypeError):
        ClassScore(1) + 1
    with pytest.raises(TypeError):
        ClassScore(1) * ClassScore(1)


@pytest.mark.parametrize(
    ("score", "message"),
    [
        (ClassScore(4), "no class 4: choose from 0 to 3"),
        (ClassScore(-1), "no class -1"),
        (FilterScore("conv", 3), "no filter of layer 'conv' 3: choose from 0 to 2"),
        (UnitScore("conv", (6, 0, 0)), "axis 1 of layer 'conv' 6: choose from 0 to 5"),
        (UnitScore("conv", 2), "needs 3 indices"),
        (FilterScore("cnv", 0), "has no layer 'cnv'. Did you mean 'conv'?"),
        (ClassScore(0, head="angle"), "no head 'angle'"),
    ],
)
def test_what_does_not_exist_is_named(model, images, score, message):
    with pytest.raises((IndexError, ValueError), match=message.replace("?", r"\?")):
        score_values(model, images, score)


def test_the_base_class_is_no_score(model, images):
    with pytest.raises(NotImplementedError):
        score_values(model, images, Score())


def test_a_class_score_needs_an_output_of_classes():
    class Flat:
        def logits(self, head):
            return np.zeros(5)

    with pytest.raises(ValueError, match=r"needs an output of shape \(N, classes\)"):
        ClassScore(0)(Flat())
