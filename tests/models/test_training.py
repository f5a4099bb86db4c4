"""The course network: built as the practical work has it, trained once, kept."""

import errno
import os
import random
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from helpers import models
from helpers.datasets import Dataset, Split, lines
from helpers.methods.cam import grad_cam
from helpers.models import training
from helpers.models.networks import NETWORKS
from helpers.models.training import OneCycle
from helpers.scores import ClassScore


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def tiny():
    """Two classes that a network learns at once: bright images and dark ones."""
    rng = np.random.default_rng(0)

    def split(count):
        labels = rng.integers(0, 2, count)
        images = rng.random((count, 16, 16, 1)) * 0.4 + labels.reshape(-1, 1, 1, 1) * 0.5
        return Split(images.astype(np.float32), labels)

    return Dataset("tiny", split(64), split(32), ("dark", "bright"), "made here")


@pytest.fixture
def asked(monkeypatch):
    """What `trained` asks `train` for; what stands for that here changes the weights at once."""
    asked = []

    def train(model, dataset, epochs, seed, peak):
        asked.append({"epochs": epochs, "seed": seed, "peak": peak})
        model.compile("sgd", "mse")
        model.set_weights([weights + 1 for weights in model.get_weights()])
        return {"epoch": [float(epochs)]}

    monkeypatch.setattr(training, "train", train)
    return asked


def test_the_course_network_is_the_practical_works():
    model = models.build("course_cnn")
    assert model.count_params() == 7465
    assert models.conv_layers(model) == ("l1", "l2", "l3")
    assert models.dense_layers(model) == ("l4", "l5")
    shapes = {layer.name: layer.output.shape[1:] for layer in model.layers}
    assert shapes["l1"] == (28, 28, 9)
    assert shapes["l2"] == (14, 14, 9)
    assert shapes["l3"] == (7, 7, 16)
    assert shapes["flatten"] == (144,)


def test_the_wider_network_is_after_lenet():
    model = models.build("lenet")
    assert model.count_params() == 117_066
    assert [layer.output.shape[1:] for layer in model.layers[1:5]] == [
        (28, 28, 16),
        (14, 14, 16),
        (10, 10, 32),
        (5, 5, 32),
    ]


def test_the_network_for_class_activation_maps():
    model = models.build("gap_cnn", input_shape=(16, 12, 3), classes=4)
    assert [layer.name for layer in model.layers[-3:]] == ["relu3", "gap", "classes"]
    assert model.get_layer("relu3").output.shape == (None, 4, 3, 32)
    assert models.build("gap_cnn").count_params() == 7206


def test_the_same_seed_builds_the_same_weights():
    one, same, other = (models.build("course_cnn", seed=seed).get_weights() for seed in (1, 1, 2))
    assert all(map(np.array_equal, one, same))
    assert not np.array_equal(one[0], other[0])


def test_an_unknown_network_is_named():
    with pytest.raises(ValueError, match="no network 'course_cn'; there are: course_cnn, lenet"):
        models.build("course_cn")


def test_training_has_a_history_and_repeats_with_its_seed(tiny):
    weights, histories = [], []
    for _ in range(2):
        model = models.build("course_cnn", input_shape=(16, 16, 1), classes=2)
        histories.append(models.train(model, tiny, epochs=3, seed=5))
        weights.append(model.get_weights())
    curves = {"loss", "accuracy", "val_loss", "val_accuracy", "seconds"}
    assert set(histories[0]) == {"epoch", *curves}
    assert {len(values) for values in histories[0].values()} == {3}  # no more points than steps
    assert histories[0]["epoch"] == [1, 2, 3]
    assert histories[0]["loss"] == histories[1]["loss"]
    assert all(map(np.array_equal, *weights))


def test_the_history_takes_stock_of_each_tenth_of_the_training(tiny):
    model = models.build("course_cnn", input_shape=(16, 16, 1), classes=2)
    history = models.train(model, tiny, epochs=15)
    np.testing.assert_allclose(history["epoch"], np.arange(1.5, 15.1, 1.5))
    assert {len(values) for values in history.values()} == {10}


