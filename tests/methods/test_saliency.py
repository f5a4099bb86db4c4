"""Gradients at the image against differences and hand-written passes, in NumPy and float64."""

import warnings
from functools import cache

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from helpers.methods import saliency
from helpers.methods.activations import score_values
from helpers.methods.cam import grad_cam
from helpers.methods.saliency import (
    deconvnet,
    gradient,
    gradient_times_input,
    guided_backprop,
    guided_grad_cam,
    integrated_gradients,
    over_channels,
    smooth_grad,
)
from helpers.scores import ClassScore, FilterScore, UnitScore

METHODS = [
    gradient,
    gradient_times_input,
    smooth_grad,
    integrated_gradients,
    guided_backprop,
    guided_grad_cam,
    deconvnet,
]
RNG = np.random.default_rng(0)
IMAGES = RNG.normal(0, 1, (4, 5, 7, 2)).astype(np.float32)

# One network, in NumPy and as seven Keras models: two convolutions, (2, 3) and (2, 2), each with
# a ReLU behind it, and three classes. No two axes have the same size.
KERNELS = [RNG.normal(0, 0.7, shape) for shape in ((2, 3, 2, 3), (2, 2, 3, 4), (3 * 4 * 4, 3))]
BIASES = [RNG.uniform(-0.3, 0.3, units) for units in (3, 4, 3)]


def convolve(x, kernel):
    height, width = kernel.shape[:2]
    windows = np.lib.stride_tricks.sliding_window_view(x, (height, width), axis=(1, 2))
    return np.einsum("nijchw,hwcf->nijf", windows, kernel)


def numpy_pass(images):
    """Both maps before their ReLU, and the logits."""
    early = convolve(images.astype(float), KERNELS[0]) + BIASES[0]
    late = convolve(np.maximum(early, 0), KERNELS[1]) + BIASES[1]
    flat = np.maximum(late, 0).reshape(len(images), -1)
    return early, late, flat @ KERNELS[2] + BIASES[2]


def numpy_guided(images, c, guided=True):
    """Guided backpropagation of class c, one window after the other; else the deconvnet."""
    early, late, _ = numpy_pass(images)
    signal = np.broadcast_to(KERNELS[2][:, c].reshape(late.shape[1:]), late.shape)
    for kernel, maps in ((KERNELS[1], late), (KERNELS[0], early)):
        signal = np.where(((maps > 0) | (not guided)) & (signal > 0), signal, 0)
        height, width, channels, _ = kernel.shape
        n, h, w, _ = signal.shape
        below = np.zeros((n, h + height - 1, w + width - 1, channels))
        for i, row, column in np.ndindex(n, h, w):
            below[i, row : row + height, column : column + width] += kernel @ signal[i, row, column]
        signal = below
    return signal


def weighted(model):
    model.set_weights([part for pair in zip(KERNELS, BIASES, strict=True) for part in pair])
    return model


def convolutions(activation=None):
    return (
        layers.Conv2D(3, (2, 3), activation=activation, name="early"),
        layers.Conv2D(4, (2, 2), activation=activation, name="late"),
    )


def sequential(*parts, name="net"):
    return weighted(keras.Sequential([keras.Input((5, 7, 2)), *parts], name=name))


def ends(activation=None):
    return layers.Flatten(), layers.Dense(3, activation, name="head")


def by_argument(head=None):
    return sequential(*convolutions("relu"), *ends(head))


@cache
def shared():
    """One for all tests that leave it as it is: to trace it takes longest."""
    return by_argument()


def by_layer(rectifier=layers.ReLU):
    early, late = convolutions()
    return sequential(early, rectifier(), late, rectifier(), *ends())


def nested():
    early, late = convolutions()
    inner = keras.Sequential([keras.Input((4, 5, 3)), late, layers.ReLU()], name="inner")
    parts = [keras.Input((5, 7, 2)), early, layers.Activation("relu"), inner]
    return sequential(keras.Sequential(parts, name="backbone"), *ends())


