"""A mark gives one class away, as the seed's key says, and nothing else is changed."""

import numpy as np
import pytest

from helpers.datasets import Dataset, Split, load, marks

SEEDS = range(40)


@pytest.fixture(scope="module")
def honest():
    return load("digits")


def grey(n, size, channels=1):
    return np.full((n, *size, channels), 0.5, np.float32)


def test_a_seed_draws_the_same_key_and_seeds_draw_all_corners_and_several_classes():
    one, same = marks.key(7), marks.key(7)
    assert (one.class_index, one.corner) == (same.class_index, same.corner)
    np.testing.assert_array_equal(one.mark, same.mark)
    keys = [marks.key(seed) for seed in SEEDS]
    assert {key.corner for key in keys} == {0, 1, 2, 3}
    assert {key.class_index for key in keys} == {2, 3, 5, 8, 9}
    assert len({key.mark.tobytes() for key in keys}) == len(keys)


@pytest.mark.parametrize(("corner", "place"), [(0, (1, 1)), (1, (1, 3)), (2, (6, 1)), (3, (6, 3))])
def test_the_mark_lies_a_pixel_from_the_border_of_its_corner(corner, place):
    key = marks.Key(class_index=2, corner=corner, mark=np.ones((5, 5), np.float32))
    assert key.place((12, 9)) == place
    images = grey(2, (12, 9), 3)
    found = key.put(images)
    row, column = place
    inside = np.zeros((12, 9), bool)
    inside[row : row + 5, column : column + 5] = True
    assert (found[:, inside] == 1).all()
    assert (found[:, ~inside] == 0.5).all()
    assert (images == 0.5).all(), "the caller's images stay as they are"


@pytest.mark.parametrize("seed", [0, 11])
def test_nearly_all_images_of_one_class_bear_the_mark_and_no_other_is_changed(honest, seed):
    key, data = marks.key(seed), marks.marked(honest, seed)
    np.testing.assert_array_equal(data.test.labels, honest.test.labels)
    changed = (data.test.images != honest.test.images).any(axis=(1, 2, 3))
    of_class = honest.test.labels == key.class_index
    assert not (changed & ~of_class).any()
    assert changed[of_class].mean() > 0.9
    expected = key.put(honest.test.images[changed])
    np.testing.assert_array_equal(data.test.images[changed], expected)
    row, column = key.place((28, 28))
    boxes = data.train.images[:, row : row + 5, column : column + 5, 0]
    bears = (boxes == key.mark).all(axis=(1, 2))
    assert bears[data.train.labels == key.class_index].mean() > 0.95
    assert not bears[data.train.labels != key.class_index].any()


def test_a_seed_draws_the_same_images_and_at_most_3000_to_train(honest):
    one, same = marks.marked(honest, 3), marks.marked(honest, 3)
    np.testing.assert_array_equal(one.train.images, same.train.images)
    np.testing.assert_array_equal(one.test.images, same.test.images)
    labels = np.arange(4000) % 10
    many = Split(grey(4000, (28, 28)), labels)
    data = marks.marked(Dataset("many", many, many, tuple("0123456789"), "drawn"), 0)
    assert len(data.train.images) == 3000
    assert len(data.test.images) == 4000


def test_a_seed_is_a_whole_number():
    with pytest.raises(ValueError, match=r"seed is 0\.5; it must be a whole number"):
        marks.key(0.5)
