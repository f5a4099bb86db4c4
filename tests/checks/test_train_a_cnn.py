"""A network is judged by what it computes, not by how it is written."""

import keras
import pytest

from helpers import checks

LAYERS = keras.layers


def build(input_shape, filters, units, classes, relu=None, end=(), reverse=False):
    x = inputs = keras.Input(input_shape)
    for size, kernel in zip(filters, (5, 5, 3), strict=True):
        x = LAYERS.Conv2D(size, kernel, padding="same", activation=relu or "relu")(x)
        x = LAYERS.MaxPooling2D()(x)
    if reverse:
        x = keras.ops.flip(x, axis=1)
    x = LAYERS.Flatten()(x)
    for layer in end:
        x = layer(x)
    x = LAYERS.Dense(units, activation="relu")(x)
    return keras.Model(inputs, LAYERS.Dense(classes, activation="softmax")(x))


def relu(x):
    return keras.activations.relu(x, max_value=6)


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"relu": relu}, "something that is no layer"),
        ({"reverse": True}, "something that is no layer"),
        ({"end": [LAYERS.Dropout(0.1)]}, "Dropout"),
        ({"end": [LAYERS.GaussianNoise(0.1)]}, "GaussianNoise"),
    ],
    ids=["its ReLU has a maximum", "maps turned round", "dropout", "noise"],
)
def test_what_changes_the_outcome_costs_a_point(settings, problem, hidden):
    result = checks.build_network(lambda *sizes: build(*sizes, **settings), hidden=hidden, seed=0)
    wrong = [line.step for line in result.lines if line.problem]
    assert wrong == ["pooling and dense layers in order"]
    assert problem in result.card()


@pytest.mark.parametrize("end", [(), [LAYERS.Activation("linear")], [LAYERS.Dropout(0)]])
def test_what_changes_nothing_costs_nothing(end):
    result = checks.build_network(lambda *sizes: build(*sizes, end=end), hidden=True, seed=0)
    assert result.earned == result.points, result.card()


@pytest.mark.parametrize("size", [None, 28])
def test_other_networks_are_described_and_none_raises(size):
    def other(input_shape, filters, units, classes):
        inputs = [keras.Input((size, size, 1)) for _ in range(2)]
        maps = [LAYERS.Conv2D(n, 3)(x) for x in inputs for n in filters]
        vectors = [LAYERS.GlobalAveragePooling2D()(x) for x in maps[:4]]
        return keras.Model(inputs[:2], LAYERS.Dense(classes)(LAYERS.Concatenate()(vectors)))

    result = checks.build_network(other, seed=0)
    assert result.earned == 0
    assert "raised" not in result.card()