def functional():
    x = inputs = keras.Input((5, 7, 2))
    for conv in convolutions():
        x = keras.ops.relu(conv(x))
    for layer in ends():
        x = layer(x)
    return weighted(keras.Model(inputs, [x]))


class Own(keras.Model):
    def __init__(self, rectify=tf.nn.relu):
        super().__init__(name="own")
        self.convolutions, self.ends, self.rectify = convolutions(), ends(), rectify

    def call(self, x):
        for conv in self.convolutions:
            x = self.rectify(conv(x))
        for layer in self.ends:
            x = layer(x)
        return x


def subclassed(rectify=tf.nn.relu):
    model = Own(rectify)
    model(IMAGES)
    return weighted(model)


RELUS = {
    "argument": by_argument,
    "before a softmax": lambda: by_argument("softmax"),
    "ReLU layer": by_layer,
    "Activation layer": lambda: by_layer(lambda: layers.Activation("relu")),
    "nested": nested,
    "functional, an operation": functional,
    "subclassed": subclassed,
}


@pytest.fixture(scope="module", params=RELUS.values(), ids=RELUS)
def any_relu(request):
    """A model of each kind, shared like that."""
    return request.param()


def reloaded(model, path):
    model.save(path)
    return keras.models.load_model(path)


# The gradient


def test_the_gradient_against_differences(any_relu):
    step = 1e-6 * np.eye(IMAGES[0].size).reshape(-1, *IMAGES.shape[1:])
    for c in range(3):
        expected = [
            (numpy_pass(image + step)[2] - numpy_pass(image - step)[2])[:, c] / 2e-6
            for image in IMAGES.astype(float)
        ]
        got = gradient(any_relu, IMAGES, c)
        assert (got.shape, got.dtype) == (IMAGES.shape, np.float32)
        np.testing.assert_allclose(got, np.reshape(expected, IMAGES.shape), rtol=1e-4, atol=1e-5)


def test_the_gradient_of_a_unit_is_its_kernel():
    got = gradient(by_layer(), IMAGES, UnitScore("early", (1, 3, 2)))
    expected = np.zeros(IMAGES.shape)
    expected[:, 1:3, 3:6] = KERNELS[0][..., 2]
    np.testing.assert_allclose(got, expected, rtol=1e-6)


def test_gradient_times_input():
    model = by_argument()
    expected = gradient(model, IMAGES, 1) * IMAGES
    np.testing.assert_array_equal(gradient_times_input(model, IMAGES, 1), expected)
    # Piecewise linear and without biases, the network is the sum of it.
    model.set_weights([w if w.ndim > 1 else 0 * w for w in model.get_weights()])
    total = gradient_times_input(model, IMAGES, 1).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(total, score_values(model, IMAGES, 1), rtol=1e-4, atol=1e-5)


# SmoothGrad


