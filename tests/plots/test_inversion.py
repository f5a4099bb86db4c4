"""Images above what was found to have the same features, one row a layer."""

import numpy as np
import pytest
from matplotlib.image import AxesImage
from matplotlib.text import Text

from helpers import plots

pytestmark = pytest.mark.filterwarnings("error")

IMAGES = np.random.default_rng(0).random((3, 4, 5, 3))
FOUND = {"first": 0.5 * IMAGES, "last": 1 - IMAGES}
ERRORS = {"first": np.array([0.1, 0.2, 0.3]), "last": np.array([0.0, 0.0, 0.003])}


def test_the_rows_are_the_images_and_each_layers():
    figure = plots.inversions(IMAGES, FOUND, ERRORS, "Found again")
    painted = [np.asarray(image.get_array()) for image in figure.findobj(AxesImage)]
    np.testing.assert_allclose(painted, [*IMAGES, *FOUND["first"], *FOUND["last"]])
    words = {text.get_text() for text in figure.findobj(Text)}
    assert {"image", "first\n20.0% off", "last\n0.1% off"} <= words
    assert figure.alt.startswith("Found again: 3 rows of 3 images, 4 × 5 pixels")
    assert "first" in figure.alt and "20.0% off" in figure.alt


def test_errors():
    with pytest.raises(ValueError, match="found has the layers"):
        plots.inversions(IMAGES, FOUND, {"first": ERRORS["first"]})
    with pytest.raises(ValueError, match="layer first has images"):
        plots.inversions(IMAGES, FOUND | {"first": IMAGES[:2]}, ERRORS)
    with pytest.raises(ValueError, match="layer last has images"):
        plots.inversions(IMAGES, FOUND, ERRORS | {"last": np.zeros(2)})
    with pytest.raises(ValueError, match="1 or 3"):
        plots.inversions(IMAGES[..., :2], FOUND, ERRORS)
