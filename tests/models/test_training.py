"""The course network: built as the practical work has it, trained once, kept."""

import keras
import numpy as np
import pytest

from helpers import models
from helpers.datasets import Dataset, Split


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
    with pytest.raises(ValueError, match="no network 'course_cn'; there are: course_cnn, gap_cnn"):
        models.build("course_cn")


def test_training_has_a_history_and_repeats_with_its_seed(tiny):
    weights, histories = [], []
    for _ in range(2):
        model = models.build("course_cnn", input_shape=(16, 16, 1), classes=2)
        histories.append(models.train(model, tiny, epochs=3, seed=5))
        weights.append(model.get_weights())
    assert {len(values) for values in histories[0].values()} == {3}
    assert set(histories[0]) == {"loss", "accuracy", "val_loss", "val_accuracy", "seconds"}
    assert histories[0]["loss"] == histories[1]["loss"]
    assert all(map(np.array_equal, *weights))


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


def test_a_checkpoint_belongs_to_its_data_epochs_and_seed(tiny, own_cache):
    flipped = Split(tiny.train.images[::-1].copy(), tiny.train.labels[::-1].copy())
    other_data = Dataset("tiny", flipped, tiny.test, tiny.class_names, tiny.source)
    for options in ({}, {"epochs": 2}, {"seed": 1}):
        models.trained("course_cnn", tiny, **{"epochs": 1, **options})
    models.trained("course_cnn", other_data, epochs=1)
    assert len(list((own_cache / "models").iterdir())) == 4


@pytest.mark.parametrize("keep", [0, 100, 3000], ids=["empty", "a scrap", "half"])
def test_a_corrupt_checkpoint_is_trained_again(tiny, own_cache, capsys, keep):
    models.trained("course_cnn", tiny, epochs=1)
    (path,) = (own_cache / "models").iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole[:keep])
    models.trained("course_cnn", tiny, epochs=1)
    assert f"{path} cannot be read" in capsys.readouterr().out
    models.trained("course_cnn", tiny, epochs=1)
    assert capsys.readouterr().out == ""


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