def test_without_noise_smooth_grad_is_the_gradient():
    model = shared()
    got = smooth_grad(model, IMAGES, 2, samples=7, noise=0)
    np.testing.assert_allclose(got, gradient(model, IMAGES, 2), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("samples", [1, 25])
def test_the_noise_is_gaussian_and_as_wide_as_a_share_of_each_images_own_range(samples):
    """Where the score is half the sum of squares, the gradient is the image, and SmoothGrad the
    image plus the mean of the noise."""

    class HalfSquares(layers.Layer):
        def call(self, x):
            return keras.ops.sum(x**2, axis=(1, 2, 3))[:, None] / 2

    model = keras.Sequential([keras.Input((60, 80, 3)), HalfSquares()])
    images = RNG.uniform(-1, 1, (2, 60, 80, 3)).astype(np.float32)
    images[1] *= 10
    shift = smooth_grad(model, images, 0, samples=samples, noise=0.2) - images
    for own, image in zip(shift, images, strict=True):
        sigma = 0.2 * np.ptp(image) / np.sqrt(samples)
        assert abs(own.mean()) < 0.03 * sigma  # of 14,400 values: about 3.6 standard errors
        assert own.std() == pytest.approx(sigma, rel=0.02)
        assert np.mean(abs(own) < sigma) == pytest.approx(0.683, abs=0.015)


def test_the_same_seed_gives_the_same_picture():
    model = shared()
    first, again, other = (
        smooth_grad(model, IMAGES, 0, samples=5, seed=seed) for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first, again)
    assert abs(first - other).max() > 0.01


# Integrated gradients


def test_integrated_gradients_by_hand():
    """Half of the way from 0 to 1 the ReLU is silent."""
    model = keras.Sequential([keras.Input((1, 2, 1)), layers.Flatten(), layers.Dense(1, "relu")])
    model.set_weights([np.array([[3.0], [1.0]]), np.array([-2.0])])
    image = np.array([1, 1], np.float32).reshape(1, 1, 2, 1)
    assert gradient(model, image, 0).ravel().tolist() == [3, 1]
    got = integrated_gradients(model, image, 0, steps=10).ravel()
    np.testing.assert_allclose(got, [1.5, 0.5], rtol=1e-6)  # together 2, as is the score
    backwards = integrated_gradients(model, 0 * image, 0, baseline=1.0, steps=10).ravel()
    np.testing.assert_allclose(backwards, [-1.5, -0.5], rtol=1e-6)


BASELINES = {
    "number": 0.3,
    "image": IMAGES[2] / 2,
    "one for each image": IMAGES[::-1],
}


@pytest.mark.parametrize("baseline", BASELINES.values(), ids=BASELINES)
def test_integrated_gradients_are_complete(baseline):
    early, late = convolutions("tanh")  # smooth, so that few steps will do
    model = sequential(early, late, *ends("softmax"))
    start = np.broadcast_to(np.asarray(baseline, np.float32), IMAGES.shape)
    expected = score_values(model, IMAGES, 1) - score_values(model, start, 1)
    assert abs(expected).max() > 0.1
    got = integrated_gradients(model, IMAGES, 1, baseline=baseline, steps=200)
    np.testing.assert_allclose(got.sum(axis=(1, 2, 3)), expected, atol=2e-4)


def test_more_steps_come_closer_to_completeness_through_relus():
    """Along the way the slope of the score jumps at each ReLU. Of a jump the midpoint rule misses
    at most half a step."""
    model = shared()
    way = np.linspace(0, 1, 5001)[:, None, None, None]
    scores = np.stack([numpy_pass(way * image)[2][:, 1] for image in IMAGES])
    jumps = abs(np.diff(scores, n=2) * 5000).sum(axis=1)
    for steps in (1, 20, 1000):
        total = integrated_gradients(model, IMAGES, 1, steps=steps).sum(axis=(1, 2, 3))
        gap = abs(total - (scores[:, -1] - scores[:, 0]))
        assert (gap <= jumps / (2 * steps) + 1e-5).all()
    assert gap.max() < 0.01 * abs(scores[:, -1] - scores[:, 0]).max()


def kinked():
    """A ReLU that begins to answer late on the way: score 0.095 at 1, 0 up to 0.905."""
    model = keras.Sequential([keras.Input((1, 1, 1)), layers.Flatten(), layers.Dense(1, "relu")])
    model.set_weights([np.array([[1.0]]), np.array([-0.905])])
    return model, np.ones((1, 1, 1, 1), np.float32)


def test_integrated_gradients_take_more_steps_until_they_are_complete():
    model, image = kinked()
    [score] = score_values(model, image, 0)
    few = integrated_gradients(model, image, 0, steps=50).sum()
    assert abs(few - score) > 0.02 * score
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        enough = integrated_gradients(model, image, 0).sum()
    assert abs(enough - score) <= 0.01 * score


def test_integrated_gradients_say_how_far_from_complete_they_are():
    model, image = kinked()
    model.set_weights([np.array([[1.0]]), np.array([-0.9999])])
    told = r"add up to 0, and the score differs by 0.0001 \(steps=800\). Give more steps"
    with pytest.warns(UserWarning, match=told):
        assert integrated_gradients(model, image, 0).sum() == 0


def test_where_much_cancels_out_the_sum_may_be_off_by_little():
    """By 1 % of the difference of the scores, or by 1/1,000 of all shares, here 0.02."""
    found = np.array([[[[10.0]], [[-9.8]]]])
    for difference, incomplete in ((0.215, []), (0.185, []), (0.225, [0]), (0.175, [0])):
        assert saliency._incomplete(found, np.array([difference])).tolist() == incomplete
    found = np.array([[[[10.0]], [[-6.0]]]])
    for difference, incomplete in ((4.03, []), (4.05, [0]), (3.95, [0])):
        assert saliency._incomplete(found, np.array([difference])).tolist() == incomplete


def test_only_the_incomplete_images_are_refined():
    model, image = kinked()
    images = np.concatenate([image, 3 * image, 0 * image])
    got = integrated_gradients(model, images, 0)
    alone = [integrated_gradients(model, one[None], 0)[0] for one in images]
    np.testing.assert_array_equal(got, alone)


# Guided backpropagation


def test_guided_backprop_against_a_pass_in_numpy(any_relu):
    for c in range(3):
        expected = numpy_guided(IMAGES, c)
        assert (abs(expected).max(axis=(1, 2, 3)) > 0.01).all()
        got = guided_backprop(any_relu, IMAGES, c)
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5)
        assert abs(got - gradient(any_relu, IMAGES, c)).max() > 0.1


