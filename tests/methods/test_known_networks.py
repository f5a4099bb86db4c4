"""The methods on networks the world knows: small and random, and one trained on photographs."""

import os
from functools import cache

import keras
import numpy as np
import pytest

from helpers import datasets, models
from helpers.methods import saliency
from helpers.methods.activations import layer_activations, sparsity
from helpers.methods.cam import cam, grad_cam, layer_cam, score_cam
from helpers.methods.maximization import progression
from helpers.methods.occlusion import occlusion_map
from helpers.methods.statistics import filter_statistics
from helpers.models import graph
from helpers.models.imagenet import SQUEEZENET_NPZ, squeezenet

RNG = np.random.default_rng(0)
BUILDERS = {
    "VGG16": (keras.applications.VGG16, 32),
    "ResNet50": (
        keras.applications.ResNet50,
        64,
    ),  # even: 1×1 convolutions of stride 2 crash eagerly
    "MobileNetV2": (keras.applications.MobileNetV2, 64),
    "SqueezeNet": (squeezenet, 65),
}
WITH_CAM = ("ResNet50", "MobileNetV2")


@cache
def network(name):
    """Random, with weights so scaled that signals neither grow nor vanish on the way."""
    build, size = BUILDERS[name]
    keras.utils.set_random_seed(0)
    if name == "SqueezeNet":
        model = build(size)
    else:
        model = build(weights=None, input_shape=(size, size, 3), classes=5)
    for variable in model.trainable_weights:
        if variable.name in ("kernel", "depthwise_kernel"):
            depthwise = variable.name != "kernel"
            inputs = np.prod(variable.shape[:-2] if depthwise else variable.shape[:-1])
            variable.assign(RNG.normal(0, np.sqrt(2 / inputs), variable.shape))
        elif variable.name == "bias":
            variable.assign(RNG.normal(0.1, 0.1, variable.shape))
    return model, RNG.normal(0, 1, (2, size, size, 3)).astype(np.float32)


def logit(model, images, index):
    run = graph.compiled(model, "logits", lambda batch: graph.forward(model, batch).logits())
    return run(images).numpy()[:, index].astype(np.float64)


@pytest.mark.parametrize("name", BUILDERS)
def test_integrated_gradients_add_up_to_the_rise_of_the_logit(name):
    """So the gradients are right along the whole way from black to the image."""
    model, images = network(name)
    found = saliency.integrated_gradients(model, images[:1], 3, steps=200)
    rise = logit(model, images[:1], 3) - logit(model, 0 * images[:1], 3)
    assert abs(rise) > 1e-3
    np.testing.assert_allclose(found.sum((1, 2, 3)), rise, rtol=0.05)


@pytest.mark.parametrize("name", BUILDERS)
def test_guided_backprop_lets_less_through_and_leaves_the_network_as_it_was(name):
    model, images = network(name)
    before = logit(model, images, 3)
    guided = saliency.guided_backprop(model, images, 3)
    plain = saliency.gradient(model, images, 3)
    assert guided.shape == images.shape and np.abs(guided).max() > 0
    assert np.corrcoef(guided.ravel(), plain.ravel())[0, 1] < 0.99
    np.testing.assert_array_equal(logit(model, images, 3), before)
    np.testing.assert_array_equal(saliency.gradient(model, images, 3), plain)


@pytest.mark.parametrize("name", BUILDERS)
def test_the_layer_that_grad_cam_takes_by_itself_has_a_map_of_the_image(name):
    model, images = network(name)
    found = grad_cam(model, images, 3, signed=True)
    assert found.shape == images.shape[:3] and found.dtype == np.float32
    assert (np.abs(found).max(axis=(1, 2)) > 0).all()
    if name in WITH_CAM:  # Grad-CAM is CAM there, up to the number of places
        ratio = cam(model, images, 3, signed=True) / found
        np.testing.assert_allclose(ratio, np.median(ratio), rtol=1e-2)
    elif name == "VGG16":
        with pytest.raises(ValueError, match="no GlobalAveragePooling2D layer: use grad_cam"):
            cam(model, images, 3)


@pytest.mark.parametrize("name", BUILDERS)
def test_layers_are_watched_however_the_network_branches(name):
    model, images = network(name)
    names = models.conv_layers(model)
    watched = layer_activations(model, images, names)
    direct = keras.Model(model.inputs, [model.get_layer(name).output for name in names])
    for name_, maps in zip(names, direct(images, training=False), strict=True):
        np.testing.assert_allclose(watched[name_], maps, rtol=1e-3, atol=1e-4)
    assert set(sparsity(model, images)) <= set(graph.layers(model))
    found = filter_statistics(model, images, [0, 1], layers=names[-1], classes=2)
    np.testing.assert_allclose(found[names[-1]].mean, watched[names[-1]], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", BUILDERS)
def test_occlusion_shows_what_covering_by_hand_shows(name):
    model, images = network(name)
    size = images.shape[1]
    found = occlusion_map(model, images[:1], 3, size, size, fill=0.0)
    expected = logit(model, images[:1], 3) - logit(model, 0 * images[:1], 3)
    np.testing.assert_allclose(found, np.full_like(found, expected[0]), rtol=1e-3, atol=1e-4)


# --- SqueezeNet, trained -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def trained():
    folder = os.path.join(os.environ.get("COURSE_DATA", ""), "imagenet")
    if "COURSE_DATA" not in os.environ or not os.path.isfile(os.path.join(folder, SQUEEZENET_NPZ)):
        pytest.skip("set COURSE_DATA to a folder that holds imagenet/ for a trained network")
    loaded = models.zoo("squeezenet")
    photos = datasets.load(os.path.join(folder, "photos"), size=227)
    pictures = dict(zip(photos.class_names, photos.test.images, strict=True))
    flamingo = np.rint(255 * pictures["flamingo"]).astype(np.uint8)
    return loaded, loaded.preprocess(flamingo[None]), loaded.class_names.index("flamingo")


def test_heat_maps_of_a_flamingo_agree_where_it_is(trained):
    loaded, image, flamingo = trained
    maps = {
        "grad_cam": grad_cam(loaded.model, image, flamingo),
        "layer_cam": layer_cam(loaded.model, image, flamingo),
        "score_cam": score_cam(loaded.model, image, flamingo),
        "occlusion": occlusion_map(loaded.model, image, flamingo, 45, 23),
    }
    heat = {name: np.maximum(found, 0).ravel() for name, found in maps.items()}
    for name, values in heat.items():
        assert np.corrcoef(values, heat["grad_cam"])[0, 1] > 0.5, name


def test_the_last_picture_of_the_progression_is_calmer_and_still_the_class(trained):
    loaded, _, flamingo = trained
    found = progression(
        loaded.model,
        flamingo,
        start="random",
        steps=20,
        step_size=0.06,
        input_range=loaded.preprocess.bounds,
    )
    unrest = {}
    for name, climb in found.items():
        ((best, probability),) = models.top(loaded, climb.images, k=1)[0]
        assert (best, climb.dead.any()) == ("flamingo", False) and probability > 0.9
        picture = loaded.preprocess.picture(climb.images)
        unrest[name] = np.abs(np.diff(picture, axis=1)).mean()
    assert unrest["L2, blur, clipping"] < unrest["L2"] / 2 < unrest["no regulariser"] / 2
