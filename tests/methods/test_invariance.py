"""Transformations by hand, distances in NumPy, and networks that overlook what they should."""

import keras
import numpy as np
import pytest
from keras import layers
from skimage.transform import rotate

from helpers.methods.activations import layer_activations
from helpers.methods.invariance import invariance, predictions, transformed
from helpers.methods.occlusion import centre_and_corners
from helpers.models import build
from helpers.models.imagenet import squeezenet

RNG = np.random.default_rng(0)
SQUARE = RNG.random((3, 6, 6, 2)).astype(np.float32)
WIDE = RNG.random((3, 5, 8, 2)).astype(np.float32)
KINDS = {"rotation": (0, 17, 360), "scaling": (1, 0.6, 1), "translation": (0, 2, 0)}


def net(shape, last="softmax", pool=True):
    return randomised(
        keras.Sequential(
            [
                keras.Input(shape),
                layers.Conv2D(4, 3, padding="same", activation="relu", name="early"),
                layers.Conv2D(5, 3, padding="same", activation="relu", name="late"),
                layers.GlobalAveragePooling2D() if pool else layers.Flatten(),
                layers.Dense(6, activation="relu", name="dense"),
                layers.Dense(3, activation=last, name="classes"),
            ]
        )
    )


def randomised(model):
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(0, 0.5, w.shape) for w in model.get_weights()])
    return model


# Transformations


@pytest.mark.parametrize("images", [SQUARE, WIDE])
def test_nothing_done_is_nothing_changed(images):
    for kind, degree in {"rotation": 360, "scaling": 1, "translation": 0}.items():
        got = transformed(images, kind, degree)
        np.testing.assert_array_equal(got, images)
        assert got.dtype == np.float32
        assert not np.shares_memory(got, images)


@pytest.mark.parametrize("images", [SQUARE, WIDE])
def test_half_a_turn_flips_both_axes_exactly(images):
    for degree in (180, -180, 540.0):
        got = transformed(images, "rotation", degree)
        np.testing.assert_array_equal(got, images[:, ::-1, ::-1])


def test_a_quarter_turn_is_counter_clockwise_and_exact():
    image = np.zeros((1, 3, 3, 1), np.float32)
    image[0, 0, 1] = 1  # twelve o'clock goes to nine o'clock
    assert transformed(image, "rotation", 90)[0, 1, 0] == 1
    assert transformed(image, "rotation", -90)[0, 1, 2] == 1
    np.testing.assert_array_equal(
        transformed(SQUARE, "rotation", 90), SQUARE.swapaxes(1, 2)[:, ::-1]
    )


def test_a_quarter_turn_of_a_wide_image_keeps_its_shape_and_fills():
    got = transformed(WIDE, "rotation", 90, fill=7)
    assert got.shape == WIDE.shape
    # Of 5 rows and 8 columns the middle 5 × 5 square stays, between pixels: 3 columns are filled.
    wide = np.pad(WIDE, ((0, 0), (2, 1), (0, 0), (0, 0)), constant_values=7)
    turned = wide.swapaxes(1, 2)[:, ::-1]  # 8 × 8, half a pixel off the centre
    expected = (turned[:, 1:6] + turned[:, 2:7]) / 2
    other = np.pad(WIDE, ((0, 0), (1, 2), (0, 0), (0, 0)), constant_values=7)
    turned = other.swapaxes(1, 2)[:, ::-1]
    expected = (expected + (turned[:, 1:6] + turned[:, 2:7]) / 2) / 2
    np.testing.assert_allclose(got, expected, atol=1e-5)


@pytest.mark.parametrize("images", [SQUARE, WIDE])
@pytest.mark.parametrize("degree", [17, -130.5, 91])
def test_any_turn_is_that_of_scikit_image(images, degree):
    got = transformed(images, "rotation", degree, fill=0.3)
    for image, turned in zip(images, got, strict=True):
        expected = rotate(image, degree, order=1, mode="constant", cval=0.3, clip=False)
        np.testing.assert_allclose(turned, expected, atol=1e-4)