def test_the_learning_rate_rises_then_falls_to_nothing():
    rates = [float(OneCycle(0.5, 1000)(step)) for step in (0, 150, 300, 650, 1000)]
    np.testing.assert_allclose(rates, [0.05, 0.275, 0.5, 0.25, 0], atol=1e-7)


def test_an_interrupt_keeps_what_was_learned(tiny, capsys, monkeypatch):
    model = models.build("course_cnn", input_shape=(16, 16, 1), classes=2)

    class Stop(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 2:
                raise KeyboardInterrupt

    fit = model.fit
    monkeypatch.setattr(
        model,
        "fit",
        lambda *args, callbacks, **kwargs: fit(*args, callbacks=[*callbacks, Stop()], **kwargs),
    )
    before = model.get_weights()
    history = models.train(model, tiny, epochs=9)
    assert history["epoch"] == [1, 2]
    assert len(history["loss"]) == 2
    assert "interrupted after 2 of 9 epochs" in capsys.readouterr().out
    assert not np.array_equal(before[0], model.get_weights()[0])


def test_zero_epochs_are_refused(tiny):
    with pytest.raises(ValueError, match="epochs is 0"):
        models.train(models.build("course_cnn", input_shape=(16, 16, 1)), tiny, epochs=0)


def test_a_network_for_other_classes_is_refused(tiny):
    with pytest.raises(ValueError, match="tells 10 classes apart, but 'tiny' has 2"):
        models.train(models.build("course_cnn", input_shape=(16, 16, 1)), tiny)


def test_trained_trains_once_then_loads(tiny, monkeypatch):
    first = models.trained("course_cnn", tiny, epochs=2)
    monkeypatch.setattr("helpers.models.training.train", lambda *_: pytest.fail("trained again"))
    again = models.trained("course_cnn", tiny, epochs=2)
    assert again.history == first.history
    np.testing.assert_array_equal(
        models.predict(again.model, tiny.test.images), models.predict(first.model, tiny.test.images)
    )


@pytest.fixture(scope="module")
def very_few_lines(few_lines):
    """32 lines, for networks of every kind: those of one head learn the labels."""
    train = few_lines.train
    attributes = {name: values[:32] for name, values in train.attributes.items()}
    few = Split(train.images[:32], train.labels[:32], {}, attributes)
    return Dataset("lines", few, few, few_lines.class_names, "made here")


def everything_about(trained):
    """What two models that are the same have in common, with the next random numbers."""
    model, history = trained
    return {
        "config": model.to_json(),
        "compiled": (model.compiled, hasattr(model, "optimizer"), model.get_compile_config()),
        "attributes": set(vars(model)),
        "trainable": [(layer.name, layer.trainable) for layer in model.layers],
        "weights": [weights.tobytes() for weights in model.get_weights()],
        "history": history,
        "random": (np.random.random(), random.random()),  # noqa: NPY002  (Keras's own)
        "training": [np.asarray(out).tobytes() for out in outputs_while_training(model)],
    }


def outputs_while_training(model):
    inputs = np.random.default_rng(0).random((2, *model.input_shape[1:])).astype(np.float32)
    return tf.nest.flatten(model(inputs, training=True))  # with dropout


# With the layers of another: course_cnn (lenet), gap_cnn (line_cnn, line_gap_cnn), line_heads.
ALIKE = ("lenet", "line_cnn", "line_gap_cnn", "line_classes")


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.full if n in ALIKE else ()) for n in NETWORKS]
)
def test_trained_and_loaded_a_network_is_the_same_in_every_respect(
    name, very_few_lines, monkeypatch
):
    just_trained = models.trained(name, very_few_lines, epochs=1)
    first, model = everything_about(just_trained), just_trained.model
    cloned = keras.models.clone_model(model)
    assert [layer.name for layer in cloned.layers] == [layer.name for layer in model.layers]
    monkeypatch.setattr("helpers.models.training.train", lambda *_: pytest.fail("trained again"))
    assert everything_about(models.trained(name, very_few_lines, epochs=1)) == first


