"""What holds for every method of the catalogue; and a new record is found wherever methods are."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from helpers import explorers, ranking
from helpers.datasets import Split
from helpers.methods import cam, catalogue, saliency
from helpers.scores import ClassScore, FilterScore

ROOT = Path(__file__).parents[2]
METHODS = catalogue.METHODS.values()
IMAGES = np.random.default_rng(0).random((5, 8, 6, 2)).astype(np.float32)
every_method = pytest.mark.parametrize("method", METHODS, ids=catalogue.METHODS)


def network(*head, activation="relu", seed=1):
    convolutions = [
        layers.Conv2D(4, 3, activation=activation, name="early"),
        layers.Conv2D(5, 2, activation=activation, name="late"),
    ]
    model = keras.Sequential([keras.Input((8, 6, 2)), *convolutions, *head], name="net")
    rng = np.random.default_rng(seed)
    model.set_weights([rng.normal(0, 0.5, weights.shape) for weights in model.get_weights()])
    return model


@pytest.fixture(scope="module")
def model():
    """Every method applies to it."""
    return network(layers.GlobalAveragePooling2D(), layers.Dense(4, "softmax"))


def summed(parts):
    return parts.astype(np.float64).sum()


@every_method
def test_a_record_says_what_its_method_is(method):
    assert method.family in catalogue.FAMILIES
    assert method.link.startswith("https://") and method.paper[-4:].isdigit()
    assert method.sentence.endswith(".") and len(method.sentence) < 100
    assert set(method.needs) <= set(catalogue.NEEDS)
    assert "batch_size" in method.options
    first_author = method.paper.split()[0]
    assert first_author in (method.function.__doc__ or "") + Path(
        sys.modules[method.function.__module__].__file__
    ).read_text("utf-8")


@every_method
def test_a_map_is_one_number_for_each_pixel(model, method):
    assert method.applies(model)
    for signed in (False, True):
        maps = method.maps(model, IMAGES, 2, signed=signed)
        assert maps.shape == IMAGES.shape[:3] and maps.dtype == np.float32
        assert np.isfinite(maps).all() and maps.any()


@every_method
def test_a_map_depends_neither_on_the_batches_nor_on_the_other_images(model, method):
    maps = method.maps(model, IMAGES, 1)
    alone = np.concatenate([method.maps(model, IMAGES[[i]], 1) for i in range(5)])
    for others in (method.maps(model, IMAGES, 1, batch_size=3), alone):
        np.testing.assert_allclose(others, maps, rtol=1e-4, atol=1e-6)


@every_method
def test_twice_is_the_same(model, method):
    first, again = (method.maps(model, IMAGES, 3) for _ in range(2))
    np.testing.assert_array_equal(first, again)


@every_method
def test_images_of_one_colour_and_classes_with_equal_weights_make_no_nan(model, method):
    flat = np.full((2, 8, 6, 2), 0.5, np.float32)
    assert np.isfinite(method.maps(model, flat, 0, signed=True)).all()
    silent = network(layers.GlobalAveragePooling2D(), layers.Dense(4))
    silent.set_weights([0 * weights for weights in silent.get_weights()])
    assert not method.maps(silent, IMAGES, 0).any()


@every_method
def test_a_negative_value_means_what_the_record_says(model, method):
    unsigned, signed = (
        np.stack([method.maps(model, IMAGES, c, signed=s) for c in range(4)]) for s in (False, True)
    )
    if method.channels == "max" or (method.family == "CAM" and not method.needs):
        assert unsigned.min() >= 0
    if method.negative == catalogue.NEGATIVE_ACTIVATIONS:  # of which there are none behind a ReLU
        assert signed.min() >= 0
    else:
        assert signed.min() < 0


@every_method
def test_bad_input_is_named(model, method):
    with pytest.raises(
        ValueError, match=r"takes images of shape \(N, 8, 6, 2\), got \(5, 8, 6, 1\)"
    ):
        method.maps(model, IMAGES[..., :1], 0)
    with pytest.raises(ValueError, match="give float32"):
        method.maps(model, (255 * IMAGES).astype(np.uint8), 0)
    with pytest.raises(IndexError, match="no class 4: choose from 0 to 3"):
        method.maps(model, IMAGES, 4)
    with pytest.raises(TypeError, match="does not say what to explain"):
        method.maps(model, IMAGES, "four")
    with pytest.raises(ValueError, match="batch_size is 0"):
        method.maps(model, IMAGES, 0, batch_size=0)
    with pytest.raises(TypeError):
        method.function(model, IMAGES, 0, "late", 1, 2, 3, 4, 5, 6, 7, 8)


@pytest.mark.parametrize("method", [m for m in METHODS if m.complete], ids=lambda m: m.name)
def test_what_is_complete_adds_up_to_the_difference_of_the_scores(model, method):
    for baseline in (0.0, 1.0):
        found = method.maps(model, IMAGES[:1], 2, baseline=baseline, steps=300)
        probabilities = np.log(
            model.predict(np.stack([IMAGES[0], np.full_like(IMAGES[0], baseline)]), verbose=0)
        )
        logits = probabilities - probabilities.mean(axis=1, keepdims=True)
        # The logits up to what is common to all classes: so two classes are compared.
        other = method.maps(model, IMAGES[:1], 1, baseline=baseline, steps=300)
        difference = (logits[0, 2] - logits[1, 2]) - (logits[0, 1] - logits[1, 1])
        assert summed(found) - summed(other) == pytest.approx(difference, abs=2e-3)


def test_methods_apply_where_the_model_has_what_they_need():
    head = [layers.Flatten(), layers.Dense(3)]
    smooth = network(*head, activation="tanh")
    assert set(catalogue.METHODS) - set(catalogue.applicable(smooth)) == {
        *("CAM", "deconvnet", "guided backprop", "guided Grad-CAM")
    }
    hidden = network(layers.GlobalAveragePooling2D(), layers.Dense(5, "relu"), layers.Dense(3))
    assert set(catalogue.METHODS) - set(catalogue.applicable(hidden)) == {"CAM"}
    dense = keras.Sequential([keras.Input((4, 4, 1)), layers.Flatten(), layers.Dense(2)])
    assert {catalogue.get(name).family for name in catalogue.applicable(dense)} == {
        *("gradient", "perturbation")
    }
    assert catalogue.applicable(hidden, "perturbation") == ["occlusion", "RISE"]
    swish = network(*head, activation="swish")
    assert "LRP" in catalogue.applicable(smooth) and "LRP" not in catalogue.applicable(swish)


def test_a_method_is_found_by_its_name_and_by_its_function():
    record = catalogue.METHODS["Grad-CAM"]
    for identifier in ("Grad-CAM", "grad_cam", cam.grad_cam, record):
        assert catalogue.get(identifier) is record
    with pytest.raises(
        ValueError, match=r"no method 'GradCAM'\. Did you mean 'Grad-CAM'\? .*: CAM,"
    ):
        catalogue.get("GradCAM")


def test_options_that_a_method_does_not_take_are_left_out_and_what_none_takes_is_named():
    with pytest.raises(TypeError, match=r"no method has an option 'stesp'; there are: .*steps"):
        catalogue.get("integrated gradients").chosen((20, 30), stesp=3)
    chosen = catalogue.get("occlusion").chosen((20, 30), layer="late", baseline="blur", steps=3)
    assert chosen == {"patch": 5, "stride": 1, "smooth": 0.5, "fill": "blur"}
    assert catalogue.get("Grad-CAM").chosen((20, 30), layer="late", baseline=0) == {"layer": "late"}


def test_the_record_tells_which_layer_is_looked_at_and_names_it(model):
    assert catalogue.get("Grad-CAM").layer_of(model, 1) == cam.default_layer(model, 1) == "late"
    assert catalogue.get("Grad-CAM").layer_of(model, FilterScore("early", 0)) == "early"
    assert catalogue.get("LayerCAM").layer_of(model, 1, "early") == "early"
    assert catalogue.get("Grad-CAM").title(model, 1) == "Grad-CAM of late"
    assert catalogue.get("Grad-CAM++").title(model, 1, "early") == "Grad-CAM++ of early"
    assert catalogue.get("occlusion").layer_of(model, 1, "early") is None
    assert catalogue.get("occlusion").title(model, 1, "early") == "occlusion"


TOY = '''
import numpy as np
from helpers.methods import catalogue

def brightness(model, images, score, *, batch_size=32):
    """Toy 2026."""
    return images.sum(axis=-1)

RECORD = catalogue.Method(
    "brightness", brightness, "perturbation", "Says how bright it is.", "Toy 2026", "https://toy"
)
catalogue.METHODS[RECORD.name] = RECORD
'''


@pytest.fixture
def toy(monkeypatch):
    monkeypatch.setattr(catalogue, "METHODS", dict(catalogue.METHODS))
    exec(TOY, space := {})
    return space["RECORD"]


def test_a_new_record_appears_in_explorers_and_in_the_ranking(model, toy):
    pictures, names = IMAGES[..., :1], list("abcd")

    def offered(explorer):
        return toy.name in explorer.controls["method"].options

    assert offered(explorers.own_model(model, IMAGES, pictures, names))
    inputs = keras.Input((8, 6, 1))
    features = layers.Flatten()(layers.Conv2D(2, 3, activation="relu")(inputs))
    two = keras.Model(inputs, [layers.Dense(2, name=name)(features) for name in ("one", "two")])
    attributes = {"one": np.zeros(5, int), "two": np.zeros(5, int)}
    split = Split(pictures, np.zeros(5, int), {"all": pictures[..., 0] >= 0}, attributes)
    assert offered(explorers.four_heads(two, split, {"one": "ab", "two": "ab"}, "all"))
    [map_] = ranking.methods(0.0)[toy.name](model, IMAGES[:1], ClassScore(0))
    np.testing.assert_array_equal(map_, IMAGES[0].sum(axis=-1))


@pytest.mark.parametrize("family", ["CAM", "gradient"])
def test_the_explorer_of_its_family_offers_it(toy, family, monkeypatch):
    labels, names, images = np.zeros(5, int), list("abcd"), IMAGES[..., :1]
    one_channel = keras.Sequential(
        [
            keras.Input((8, 6, 1)),
            layers.Conv2D(2, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(4),
            layers.Softmax(),
        ]
    )
    object.__setattr__(toy, "family", family)
    draw = {"CAM": explorers.grad_cam, "gradient": explorers.saliency}[family]
    shown = draw(one_channel, images, labels, names)
    shown.controls["method"].value = toy.name
    assert toy.name in shown.picture.value.lower()


def test_the_tests_of_every_method_are_those_of_a_new_one_too(tmp_path):
    (tmp_path / "toy_plugin.py").write_text(TOY)
    rooms = ["tests/methods/test_any_model.py", "tests/methods/test_catalogue.py"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--collect-only", "-p", "toy_plugin", *rooms],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(tmp_path), "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
    )
    collected = [line for line in done.stdout.splitlines() if "brightness" in line]
    assert len(collected) >= 7, done.stdout + done.stderr
    assert len({line.split("::")[0] for line in collected}) == len(rooms)


def test_the_readme_lists_them_all():
    readme = (ROOT / "README.md").read_text("utf-8")
    for method in METHODS:
        row = f"| [{method.name}]({method.link}) | {method.sentence} | {method.paper} |"
        assert row in readme, f"README.md lacks {row}"


def test_smoothgrad_smooths_any_method_of_gradients(model):
    score = FilterScore("late", 1)
    guided = saliency.smooth_grad(
        model, IMAGES, score, method=saliency.guided_backprop, samples=3, noise=0.0
    )
    expected = saliency.guided_backprop(model, IMAGES, score)
    np.testing.assert_allclose(guided, expected, rtol=1e-5, atol=1e-7)
    integrated = saliency.smooth_grad(
        model, IMAGES, 1, method=saliency.integrated_gradients, samples=2, noise=0.0, steps=7
    )
    expected = saliency.integrated_gradients(model, IMAGES, 1, steps=7)
    np.testing.assert_allclose(integrated, expected, rtol=1e-4, atol=1e-6)


def test_integrated_gradients_follow_any_path_and_add_up_to_the_same(model):
    def bent(starts, images, shares):
        return starts + shares**2 * (images - starts)

    def in_turn(starts, images, shares):  # the left half first, then the right
        left = np.arange(images.shape[2])[:, None] < images.shape[2] // 2
        pace = np.where(left, np.minimum(2 * shares, 1), np.maximum(2 * shares - 1, 0))
        return starts + pace * (images - starts)

    straight = saliency.integrated_gradients(model, IMAGES, 1, steps=400)
    same = saliency.integrated_gradients(model, IMAGES, 1, steps=400, path=bent)
    other = saliency.integrated_gradients(model, IMAGES, 1, steps=400, path=in_turn)
    np.testing.assert_allclose(same, straight, atol=2e-3)  # the same way at another pace
    assert abs(other - straight).max() > 0.01
    axes = (1, 2, 3)
    np.testing.assert_allclose(other.sum(axes), straight.sum(axes), rtol=2e-2, atol=2e-3)


def test_integrated_gradients_start_from_the_image_s_own_mean_or_blur(model):
    mean = np.broadcast_to(IMAGES.mean(axis=(1, 2), keepdims=True), IMAGES.shape)
    expected = saliency.integrated_gradients(model, IMAGES, 1, baseline=mean)
    got = saliency.integrated_gradients(model, IMAGES, 1, baseline="mean")
    np.testing.assert_array_equal(got, expected)
    with pytest.raises(
        ValueError, match=r"baseline is 'grey'; give a number.*'mean', 'blur' or 'noise'"
    ):
        saliency.integrated_gradients(model, IMAGES, 1, baseline="grey")


def test_xgrad_cam_sums_up_to_what_hires_cam_does():
    same = {"activation": "relu", "padding": "same"}  # maps as large as the image: no upsampling
    model = keras.Sequential(
        [
            keras.Input((8, 6, 2)),
            layers.Conv2D(4, 3, name="maps", **same),
            layers.Flatten(),
            layers.Dense(3),
        ]
    )
    model.layers[0].kernel.assign(abs(model.layers[0].kernel))  # no map is silent
    maps = np.asarray(model.layers[0](IMAGES))
    assert (maps.sum(axis=(1, 2)) > 0).all()
    mine, theirs = (
        method(model, IMAGES, 2, signed=True) for method in (cam.xgrad_cam, cam.hires_cam)
    )
    np.testing.assert_allclose(mine.sum(axis=(1, 2)), theirs.sum(axis=(1, 2)), rtol=1e-4)
    # By hand: of each map the gradients' mean, weighted by where it is active.
    gradients = model.layers[-1].kernel.numpy()[:, 2].reshape(maps.shape[1:])
    weights = (maps * gradients).sum(axis=(1, 2)) / maps.sum(axis=(1, 2))
    np.testing.assert_allclose(mine, (maps * weights[:, None, None]).sum(axis=-1), atol=1e-5)
    assert not np.allclose(mine, theirs)
