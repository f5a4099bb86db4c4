"""Activation maximization climbs: by hand, by finite differences, and on any model."""

from itertools import pairwise

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from helpers.methods import maximization
from helpers.methods.activations import score_values
from helpers.methods.maximization import Maximization, deprocess, maximize, progression
from helpers.models import graph
from helpers.scores import ClassScore, FilterScore, UnitScore

SHAPE = (4, 3, 2)  # H ≠ W, channels ≠ classes
WEIGHTS = np.random.default_rng(0).normal(size=(24, 5)).astype(np.float32)


def linear(activation=None):
    """The gradient of class c is WEIGHTS[:, c], whatever the image."""
    head = layers.Dense(5, activation=activation, use_bias=False, name="head")
    model = keras.Sequential([keras.Input(SHAPE), layers.Flatten(), head])
    head.set_weights([WEIGHTS])
    return model


def slope(c):
    gradient = WEIGHTS[:, c].reshape(SHAPE)
    return gradient / np.sqrt((gradient**2).mean())


def two_convolutions(dtype):
    """Two convolutions, whose filters all answer to grey, and a softmax."""
    relu = {"activation": "relu", "dtype": dtype}
    alive = keras.initializers.Constant(4)
    return keras.Sequential(
        [
            keras.Input((8, 6, 2), dtype=dtype),
            layers.Conv2D(4, 3, bias_initializer="ones", name="early", **relu),
            layers.MaxPooling2D(2, dtype=dtype),
            layers.Conv2D(3, 2, bias_initializer="ones", name="late", **relu),
            layers.Flatten(dtype=dtype),
            layers.Dense(7, bias_initializer=alive, name="dense", **relu),
            layers.Dense(5, activation="softmax", name="head", dtype=dtype),
        ]
    )


@pytest.fixture(scope="module")
def network():
    keras.utils.set_random_seed(1)
    return two_convolutions("float32")


MIXED = (
    ClassScore(3),
    FilterScore("late", 1),
    UnitScore("dense", 4),
    FilterScore("early", 2),
    ClassScore(0) + -0.5 * FilterScore("early", 0),
    UnitScore("early", (5, 1, 3)),
    ClassScore(0),
    FilterScore("early", 0),
    FilterScore("dense", 2),
)


@pytest.mark.parametrize("activation", [None, "softmax"])
def test_a_step_follows_the_gradient_of_the_logit_scaled_to_rms_1(activation):
    found = maximize(linear(activation), [4, 1], steps=1, step_size=0.01)
    expected = np.stack([0.5 + 0.01 * slope(c) for c in (4, 1)])
    np.testing.assert_allclose(found.images, expected, rtol=1e-5)


def test_penalties_pull_against_the_ascent():
    start = np.random.default_rng(1).uniform(0.3, 0.7, SHAPE).astype(np.float32)
    rest = {"steps": 1, "step_size": 0.01}
    plain = maximize(linear(), 2, start=start, **rest).images[0]
    with_l2 = maximize(linear(), 2, start=start, l2=3, **rest).images[0]
    np.testing.assert_allclose(with_l2 - plain, -0.01 * 3 * start, atol=1e-6)
    calm = maximize(linear(), 2, start=start, total_variation=0.5, **rest).images[0]
    gradient = np.zeros(SHAPE)
    for axis in (0, 1):  # the derivative of |a - b| is the sign of a - b
        signs = np.sign(np.diff(start, axis=axis))
        ahead, behind = ([slice(None)] * 3 for _ in range(2))
        ahead[axis], behind[axis] = slice(1, None), slice(None, -1)
        gradient[tuple(ahead)] += signs
        gradient[tuple(behind)] -= signs
    np.testing.assert_allclose(calm - plain, -0.01 * 0.5 * gradient, atol=1e-6)


def test_images_stay_in_the_input_range():
    found = maximize(linear(), 0, steps=40, step_size=0.3)
    assert (found.images.min(), found.images.max()) == (0, 1)
    wide = maximize(linear(), 0, steps=40, step_size=0.3, input_range=(-1, 3))
    np.testing.assert_array_equal(wide.images, np.where(slope(0) > 0, 3, -1)[None])