def test_a_model_that_one_trained_oneself_is_cloned_saved_and_loaded_as_well(tiny, tmp_path):
    model = models.build("course_cnn", input_shape=(16, 16, 1), classes=2)
    models.train(model, tiny, epochs=1, peak=np.float32(0.02))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    for copy in (keras.models.clone_model(model), loaded):
        schedule, own = copy.optimizer._learning_rate, model.optimizer._learning_rate
        assert isinstance(schedule, OneCycle)
        assert schedule.get_config() == own.get_config()
        assert schedule.peak == pytest.approx(0.02)
    assert all(map(np.array_equal, loaded.get_weights(), model.get_weights()))


def test_interrupted_training_returns_a_model_like_any_other_and_keeps_nothing(
    tiny, own_cache, monkeypatch
):
    def interrupted(model, dataset, epochs, *options):
        trains(model, dataset, 1, *options)
        return {"epoch": [1.0]}

    trains = training.train
    monkeypatch.setattr(training, "train", interrupted)
    model, history = models.trained("course_cnn", tiny, epochs=2)
    assert history == {"epoch": [1.0]}
    assert not model.compiled
    assert keras.models.clone_model(model).count_params() == model.count_params()
    assert not (own_cache / "models").exists()
    monkeypatch.setattr(training, "train", trains)
    one_epoch = models.trained("course_cnn", tiny, epochs=1).model
    assert all(map(np.array_equal, model.get_weights(), one_epoch.get_weights()))


def full_disk(monkeypatch, own_cache):
    def save(self, path):
        Path(path).write_bytes(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(keras.Model, "save", save)


def no_folder(monkeypatch, own_cache):
    (own_cache / "models").write_text("a file is where the folder should be")


def read_only(monkeypatch, own_cache):
    def mkdir(self, *_, **__):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))  # which root never sees

    monkeypatch.setattr(Path, "mkdir", mkdir)


@pytest.mark.parametrize(
    ("hinder", "why"),
    [(full_disk, "No space left"), (no_folder, "File exists"), (read_only, "Permission denied")],
)
def test_where_nothing_can_be_kept_the_training_is_not_lost_and_that_is_said_once(
    hinder, why, tiny, asked, own_cache, capsys, monkeypatch
):
    kept = everything_about(models.trained("course_cnn", tiny, epochs=1))
    shutil.rmtree(own_cache / "models")
    with monkeypatch.context() as patch:
        hinder(patch, own_cache)
        unkept, _ = (models.trained("course_cnn", tiny, epochs=1) for _ in range(2))
    assert everything_about(unkept) == kept
    said = capsys.readouterr().out
    assert said.count("cannot be kept") == 1
    assert why in said and str(own_cache / "models") in said and "COURSE_CACHE" in said
    assert not list(own_cache.glob("models/*"))


def test_a_checkpoint_belongs_to_its_data_epochs_and_seed(tiny, asked, own_cache):
    flipped = Split(tiny.train.images[::-1].copy(), tiny.train.labels[::-1].copy())
    other_data = Dataset("tiny", flipped, tiny.test, tiny.class_names, tiny.source)
    for options in ({}, {"epochs": 2}, {"seed": 1}):
        models.trained("course_cnn", tiny, **{"epochs": 1, **options})
    models.trained("course_cnn", other_data, epochs=1)
    assert [(one["epochs"], one["seed"]) for one in asked] == [(1, 0), (2, 0), (1, 1), (1, 0)]
    assert len(list((own_cache / "models").iterdir())) == 4


def test_a_checkpoint_belongs_to_its_learning_rate(tiny, asked, own_cache, monkeypatch):
    models.trained("course_cnn", tiny, epochs=1)
    for peak in (0.02, 0.03):
        monkeypatch.setitem(NETWORKS, "course_cnn", replace(NETWORKS["course_cnn"], peak=peak))
        models.trained("course_cnn", tiny, epochs=1)
    assert [one["peak"] for one in asked] == [0.01, 0.02, 0.03]
    assert len(list((own_cache / "models").iterdir())) == 3


