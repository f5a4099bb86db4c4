"""Quantus 0.6 and pytorch-grad-cam on the same maps. They are no part of the course:

    python benchmarks/peers.py metrics
    build/peers/metrics/bin/python -m pytest -p torch tests/faithfulness/test_oracles.py

PyTorch has to be imported before TensorFlow, which `-p torch` does.
"""

import sys

import keras
import numpy as np
import pytest
from keras import layers

from helpers import faithfulness
from helpers.methods import saliency
from helpers.scores import ClassScore

if "torch" not in sys.modules:
    pytest.skip("needs benchmarks/peers.py metrics, and -p torch", allow_module_level=True)
torch = sys.modules["torch"]
quantus = pytest.importorskip("quantus")
road = pytest.importorskip("pytorch_grad_cam.metrics.road")

SIZE, CLASS, CLOSE = (8, 8), 1, {"rtol": 1e-5, "atol": 1e-5}
QUIET = {"disable_warnings": True, "display_progressbar": False}
AS_IT_IS = {**QUIET, "abs": False, "normalise": False}


@pytest.fixture(scope="module")
def network():
    """The same network for TensorFlow and for PyTorch, which gives logits."""
    keras.utils.set_random_seed(3)
    parts = [layers.Conv2D(3, 3, padding="same", activation="relu"), layers.Flatten()]
    ours = keras.Sequential([keras.Input((*SIZE, 1)), *parts, layers.Dense(2)])
    kernel, offsets, weights, biases = ours.get_weights()
    theirs = torch.nn.Sequential(
        torch.nn.Conv2d(1, 3, 3, padding=1),
        torch.nn.ReLU(),
        torch.nn.Flatten(),
        torch.nn.Linear(192, 2),
    )
    by_channel = weights.reshape(*SIZE, 3, 2).transpose(3, 2, 0, 1).reshape(2, 192)
    arrays = (kernel.transpose(3, 2, 0, 1), offsets, by_channel, biases)
    with torch.no_grad():
        for parameter, array in zip(theirs.parameters(), arrays, strict=True):
            parameter.copy_(torch.from_numpy(np.ascontiguousarray(array)))
    return ours, theirs.eval()


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(4).random((5, *SIZE, 1)).astype(np.float32)


@pytest.fixture(scope="module")
def maps(network, images):
    """All values differ, so that a map has one order."""
    found = saliency.integrated_gradients(network[0], images, CLASS)[..., 0]
    assert all(len(np.unique(one)) == one.size for one in found)
    return found


def asked(metric, network, images, maps, **more):
    """What a metric of Quantus says of maps (N, H, W)."""
    labels = np.full(len(images), CLASS)
    given = {"x_batch": images.transpose(0, 3, 1, 2), "a_batch": maps[:, None], "y_batch": labels}
    return metric(model=network[1], channel_first=True, softmax=False, **given, **more)


def test_both_networks_are_the_same(network, images):
    ours, theirs = network
    with torch.no_grad():
        answers = theirs(torch.from_numpy(images.transpose(0, 3, 1, 2))).numpy()
    np.testing.assert_allclose(ours(images), answers, rtol=1e-5, atol=1e-6)


def test_deletion_is_pixel_flipping(network, images, maps):
    """Pixel flipping leaves out the first point, which is the image as it is."""
    options = {"steps": 16, "probability": False}
    flipping = quantus.PixelFlipping(features_in_step=4, perturb_baseline=0.0, **AS_IT_IS)
    theirs = np.array(asked(flipping, network, images, maps))
    ours = faithfulness.deletion_curves(network[0], images, maps, CLASS, **options)
    np.testing.assert_allclose(ours[:, 1:], theirs, **CLOSE)
    # What is put back first is what the map turned round deletes last.
    backwards = np.array(asked(flipping, network, images, -maps))[:, ::-1]
    ours = faithfulness.insertion_curves(network[0], images, maps, CLASS, **options)
    np.testing.assert_allclose(ours[:, :-1], backwards, **CLOSE)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_what_is_missing_is_guessed_as_both_others_guess_it(images, share):
    rng = np.random.default_rng(7)
    image = rng.random((3, *SIZE)).astype(np.float32)
    missing = rng.random(SIZE) < share
    ours = faithfulness.impute(image.transpose(1, 2, 0), missing).transpose(2, 0, 1)
    imputer = road.NoisyLinearImputer(noise=0)
    theirs = imputer(torch.from_numpy(image), torch.from_numpy(np.float32(~missing))).numpy()
    np.testing.assert_allclose(ours, theirs, **CLOSE)
    indices = np.flatnonzero(missing)
    flat = quantus.functions.perturb_func.noisy_linear_imputation(image, indices, noise=0)
    np.testing.assert_allclose(ours, flat, **CLOSE)


def test_road_is_that_of_pytorch_grad_cam(network, images, maps):
    """Theirs is the change of the score. A percentile of 75 removes a quarter of 64 pixels."""
    curves = faithfulness.road_curves(
        network[0], images, maps, CLASS, steps=4, noise=0, probability=False
    )

    def logit(answer):
        return answer[CLASS]

    for k in (1, 2, 3):
        metric = road.ROADMostRelevantFirst(percentile=100 - 25 * k)
        metric.perturbation.imputer.noise = 0
        given = torch.from_numpy(images.transpose(0, 3, 1, 2)), maps, [logit] * len(maps)
        changes = metric(*given, network[1])
        np.testing.assert_allclose(curves[:, k] - curves[:, 0], changes, **CLOSE)