def test_another_input_range_gives_the_same_picture():
    scaled = keras.Sequential([keras.Input(SHAPE), layers.Rescaling(1 / 255), linear()])
    rest = {"steps": 5, "l2": 0.5, "total_variation": 0.1, "blur_every": 2}
    unit = maximize(linear(), [1, 3], **rest)
    bytes_ = maximize(scaled, [1, 3], input_range=(0, 255), **rest)
    np.testing.assert_allclose(bytes_.images / 255, unit.images, atol=1e-5)
    np.testing.assert_allclose(bytes_.curves, unit.curves, rtol=1e-4)


def test_a_range_of_its_own_for_each_channel_gives_the_same_picture():
    scale, shift = np.float32([255, 40]), np.float32([-104, 3])
    undo = layers.Rescaling((1 / scale).tolist(), (-shift / scale).tolist())
    scaled = keras.Sequential([keras.Input(SHAPE), undo, linear()])
    rest = {"steps": 5, "start": "random", "blur_every": 2, "total_variation": 0.1}
    unit = maximize(linear(), [1, 3], **rest).images
    found = maximize(scaled, [1, 3], input_range=(shift, shift + scale), **rest).images
    np.testing.assert_allclose((found - shift) / scale, unit, atol=1e-5)


def faint_to(images, share, nothing):
    """The pixels of smallest norm set to `nothing`, one by one."""
    images = np.array(images)
    for image in images:
        order = np.argsort(np.linalg.norm(image, axis=-1), axis=None)
        for row, column in zip(*np.unravel_index(order, image.shape[:2]), strict=True):
            if share * image[..., 0].size < 1:
                break
            image[row, column] = nothing
            share -= 1 / image[..., 0].size
    return images


@pytest.mark.parametrize(("low", "nothing"), [(-1, 0), (0.25, 0.25)])
def test_clipping_removes_the_faintest_pixels_after_each_step(low, nothing):
    start = np.random.default_rng(2).uniform(0.3, 0.7, SHAPE).astype(np.float32)
    rest = {"start": start, "steps": 1, "step_size": 0.05, "input_range": (low, 1)}
    plain = maximize(linear(), 2, **rest).images
    clipped = maximize(linear(), 2, clip_norm=0.5, **rest).images
    np.testing.assert_allclose(clipped, faint_to(plain, 0.5, nothing), atol=1e-6)
    assert (clipped == nothing).all(axis=-1).sum() == 6  # of 4 × 3


def test_clipping_leaves_pixels_alone_that_are_equally_faint():
    found = maximize(linear(), 2, steps=1, step_size=1e-9, clip_norm=0.9)
    np.testing.assert_allclose(found.images, 0.5)


def test_a_progression_is_four_climbs_with_one_regulariser_more_each_time(network):
    found = progression(network, [1, 3], start="random", steps=4, seed=5)
    assert list(found) == ["no regulariser", "L2", "L2, blur", "L2, blur, clipping"]
    rest = {"start": "random", "steps": 4, "seed": 5}
    expected = [{}, {"l2": 1.0}, {"l2": 1.0, "blur_every": 2, "blur_sigma": 0.5}]
    expected.append({**expected[-1], "clip_norm": 0.5})
    for climb, regularisers in zip(found.values(), expected, strict=True):
        direct = maximize(network, [1, 3], **rest, **regularisers)
        np.testing.assert_array_equal(climb.images, direct.images)
    images = [climb.images for climb in found.values()]
    assert all(np.abs(a - b).max() > 0.01 for a, b in pairwise(images))


def test_the_curve_holds_the_score_before_each_step_and_of_the_final_image(network):
    found = maximize(network, MIXED, start="random", steps=6)
    assert found.curves.shape == (len(MIXED), 7)
    for i, score in enumerate(MIXED):
        at_the_end = score_values(network, found.images[i : i + 1], score)
        np.testing.assert_allclose(found.curves[i, -1:], at_the_end, rtol=1e-5, atol=1e-6)
        after_two = maximize(network, score, start="random", steps=2)
        np.testing.assert_allclose(found.curves[i, :3], after_two.curves[0], rtol=1e-4, atol=1e-5)


def test_the_score_rises(network):
    found = maximize(network, range(5), start="random", step_size=0.01, steps=30)
    assert (found.curves[:, -1] > found.curves[:, 0] + 0.1).all()
    assert (np.diff(found.curves[:, :10]) > 0).all()


