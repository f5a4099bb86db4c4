"""The methods on networks the world knows: small and random, and one trained on photographs."""

import os
from functools import cache

import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers import datasets, models
from helpers.methods import saliency
from helpers.methods.activations import layer_activations, sparsity
from helpers.methods.cam import cam, grad_cam, layer_cam, score_cam
from helpers.methods.deconvnet import patches, project, receptive_field, strongest
from helpers.methods.invariance import invariance
from helpers.methods.inversion import invert
from helpers.methods.maximization import progression
from helpers.methods.occlusion import occlusion_map
from helpers.methods.statistics import filter_statistics
from helpers.models import graph
from helpers.models.imagenet import SQUEEZENET_NPZ, alexnet, squeezenet

BUILDERS = {
    "VGG16": (keras.applications.VGG16, 32),
    "VGG19": (keras.applications.VGG19, 32),
    "AlexNet": (alexnet, 63),
    "ResNet50": (
        keras.applications.ResNet50,
        64,
    ),  # even: 1×1 convolutions of stride 2 crash eagerly
    "MobileNetV2": (keras.applications.MobileNetV2, 64),
    "SqueezeNet": (squeezenet, 65),
}
# ResNet50's branches are MobileNetV2's, VGG19's layers VGG16's, and both cost the most.
NAMES = [
    pytest.param(name, marks=pytest.mark.full) if name in ("ResNet50", "VGG19") else name
    for name in BUILDERS
]
POOLED = {"ResNet50": "conv5_block3_out", "MobileNetV2": "out_relu"}  # behind the last convolution


@cache
def network(name):
    """A random network, with weights so scaled that signals neither grow nor vanish on the way; two
    images; and the class that the first one speaks for most, which no ReLU silences."""
    build, size = BUILDERS[name]
    rng = np.random.default_rng(0)
    keras.utils.set_random_seed(0)
    if build in (alexnet, squeezenet):
        model = build(size)
    else:
        model = build(weights=None, input_shape=(size, size, 3), classes=5)
    for variable in model.trainable_weights:
        if variable.name == "kernel":
            depthwise = "depthwise" in variable.path
            inputs = np.prod(variable.shape[:-2] if depthwise else variable.shape[:-1])
            variable.assign(rng.normal(0, np.sqrt(2 / inputs), variable.shape))
        elif variable.name == "bias":
            variable.assign(rng.normal(0.1, 0.1, variable.shape))
    images = rng.normal(0, 1, (2, size, size, 3)).astype(np.float32)
    return model, images, int(logits(model, images)[0].argmax())


def logits(model, images):
    run = graph.compiled(model, "logits", lambda batch: graph.forward(model, batch).logits())
    return run(images).numpy().astype(np.float64)


def logit(model, images, index):
    return logits(model, images)[:, index]


@pytest.mark.parametrize("name", NAMES)
def test_integrated_gradients_add_up_to_the_rise_of_the_logit(name):
    """So the gradients are right along the whole way from black to the image."""
    model, images, top = network(name)
    found = saliency.integrated_gradients(model, images[:1], top, steps=200)
    rise = logit(model, images[:1], top) - logit(model, 0 * images[:1], top)
    assert abs(rise) > 1e-3
    np.testing.assert_allclose(found.sum((1, 2, 3)), rise, rtol=0.05)


def guided(layer):
    """A copy of the layer; a ReLU in it has a gradient of its own, that of guided backprop."""
    copy = type(layer).from_config(layer.get_config())
    most = float(getattr(layer, "max_value", None) or np.inf)

    @tf.custom_gradient
    def relu(x):
        passes = (x > 0) & (x < most)
        return tf.clip_by_value(x, 0, most), lambda above: tf.where(passes & (above > 0), above, 0)

    if isinstance(layer, keras.layers.ReLU):
        return keras.layers.Activation(relu, name=layer.name)
    if getattr(layer, "activation", None) is keras.activations.relu:
        copy.activation = relu
    return copy


@pytest.mark.parametrize("name", NAMES)
def test_guided_backprop_is_the_gradient_of_guided_relus_and_leaves_the_network_as_it_was(name):
    model, images, top = network(name)
    before, plain = logit(model, images, top), saliency.gradient(model, images, top)
    found = saliency.guided_backprop(model, images, top)
    copy = keras.models.clone_model(model, clone_function=guided)
    copy.set_weights(model.get_weights())
    expected = saliency.gradient(copy, images, top)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())
    assert np.abs(found - plain).max() > 0.1 * np.abs(found).max() > 0
    np.testing.assert_array_equal(logit(model, images, top), before)
    np.testing.assert_array_equal(saliency.gradient(model, images, top), plain)


