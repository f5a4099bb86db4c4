"""The small networks of the checks: NumPy computes what Keras does."""

import numpy as np
import pytest

from helpers.checks.drawn import NumpyModel, branched_network, misnamed_network
from helpers.checks.networks import keras_model, numpy_outputs


@pytest.mark.parametrize("shape", [(8, 10, 1), (7, 9, 2)])
@pytest.mark.parametrize(
    ("draw", "merge"),
    [
        (branched_network, "add"),
        (branched_network, "concatenate"),
        (misnamed_network, ""),
        (misnamed_network, "add"),
        (misnamed_network, "concatenate"),
    ],
)
def test_layers_have_the_same_order_and_outputs(draw, merge, shape):
    import keras

    rng = np.random.default_rng(0)
    network, images = draw(rng, shape, merge), rng.normal(0, 1, (3, *shape)).astype(np.float32)
    model, expected = keras_model(network), numpy_outputs(network, images)
    layers = model.layers[1:]
    assert [layer.name for layer in layers] == [
        layer.name for layer in NumpyModel(network).layers[1:]
    ]
    found = keras.Model(model.inputs[0], [layer.output for layer in layers])(images)
    for layer, output in zip(layers, found, strict=True):
        np.testing.assert_allclose(output, expected[layer.name], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("draw", [branched_network, misnamed_network])
def test_a_branch_gives_negative_values_which_a_relu_would_hide(draw):
    rng = np.random.default_rng(0)
    network = draw(rng, (8, 10, 1), "add")
    outputs = numpy_outputs(network, rng.normal(0, 1, (3, 8, 10, 1)))
    linear = [spec["name"] for spec in network["layers"] if spec.get("activation") == "linear"]
    assert linear
    assert all((outputs[name] < 0).any() for name in linear)