def central_differences(function, image, h=1e-6):
    """The gradient at `image` (H, W, C) of `function`, (n, H, W, C) -> (n,), in float64."""
    nudges = h * np.eye(image.size).reshape(-1, *image.shape)
    ahead, behind = (np.asarray(function(image + nudge)) for nudge in (nudges, -nudges))
    assert ahead.dtype == np.float64
    return ((ahead - behind) / (2 * h)).reshape(image.shape)


def penalty(images, l2, total_variation):
    variation = sum(np.abs(np.diff(images, axis=axis)).sum((1, 2, 3)) for axis in (1, 2))
    return l2 / 2 * (images**2).sum((1, 2, 3)) + total_variation * variation


@pytest.fixture(scope="module")
def precise(network):
    """The same network in float64, in which a difference shows a gradient to many digits."""
    model = two_convolutions("float64")
    model.set_weights(network.get_weights())
    return model


def ascent(model, images, shift, l2, total_variation):
    """What `maximize` computes for a step, in the type of `images`."""

    @tf.function
    def compiled(images):
        return maximization._ascent(model, MIXED, images, shift, 1.0, l2, total_variation)

    return [tensor.numpy() for tensor in compiled(images)]


@pytest.mark.parametrize(
    ("shift", "l2", "total_variation"), [((0, 0), 0, 0), ((3, -2), 0.7, 0.3)], ids=str
)
def test_a_step_follows_the_objective(precise, shift, l2, total_variation):
    """The score, scaled to a gradient of root mean square 1, minus the penalties; each kind of
    score at an image of its own, against central differences in float64."""
    images = np.random.default_rng(2).uniform(0.2, 0.8, (len(MIXED), 8, 6, 2))
    values, directions, moves = ascent(precise, images, np.array(shift), l2, total_variation)
    assert moves.all()
    for i, (score, image) in enumerate(zip(MIXED, images, strict=True)):

        @tf.function
        def value(images, score=score):
            seen = tf.roll(images, shift, (1, 2))
            return score(graph.forward(precise, seen, score.layers))

        slope = central_differences(value, image)
        slope /= np.sqrt((slope**2).mean())
        slope -= central_differences(lambda x: penalty(x, l2, total_variation), image)
        np.testing.assert_allclose(directions[i], slope, rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(values[i], value(image[None])[0], rtol=1e-12)


def test_maximize_takes_that_step_in_float32(network, precise):
    start = np.random.default_rng(2).uniform(0.3, 0.7, (8, 6, 2)).astype(np.float32)
    penalties = {"l2": 0.7, "total_variation": 0.3}
    found = maximize(network, MIXED, start=start, steps=1, step_size=0.01, **penalties)
    images = np.repeat(start[None].astype(float), len(MIXED), axis=0)
    values, directions, _ = ascent(precise, images, np.zeros(2, int), **penalties)
    np.testing.assert_allclose(found.images, images + 0.01 * directions, atol=1e-6)
    np.testing.assert_allclose(found.curves[:, 0], values, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("options", "alone"),
    [
        ({}, True),
        ({"padding": "same", "strides": 2, "use_bias": False}, True),
        ({"padding": "same", "dilation_rate": (2, 1), "activation": "relu"}, True),
        ({"groups": 2}, False),
        ({"activation": "softmax"}, False),
    ],
    ids=str,
)
def test_a_filter_computed_alone_answers_as_among_all(monkeypatch, options, alone):
    """Of each image its own filter, where that is less work and the others have no say in it."""
    keras.utils.set_random_seed(3)
    shape = (9, 8, 4)
    drawn = {"bias_initializer": "random_normal"} | options
    conv = layers.Conv2D(6, (3, 2), name="conv", **drawn)
    model = keras.Sequential([keras.Input(shape), conv, layers.Flatten(), layers.Dense(3)])
    calls, own_maps = [], maximization._own_maps
    monkeypatch.setattr(maximization, "_own_maps", lambda *a: calls.append(a) or own_maps(*a))
    scores = (FilterScore("conv", 5), ClassScore(1), FilterScore("conv", 2), FilterScore("conv", 5))
    images = np.random.default_rng(4).random((4, *shape), np.float32)

    @tf.function
    def together(images):
        with tf.GradientTape() as tape:
            tape.watch(images)
            values = maximization._own_values(model, scores, images)
        return values, tape.gradient(values, images)

    @tf.function
    def one(image, score):
        with tf.GradientTape() as tape:
            tape.watch(image)
            value = score(graph.forward(model, image, score.layers))
        return value[0], tape.gradient(value, image)[0]

    values, gradients = together(images)
    assert bool(calls) == alone
    for i, score in enumerate(scores):
        value, gradient = one(images[i : i + 1], score)
        np.testing.assert_allclose(values[i], value, rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(gradients[i], gradient, rtol=1e-4, atol=1e-6)


def test_a_result_does_not_depend_on_the_other_scores(network):
    settings = {"steps": 8, "jitter": 2, "blur_every": 3, "start": "random", "seed": 5}
    together = maximize(network, MIXED, **settings)
    for i in (0, 3, 4):
        alone = maximize(network, MIXED[i], **settings)
        np.testing.assert_allclose(together.images[i], alone.images[0], atol=1e-4)


@pytest.mark.parametrize("batch_size", [1, 4, 9, 100])
def test_the_batch_size_changes_nothing(network, batch_size):
    whole = maximize(network, MIXED, steps=4, start="random")
    parts = maximize(network, MIXED, steps=4, start="random", batch_size=batch_size)
    np.testing.assert_allclose(parts.images, whole.images, atol=1e-4)
    np.testing.assert_allclose(parts.curves, whole.curves, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("frames", [0, 2, 7])
def test_pieces_of_the_climb_add_up(network, monkeypatch, frames):
    """Frames and the progress bar cut the loop; nothing is lost or counted twice."""
    settings = {"steps": 13, "start": "random", "blur_every": 4, "jitter": 1}
    whole = maximize(network, 1, **settings)
    monkeypatch.setattr(maximization, "CHUNK", 5)
    cut = maximize(network, 1, frames=frames, **settings)
    np.testing.assert_allclose(cut.images, whole.images, atol=1e-5)
    np.testing.assert_allclose(cut.curves, whole.curves, rtol=1e-4)


def test_frames_are_the_images_on_the_way(network):
    found = maximize(network, [0, 2], steps=10, frames=6, start="random")
    assert found.frame_steps.tolist() == [0, 2, 4, 6, 8, 10]
    assert found.frames.shape == (6, 2, 8, 6, 2)
    np.testing.assert_array_equal(found.frames[-1], found.images)
    four = maximize(network, [0, 2], steps=4, start="random")
    np.testing.assert_allclose(found.frames[2], four.images, atol=1e-5)
    assert maximize(network, 0, steps=3).frames.shape == (0, 1, 8, 6, 2)


def test_more_frames_than_steps_gives_every_step(network):
    assert maximize(network, 0, steps=3, frames=50).frame_steps.tolist() == [0, 1, 2, 3]


def test_a_blur_smooths_but_not_after_the_last_step():
    start = np.zeros(SHAPE, np.float32)
    start[1, 1] = 1
    rest = {"start": start, "step_size": 1e-6, "blur_sigma": 0.5}
    blurred = maximize(linear(), 0, steps=3, blur_every=2, **rest).images[0]
    rows, columns = (
        np.exp(-0.5 * ((np.arange(n)[:, None] - np.arange(n)) / 0.5) ** 2) for n in SHAPE[:2]
    )
    rows, columns = (m / m.sum(axis=1, keepdims=True) for m in (rows, columns))
    np.testing.assert_allclose(blurred[..., 0], np.outer(rows[:, 1], columns[:, 1]), atol=1e-4)
    last = maximize(linear(), 0, steps=2, blur_every=2, **rest).images[0]
    np.testing.assert_allclose(last, start, atol=1e-4)


def test_jitter_shifts_what_the_network_sees_and_puts_the_gradient_back():
    """Under jitter the gradient of a linear score is that of a shifted score."""
    model = linear()
    found = maximize(model, 0, steps=1, step_size=0.01, jitter=2, seed=4).images[0]
    direction = (found - 0.5) / 0.01
    shifts = [(dy, dx) for dy in range(-2, 3) for dx in range(-2, 3)]
    fits = [np.allclose(direction, np.roll(slope(0), s, (0, 1)), atol=1e-4) for s in shifts]
    assert any(fits)
    pictures = {
        maximize(model, 0, steps=1, jitter=2, seed=seed).images.tobytes() for seed in range(8)
    }
    assert len(pictures) > 3


def test_the_seed_repeats_the_picture(network):
    settings = {"steps": 3, "start": "random", "jitter": 1}
    first, again, other = (maximize(network, 0, seed=s, **settings).images for s in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


def test_where_the_climb_may_start(network):
    rest = {"steps": 1, "step_size": 1e-9, "input_range": (-1, 3)}
    assert (maximize(network, 0, start="blank", **rest).images == -1).all()
    assert (maximize(network, 0, start="grey", **rest).images == 1).all()
    noise = maximize(network, [0, 1], start="random", **rest).images
    np.testing.assert_allclose(noise[0], noise[1], atol=1e-6)
    assert noise.std() > 0.8
    with pytest.raises(ValueError, match="start is 'gray'; choose 'blank', 'grey', 'random'"):
        maximize(network, 0, start="gray")
    with pytest.raises(ValueError, match="start runs from 0 to 255, input_range from 0 to 1"):
        maximize(network, 0, start=np.linspace(0, 255, 96).reshape(8, 6, 2))


def test_a_dead_filter_is_the_start_and_says_so():
    conv = layers.Conv2D(2, 3, activation="relu", name="conv")
    model = keras.Sequential([keras.Input(SHAPE), conv, layers.Flatten(), layers.Dense(3)])
    kernel = conv.get_weights()[0]
    conv.set_weights([np.abs(kernel) + 0.1, np.array([-100.0, 0.5])])
    scores = [FilterScore("conv", 0), FilterScore("conv", 1)]
    settings = {"l2": 0.2, "total_variation": 0.3, "blur_every": 1, "jitter": 1}
    found = maximize(model, scores, steps=4, start="random", frames=2, **settings)
    assert found.dead.tolist() == [True, False]
    start = np.random.default_rng(0).random(SHAPE, np.float32)
    for still in (found.images[0], *found.frames[:, 0]):
        np.testing.assert_array_equal(still, start)
    assert (found.curves[0] == 0).all()
    assert np.isfinite(found.images).all()
    assert found.top(2).dead.tolist() == [False, True]


def test_a_score_that_no_pixel_reaches_is_dead():
    inputs = keras.Input((6, 5, 1))
    constant = layers.Lambda(lambda x: tf.ones_like(x[:, 0, 0, :1]))(inputs)
    found = maximize(keras.Model(inputs, constant), 0, steps=2)
    assert found.dead.tolist() == [True]


def test_tiny_gradients_are_no_dead_ones():
    model = linear()
    model.layers[-1].set_weights([WEIGHTS * np.float32(1e-28)])  # whose squares are 0 in float32
    found = maximize(model, 2, steps=1, step_size=0.01)
    assert not found.dead.any()
    np.testing.assert_allclose(found.images[0], 0.5 + 0.01 * slope(2), rtol=1e-4)


def test_top_sorts_by_the_score_reached():
    curves = np.array([[9.0, 1], [0, 5], [0, 3], [0, 8]])
    images = np.arange(4.0).reshape(4, 1, 1, 1)
    dead = np.array([False, False, False, True])
    scores = tuple(map(ClassScore, range(4)))
    all_ = Maximization(scores, images, curves, dead, images[None], np.array([1]))
    assert [score.index for score in all_.top().scores] == [1, 2, 0, 3]
    two = all_.top(2)
    assert two.images.ravel().tolist() == [1, 2]
    assert two.frames.ravel().tolist() == [1, 2]
    assert two.curves[:, -1].tolist() == [5, 3]


def test_dropout_and_batch_normalisation_stay_in_inference_mode():
    keras.utils.set_random_seed(0)
    norm = layers.BatchNormalization()
    model = keras.Sequential(
        [keras.Input(SHAPE), norm, layers.Dropout(0.5), layers.Flatten(), layers.Dense(5)]
    )
    before = [weights.copy() for weights in model.get_weights()]
    one, two = (maximize(model, [1, 2], steps=3).images for _ in range(2))
    np.testing.assert_array_equal(one, two)
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_nested_model():
    body = keras.Sequential([keras.Input(SHAPE), layers.Conv2D(3, 2, name="c")], name="body")
    model = keras.Sequential([keras.Input(SHAPE), body, layers.Flatten(), layers.Dense(4)])
    assert not maximize(model, [FilterScore("body/c", 2), 3], steps=2).dead.any()


@pytest.mark.parametrize("outputs", ["list", "dict"])
def test_several_heads_and_one_sigmoid_unit(outputs):
    flat = layers.Flatten()(inputs := keras.Input(SHAPE))
    on = layers.Dense(1, activation="sigmoid", name="on")(flat)
    angle = layers.Dense(6, activation="softmax", name="angle")(flat)
    heads = [on, angle] if outputs == "list" else {"on": on, "angle": angle}
    model = keras.Model(inputs, heads)
    scores = [ClassScore(0, "on"), ClassScore(1, "on"), ClassScore(5, "angle")]
    found = maximize(model, scores, steps=1, step_size=0.01)
    off, on_, angled = found.images - 0.5
    np.testing.assert_allclose(off, -on_, atol=1e-6)  # class 0 is the negative direction
    assert not np.allclose(on_, angled, atol=1e-3)


def test_a_strided_one_by_one_convolution_on_an_even_size():
    # In eager mode TensorFlow 2.21 with oneDNN crashes the process here.
    inputs = keras.Input((60, 60, 1))
    shortcut = layers.Conv2D(4, 1, strides=2, name="shortcut")(inputs)
    model = keras.Model(inputs, layers.GlobalAveragePooling2D()(shortcut))
    assert not maximize(model, range(4), steps=2).dead.any()


def test_a_model_of_any_size_needs_an_image_to_start_from():
    inputs = keras.Input((None, None, 1))
    model = keras.Model(inputs, layers.Conv2D(2, 3, name="conv")(inputs))
    with pytest.raises(ValueError, match="giving start as an image"):
        maximize(model, FilterScore("conv", 0))
    start = np.full((7, 5, 1), 0.5, np.float32)
    found = maximize(model, FilterScore("conv", 0), start=start, steps=2)
    assert found.images.shape == (1, 7, 5, 1)


def test_one_trace_serves_every_setting(network, monkeypatch):
    traced = []
    forward = graph.forward
    monkeypatch.setattr(graph, "forward", lambda *a, **k: traced.append(a) or forward(*a, **k))
    pair = [FilterScore("late", 0), ClassScore(4)]
    maximize(network, pair, steps=2)
    count = len(traced)
    assert count
    maximize(network, pair, steps=9, step_size=0.2, l2=1, jitter=1, blur_every=2, start="random")
    maximize(network, pair, steps=30, total_variation=1, input_range=(-1, 1), seed=7, frames=4)
    maximize(network, pair, steps=3, clip_norm=0.3, input_range=([-1, 0], [1, 2]))
    assert len(traced) == count


def test_an_interrupt_keeps_what_was_reached(network, monkeypatch, capsys):
    monkeypatch.setattr(maximization, "CHUNK", 4)
    climb, calls = maximization._climb, []

    def interrupted(*args):
        calls.append(args)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return climb(*args)

    monkeypatch.setattr(maximization, "_climb", interrupted)
    found = maximize(network, 2, start="grey", steps=20, frames=6)
    assert "interrupted after 8 of 20 steps" in capsys.readouterr().out
    assert found.curves.shape == (1, 9)
    assert found.frame_steps.tolist() == [0, 4, 8]
    np.testing.assert_array_equal(found.frames[-1], found.images)
    monkeypatch.undo()
    np.testing.assert_allclose(found.images, maximize(network, 2, steps=8).images, atol=1e-5)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"steps": 0}, "steps is 0; it must be at least 1"),
        ({"step_size": 0}, "step_size is 0; it must be greater than 0"),
        ({"l2": -1}, "l2 is -1; it must be at least 0"),
        ({"total_variation": -0.1}, "total_variation is -0.1"),
        ({"blur_every": -2}, "blur_every is -2"),
        ({"blur_sigma": 0}, "blur_sigma is 0"),
        ({"jitter": -1}, "jitter is -1"),
        ({"frames": -1}, "frames is -1"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"input_range": (1, 0)}, "low < high"),
        ({"input_range": (0, np.inf)}, "low < high"),
        ({"input_range": 1}, "low < high"),
        ({"input_range": ([0, 0, 0], 1)}, "two arrays of 2, one a channel"),
        ({"clip_norm": 1}, "clip_norm is 1; it is a share"),
    ],
)
def test_wrong_settings_are_named(network, settings, message):
    with pytest.raises(ValueError, match=message):
        maximize(network, 0, **settings)


