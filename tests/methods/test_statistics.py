"""Filter statistics equal what NumPy computes from all activations at once."""

import functools
import operator
import os
import subprocess
import sys
import time
from types import SimpleNamespace

import keras
import numpy as np
import pytest
import tensorflow as tf
from distributed import Client, LocalCluster

from helpers import checks
from helpers.methods.activations import layer_activations
from helpers.methods.statistics import (
    DEAD,
    UNROLLED,
    LayerStatistics,
    filter_statistics,
    filter_statistics_on_cluster,
)

CLASSES = 3


@pytest.fixture(scope="module")
def model():
    """H ≠ W, two channels; the biases leave some pixels dead."""
    keras.utils.set_random_seed(3)
    return keras.Sequential(
        [
            keras.Input((6, 4, 2)),
            keras.layers.Conv2D(5, 3, activation="relu", bias_initializer="zeros", name="conv"),
            keras.layers.Flatten(),
            keras.layers.Dense(CLASSES, activation="softmax", name="head"),
        ]
    )


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).normal(-0.2, 1, (53, 6, 4, 2)).astype(np.float32)


@pytest.fixture(scope="module")
def labels():
    return np.random.default_rng(1).choice(CLASSES, 53, p=[0.6, 0.3, 0.1])


@pytest.mark.parametrize("count", [33, 65])
def test_a_class_of_many_images_in_one_batch(model, count):
    """More than are added up at a time."""
    many = np.random.default_rng(2).normal(0, 1, (count, 6, 4, 2)).astype(np.float32)
    found = filter_statistics(model, many, np.ones(count, int), ["conv"], classes=2)["conv"]
    maps = layer_activations(model, many)["conv"].astype(np.float64)
    np.testing.assert_allclose(found.sums[1], maps.sum(axis=0), rtol=1e-6)
    assert found.sums.dtype == np.float64 and not found.sums[0].any()
    wins = [(maps.argmax(axis=-1) == f) & (maps.max(axis=-1) > 0) for f in range(5)]
    np.testing.assert_array_equal(found.wins[1], np.stack(wins, axis=-1).sum(axis=0))
    assert not found.wins[0].any()