def test_who_wants_what_another_trains_waits_for_it(tiny, monkeypatch):
    trainings = []

    def train(*arguments):
        trainings.append(arguments)
        time.sleep(1)  # so that the other asks meanwhile
        return really(*arguments)

    really = training.train
    monkeypatch.setattr(training, "train", train)
    with ThreadPoolExecutor(2) as pool:
        both = [pool.submit(models.trained, "course_cnn", tiny, epochs=1) for _ in range(2)]
        one, other = (future.result() for future in both)
    assert len(trainings) == 1
    assert one.history == other.history


@pytest.mark.parametrize("keep", [0, 100, 3000], ids=["empty", "a scrap", "half"])
def test_a_corrupt_checkpoint_is_trained_again(tiny, asked, own_cache, capsys, keep):
    models.trained("course_cnn", tiny, epochs=1)
    (path,) = (own_cache / "models").iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole[:keep])
    models.trained("course_cnn", tiny, epochs=1)
    assert f"{path} cannot be read" in capsys.readouterr().out
    models.trained("course_cnn", tiny, epochs=1)
    assert capsys.readouterr().out == ""
    assert len(asked) == 2


@pytest.mark.parametrize("outputs", ["list", "dict"])
def test_what_one_of_several_heads_answers(outputs):
    inputs = keras.Input((8, 6, 2))
    flat = keras.layers.Flatten()(inputs)
    colour = keras.layers.Dense(1, activation="sigmoid", name="colour")(flat)
    angle = keras.layers.Dense(12, activation="softmax", name="angle")(flat)
    heads = [colour, angle] if outputs == "list" else {"colour": colour, "angle": angle}
    model = keras.Model(inputs, heads)
    images = np.random.default_rng(0).random((3, 8, 6, 2)).astype(np.float32)
    for name, head in (("colour", colour), ("angle", angle), (1, angle)):
        expected = keras.Model(inputs, head).predict(images, verbose=0)
        if head is colour:
            expected = np.hstack([1 - expected, expected])
        np.testing.assert_allclose(models.predict(model, images, name), expected, rtol=1e-5)
    with pytest.raises(ValueError, match="several heads, name one of: colour, angle"):
        models.predict(model, images)


@pytest.mark.parametrize("activation", ["softmax", "sigmoid", None])
def test_a_model_answers_what_it_says_itself(activation):
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, activation)])
    inputs = np.random.default_rng(0).random((5, 3)).astype(np.float32)
    np.testing.assert_allclose(
        models.predict(model, inputs), model.predict(inputs, verbose=0), rtol=1e-5
    )


def test_one_sigmoid_unit_answers_two_probabilities_and_can_be_right_in_both_ways():
    flat, head = keras.layers.Flatten(), keras.layers.Dense(1, "sigmoid")
    model = keras.Sequential([keras.Input((1, 1, 1)), flat, head])
    head.set_weights([np.log([[12]]), -np.log([3])])
    images = np.array([0, 1, 0.5], np.float32).reshape(3, 1, 1, 1)
    expected = [[3 / 4, 1 / 4], [1 / 5, 4 / 5]]
    np.testing.assert_allclose(models.predict(model, images[:2]), expected, rtol=1e-5)
    split = Split(images, np.array([0, 1, 0]))
    assert models.accuracy(model, split) == pytest.approx(2 / 3)


def test_accuracy_is_the_share_of_hits(tiny):
    model = models.build("course_cnn", input_shape=(16, 16, 1), classes=2)
    hits = model.predict(tiny.test.images, verbose=0).argmax(1) == tiny.test.labels
    assert models.accuracy(model, tiny.test) == pytest.approx(hits.mean())