def test_wrong_scores_are_named(network):
    with pytest.raises(ValueError, match="there are no scores"):
        maximize(network, [])
    with pytest.raises(IndexError, match="no filter of layer 'late' 3: choose from 0 to 2"):
        maximize(network, [FilterScore("late", 0), FilterScore("late", 3)])
    with pytest.raises(ValueError, match="Did you mean 'late'"):
        maximize(network, FilterScore("latte", 0))
    with pytest.raises(TypeError, match="does not say what to explain"):
        maximize(network, ["late"])


def test_deprocessed_images_are_bytes_of_fixed_mean_and_spread():
    images = np.random.default_rng(0).normal(7, 50, (3, 20, 30, 2)).astype(np.float32)
    kept = images.copy()
    bytes_ = deprocess(images)
    assert bytes_.dtype == np.uint8
    np.testing.assert_allclose(bytes_.mean(axis=(1, 2, 3)) / 255, 0.5, atol=0.01)
    np.testing.assert_allclose(bytes_.std(axis=(1, 2, 3)) / 255, 0.15, atol=0.01)
    np.testing.assert_array_equal(images, kept)
    np.testing.assert_array_equal(deprocess(images[0]), bytes_[0])
    np.testing.assert_array_equal(deprocess(images * 1e-6), bytes_)