def test_means_and_counts_per_class(model, images, labels):
    statistics = filter_statistics(model, images, labels, batch_size=16)
    outputs = layer_activations(model, images)
    assert statistics.layers == ("conv", "head")
    for layer in statistics.layers:
        expected = np.stack([outputs[layer][labels == c].mean(axis=0) for c in range(CLASSES)])
        np.testing.assert_allclose(statistics[layer].mean, expected, rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(statistics.counts, np.bincount(labels, minlength=CLASSES))


def test_mode_and_frequency_with_dead_pixels_masked(model, images, labels):
    assert_modes_and_frequencies(model, images, labels)


def test_mode_and_frequency_of_more_filters_than_are_compared_one_by_one(images, labels):
    many = keras.layers.Conv2D(UNROLLED + 8, 3, activation="relu", name="conv")
    model = keras.Sequential([keras.Input((6, 4, 2)), many])
    many.bias.assign(tf.fill(UNROLLED + 8, -1.0))  # some pixels are dead
    assert_modes_and_frequencies(model, images, labels, classes=CLASSES)


def assert_modes_and_frequencies(model, images, labels, **options):
    maps = layer_activations(model, images)["conv"]
    winners = np.where(maps.max(-1) > 0, maps.argmax(-1), DEAD)
    assert (winners == DEAD).any()
    mode, frequency = checks.mode_map.reference(winners, labels, CLASSES)
    conv = filter_statistics(model, images, labels, batch_size=10, **options)["conv"]
    np.testing.assert_array_equal(conv.mode, mode)
    np.testing.assert_allclose(conv.mode_frequency, frequency, rtol=1e-6)


def test_by_hand():
    wins = np.array([[[[2, 1]], [[0, 0]]]])  # one class, 2×1 pixels, 2 filters
    one = LayerStatistics(np.array([[[[6.0, 3.0]], [[0.0, 0.0]]]]), wins, np.array([3]))
    assert one.mean.tolist() == [[[[2, 1]], [[0, 0]]]]
    assert one.mode.tolist() == [[[0], [DEAD]]]
    np.testing.assert_allclose(one.mode_frequency, [[[2 / 3], [0]]])


def test_a_layer_that_never_answers_is_dead_everywhere(images, labels):
    silent = keras.Sequential(
        [
            keras.Input((6, 4, 2)),
            keras.layers.Conv2D(2, 3, activation="relu", kernel_initializer="zeros", name="conv"),
        ]
    )
    conv = filter_statistics(silent, images, labels, ["conv"], classes=CLASSES)["conv"]
    assert (conv.mode == DEAD).all()
    assert (conv.mode_frequency == 0).all()


@pytest.mark.parametrize("batch_size", [1, 7, 53, 1000])
def test_the_batch_size_changes_nothing(model, images, labels, batch_size):
    expected = filter_statistics(model, images, labels)["conv"]
    got = filter_statistics(model, images, labels, batch_size=batch_size)["conv"]
    np.testing.assert_array_equal(got.wins, expected.wins)
    np.testing.assert_allclose(got.mean, expected.mean, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("cut", [1, 30, 52])
def test_parts_add_up_to_the_whole(model, images, labels, cut):
    whole = filter_statistics(model, images, labels)
    parts = [filter_statistics(model, images[s], labels[s]) for s in (slice(cut), slice(cut, None))]
    together = parts[0] + parts[1]
    for layer in whole:
        np.testing.assert_allclose(together[layer].sums, whole[layer].sums, rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(together["conv"].wins, whole["conv"].wins)
    np.testing.assert_array_equal(together.counts, whole.counts)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int32", "uint64"])
def test_the_type_of_the_labels_changes_nothing(model, images, labels, dtype):
    expected = filter_statistics(model, images, labels, classes=100)["conv"]
    got = filter_statistics(model, images, labels.astype(dtype), classes=100)["conv"]
    np.testing.assert_array_equal(got.wins, expected.wins)


def test_no_layers_at_all(model, images, labels):
    with pytest.raises(ValueError, match="layers is empty"):
        filter_statistics(model, images, labels, layers=[])


def test_statistics_of_different_layers_do_not_add(model, images, labels):
    conv = filter_statistics(model, images, labels, ["conv"])
    head = filter_statistics(model, images, labels, ["head"])
    with pytest.raises(ValueError, match="different layers do not add"):
        conv + head


def test_a_class_without_images_has_no_mean(model, images):
    statistics = filter_statistics(model, images, np.zeros(len(images), int))
    assert np.isnan(statistics["conv"].mean[1:]).all()
    assert not np.isnan(statistics["conv"].mean[0]).any()
    assert (statistics["conv"].mode[1:] == DEAD).all()
    assert (statistics["conv"].mode_frequency[1:] == 0).all()


def test_a_dense_layer_has_no_mode(model, images, labels):
    head = filter_statistics(model, images, labels)["head"]
    assert head.mean.shape == (CLASSES, CLASSES)
    with pytest.raises(ValueError, match=r"only maps .* have a mode"):
        head.mode  # noqa: B018
    with pytest.raises(KeyError, match="only of conv"):
        filter_statistics(model, images, labels, "conv")["head"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (np.full(53, 3), r"labels run from 3 to 3, but there are 3 classes \(0 to 2\)"),
        (np.full(53, -1), "from -1 to -1"),
        (np.zeros(52, int), "must be 53 integers"),
        (np.zeros(53), "float64"),
    ],
)
def test_wrong_labels_are_explained(model, images, wrong, message):
    with pytest.raises(ValueError, match=message):
        filter_statistics(model, images, wrong)


MEMORY = """
import numpy as np
from helpers import models
from helpers.methods.statistics import filter_statistics

def peak():
    status = open("/proc/self/status").read().split()
    return int(status[status.index("VmHWM:") + 1]) / 1000

model = models.build("course_cnn")
images = np.ones((16_000, 28, 28, 1), np.float32)
labels = np.arange(len(images)) % 10
filter_statistics(model, images[:1000], labels[:1000])
before = peak()
filter_statistics(model, images, labels)
print(peak() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak memory from /proc")
def test_memory_does_not_grow_with_the_number_of_images():
    run = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=True)
    # MB; the activations of the convolutions alone, were they kept, would be 628 MB
    assert float(run.stdout) < 60


CUTS = [0, 20, 25, 41, 53]


@pytest.mark.full
def test_a_cluster_that_loses_a_worker_counts_to_the_same_bits(model, images, labels, tmp_path):
    """The first two parts wait for each other, so that two workers count them, of which one has to
    get the model from the other. The worker of the third part dies in the middle of it, once, and
    takes with it the model and what it had counted."""
    died = tmp_path / "died"

    def part(number):
        here = slice(CUTS[number], CUTS[number + 1])
        mine, folder = (images[here], labels[here]), str(tmp_path)

        def load():
            if number == 2 and not os.path.exists(f"{folder}/died"):
                open(f"{folder}/died", "w").close()
                os._exit(1)
            open(f"{folder}/{number}", "w").close()
            for _ in range(6000):  # a busy computer begins late
                if number > 1 or os.path.exists(f"{folder}/{1 - number}"):
                    return mine
                time.sleep(0.1)
            raise TimeoutError("the other part is not being counted")

        return load

    parts = [part(number) for number in range(len(CUTS) - 1)]
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        on_cluster = filter_statistics_on_cluster(client, model, parts, batch_size=8)
    assert died.exists()
    here = [filter_statistics(model, *load(), batch_size=8) for load in parts]
    expected = functools.reduce(operator.add, here)
    for layer in expected.layers:
        np.testing.assert_array_equal(on_cluster[layer].sums, expected[layer].sums)
        np.testing.assert_array_equal(on_cluster[layer].wins, expected[layer].wins)
        np.testing.assert_array_equal(on_cluster[layer].counts, expected[layer].counts)
    assert expected.counts.sum() == len(images)


def test_what_memory_does_not_hold_is_refused_before_the_work(monkeypatch):
    """A network that draws answers at every pixel: classes × positions × filters are many."""
    inputs = keras.Input((72, 72, 1))
    maps = keras.layers.Conv2D(8, 3, padding="same", name="maps")(inputs)
    drawn = keras.layers.Flatten()(keras.layers.Conv2D(1, 1, name="drawn")(maps))
    blank = np.zeros((2, 72, 72, 1), np.float32)
    free = SimpleNamespace(available=2 * 2**30)
    monkeypatch.setattr("psutil.virtual_memory", lambda: free)
    count = functools.partial(
        filter_statistics, keras.Model(inputs, drawn), blank, np.array([0, 1])
    )
    with pytest.raises(
        ValueError,
        match=r"of maps for 5,184 classes need 3\.2 GiB of memory, and 2\.0 GiB are free",
    ):
        count(layers=["maps"])
    assert count(layers=["maps"], classes=2)["maps"].sums.shape == (2, 72, 72, 8)


def test_a_batch_of_large_maps_has_fewer_images(images, labels, model, monkeypatch):
    expected, sizes = filter_statistics(model, images, labels), []

    def noted(function, parts):
        sizes.extend(part.stop - part.start for part in parts)
        return map(function, parts)

    monkeypatch.setattr("helpers.models.graph.overlapped", noted)
    monkeypatch.setattr("helpers.methods.statistics.BATCH_VALUES", 430)  # 43 an image
    found = filter_statistics(model, images, labels)
    assert sizes == [10, 10, 10, 10, 10, 3]
    for layer in expected.layers:
        np.testing.assert_allclose(found[layer].sums, expected[layer].sums, rtol=1e-5)
        np.testing.assert_array_equal(found[layer].wins, expected[layer].wins)


def test_a_data_set_without_parts_is_refused(model):
    with pytest.raises(ValueError, match="parts is empty"):
        filter_statistics_on_cluster(None, model, [])


def test_of_one_image_the_winner_wins_always():
    wins = np.zeros((2, 1, 1, 3), np.int64)
    wins[0, 0, 0, 1] = 1
    found = LayerStatistics(np.zeros((2, 1, 1, 3)), wins, np.array([1, 0]))
    assert found.mode_frequency.tolist() == [[[1]], [[0]]]
