import hashlib
from pathlib import Path

import numpy as np
import pytest
import sklearn.datasets

import helpers.datasets as datasets
from helpers.datasets.core import manifest
from helpers.datasets.digits import like_mnist


def all_of(dataset):
    return np.concatenate([dataset.train.images, dataset.test.images])


def test_digits_have_the_form_of_mnist():
    dataset = datasets.load("digits")
    assert dataset.train.images.shape == (1437, 28, 28, 1)
    assert dataset.test.images.shape == (360, 28, 28, 1)
    assert dataset.class_names == tuple("0123456789")
    assert (all_of(dataset).min(), all_of(dataset).max()) == (0, 1)
    assert "scikit-learn" in dataset.source and "10.24432/C50P49" in dataset.source


def test_every_class_is_split_80_to_20():
    dataset = datasets.load("digits")
    test = np.bincount(dataset.test.labels)
    share = test / (test + np.bincount(dataset.train.labels))
    assert np.abs(share - 0.2).max() < 0.005


@pytest.mark.slow
def test_train_and_test_are_disjoint_and_together_all_digits():
    dataset = datasets.load("digits")
    drawn = like_mnist(sklearn.datasets.load_digits().images / 16)
    split = sorted(image.tobytes() for image in all_of(dataset))
    assert split == sorted(image.tobytes() for image in drawn)
    assert len(set(split)) == 1797, "no digit occurs twice, so none is in both"


@pytest.mark.slow
def test_the_split_is_the_same_every_time():
    first = datasets.load("digits")
    datasets._load.cache_clear()
    second = datasets.load("digits")
    assert first is not second
    np.testing.assert_array_equal(first.test.images, second.test.images)
    np.testing.assert_array_equal(first.train.labels, second.train.labels)


def test_a_digit_stays_upright_and_is_not_mirrored():
    letter = np.zeros((1, 8, 8))
    letter[0, :, 1:3] = letter[0, 6:, 1:7] = 1  # an L
    image = like_mnist(letter)[0, ..., 0]
    rows, columns = np.nonzero(image > 0.5)
    y, x = (rows.min() + rows.max()) // 2, (columns.min() + columns.max()) // 2
    quadrants = image[:y, :x], image[:y, x:], image[y:, :x], image[y:, x:]
    assert [bool(quadrant.any()) for quadrant in quadrants] == [True, False, True, True]


@pytest.mark.parametrize("where", [(1, 1), (1, 3), (2, 2), (3, 1)])
def test_the_centre_of_mass_is_moved_to_the_middle(where):
    row, column = where
    square = np.zeros((1, 8, 8))
    square[0, row : row + 4, column : column + 4] = 1
    image = like_mnist(square)[0, ..., 0]
    middle = (image.sum(axis=1) @ np.arange(28), image.sum(axis=0) @ np.arange(28)) / image.sum()
    assert np.abs(middle - 14).max() < 0.51, "to the nearest pixel"
    assert image.sum() == pytest.approx(10 * 10, abs=5), "4×4 of 8×8 are 10×10 of 20×20"


def test_ink_is_1_on_0_with_about_as_many_greys_as_mnist():
    images = all_of(datasets.load("digits"))
    assert np.median(images) == 0
    assert 0.05 < (images > 0.9).mean() < 0.15  # MNIST: 0.09
    assert ((images > 0.1) & (images < 0.9)).mean() < 0.12  # MNIST: 0.09


def test_the_file_in_scikit_learn_is_the_one_in_the_manifest():
    file = Path(sklearn.datasets.__file__).parent / "data" / "digits.csv.gz"
    assert hashlib.sha256(file.read_bytes()).hexdigest() == manifest("digits")["sha256"]