def test_shifts():
    right = transformed(WIDE, "translation", 2, fill=-1)
    np.testing.assert_array_equal(right[:, :, 2:], WIDE[:, :, :-2])
    assert (right[:, :, :2] == -1).all()
    both = transformed(WIDE, "translation", (-1, -3), fill=0.5)
    np.testing.assert_array_equal(both[:, :-1, :-3], WIDE[:, 1:, 3:])
    assert (both[:, -1:] == 0.5).all()
    assert (both[:, :, -3:] == 0.5).all()
    half = transformed(WIDE, "translation", 0.5)
    np.testing.assert_allclose(half[:, :, 1:], (WIDE[:, :, 1:] + WIDE[:, :, :-1]) / 2, atol=1e-6)
    assert (transformed(WIDE, "translation", 8, fill=3) == 3).all()


def test_scaling_keeps_the_centre():
    ramp = np.arange(7, dtype=np.float32)[None, None, :, None].repeat(5, axis=1)  # centre: 3
    twice = transformed(ramp, "scaling", 2)
    np.testing.assert_allclose(twice[0, 2, :, 0], [1.5, 2, 2.5, 3, 3.5, 4, 4.5])
    half = transformed(ramp, "scaling", 0.5, fill=9)
    np.testing.assert_allclose(half[0, 2, 2:5, 0], [1, 3, 5])
    assert (half[0, :, [0, 6]] == 9).all()
    assert (half[0, 0] == 9).all()


def test_images_that_cannot_be_written_to():
    locked = RNG.random((1, 5, 8, 1)).astype(np.float32)
    locked.flags.writeable = False
    for kind, degree in {"rotation": 17, "scaling": 2, "translation": 1}.items():
        assert transformed(locked, kind, degree).flags.writeable


# Curves


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("batch_size", [2, 100])
def test_the_curves_are_those_of_numpy(kind, batch_size):
    model, degrees = net(WIDE.shape[1:], pool=False), KINDS[kind]
    got = invariance(model, WIDE, kind, degrees, fill=0.2, batch_size=batch_size)
    assert list(got.distances) == ["early", "dense"]
    assert got.kind == kind
    assert got.degrees.tolist() == list(degrees)
    for name, distances in got.distances.items():
        assert distances.shape == (3, 3)
        base = layer_activations(model, WIDE, [name])[name].reshape(3, -1)
        for t, degree in enumerate(degrees):
            moved = transformed(WIDE, kind, degree, 0.2)
            features = layer_activations(model, moved, [name])[name].reshape(3, -1)
            expected = np.sqrt(((features - base) ** 2).sum(1)) / np.sqrt((base**2).sum(1))
            np.testing.assert_allclose(distances[:, t], expected, rtol=1e-4, atol=1e-6)
    answers = model.predict(WIDE, verbose=0)
    np.testing.assert_array_equal(got.classes, answers.argmax(axis=1))
    np.testing.assert_allclose(got.probabilities[:, 0], answers.max(axis=1), rtol=1e-5)
    moved = model.predict(transformed(WIDE, kind, degrees[1], 0.2), verbose=0)
    expected = moved[np.arange(3), got.classes]
    np.testing.assert_allclose(got.probabilities[:, 1], expected, rtol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_done_is_no_distance(kind):
    got = invariance(net(WIDE.shape[1:]), WIDE, kind, KINDS[kind])
    for distances in got.distances.values():
        assert (distances[:, [0, 2]] == 0).all()
        assert (distances[:, 1] > 0.01).all()


def test_global_pooling_overlooks_where_a_blob_lies():
    blob = np.zeros((1, 16, 16, 1), np.float32)
    blob[0, 7:9, 7:9, 0] = [[1, 2], [3, 4]]
    shifts = [(0, 0), (3, -2), (-4, 4)]
    pooled = invariance(net((16, 16, 1)), blob, "translation", shifts, ["late", "dense"])
    assert pooled.distances["late"][0, 1:].min() > 0.1
    np.testing.assert_allclose(pooled.distances["dense"], 0, atol=1e-5)
    np.testing.assert_allclose(np.ptp(pooled.probabilities, axis=1), 0, atol=1e-5)
    flat = invariance(net((16, 16, 1), pool=False), blob, "translation", shifts, ["dense"])
    assert flat.distances["dense"][0, 1:].min() > 0.1


def test_classes_and_a_layer_that_says_nothing():
    model = net(WIDE.shape[1:])
    answers = model.predict(WIDE, verbose=0)
    for classes in (2, np.array([2, 0, 1])):
        got = invariance(model, WIDE, "rotation", [0], "late", classes)
        expected = answers[np.arange(3), classes]
        np.testing.assert_allclose(got.probabilities[:, 0], expected, rtol=1e-5)
        assert list(got.distances) == ["late"]
    weights = model.get_weights()
    weights[5] = weights[5] - 100
    model.set_weights(weights)
    silent = invariance(model, WIDE, "rotation", [0, 30])
    assert np.isnan(silent.distances["dense"]).all()
    assert np.isfinite(silent.distances["early"]).all()


def test_any_head():
    inputs = keras.Input(WIDE.shape[1:])
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3, activation="relu", name="conv")(inputs))
    model = keras.Model(
        inputs,
        {
            "one": layers.Dense(1, activation="sigmoid", name="one")(x),
            "many": layers.Dense(3, name="many")(x),
        },
    )
    randomised(model)
    outputs = model.predict(WIDE, verbose=0)
    one = invariance(model, WIDE, "rotation", [0], "conv", classes=1, head="one")
    np.testing.assert_allclose(one.probabilities, outputs["one"], rtol=1e-5)
    zero = invariance(model, WIDE, "rotation", [0], "conv", classes=0, head="one")
    np.testing.assert_allclose(zero.probabilities, 1 - outputs["one"], rtol=1e-5)
    many = predictions(model, WIDE, 2, head="many")
    powers = np.exp(outputs["many"])
    expected = powers.max(axis=1) / powers.sum(axis=1)
    np.testing.assert_allclose(many.probabilities[:, 0], expected, rtol=1e-5)
    with pytest.raises(ValueError, match="several heads"):
        invariance(model, WIDE, "rotation", [0], "conv")