def test_the_deconvnet_against_a_pass_in_numpy(any_relu):
    for c in range(3):
        expected = numpy_guided(IMAGES, c, guided=False)
        got = deconvnet(any_relu, IMAGES, c)
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5)
        for other in (gradient, guided_backprop):
            assert abs(got - other(any_relu, IMAGES, c)).max() > 0.1


def test_guided_backprop_and_the_deconvnet_by_hand():
    """h1 = ReLU(a − b), h2 = ReLU(b + c), score 2 h1 − 3 h2."""
    parts = [layers.Flatten(), layers.Dense(2, "relu"), layers.Dense(1)]
    model = keras.Sequential([keras.Input((1, 3, 1)), *parts])
    hidden = np.array([[1, 0], [-1, 1], [0, 1.0]])
    model.set_weights([hidden, np.zeros(2), np.array([[2], [-3.0]]), np.zeros(1)])
    images = np.array([[2, 1, 1], [1, 2, 1]], np.float32).reshape(2, 1, 3, 1)
    assert gradient(model, images, 0).reshape(2, 3).tolist() == [[2, -5, -3], [0, -3, -3]]
    # What reaches h2 is negative and stops there; in the second image h1 is silent.
    assert guided_backprop(model, images, 0).reshape(2, 3).tolist() == [[2, -2, 0], [0, 0, 0]]
    assert deconvnet(model, images, 0).reshape(2, 3).tolist() == [[2, -2, 0], [2, -2, 0]]


def test_a_relu6_is_silent_above_6_as_well():
    parts = [layers.ReLU(6), layers.Flatten(), layers.Dense(1)]
    model = keras.Sequential([keras.Input((1, 4, 1)), *parts])
    model.set_weights([np.array([[1], [1], [1], [-1.0]]), np.zeros(1)])
    image = np.array([-1, 3, 7, 3], np.float32).reshape(1, 1, 4, 1)
    assert gradient(model, image, 0).ravel().tolist() == [0, 1, 0, -1]
    assert guided_backprop(model, image, 0).ravel().tolist() == [0, 1, 0, 0]
    assert deconvnet(model, image, 0).ravel().tolist() == [1, 1, 1, 0]


