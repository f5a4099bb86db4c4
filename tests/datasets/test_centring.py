"""A drawing becomes an image of MNIST: its ink fills 20 pixels and is centred by its mass."""

import numpy as np
import pytest
from scipy.ndimage import zoom

from helpers import datasets
from helpers.datasets import DatasetUnavailable, centre_like_mnist

pytestmark = pytest.mark.filterwarnings("error::RuntimeWarning")


def canvas(top, left, height, width, shape=(112, 112)):
    ink = np.zeros(shape)
    ink[top : top + height, left : left + width] = 1
    return ink


def sides(image):
    rows, columns = np.nonzero(image[..., 0])
    return np.ptp(rows) + 1, np.ptp(columns) + 1


def middle(image):
    image = image[..., 0]
    rows, columns = (np.arange(size) for size in image.shape)
    return np.array((image.sum(axis=1) @ rows, image.sum(axis=0) @ columns)) / image.sum()


@pytest.mark.parametrize("ink", [np.zeros((112, 112)), np.full((5, 9), 0.05)])
def test_no_ink_is_an_empty_image(ink):
    np.testing.assert_array_equal(centre_like_mnist(ink), np.zeros((28, 28, 1), np.float32))


@pytest.mark.parametrize(
    ("height", "width", "expected"),
    [(60, 30, (20, 10)), (30, 60, (10, 20)), (100, 100, (20, 20)), (10, 5, (20, 10))],
)
def test_the_longer_side_becomes_20_pixels_and_the_ratio_stays(height, width, expected):
    image = centre_like_mnist(canvas(7, 3, height, width))
    assert (image.shape, image.dtype) == ((28, 28, 1), np.float32)
    assert sides(image) == expected
    assert image.sum() == pytest.approx(expected[0] * expected[1]), "full ink, no frayed edge"


def test_wherever_it_is_drawn_the_image_is_the_same():
    first = centre_like_mnist(canvas(0, 0, 40, 24))
    np.testing.assert_array_equal(first, centre_like_mnist(canvas(72, 88, 40, 24)))
    np.testing.assert_allclose(middle(first), (13.5, 13.5))  # even sides: 13.5 or 14.5


def test_the_centre_of_mass_lies_on_pixel_14():
    ink = canvas(20, 20, 80, 8)
    ink[92:100, 20:60] = 1  # an L: its mass is below and left of its box's middle
    assert np.abs(middle(centre_like_mnist(ink)) - 14).max() <= 0.5


def test_what_would_leave_the_image_is_kept_inside():
    ink = canvas(0, 0, 4, 40)
    ink[4:100, 18:22] = 0.2  # a T with most of its mass on top: centred, its stem would be cut off
    image = centre_like_mnist(ink)
    assert sides(image) == (20, 8)
    assert image[27].any(), "the last row of the image is the end of the stem"


def test_a_thin_line_keeps_its_ink():
    ink = canvas(10, 50, 80, 1)  # 1 of 4 old pixels in a new one
    image = centre_like_mnist(ink)
    assert sides(image) == (20, 1)
    assert image.max() == pytest.approx(0.25)


def test_other_sizes_scale_along():
    image = centre_like_mnist(canvas(0, 0, 50, 50), (56, 64))
    assert image.shape == (56, 64, 1)
    assert sides(image) == (40, 40)


@pytest.mark.parametrize(
    "ink", [np.zeros((3, 4, 1)), np.zeros((0, 4)), np.full((4, 4), 255), np.full((4, 4), np.nan)]
)
def test_what_is_no_drawing_is_refused(ink):
    with pytest.raises(ValueError, match=r"ink must be \(h, w\) from 0 to 1"):
        centre_like_mnist(ink)


@pytest.fixture(scope="module")  # made before conftest.py hides the caches from each test
def mnist():
    try:
        return datasets.load("mnist")
    except DatasetUnavailable as error:
        pytest.skip(str(error).splitlines()[0])


@pytest.fixture(scope="module")
def model(mnist):
    from helpers import models

    return models.trained("course_cnn", mnist).model


def moved(images, factor, order):
    """MNIST's images drawn `factor` times as large, each somewhere on a canvas of 160×160."""
    rng = np.random.default_rng(0)
    for image in images:
        drawn = zoom(image[..., 0], factor, order=order, mode="grid-constant", grid_mode=True)
        height, width = drawn.shape
        top, left = rng.integers(0, (161 - height, 161 - width))
        ink = np.zeros((160, 160))
        ink[top : top + height, left : left + width] = np.clip(drawn, 0, 1)
        yield ink


@pytest.mark.parametrize("factor", [1, 4])
def test_images_of_mnist_come_back_as_they_were(mnist, factor):
    images = mnist.test.images[:200]
    back = [centre_like_mnist(ink) for ink in moved(images, factor, order=0)]
    assert np.abs(back - images).mean() < 0.001  # but for ink weaker than 0.1 at the edge


def test_drawn_smoothly_they_come_back_nearly_so_and_are_classified_as_before(mnist, model):
    images = mnist.test.images[:200]
    back = np.stack([centre_like_mnist(ink) for ink in moved(images, 4.3, order=1)])
    assert np.abs(back - images).mean() < 0.05
    before, after = (model.predict_on_batch(x).argmax(axis=-1) for x in (images, back))
    assert np.mean(before == after) >= 0.97