def test_the_last_layer_is_what_the_logits_of_the_head_are_made_of():
    lines, images = build("line_heads"), RNG.random((2, 28, 28, 3)).astype(np.float32)
    for head in ("length", "angle"):
        found = invariance(lines, images, "translation", [2], head=head)
        assert list(found.distances) == ["conv1_1", "pool2"]
    # Its logits come from a convolution, and what that is given from two, side by side.
    photos, images = squeezenet(65), RNG.random((1, 65, 65, 3)).astype(np.float32)
    found = invariance(photos, images, "rotation", [10])
    assert list(found.distances) == ["conv1", "fire9_concat"]


def test_a_head_with_layers_of_its_own():
    inputs = keras.Input(WIDE.shape[1:])
    outputs = {}
    for head in ("one", "other"):
        x = layers.Conv2D(2, 3, name=f"{head}_conv")(inputs)
        x = layers.Dense(4, activation="relu", name=f"{head}_dense")(layers.Flatten()(x))
        x = layers.Dropout(0.5)(x)
        outputs[head] = layers.Dense(3, activation="softmax", name=head)(x)
    model = keras.Model(inputs, outputs)
    for head in outputs:
        found = invariance(model, WIDE, "rotation", [10], head=head)
        assert list(found.distances) == [f"{head}_conv", f"{head}_dense"]


def test_logits_of_two_layers_have_no_one_layer_before_them():
    inputs = keras.Input(WIDE.shape[1:])
    x = layers.Flatten()(layers.Conv2D(2, 3, name="conv")(inputs))
    both = layers.Add()([layers.Dense(3)(x), layers.Dense(3)(x)])
    model = keras.Model(inputs, layers.Softmax()(both))
    with pytest.raises(ValueError, match="no one layer that its logits are made of: name layers"):
        invariance(model, WIDE, "rotation", [10])
    assert list(invariance(model, WIDE, "rotation", [10], ["conv"]).distances) == ["conv"]