@pytest.mark.parametrize("name", NAMES)
def test_the_layer_that_grad_cam_takes_by_itself_has_a_map_of_the_image(name):
    model, images, top = network(name)
    found = grad_cam(model, images, top, signed=True)
    assert found.shape == images.shape[:3] and found.dtype == np.float32
    assert (np.abs(found).max(axis=(1, 2)) > 0).all()
    if name in POOLED:  # Grad-CAM is CAM there, up to the number of places
        behind = grad_cam(model, images, top, layer=POOLED[name], signed=True)
        other = cam(model, images, top, signed=True)
        of_one = [maps / np.abs(maps).max() for maps in (other, behind)]
        np.testing.assert_allclose(*of_one, atol=1e-4)
    elif name != "SqueezeNet":
        with pytest.raises(ValueError, match="no GlobalAveragePooling2D layer: use grad_cam"):
            cam(model, images, top)


@pytest.mark.parametrize("name", NAMES)
def test_layers_are_watched_however_the_network_branches(name):
    model, images, _ = network(name)
    names = models.conv_layers(model)
    watched = layer_activations(model, images, names)
    direct = keras.Model(model.inputs, [model.get_layer(name).output for name in names])
    for name_, maps in zip(names, direct(images, training=False), strict=True):
        np.testing.assert_allclose(watched[name_], maps, rtol=1e-3, atol=1e-4)
    assert set(sparsity(model, images)) <= set(graph.layers(model))
    found = filter_statistics(model, images, [0, 1], layers=names[-1], classes=2)
    np.testing.assert_allclose(found[names[-1]].mean, watched[names[-1]], rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_occlusion_shows_what_covering_by_hand_shows(name):
    model, images, top = network(name)
    size = images.shape[1]
    stride, patch = size // 2, -(-size // 2)  # two by two patches; of an odd side they overlap
    found = occlusion_map(model, images[:1], top, patch, stride, fill=0.0)
    drops, count = np.zeros((2, size, size))
    for row, column in np.ndindex(2, 2):
        place = tuple(slice(at, at + patch) for at in (stride * row, stride * column))
        covered = images[:1].copy()
        covered[0][place] = 0
        drops[place] += logit(model, images[:1], top) - logit(model, covered, top)
        count[place] += 1
    assert np.ptp(found) > 0.01
    np.testing.assert_allclose(found[0], drops / count, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_a_deconvnet_sends_down_to_what_the_strongest_place_sees(name):
    model, images, _ = network(name)
    first, _, third, *_ = models.conv_layers(model)
    kernel = graph.find_layer(model, first).kernel.numpy()
    for layer in (first, third):
        best = strongest(model, images, layer, k=1)
        filter = int(best.values[:, 0].argmax())
        field = receptive_field(model, layer)
        sent = project(model, images[best.images[filter]], layer, filter)
        seen = patches(sent, field, best.positions[filter])
        assert np.count_nonzero(seen) == np.count_nonzero(sent) > 0
        if layer == first:
            inside = patches(np.ones_like(sent), field, best.positions[filter])
            expected = best.values[filter, 0] * kernel[..., filter] * inside
            np.testing.assert_allclose(seen, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_an_inversion_comes_nearer_to_the_features_and_says_how_near(name):
    model, images, _ = network(name)
    layer = models.conv_layers(model)[2]
    found = invert(model, images, layer, steps=3, input_range=(-5, 5))
    sought, reached = (
        layer_activations(model, of, [layer])[layer].reshape(2, -1) for of in (images, found.images)
    )
    expected = np.linalg.norm(reached - sought, axis=1) / np.linalg.norm(sought, axis=1)
    np.testing.assert_allclose(found.errors, expected, rtol=1e-3)
    assert (found.errors < found.curves[:, 0]).all()


@pytest.mark.parametrize("name", NAMES)
def test_features_move_as_far_as_between_an_image_and_one_turned_by_hand(name):
    model, images, top = network(name)
    names = models.conv_layers(model)[:: len(models.conv_layers(model)) - 1]
    found = invariance(model, images, "rotation", [0, 90], names, classes=top)
    turned = np.rot90(images, axes=(1, 2))
    for layer in names:
        before, after = (
            layer_activations(model, of, [layer])[layer].reshape(2, -1) for of in (images, turned)
        )
        expected = np.linalg.norm(after - before, axis=1) / np.linalg.norm(before, axis=1)
        assert (expected > 0.01).all()
        got = found.distances[layer]
        np.testing.assert_allclose(got, np.stack([0 * expected, expected], 1), rtol=1e-3, atol=1e-6)
    expected = [models.predict(model, of)[:, top] for of in (images, turned)]
    np.testing.assert_allclose(found.probabilities, np.stack(expected, axis=1), rtol=1e-3)


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


@pytest.mark.full
def test_heat_maps_of_a_flamingo_resemble_that_of_grad_cam(trained):
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


@pytest.mark.full
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
