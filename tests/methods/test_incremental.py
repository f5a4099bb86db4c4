"""Incremental occlusion gives what computing each covered image as a whole gives."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from helpers.methods import incremental
from helpers.methods.occlusion import occlusion_map, positions
from helpers.models import graph
from helpers.scores import ClassScore, FilterScore

L = keras.layers
PADDINGS = st.sampled_from(["same", "valid"])
ACTIVATIONS = st.sampled_from(
    ["relu", "linear", "sigmoid", "tanh", "elu", "gelu", "silu", "leaky_relu", "relu6", "softplus"]
)


def randomised(model, seed):
    """All weights drawn, moving averages too, so that no layer is trivial."""
    rng = np.random.default_rng(seed)
    for layer in graph.layers(model).values():
        if isinstance(layer, keras.Model):
            continue
        drawn = [rng.normal(0, 0.4, w.shape) for w in layer.get_weights()]
        if isinstance(layer, L.BatchNormalization):
            drawn[-1] = rng.uniform(0.5, 2, drawn[-1].shape)  # variances
        layer.set_weights(drawn)
    return model


class Ramp(L.Layer):
    """The same for each image, another number in each row."""

    def call(self, x):
        return tf.reshape(tf.range(float(x.shape[1])), (1, -1, 1, 1))


class Do(L.Layer):
    """A function as a layer."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def call(self, x):
        return self.function(x)


@st.composite
def blocks(draw, x):
    """One more layer, or a few, on top of `x`."""
    sides = x.shape[1:3]
    kernel = tuple(draw(st.integers(1, min(4, side))) for side in sides)
    stride, padding = draw(st.integers(1, 2)), draw(PADDINGS)
    filters = draw(st.integers(2, 4))
    kind = draw(
        st.sampled_from(
            (
                *("conv", "conv", "conv", "dilated", "depthwise", "separable", "batch norm", "pad"),
                *("max", "average", "activation", "relu", "residual", "concat", "squeeze"),
                *("nested", "upsample", "prelu", "bottleneck", "layer norm", "strip", "place"),
            )
        )
    )
    activation = draw(ACTIVATIONS)
    if kind == "conv":
        stride = tuple(draw(st.integers(1, 2)) for _ in sides)
        return L.Conv2D(filters, kernel, stride, padding, activation=activation)(x)
    if kind == "dilated":
        return L.Conv2D(filters, 2, 1, "same", dilation_rate=2)(x)
    if kind == "depthwise":
        return L.DepthwiseConv2D(kernel, stride, padding, depth_multiplier=2)(x)
    if kind == "separable":
        return L.SeparableConv2D(filters, kernel, stride, padding)(x)
    if kind == "batch norm":
        return L.BatchNormalization()(x)
    if kind == "pad":
        return L.ZeroPadding2D([[draw(st.integers(0, 2)) for _ in "ab"] for _ in sides])(x)
    if kind in ("max", "average"):
        pool = L.MaxPooling2D if kind == "max" else L.AveragePooling2D
        return pool(kernel, stride, padding)(x)
    if kind == "activation":
        return L.Activation(activation)(x)
    if kind == "relu":
        return L.ReLU(negative_slope=draw(st.sampled_from([0.0, 0.3])))(x)
    if kind == "residual":
        return L.Add()([x, L.Conv2D(x.shape[-1], kernel, padding="same")(x)])
    if kind == "concat":
        return L.Concatenate()([L.Conv2D(2, 1)(x), L.Conv2D(1, 3, padding="same")(x), x])
    if kind == "squeeze":
        gate = L.Dense(x.shape[-1], activation="sigmoid")(L.GlobalAveragePooling2D()(x))
        return L.Multiply()([x, L.Reshape((1, 1, x.shape[-1]))(gate)])
    if kind == "strip":
        pool = draw(st.sampled_from([(sides[0], 1), (1, sides[1]), tuple(sides)]))
        return L.Multiply()([x, L.AveragePooling2D(pool)(x)])
    if kind == "place":
        return draw(st.sampled_from([L.Add, L.Multiply]))()([x, Ramp()(x)])
    if kind == "nested":
        inner = keras.Sequential([L.Conv2D(filters, kernel, padding=padding), L.ReLU()])
        return inner(x)
    if kind == "upsample":
        return L.UpSampling2D(2)(x)
    if kind == "prelu":
        return L.PReLU(shared_axes=[1, 2])(x)
    if kind == "layer norm":
        return L.LayerNormalization()(x)
    y = L.Conv2D(filters, 1, 2)(L.ReLU()(x))
    return L.Add()([L.Conv2D(filters, 3, 2, "same")(x), y])