def test_the_networks_for_lines():
    course = models.build("line_cnn")
    assert course.get_layer("conv").kernel.shape == (7, 7, 3, 32)
    assert course.get_layer("dense").kernel.shape == (14 * 14 * 32, 1024)
    assert course.output_shape == (None, 96)
    small = models.build("line_gap_cnn")
    assert small.output_shape == (None, 96)
    assert small.count_params() < course.count_params() / 100
    heads = models.build("line_heads")
    assert models.conv_layers(heads) == ("conv1_1", "conv1_2", "conv2_1", "conv2_2")
    assert [heads.get_layer(name).filters for name in models.conv_layers(heads)] == [32, 32, 64, 64]
    ends = {
        name: (heads.get_layer(name).units, heads.get_layer(name).activation.__name__)
        for name in heads.output_names
    }
    classes = models.build("line_classes")
    assert models.conv_layers(classes) == models.conv_layers(heads)
    assert classes.output_shape == (None, 96)
    one = (1, "sigmoid")
    assert ends == {"length": one, "width": one, "angle": (12, "softmax"), "colour": one}


def test_the_network_for_faces():
    model = models.build("face_cnn")
    assert model.input_shape == (None, 48, 48, 1)
    assert [model.get_layer(name).filters for name in models.conv_layers(model)] == [32, 64, 128]
    assert [model.get_layer(name).units for name in models.dense_layers(model)] == [256, 7]


@pytest.fixture(scope="module")
def few_lines():
    return lines.load(n=5)  # 384 to train with, 96 to test with


@pytest.fixture(scope="module")
def heads_trained(few_lines):
    model = models.build("line_heads")
    before = {name: loss_of(model, few_lines.train, name) for name in HEADS}
    history = models.train(model, few_lines, epochs=8)
    return model, history, before


HEADS = ("length", "width", "angle", "colour")


def answers_of(model, split, head):
    """(N, classes) by Keras itself."""
    answer = dict(zip(HEADS, model.predict(split.images, verbose=0), strict=True))[head]
    return np.hstack([1 - answer, answer]) if answer.shape[1] == 1 else answer


def loss_of(model, split, head):
    wanted = answers_of(model, split, head)[np.arange(len(split.labels)), split.attributes[head]]
    return -np.log(wanted).mean()


def test_several_heads_learn_the_attributes_of_their_names(few_lines, heads_trained):
    model, history, before = heads_trained
    after = {name: loss_of(model, few_lines.train, name) for name in HEADS}
    assert sum(after.values()) < sum(before.values())
    assert after["colour"] < before["colour"] / 2  # the easiest: which channel is lit
    accuracies = {f"{part}{name}_accuracy" for part in ("", "val_") for name in HEADS}
    assert set(history) == {"epoch", "loss", "val_loss", "seconds", *accuracies}
    assert {len(values) for values in history.values()} == {10}
    held_out = np.random.default_rng(0).permutation(384)[:38]
    for name in HEADS:
        hits = (
            answers_of(model, few_lines.train, name).argmax(1) == (few_lines.train.attributes[name])
        )
        assert history[f"val_{name}_accuracy"][-1] == pytest.approx(hits[held_out].mean())


def test_the_accuracy_of_a_head_and_of_all_heads_at_once(few_lines, heads_trained):
    model, test = heads_trained[0], few_lines.test
    hits = {n: answers_of(model, test, n).argmax(1) == test.attributes[n] for n in HEADS}
    for name in HEADS:
        assert models.accuracy(model, test, name) == pytest.approx(hits[name].mean())
    whole = sum(all(of_image) for of_image in zip(*hits.values(), strict=True)) / len(test.labels)
    assert models.accuracy(model, test) == pytest.approx(whole)
    with pytest.raises(ValueError, match="no head 'angel', it has: length, width, angle, colour"):
        models.accuracy(model, test, "angel")


