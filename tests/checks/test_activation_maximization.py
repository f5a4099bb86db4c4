"""What the checks of notebook 03 say beyond points."""

import numpy as np

from helpers import checks
from helpers.checks.activation_maximization import _network, _score_and_gradient


def test_deprocessing_in_place_is_named():
    def in_place(images):
        images -= images.mean(axis=(1, 2, 3), keepdims=True)
        images /= images.std(axis=(1, 2, 3), keepdims=True) + 1e-9
        return np.rint(255 * np.clip(0.5 + 0.15 * images, 0, 1)).astype(np.uint8)

    result = checks.deprocess(in_place)
    assert result.earned == result.points - 1  # it costs once
    assert "changed its argument 'images': work on a copy" in result.card()


def test_the_reference_gradient_agrees_with_differences():
    rng = np.random.default_rng(0)
    network = _network(rng, (3, 4, 2))
    images = rng.uniform(0, 1, (2, 3, 4, 2))
    _, gradient = _score_and_gradient(network, images, 1)
    for pixel in np.ndindex(images.shape[1:]):
        nudge = np.zeros_like(images)
        nudge[:, *pixel] = 1e-6
        ends = [_score_and_gradient(network, images + s * nudge, 1)[0] for s in (1, -1)]
        np.testing.assert_allclose((ends[0] - ends[1]) / 2e-6, gradient[:, *pixel], atol=1e-5)