@st.composite
def networks(draw):
    shape = draw(st.integers(6, 18)), draw(st.integers(6, 18)), draw(st.integers(1, 3))
    inputs = keras.Input(shape)
    x = L.Conv2D(draw(st.integers(2, 4)), 2, padding=draw(PADDINGS))(inputs)
    for _ in range(draw(st.integers(1, 4))):
        x = draw(blocks(x))
    ends = ["gap", "flatten", "flatten", "two dense", "max"]
    end = draw(st.sampled_from(ends))
    if end in ("gap", "max"):
        x = (L.GlobalAveragePooling2D if end == "gap" else L.GlobalMaxPooling2D)()(x)
    else:
        x = L.Flatten()(x)
    if end == "two dense":
        x = L.Dense(5, activation="relu")(x)
    last = draw(st.sampled_from(["softmax", "sigmoid", None]))
    return randomised(keras.Model(inputs, L.Dense(3, activation=last)(x)), draw(st.integers(0, 99)))


@st.composite
def occlusions(draw):
    model = draw(networks())
    shape = model.input_shape[1:]
    patch = tuple(draw(st.integers(1, side)) for side in shape[:2])
    stride = tuple(draw(st.integers(1, length)) for length in patch)
    images = np.random.default_rng(draw(st.integers(0, 99))).random(
        (draw(st.integers(1, 3)), *shape), np.float32
    )
    fill = draw(st.sampled_from([0.0, 0.7, "mean", "blur", "noise"]))
    return model, images, patch, stride, fill, draw(st.sampled_from([3, 50, None]))


def maps(model, images, score, *args, batch_size=None):
    """Incrementally and in full."""
    return tuple(
        occlusion_map(model, images, score, *args, method=method, batch_size=batch_size)
        for method in ("incremental", "full")
    )


def assert_same(got, expected):
    """Within 1e-4 of the spread, and what float32 rounds where there is no spread."""
    assert got == pytest.approx(expected, abs=1e-4 * float(np.ptp(expected)) + 1e-5, rel=0)


@pytest.fixture
def always(monkeypatch):
    """Windows are followed wherever they can be, worth it or not."""
    monkeypatch.setattr(incremental, "WORTH", np.inf)
    monkeypatch.setattr(incremental, "DENSE", (1.0,))


