"""The outputs of layers are those of a network that is not in training."""

import keras
import pytest

from helpers import checks


def maps_of(model, images, name, training):
    return keras.Model(model.inputs[0], model.get_layer(name).output)(images, training=training)


def all_maps_of(model, images, training):
    layers = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    outputs = [layer.output for layer in layers]
    return keras.Model(model.inputs[0], outputs)(images, training=training)


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize(
    ("check", "function"), [(checks.layer_output, maps_of), (checks.conv_outputs, all_maps_of)]
)
def test_dropout_is_for_training_alone(check, function, hidden):
    for training in (False, True):
        result = check(lambda *given: function(*given, training), hidden=hidden, seed=0)  # noqa: B023
        assert (result.earned == result.points) == (not training), result.card()