def test_road_is_that_of_quantus_which_asks_for_the_class_alone(network, images, maps):
    options = {"percentages": [25, 50, 75], "noise": 0.0, **AS_IT_IS, "return_aggregate": False}
    metric = quantus.ROAD(**options)
    theirs = asked(metric, network, images, maps)
    lead = ClassScore(CLASS) + -1 * ClassScore(1 - CLASS)
    curves = faithfulness.road_curves(network[0], images, maps, lead, steps=4, noise=0)[:, 1:]
    np.testing.assert_allclose((curves > 0).mean(axis=0), [theirs[p] for p in (25, 50, 75)])


def test_the_pointing_game_is_the_same_but_for_a_map_with_several_peaks(network, images, maps):
    masks = np.zeros(maps.shape, bool)
    masks[:, 2:6, 1:5] = True
    game = quantus.PointingGame(**AS_IT_IS)
    theirs = asked(game, network, images, maps, s_batch=masks[:, None])
    assert faithfulness.pointing_game(maps, masks).tolist() == list(map(bool, theirs))
    # Of several highest pixels one inside is enough there. Here all have to lie inside.
    half = np.broadcast_to(np.arange(SIZE[1]) < 4, maps.shape).astype(float)
    assert all(asked(game, network, images, half, s_batch=masks[:, None]))
    assert not faithfulness.pointing_game(half, masks).any()


def test_mass_is_relevance_mass_accuracy(network, images, maps):
    masks = np.zeros(maps.shape, bool)
    masks[:, 2:6, 1:5] = True
    metric = quantus.RelevanceMassAccuracy(**{**AS_IT_IS, "abs": True})
    theirs = asked(metric, network, images, maps, s_batch=masks[:, None])
    np.testing.assert_allclose(faithfulness.mass_inside(maps, masks), theirs, **CLOSE)


def tiles(side):
    """Tiles of a grid, each with all those before it, as Quantus covers them."""
    found = []
    for row in range(0, SIZE[0], side):
        for column in range(0, SIZE[1], side):
            mask = np.zeros(SIZE, bool) if not found else found[-1].copy()
            mask[row : row + side, column : column + side] = True
            found.append(mask)
    return np.stack(found)


def test_infidelity_is_the_same_once_the_map_has_the_unit_that_suits_it_best(network, images, maps):
    """Quantus takes a gradient and multiplies it by the change, and does not look for a unit."""
    masks = tiles(4)
    drops = faithfulness.drops(network[0], images, CLASS, masks)
    sums = np.einsum("nhw,mhw->nm", maps, masks)
    units = (sums * drops).sum(axis=1) / (sums**2).sum(axis=1)
    gradients = units[:, None, None] * maps / images[..., 0]
    metric = quantus.Infidelity(
        perturb_patch_sizes=[4], n_perturb_samples=1, perturb_baseline=0.0, **AS_IT_IS
    )
    theirs = asked(metric, network, images, gradients)
    np.testing.assert_allclose(faithfulness.infidelity(maps, masks, drops), theirs, **CLOSE)


def test_max_sensitivity_is_the_same_for_the_same_noise(network, images):
    def explained(model=None, inputs=None, targets=None, **_):
        some = np.asarray(inputs, np.float32).transpose(0, 2, 3, 1)
        return saliency.gradient_times_input(network[0], some, CLASS)[..., 0][:, None]

    rng = np.random.default_rng(6)

    def moved(arr, **_):
        return arr + rng.uniform(-0.1, 0.1, images.shape).astype(arr.dtype).reshape(arr.shape)

    metric = quantus.MaxSensitivity(nr_samples=4, perturb_func=moved, **AS_IT_IS)
    theirs = asked(
        metric,
        network,
        images,
        explained(inputs=images.transpose(0, 3, 1, 2))[:, 0],
        explain_func=explained,
    )
    ours = faithfulness.max_sensitivity(
        network[0],
        images,
        CLASS,
        lambda model, some, score: saliency.gradient_times_input(model, some, score)[..., 0],
        radius=0.1,
        samples=4,
        seed=6,
    )
    np.testing.assert_allclose(ours, theirs, **CLOSE)


def test_sensitivity_n_of_quantus_is_another_measure(images):
    """The shares of a linear network are perfect by the paper's definition: the correlation is 1
    for each image. Quantus compares the sum over one set with the drop after all sets so far, and
    takes the correlation over the images."""
    found = faithfulness.known.known("sum", count=6)
    truth = found.contributions
    masks = faithfulness.random_subsets(SIZE, 16, 50)
    drops = faithfulness.drops(found.model, found.images, CLASS, masks)
    np.testing.assert_allclose(faithfulness.sensitivity_n(truth, masks, drops), 1, rtol=1e-5)
    weights = torch.nn.Linear(64, 2)
    with torch.no_grad():
        weights.weight.zero_()
        weights.weight[1] = torch.from_numpy(truth[0].ravel() / found.images[0].ravel())
    linear = torch.nn.Sequential(torch.nn.Flatten(), weights).eval()
    metric = quantus.SensitivityN(
        features_in_step=2,
        n_max_percentage=0.5,
        perturb_baseline=0.0,
        **AS_IT_IS,
        return_aggregate=False,
    )
    theirs = asked(metric, (None, linear), found.images, truth)
    assert np.nanmin(theirs) < 0.9