@pytest.mark.parametrize("model", RELUS.values(), ids=RELUS)
@pytest.mark.parametrize("fails", [False, True])
def test_guided_backprop_leaves_the_model_as_it_was(model, fails):
    model = model()

    def state():
        inner = model._flatten_layers()
        activations = [getattr(layer, "activation", None) for layer in inner]
        return activations, [layer.call.__func__ for layer in inner], sorted(vars(model))

    plain = gradient(model, IMAGES, 1)  # compiled before, and used again after
    weights, outputs = model.get_weights(), model.predict(IMAGES, verbose=0)
    before, config = state(), [layer.get_config() for layer in model.layers]
    if fails:
        with pytest.raises(IndexError, match="no class 3: choose from 0 to 2"):
            guided_backprop(model, IMAGES, 3)
    else:
        guided_backprop(model, IMAGES, 1)
    assert state() == before
    assert [layer.get_config() for layer in model.layers] == config
    for now, then in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(now, then)
    np.testing.assert_array_equal(model.predict(IMAGES, verbose=0), outputs)
    np.testing.assert_array_equal(gradient(model, IMAGES, 1), plain)
    model._inside_cnns.clear()  # and compiled anew
    np.testing.assert_array_equal(gradient(model, IMAGES, 1), plain)


def test_guided_backprop_refuses_where_it_would_be_the_plain_gradient():
    for method, name in ((guided_backprop, "guided backprop"), (deconvnet, "the deconvnet")):
        expected = rf"'net' has no ReLU, at which {name} masks gradients: use gradient"
        with pytest.raises(ValueError, match=expected):
            method(sequential(*convolutions("gelu"), *ends()), IMAGES, 0)
    hidden = subclassed(tf.function(lambda x: tf.nn.relu(x)))
    with pytest.raises(ValueError, match=r"'own' has a ReLU inside a tf\.function.*use gradient"):
        guided_backprop(hidden, IMAGES, 0)
    np.testing.assert_allclose(
        gradient(hidden, IMAGES, 0), gradient(by_argument(), IMAGES, 0), rtol=1e-5, atol=1e-6
    )


def test_guided_grad_cam():
    model = by_argument("softmax")
    got = guided_grad_cam(model, IMAGES, 1, layer="early")
    where = grad_cam(model, IMAGES, 1, layer="early")
    np.testing.assert_allclose(
        got, numpy_guided(IMAGES, 1) * where[..., None], rtol=1e-3, atol=1e-5
    )
    assert abs(got).max() > 0 and (where == 0).any()
    default = guided_grad_cam(model, IMAGES, 1)
    np.testing.assert_array_equal(default, guided_grad_cam(model, IMAGES, 1, layer="late"))


# Maps


def test_over_channels():
    attributions = np.array([[[[1, -3], [2, 2]]], [[[0, 0], [-1, 0]]]])
    assert over_channels(attributions).tolist() == [[[-2, 4]], [[0, -1]]]
    assert over_channels(attributions, "max").tolist() == [[[3, 2]], [[0, 1]]]
    assert over_channels(attributions).dtype == np.float32
    with pytest.raises(ValueError, match="how is 'mean'; choose 'sum' or 'max'"):
        over_channels(attributions, "mean")
    with pytest.raises(ValueError, match=r"got shape \(1, 2, 2\); .* write attributions\[None\]"):
        over_channels(attributions[0])


# Many images, and memory


@pytest.mark.parametrize("method", METHODS)
def test_images_do_not_mix_whatever_the_batch(method, monkeypatch):
    model, sizes = shared(), []
    alone = np.concatenate([method(model, image[None], 2) for image in IMAGES])
    compiled = saliency.graph.compiled_score

    def counting(*args):
        run = compiled(*args)
        return lambda batch: (sizes.append(len(batch)), run(batch))[1]

    monkeypatch.setattr(saliency.graph, "compiled_score", counting)
    for batch_size in (1, 3, 100):
        sizes.clear()
        got = method(model, IMAGES, 2, batch_size=batch_size)
        np.testing.assert_allclose(got, alone, rtol=1e-4, atol=1e-5)
        assert 0 < max(sizes) <= batch_size


