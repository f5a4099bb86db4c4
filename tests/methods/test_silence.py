"""A map that shows nothing is not passed over in silence."""

import warnings

import keras
import numpy as np
import pytest
from keras import layers

from helpers.methods import catalogue

IMAGES = np.random.default_rng(0).random((2, 8, 12, 1)).astype(np.float32)
METHODS = list(catalogue.METHODS.values())


def network(bias):
    """A network whose convolution is dead for all images where its bias is very negative."""
    keras.utils.set_random_seed(3)
    model = keras.Sequential(
        [
            keras.Input((8, 12, 1)),
            layers.Conv2D(6, 3, padding="same", activation="relu", name="l1"),
            layers.GlobalAveragePooling2D(name="gap"),
            layers.Dense(4, name="l2"),
        ]
    )
    kernel, _ = model.get_layer("l1").get_weights()
    model.get_layer("l1").set_weights([kernel, np.full(6, bias, np.float32)])
    return model


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_a_dead_network_is_told(method):
    if method.name == "deconvnet":  # goes back through a ReLU whether it is dead or not
        assert all(np.ptp(one) > 0 for one in method.maps(network(-100), IMAGES, 1))
        return
    with pytest.warns(UserWarning, match=r"shows nothing: it is 0 everywhere. \w+"):
        found = method.maps(network(-100), IMAGES, 1)
    assert not np.ptp(found)


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_of_a_living_network_nothing_is_told(method):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = method.maps(network(0.1), IMAGES, 1, signed=True)
    assert all(np.ptp(one) > 0 for one in found)


def test_one_silent_map_among_others_is_no_reason_to_warn():
    images = np.concatenate([IMAGES, 0 * IMAGES[:1]])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = catalogue.METHODS["gradient × input"].maps(network(0.1), images, 1, signed=True)
    assert not np.ptp(found[2]) and np.ptp(found[0]) > 0