def test_all_heads_are_right_only_where_each_is():
    flat = keras.layers.Flatten()
    inputs = keras.Input((1, 2, 1))
    heads = {name: keras.layers.Dense(1, "sigmoid", name=name) for name in ("left", "right")}
    model = keras.Model(inputs, {name: head(flat(inputs)) for name, head in heads.items()})
    for i, head in enumerate(heads.values()):  # above 1/2 where the pixel of its side is
        head.set_weights([20 * np.eye(2)[:, i : i + 1], np.array([-10])])
    images = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32).reshape(4, 1, 2, 1)
    attributes = {"left": np.array([0, 0, 1, 0]), "right": np.array([0, 1, 1, 0])}
    split = Split(images, np.zeros(4, np.int64), {}, attributes)
    assert models.accuracy(model, split, "left") == 3 / 4
    assert models.accuracy(model, split, "right") == 2 / 4
    assert models.accuracy(model, split) == 2 / 4
    history = models.train(model, Dataset("sides", *[several(split, 8)] * 2, ("any",), "here"), 1)
    assert "left_accuracy" in history  # outputs in a dict are trained, too


def several(split, times):
    attributes = {name: np.tile(values, times) for name, values in split.attributes.items()}
    images, labels = np.tile(split.images, (times, 1, 1, 1)), np.tile(split.labels, times)
    return Split(images, labels, {}, attributes)


def test_a_checkpoint_of_several_heads_answers_the_same_and_belongs_to_its_attributes(
    few_lines, own_cache, monkeypatch
):
    first = models.trained("line_heads", few_lines, epochs=1)
    turned = {name: values[::-1].copy() for name, values in few_lines.train.attributes.items()}
    train = Split(few_lines.train.images, few_lines.train.labels, {}, turned)
    other = Dataset("lines", train, few_lines.test, few_lines.class_names, "made here")
    monkeypatch.setattr("helpers.models.training.train", lambda *_: {"epoch": []})
    again = models.trained("line_heads", few_lines, epochs=1)
    assert again.history == first.history
    for name in HEADS:
        np.testing.assert_array_equal(
            models.predict(again.model, few_lines.test.images, name),
            models.predict(first.model, few_lines.test.images, name),
        )
    assert models.trained("line_heads", other, epochs=1).history == {"epoch": []}


def test_grad_cam_explains_one_head(few_lines, heads_trained):
    model, images = heads_trained[0], few_lines.test.images[:6]
    angle = grad_cam(model, images, ClassScore(4, head="angle"), signed=True)
    assert angle.shape == (6, 28, 28)
    assert np.isfinite(angle).all()
    assert angle.any(axis=(1, 2)).all()
    colour = grad_cam(model, images, ClassScore(1, head="colour"), signed=True)
    assert not np.allclose(angle, colour)


def test_a_head_without_an_attribute_of_its_name_is_named(few_lines):
    model = models.build("line_heads")
    tagless = Split(few_lines.test.images, few_lines.test.labels)
    with pytest.raises(ValueError, match=r"head 'angle' of 'line_heads' has no labels.*has: none"):
        models.accuracy(model, tagless, "angle")
    rest = {name: few_lines.train.attributes[name] for name in ("length", "width", "angle")}
    train = Split(few_lines.train.images, few_lines.train.labels, {}, rest)
    data = Dataset("lines", train, few_lines.test, few_lines.class_names, "made here")
    message = "head 'colour'.*it has: length, width, angle.*Name each head after the attribute"
    with pytest.raises(ValueError, match=message):
        models.train(model, data, epochs=1)


def test_an_attribute_of_more_values_than_its_head_is_refused(few_lines):
    wide = {**few_lines.train.attributes, "angle": few_lines.train.labels % 14}
    train = Split(few_lines.train.images, few_lines.train.labels, {}, wide)
    data = Dataset("lines", train, few_lines.test, few_lines.class_names, "made here")
    with pytest.raises(ValueError, match=r"head 'angle'.*12 classes.*up to 13: give .* 14 units"):
        models.train(models.build("line_heads"), data, epochs=1)


def test_a_network_of_one_head_still_learns_the_labels_of_lines(few_lines):
    model = models.build("line_gap_cnn")
    history = models.train(model, few_lines, epochs=8)
    assert history["loss"][-1] < history["loss"][0]
    assert "angle_accuracy" not in history
