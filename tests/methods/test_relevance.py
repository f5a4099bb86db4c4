"""Layer-wise relevance propagation, against its formulas in NumPy."""

import keras
import numpy as np
import pytest
from keras import layers

from helpers.methods.activations import score_values
from helpers.methods.relevance import EPSILON, RULES, lrp
from helpers.models import networks
from helpers.scores import ClassScore, FilterScore

IMAGES = np.random.default_rng(0).random((3, 4, 5, 2)).astype(np.float32)


def model_of(*kinds):
    rng = np.random.default_rng(7)
    model = keras.Sequential([keras.Input(IMAGES.shape[1:]), *kinds])
    for layer in model.layers:  # with biases, and positive enough that no layer is dead
        if weights := layer.get_weights():
            spread = np.sqrt(2 / np.prod(weights[0].shape[:-1]))
            kernel = rng.normal(0.1, spread, weights[0].shape)
            layer.set_weights([kernel, rng.normal(0.1, 0.2, weights[1].shape), *weights[2:]])
    return model


def conv_matrix(kernel, bias, size):
    """A convolution, "valid", as a dense layer of flattened maps: its matrix and its biases."""
    (height, width, channels, filters), (rows, columns) = kernel.shape, size
    down, across = rows - height + 1, columns - width + 1
    matrix = np.zeros((rows, columns, channels, down, across, filters))
    for i, j in np.ndindex(down, across):
        matrix[i : i + height, j : j + width, :, i, j] = kernel
    flat = matrix.reshape(rows * columns * channels, -1)
    return flat, np.tile(bias, down * across)


def damped(total):
    """Sums, a little away from 0."""
    little = EPSILON * np.sqrt(np.mean(total**2))
    return total + np.where(total >= 0, little, -little)


def by_hand(weights, x, class_index, rules):
    """The relevance of the values `x` (n,) in a chain of dense layers with ReLUs between them."""
    inputs = [x]
    for matrix, bias in weights[:-1]:
        inputs.append(np.maximum(inputs[-1] @ matrix + bias, 0))
    matrix, bias = weights[-1]
    assert all(values.any() for values in inputs)  # no layer is dead
    relevance = np.zeros(matrix.shape[1])
    relevance[class_index] = (inputs[-1] @ matrix + bias)[class_index]
    for (matrix, bias), a, rule in zip(weights[::-1], inputs[::-1], rules[::-1], strict=True):
        products = a[:, None] * matrix
        if rule == "z+":
            products = np.maximum(products, 0)
            total = products.sum(axis=0)
            shares = np.divide(products, total, out=np.zeros_like(products), where=total != 0)
        else:  # the bias keeps its share of the whole, and the products share the rest
            total = products.sum(axis=0)
            shares = products / damped(total) * total / damped(total + bias)
        relevance = shares @ relevance
    return relevance


@pytest.mark.parametrize("rule", RULES)
def test_it_follows_the_formulas(rule):
    model = model_of(
        layers.Conv2D(3, (2, 3), activation="relu"),
        layers.Conv2D(4, 2, activation="relu"),
        layers.Flatten(),
        layers.Dense(6, activation="relu"),
        layers.Dense(3),
    )
    first, second, _, hidden, last = model.layers
    weights = [
        conv_matrix(*first.get_weights(), (4, 5)),
        conv_matrix(*second.get_weights(), (3, 3)),
        hidden.get_weights(),
        last.get_weights(),
    ]
    kinds = {
        "epsilon": ["epsilon"] * 4,
        "z+": ["z+"] * 4,
        "composite": ["z+"] * 2 + ["epsilon"] * 2,
    }
    for class_index in range(3):
        expected = np.stack(
            [by_hand(weights, x.ravel().astype(float), class_index, kinds[rule]) for x in IMAGES]
        )
        got = lrp(model, IMAGES, class_index, rule=rule)
        assert got.shape == IMAGES.shape and got.dtype == np.float32
        scale = abs(expected).max()
        np.testing.assert_allclose(got.reshape(3, -1), expected, rtol=0, atol=1e-4 * scale)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("name", ["course_cnn", "gap_cnn", "line_heads"])
def test_without_biases_it_adds_up_to_the_score(name, rule):
    keras.utils.set_random_seed(5)
    model = getattr(networks, name)()  # untrained: its biases and offsets are 0
    score = ClassScore(1, head=0) if name == "line_heads" else ClassScore(1)
    images = np.random.default_rng(1).random((3, *model.input_shape[1:])).astype(np.float32)
    found = lrp(model, images, score, rule=rule).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(found, score_values(model, images, score), rtol=0.01)


def test_a_sum_hands_back_shares_and_a_normalisation_keeps_its_offset():
    inputs = keras.Input((1, 2, 1))
    left = layers.Conv2D(1, 1, name="left")(inputs)
    right = layers.Conv2D(1, 1, name="right")(inputs)
    total = layers.BatchNormalization(name="norm", epsilon=0.0)(layers.Add()([left, right]))
    model = keras.Model(inputs, layers.Flatten()(total))
    model.get_layer("left").set_weights([np.full((1, 1, 1, 1), 3.0), np.array([0.0])])
    model.get_layer("right").set_weights([np.full((1, 1, 1, 1), -1.0), np.array([1.0])])
    model.get_layer("norm").set_weights([np.array([x]) for x in (2.0, 5.0, 0.0, 1.0)])
    image = np.array([2.0, 4.0], np.float32).reshape(1, 1, 2, 1)
    # 2 · (3 · 2 + (1 − 2)) + 5 = 15. Of it 10 come from the sum 5: 12 from the left summand, and −2
    # from the right one, −1, of which the image has −2 and the bias 1.
    got = lrp(model, image, 0, rule="epsilon").ravel()
    np.testing.assert_allclose(got, [12 - 4, 0], rtol=1e-3, atol=1e-5)


def test_a_filter_can_be_explained():
    model = model_of(layers.Conv2D(3, 2, activation="relu", name="maps"), layers.Flatten())
    found = lrp(model, IMAGES, FilterScore("maps", 1), rule="z+").sum(axis=(1, 2, 3))
    values = score_values(model, IMAGES, FilterScore("maps", 1))
    assert (found > 0).all() and (found <= values * 1.001).all()


def test_bad_input_is_named():
    model = model_of(layers.Conv2D(3, 2, activation="relu"), layers.Flatten(), layers.Dense(2))
    with pytest.raises(ValueError, match="rule is 'gamma'; choose 'composite', 'epsilon', 'z\\+'"):
        lrp(model, IMAGES, 0, rule="gamma")
    strange = model_of(layers.Conv2D(3, 2), layers.Softmax(), layers.Flatten(), layers.Dense(2))
    with pytest.raises(ValueError, match="computes Softmax, for which relevance has no rule: use"):
        lrp(strange, IMAGES, 0)