def test_reloaded_and_nested_models(tmp_path):
    model = net(WIDE.shape[1:])
    expected = invariance(model, WIDE, "rotation", [10, 20])
    model.save(tmp_path / "net.keras")
    reloaded = keras.models.load_model(tmp_path / "net.keras", compile=False)
    nested = keras.Sequential([keras.Input(WIDE.shape[1:]), reloaded])
    for other in (reloaded, nested):
        got = invariance(other, WIDE, "rotation", [10, 20])
        for one, two in zip(got.distances.values(), expected.distances.values(), strict=True):
            np.testing.assert_allclose(one, two, rtol=1e-4)
        np.testing.assert_allclose(got.probabilities, expected.probabilities, rtol=1e-4)


# The table


@pytest.mark.parametrize("batch_size", [5, 100])
def test_the_table(batch_size):
    model = net(SQUARE.shape[1:], pool=False)
    table = predictions(model, SQUARE, (2, 3), fill=0.4, batch_size=batch_size)
    assert table.names[:4] == ("as it is", "turned by 90°", "turned by 180°", "centre covered")
    assert table.images.shape == (3, 8, *SQUARE.shape[1:])
    answers = model.predict(table.images.reshape(-1, *SQUARE.shape[1:]), verbose=0)
    np.testing.assert_array_equal(table.classes.ravel(), answers.argmax(axis=1))
    np.testing.assert_allclose(table.probabilities.ravel(), answers.max(axis=1), rtol=1e-5)
    np.testing.assert_array_equal(table.images[:, 2], SQUARE[:, ::-1, ::-1])
    covered = centre_and_corners(model, SQUARE, (2, 3), fill=0.4)
    np.testing.assert_array_equal(table.classes[:, [0, 3, 4, 5, 6, 7]], covered.classes)
    np.testing.assert_allclose(
        table.probabilities[:, [0, 3, 4, 5, 6, 7]], covered.probabilities, rtol=1e-5
    )
    assert table.names[3:] == tuple(f"{name} covered" for name in covered.names[1:])


# Errors


@pytest.mark.parametrize(
    ("kind", "degree", "message"),
    [
        ("shear", 3, "kind is 'shear'; choose 'rotation'"),
        ("scaling", 0, "degree is 0; a scaling is a factor greater than 0"),
        ("rotation", np.nan, "degree is nan"),
        ("rotation", (1, 2), r"degree is \(1, 2\)"),
        ("translation", (1, 2, 3), r"degree is \(1, 2, 3\)"),
        ("translation", "far", "degree is 'far'"),
    ],
)
def test_bad_transformations(kind, degree, message):
    with pytest.raises(ValueError, match=message):
        transformed(SQUARE, kind, degree)


def test_errors():
    model = net(WIDE.shape[1:])
    with pytest.raises(ValueError, match=r"images must be .*uint8"):
        transformed(np.zeros((1, 3, 3, 1), np.uint8), "rotation", 1)
    with pytest.raises(ValueError, match="there are no degrees"):
        invariance(model, WIDE, "rotation", [])
    with pytest.raises(ValueError, match="no layer 'lost'"):
        invariance(model, WIDE, "rotation", [1], ["lost"])
    for classes in (3, -1, [0, 1], 0.5):
        with pytest.raises(ValueError, match="give one from 0 to 2, or one for each of the 3"):
            invariance(model, WIDE, "rotation", [1], classes=classes)
    with pytest.raises(ValueError, match=r"a patch of 9 pixels does not fit"):
        predictions(model, WIDE, 9)
    small = keras.Sequential([keras.Input((4, 4, 1)), layers.Flatten(), layers.Dense(2)])
    with pytest.raises(ValueError, match="no convolution to begin with"):
        invariance(small, np.zeros((1, 4, 4, 1), np.float32), "rotation", [1])
    maps = keras.Sequential([keras.Input((4, 4, 1)), layers.Conv2D(2, 3, name="conv")])
    with pytest.raises(ValueError, match=r"need one of shape \(N, classes\)"):
        invariance(maps, np.zeros((1, 4, 4, 1), np.float32), "rotation", [1], ["conv"])