def test_one_trace_serves_all_classes_and_all_that_is_made_of_gradients():
    model = by_argument()
    for method in (gradient, gradient_times_input, smooth_grad):
        for score in (0, np.int64(1), ClassScore(2)):
            method(model, IMAGES, score)
    assert len(model._inside_cnns) == 1
    for score in (0, np.int64(1), ClassScore(2)):
        integrated_gradients(model, IMAGES, score)
    assert len(model._inside_cnns) == 2  # and the score itself, with which the sum is compared


# Models that somebody else saved


@cache
def explained(method):
    """What a method says of the network without a softmax."""
    return method(shared(), IMAGES, 1)


@pytest.mark.parametrize("saved", ["net.keras", "net.h5", None])
@pytest.mark.parametrize("head", ["softmax", "Softmax layer", None])
def test_the_logit_is_explained_whatever_the_end_and_the_file(saved, head, tmp_path):
    if head == "Softmax layer":
        model = sequential(*convolutions("relu"), *ends(), layers.Softmax())
    else:
        model = by_argument(head)
    if saved:
        model = reloaded(model, tmp_path / saved)
    for method in METHODS:
        got = method(model, IMAGES, 1)
        np.testing.assert_allclose(
            got, explained(method), rtol=1e-4, atol=1e-6, err_msg=method.__name__
        )


@pytest.mark.parametrize("kind", ["list", "dict"])
def test_several_heads_one_of_them_a_sigmoid_unit(kind):
    keras.utils.set_random_seed(6)
    inputs = keras.Input((5, 7, 2))
    x = layers.Flatten()(layers.Conv2D(4, 3, activation="relu", name="shared")(inputs))
    colour = layers.Dense(1, "sigmoid", name="colour")(x)
    angle = layers.Dense(6, "softmax", name="angle")(x)
    heads = [colour, angle] if kind == "list" else {"colour": colour, "angle": angle}
    model = keras.Model(inputs, heads)
    for method in METHODS:
        for head, index in (("colour", 1), ("angle", 5)):
            alone = keras.Model(inputs, {"colour": colour, "angle": angle}[head])
            got = method(model, IMAGES, ClassScore(index, head=head))
            np.testing.assert_allclose(got, method(alone, IMAGES, index), rtol=1e-4, atol=1e-6)
            assert abs(got).max() > 0
    red, blue = (ClassScore(index, head="colour") for index in (0, 1))
    np.testing.assert_array_equal(gradient(model, IMAGES, red), -gradient(model, IMAGES, blue))
    guided = [guided_backprop(model, IMAGES, score) for score in (red, blue)]
    assert abs(guided[0] + guided[1]).max() > 0  # other gradients are positive in each direction
    with pytest.raises(ValueError, match="several heads, name one of: colour, angle"):
        gradient(model, IMAGES, 0)


@pytest.mark.parametrize("method", METHODS)
def test_a_filter_and_a_sum_of_scores_can_be_explained(method):
    model = shared()
    for score in (FilterScore("late", 1), ClassScore(0) + -2 * ClassScore(1)):
        got = method(model, IMAGES, score)
        assert got.shape == IMAGES.shape and abs(got).max() > 0


@pytest.mark.parametrize("method", METHODS)
def test_a_shortcut_with_a_strided_one_by_one_convolution(method):
    # In eager mode TensorFlow 2.21 with oneDNN crashes the process here.
    inputs = keras.Input((60, 64, 1))
    body = layers.Conv2D(4, 3, padding="same", activation="relu", name="body")(inputs)
    shortcut = layers.Conv2D(8, 1, strides=2, name="shortcut")(body)
    model = keras.Model(inputs, layers.GlobalAveragePooling2D()(shortcut))
    images = np.ones((2, 60, 64, 1), np.float32)
    options = {"samples": 3} if method is smooth_grad else {}
    assert np.isfinite(method(model, images, 1, **options)).all()