def drawn(examples):
    """So many examples, the same in each run, of whatever is drawn."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )


@drawn(12)
@given(occlusions())
def test_any_network_patch_stride_and_fill(always, occlusion):
    assert_followed_and_exact(*occlusion)


@pytest.mark.full
@drawn(40)
@given(occlusions())
def test_many_networks_patches_strides_and_fills(always, occlusion):
    assert_followed_and_exact(*occlusion)


def assert_followed_and_exact(model, images, patch, stride, fill, batch_size):
    assert is_followed(model, patch, stride)
    score = ClassScore(0) + -2 * ClassScore(2)
    try:
        expected = occlusion_map(model, images, score, patch, stride, fill, method="full")
    except tf.errors.AbortedError:  # oneDNN cannot compute some networks at all
        reject()
    assert_same(
        occlusion_map(model, images, score, patch, stride, fill, batch_size=batch_size), expected
    )


def sequential(shape, *layers):
    return randomised(keras.Sequential([keras.Input(shape), *layers]), 0)


def images(model, count=1):
    return np.random.default_rng(1).random((count, *model.input_shape[1:]), np.float32)


def plan_of(model, patch, stride=1, watch=()):
    shape = model.input_shape[1:]
    patch, stride = np.broadcast_to(patch, 2), np.broadcast_to(stride, 2)
    rows, columns = map(positions, shape[:2], patch.tolist(), stride.tolist())
    places = np.array([(row, column) for row in rows for column in columns])
    return incremental.plan(model, watch, places, tuple(patch), shape)


def is_followed(model, patch, stride):
    return any(step.how == "spatial" for step in plan_of(model, patch, stride).steps)


def deep(padding="same", pool=L.MaxPooling2D):
    return sequential(
        (40, 32, 3),
        L.Conv2D(8, 3, padding=padding, activation="relu", name="first"),
        L.BatchNormalization(),
        pool(2, padding=padding),
        L.Conv2D(8, 3, 2, padding=padding, activation="relu", name="second"),
        L.Flatten(),
        L.Dense(4),
    )


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("pool", [L.MaxPooling2D, L.AveragePooling2D])
def test_windows_are_followed_and_exact(padding, pool):
    model = deep(padding, pool)
    plan = plan_of(model, 5)
    assert plan.steps and plan.unknown is None
    assert_same(*maps(model, images(model, 2), 1, 5, 3, "mean"))


@pytest.mark.parametrize("layer", ["first", "second"])
def test_a_score_of_an_inner_layer_sees_its_whole_map(layer):
    model = deep()
    assert_same(*maps(model, images(model), FilterScore(layer, 3), 5, 3))


def test_windows_grow_by_the_receptive_field():
    model = sequential((28, 24, 1), L.Conv2D(16, 3), L.Conv2D(32, 5), L.Flatten(), L.Dense(2))
    plan = plan_of(model, 3)
    assert [tuple(w.window) for w in plan.windows] == [(3, 3), (5, 5), (9, 9)]
    assert [w.size for w in plan.windows] == [(28, 24), (26, 22), (22, 18)]


def test_where_nothing_is_saved_each_covered_image_is_computed_by_the_same_function():
    """Whatever the patch: a mismatch makes TensorFlow write out all arguments for its message."""
    model = sequential((12, 10, 1), L.Conv2D(2, 3), L.Conv2D(2, 5), L.Flatten(), L.Dense(2))
    plans = [plan_of(model, patch) for patch in (2, 3, 10)]
    assert [len(plan.windows) for plan in plans] == [1, 1, 1]
    assert not any(plan.steps for plan in plans)


def test_each_batch_has_windows_as_large_as_its_own_changes():
    plan = plan_of(deep(), 6, 6)
    starts, sizes = plan.lie(np.array([0]))  # in the corner
    _, all_sizes = plan.lie(np.arange(len(plan.windows[0].low)))
    assert (sizes <= all_sizes).all() and (sizes[1:] < all_sizes[1:]).any()
    for (start,), size, window in zip(starts, sizes, plan.windows, strict=True):
        assert (start <= window.low[0]).all() and (window.high[0] <= start + size).all()
        assert (start >= 0).all() and (start + size <= window.size).all()


def test_like_windows_lie_next_to_each_other_and_none_is_lost():
    plan = plan_of(deep(), 5, 2)
    order = plan.order()
    assert sorted(order) == list(range(len(order)))
    heights = sum(w.high - w.low for w in plan.windows)[order, 0]
    assert (np.diff(heights) >= 0).all()


def test_what_is_kept_is_what_layers_give_for_the_clean_images():
    model = deep()
    plan, batch = plan_of(model, 5), images(model, 2)
    run = graph.compiled(model, "clean", lambda some: incremental.clean(model, some, (), plan))
    layers = [keras.Model(model.inputs[0], layer.output)(batch) for layer in model.layers]
    kept = run(batch)
    assert plan.clean == sum(np.prod(maps.shape[1:]) for maps in kept)
    for maps_ in kept:
        same = [layer for layer in layers if layer.shape == maps_.shape]
        assert any(np.allclose(layer, maps_, atol=1e-5) for layer in same)


PADS = [[0, 0], [0, 2], [3, 0], [0, 0]]
ODD = {
    "pad behind": lambda x: L.Conv2D(4, 3, 2)(L.ZeroPadding2D(((0, 1), (0, 1)))(x)),
    "pad before": lambda x: L.Conv2D(4, 3)(L.ZeroPadding2D(((2, 0), (1, 0)))(x)),
    "pad of another value": lambda x: Do(lambda y: tf.pad(y, PADS, constant_values=3.0))(x),
    "strip": lambda x: L.Conv2D(4, 3)(L.Multiply()([x, L.AveragePooling2D((1, 20))(x)])),
    "strip first": lambda x: L.Conv2D(4, 3)(L.Maximum()([L.AveragePooling2D((22, 1))(x), x])),
    "gate of one pixel": lambda x: L.Conv2D(4, 3)(L.Multiply()([x, L.Conv2D(4, 3, 30)(x)])),
    "one channel": lambda x: L.Multiply()([x, L.Conv2D(1, 5, padding="same")(x)]),
    "a summand of each row": lambda x: L.Conv2D(4, 3)(L.Add()([x, Ramp()(x)])),
    "a factor of each row": lambda x: L.Conv2D(4, 3)(L.Multiply()([x, Ramp()(x)])),
    "dilated": lambda x: L.Conv2D(4, (2, 3), dilation_rate=(3, 2))(x),
    "dilated, in one operation": lambda x: Do(
        lambda y: tf.nn.conv2d(y, tf.ones((2, 3, 4, 2)), 1, "VALID", dilations=(3, 2))
    )(x),
    "average of what there is": lambda x: L.AveragePooling2D((3, 2), (2, 3), "same")(x),
    "largest of negative ones": lambda x: L.MaxPooling2D(3, 2, "same")(L.Rescaling(1, -50)(x)),
    "explicit padding": lambda x: Do(lambda y: tf.nn.conv2d(y, tf.ones((3, 3, 4, 2)), 2, PADS))(x),
    "explicit padding of single pixels": lambda x: Do(
        lambda y: tf.nn.conv2d(y, tf.ones((1, 1, 4, 2)), 1, PADS)
    )(x),
    "branches of different reach": lambda x: L.Add()(
        [L.Conv2D(4, 1)(x), L.Conv2D(4, 5, padding="same")(x), L.Conv2D(4, 3, padding="same")(x)]
    ),
    "concatenated rows": lambda x: L.Conv2D(4, 3)(L.Concatenate(axis=1)([x, L.ReLU()(x)])),
    "concatenated images": lambda x: Do(lambda y: tf.concat([y, 2 * y], 0)[tf.shape(y)[0] :])(x),
    "single pixels, strided": lambda x: L.Conv2D(4, 1, 3)(x),
    "mean": lambda x: L.GlobalAveragePooling2D(keepdims=True)(x),
    "turned": lambda x: Do(lambda y: y + tf.transpose(y[:, :, :20], (0, 2, 1, 3)))(x[:, :20]),
    "moved": lambda x: L.Conv2D(4, 3)(Do(lambda y: tf.roll(y, 1, 1))(x)),
    "a size that is not known": lambda x: L.GlobalAveragePooling2D()(
        L.Conv2D(4, 3)(Do(lambda y: tf.image.resize(y, tf.shape(y)[1:3] * 2))(x))
    ),
    "a rank that is not known": lambda x: L.Conv2D(4, 3)(
        Do(lambda y: tf.ensure_shape(tf.numpy_function(np.abs, [y], tf.float32), y.shape))(x)
    ),
}


def odd(block):
    x = inputs = keras.Input((22, 20, 2))
    x = block(L.Conv2D(4, 3, padding="same", activation="relu")(x))
    return randomised(keras.Model(inputs, L.Dense(3)(L.Flatten()(x))), 0)


@pytest.mark.parametrize("name", ODD)
def test_odd_blocks(always, name):
    model = odd(ODD[name])
    assert is_followed(model, 4, 3)
    assert_same(*maps(model, images(model, 2), 1, 4, 3))


def test_statistics_of_a_batch_are_not_followed(always):
    def normalise(x):
        return tf.compat.v1.nn.fused_batch_norm(x, tf.ones(4), tf.zeros(4), is_training=True)[0]

    model = odd(lambda x: L.Conv2D(4, 3)(Do(normalise)(x)))
    assert "FusedBatchNorm" in plan_of(model, 4).unknown


def test_mobilenet_v2(always):
    """With averages that fit its weights, so that its logits have a spread."""
    keras.utils.set_random_seed(0)
    model = keras.applications.MobileNetV2(
        (64, 64, 3), 0.35, weights=None, classes=5, classifier_activation=None
    )
    for layer in model.layers:
        if isinstance(layer, L.BatchNormalization):
            layer.momentum = 0.0
    model(images(model, 4), training=True)
    got, expected = maps(model, images(model), 2, 16, 16)
    assert np.ptp(expected) > 0.1
    assert_same(got, expected)


@pytest.mark.parametrize(
    ("layer", "activation"), [("first", "tanh"), ("first", "gelu"), ("last", "linear")]
)
def test_another_activation_between_two_maps(always, layer, activation):
    inputs = keras.Input((16, 16, 2))
    x = L.Conv2D(4, 3, activation="relu", name="first")(inputs)
    x = L.Flatten()(L.Conv2D(4, 3)(x))
    model = randomised(keras.Model(inputs, L.Dense(3, activation="softmax", name="last")(x)), 0)
    occlusion_map(model, images(model), 0, 3)
    model.get_layer(layer).activation = keras.activations.get(activation)
    expected = occlusion_map(model, images(model), 2, 3, method="full")
    for _ in "once", "again":
        assert_same(occlusion_map(model, images(model), 1, 3), full_of_a_copy(model, 1))
        assert_same(occlusion_map(model, images(model), 2, 3), expected)


def full_of_a_copy(model, score):
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return occlusion_map(copy, images(model), score, 3, method="full")


def test_in_full_nothing_is_planned(monkeypatch):
    monkeypatch.setattr(incremental, "_Planner", None)
    model = deep()
    assert np.ptp(occlusion_map(model, images(model), 1, 20, method="full")) > 0


def test_what_saves_nothing_is_computed_as_a_whole():
    model = deep()
    assert plan_of(model, 30).steps == ()  # nearly all is covered
    assert plan_of(sequential((8, 8, 1), L.Flatten(), L.Dense(3)), 2).steps == ()


def test_a_graph_that_cannot_be_followed_is_computed_as_a_whole_and_says_so(capsys):
    inputs = keras.Input((12, 12, 2))
    turned = L.Permute((2, 1, 3))(inputs)
    x = L.Conv2D(4, 3, activation="relu")(turned)
    model = randomised(keras.Model(inputs, L.Dense(3)(L.Flatten()(x))), 0)
    got, expected = maps(model, images(model), 2, 3)
    assert_same(got, expected)
    said = capsys.readouterr().out
    assert "computes whole maps" in said and "cannot be followed through" in said


def test_it_says_so_as_well_where_it_followed_the_first_layers(always, capsys):
    model = odd(lambda x: L.Conv2D(4, 3)(L.UpSampling2D(2)(x)))
    occlusion_map(model, images(model), 1, 4, 4)
    assert is_followed(model, 4, 4) and "up_sampling" in capsys.readouterr().out


def attention(x):
    pixels = L.Reshape((-1, x.shape[-1]))(x)
    return L.MultiHeadAttention(2, 4)(pixels, pixels)


@pytest.mark.parametrize("block", [L.Conv2DTranspose(4, 3), attention])
def test_what_costs_as_much_as_a_convolution_is_named_too(always, block):
    assert plan_of(odd(block), 4).unknown


@pytest.mark.parametrize(
    "block",
    [
        L.GlobalAveragePooling2D(keepdims=True),  # no convolution is lost
        lambda x: L.Conv2D(4, 3)(L.Add()([x, L.Conv2D(4, 19, padding="same")(x)])),
    ],
)
def test_it_says_nothing_where_nothing_is_lost_or_windows_have_become_large(
    monkeypatch, block, capsys
):
    monkeypatch.setattr(incremental, "WORTH", np.inf)
    monkeypatch.setattr(incremental, "DENSE", (0.7,))
    model = odd(block)
    occlusion_map(model, images(model), 1, 4, 4)
    assert is_followed(model, 4, 4) and capsys.readouterr().out == ""


@pytest.mark.parametrize("batch_size", [1, 7, 1000])
def test_no_batch_is_larger_than_asked(batch_size, monkeypatch):
    model, seen = deep(), []
    lie = incremental.Plan.lie
    monkeypatch.setattr(
        incremental.Plan, "lie", lambda self, some: seen.append(len(some)) or lie(self, some)
    )
    occlusion_map(model, images(model, 3), 1, 8, 8, batch_size=batch_size)
    assert sum(seen) == 3 * (5 * 4 + 1) and max(seen) <= batch_size


def test_memory_is_bounded_by_the_batch_not_by_the_places():
    small, large = plan_of(deep(), 5, 5), plan_of(deep(), 5, 1)
    assert small.largest == large.largest and small.clean == large.clean


def test_whole_maps_that_windows_are_set_into_count_in_the_memory_of_a_batch():
    watched = plan_of(deep(), 5, watch=("first",))
    assert watched.largest >= np.prod(deep().get_layer("first").output.shape[1:])


@pytest.mark.full
@pytest.mark.parametrize(("patch", "stride"), [(50, 25), (16, 16)])
def test_vgg16(patch, stride):
    """Of a real network, the logits at places all over the image."""
    model = keras.applications.VGG16(weights=None, input_shape=(96, 96, 3), classes=5)
    assert_same(*maps(model, images(model), 2, patch, stride, "blur", batch_size=8))


def normalised(widen):
    x = inputs = keras.Input((24, 20, 2))
    for filters in (6, 6):
        before = x
        x = widen(filters)(x)
        x = L.ReLU(6.0)(L.BatchNormalization()(x))
        x = L.Add()([x, before]) if x.shape == before.shape else x
    return randomised(keras.Model(inputs, L.Dense(3)(L.GlobalAveragePooling2D()(x))), 0)


@pytest.mark.parametrize("dense", [0.0, 0.5])
@pytest.mark.parametrize(
    "widen",
    [
        lambda filters: L.Conv2D(filters, 3, padding="same"),
        lambda filters: L.DepthwiseConv2D(
            3, 1, "same", depth_multiplier=filters // 2, use_bias=False
        ),
    ],
)
def test_a_normalisation_is_computed_along_with_its_convolution(monkeypatch, widen, dense):
    monkeypatch.setattr(incremental, "WORTH", np.inf)
    monkeypatch.setattr(incremental, "DENSE", (dense,))
    model = normalised(widen)
    assert_same(*maps(model, images(model, 2), 1, 4, 4))
    assert_same(*maps(model, images(model), FilterScore(model.layers[1].name, 3), 4, 4))
    image, targets = incremental._operations_of(model, (), model.input_shape[1:])
    tails = incremental._tails(incremental._operations(image.graph), image, targets)
    assert [[op.type for op in tail][-2:] for tail in tails.values()] == [["Mul", "AddV2"]] * 2