def test_extremes_are_clipped_and_constants_grey():
    image = np.zeros((1, 10, 10, 1), np.float32)
    image[0, 0, 0], image[0, 1, 1] = 1e4, -1e4
    assert {0, 255} <= set(deprocess(image).ravel().tolist())
    flat = np.full((2, 3, 4, 1), 0.1, np.float32)
    assert set(deprocess(flat).ravel().tolist()) <= {127, 128}


def test_a_score_derived_from_another_climbs_by_its_own_meaning(network):
    class Doubled(ClassScore):
        def __call__(self, outputs):
            return 2 * super().__call__(outputs)

    result = maximize(network, [ClassScore(3), Doubled(3)], steps=3)
    np.testing.assert_allclose(result.curves[1], 2 * result.curves[0], rtol=1e-4, atol=1e-5)


def silent_at_grey():
    """Of its two scores the second is dead at grey: a ReLU that only large differences pass."""
    conv = layers.Conv2D(2, (1, 2), activation="relu", name="conv")
    model = keras.Sequential([keras.Input((8, 6, 1)), conv, layers.Flatten(), layers.Dense(3)])
    kernel = np.zeros((1, 2, 1, 2), np.float32)
    kernel[..., 0], kernel[:, 0, :, 1], kernel[:, 1, :, 1] = 1, 1, -1
    conv.set_weights([kernel, np.array([0.0, -0.1], np.float32)])
    return model, [FilterScore("conv", 0), FilterScore("conv", 1)]


def test_where_grey_is_dead_noise_is_tried_and_told():
    model, scores = silent_at_grey()
    assert maximize(model, scores, start="grey", steps=3).dead.tolist() == [False, True]
    told = r"1 of 2 scores have no gradient at a grey image, such as FilterScore.* began at noise"
    with pytest.warns(UserWarning, match=told):
        found = maximize(model, scores, steps=3, frames=2)
    assert not found.dead.any()
    for score, number, start in ((scores[0], 0, "grey"), (scores[1], 1, "random")):
        alone = maximize(model, score, start=start, steps=3, frames=2)
        np.testing.assert_array_equal(found.images[number], alone.images[0])
        np.testing.assert_array_equal(found.curves[number], alone.curves[0])
        np.testing.assert_array_equal(found.frames[:, number], alone.frames[:, 0])


def test_what_is_dead_everywhere_stays_dead():
    model, scores = silent_at_grey()
    kernel, bias = model.get_layer("conv").get_weights()
    model.get_layer("conv").set_weights([kernel, bias - 9])
    with pytest.warns(UserWarning, match="2 of 2 scores have no gradient"):
        assert maximize(model, scores, steps=2).dead.all()