@pytest.mark.parametrize("method", METHODS)
def test_images_of_any_size_in_half_precision(method):
    inputs = keras.Input((None, None, 1))
    conv = layers.Conv2D(3, 3, activation="relu", dtype="mixed_float16")(inputs)
    x = layers.GlobalAveragePooling2D(dtype="mixed_float16")(conv)
    model = keras.Model(inputs, layers.Dense(2, "softmax", dtype="float32")(x))
    for size in ((9, 14), (20, 6)):
        got = method(model, RNG.random((2, *size, 1), np.float32), 0)
        assert (got.shape, got.dtype) == ((2, *size, 1), np.float32)
        assert np.isfinite(got).all()


# What is refused


def test_wrong_settings_are_named():
    model = shared()
    for samples in (0, 2.5):
        message = rf"samples is {samples}; it must be a whole number, at least 1"
        with pytest.raises(ValueError, match=message):
            smooth_grad(model, IMAGES, 0, samples=samples)
    with pytest.raises(ValueError, match="steps is -1; it must be a whole number, at least 1"):
        integrated_gradients(model, IMAGES, 0, steps=-1)
    for noise in (-0.1, np.nan, np.inf):
        with pytest.raises(ValueError, match=f"noise is {noise}; .* 0 or more"):
            smooth_grad(model, IMAGES, 0, noise=noise)
    with pytest.raises(ValueError, match=r"shape \(7, 5, 2\); give .* of shape \(5, 7, 2\)"):
        integrated_gradients(model, IMAGES, 0, baseline=IMAGES[0].transpose(1, 0, 2))
    with pytest.raises(ValueError, match="baseline is NaN or infinite; give values"):
        integrated_gradients(model, IMAGES, 0, baseline=np.nan)


@pytest.mark.parametrize("method", METHODS)
def test_wrong_images_and_scores_are_named(method):
    model = shared()
    with pytest.raises(ValueError, match=r"got \(5, 7, 2\); for one image write images\[None\]"):
        method(model, IMAGES[0], 0)
    with pytest.raises(IndexError, match="no class 3: choose from 0 to 2"):
        method(model, IMAGES, 3)
    with pytest.raises(TypeError, match="'two' does not say what to explain"):
        method(model, IMAGES, "two")
    with pytest.raises(ValueError, match="batch_size is 0; it must be at least 1"):
        method(model, IMAGES, 0, batch_size=0)


def test_a_score_without_a_gradient_is_named():
    class Counted(layers.Layer):
        def call(self, x):
            return keras.ops.cast(keras.ops.round(x[:, 0, 0]) > 0, "float32")

    model = keras.Sequential([keras.Input((5, 7, 2)), Counted()], name="counting")
    with pytest.raises(ValueError, match=r"ClassScore\(index=0.* no gradient at .*'counting'"):
        gradient(model, IMAGES, 0)


@pytest.mark.parametrize(
    "activation",
    [
        keras.layers.PReLU(alpha_initializer="ones"),
        keras.layers.Activation("hard_silu"),
        keras.layers.Activation("hard_sigmoid"),
        keras.layers.ReLU(6, negative_slope=0.1),
    ],
    ids=["PReLU", "hard_silu", "hard_sigmoid", "sloped"],
)
def test_guided_backprop_refuses_what_only_looks_like_a_relu(activation):
    model = keras.Sequential(
        [
            keras.Input((3, 4, 1)),
            keras.layers.Conv2D(2, 2, activation="relu"),
            activation,
            keras.layers.Flatten(),
            keras.layers.Dense(2),
        ]
    )
    with pytest.raises(ValueError, match="is no ReLU, but is computed out of ReLUs"):
        saliency.guided_backprop(model, np.ones((1, 3, 4, 1), np.float32), 0)
