"""A trained network and images that belong to a number: what a graded finding is about.

Two computers train two slightly different networks. So nobody else can say which filter of a
student's network answers most. What is here is the same on every computer, and different for each
number: the filters of one trained `course_cnn` in another order, and other images of digits.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from helpers.checks.networks import Network, keras_model
from helpers.datasets import digits
from helpers.datasets.core import Split, whole

if TYPE_CHECKING:
    import keras

__all__ = ["images", "network", "parcel", "plain_network"]

WEIGHTS = Path(__file__).with_suffix(".npz")  # `python -m helpers.checks.findings` makes it anew
IMAGES, SHIFT, NOISE = 200, 2, 0.15  # how many; pixels to each side; standard deviation


def network(number: int) -> keras.Model:
    """Return the trained `course_cnn` (28×28×1 to ten digits) whose filters and units are in the
    order that belongs to `number`. What the network answers to an image is the same for all
    numbers.

    Raises:
        ValueError: if `number` is no whole number from 0 on.

    Example:
        >>> from helpers.checks import findings
        >>> findings.network(7).get_layer("l3").output.shape
        (None, 7, 7, 16)
    """
    return keras_model(plain_network(number))


def plain_network(number: int) -> Network:
    """Return `network(number)` as plain data, which runs in NumPy (`checks.networks`).

    Example:
        >>> from helpers.checks import findings
        >>> [layer["name"] for layer in findings.plain_network(7)["layers"]][:3]
        ['l1', 'pool1', 'l2']
    """
    rng = np.random.default_rng(whole("number", number, least=0))
    weights, layers, read = _weights(), [], np.arange(1)
    for name in ("l1", "l2", "l3", "l4", "l5"):
        kernel, bias = weights[f"{name}_kernel"], weights[f"{name}_bias"]
        made = np.arange(len(bias)) if name == "l5" else rng.permutation(len(bias))
        channels = kernel.reshape(*kernel.shape[:-2], -1, len(read), len(bias))  # l4 reads places
        kernel = channels[..., read, :][..., made].reshape(kernel.shape)
        spec = {"kind": "dense", "name": name, "kernel": kernel, "bias": bias[made]}
        if name < "l4":
            layers += [spec | {"kind": "conv", "padding": "same"}]
            layers += [{"kind": "pool", "name": f"pool{name[1]}"}]
        else:
            layers += [spec | {"activation": "relu" if name == "l4" else "softmax"}]
        if name == "l3":
            layers += [{"kind": "flatten", "name": "flatten"}]
        read = made
    return {"input_shape": (28, 28, 1), "layers": layers}


def parcel(number: int) -> keras.Model:
    """Return `network(number)` as a stranger would send it: nobody says which output means which
    digit. The order belongs to `number`, too.

    Example:
        >>> from helpers.checks import findings
        >>> findings.parcel(7).output.shape
        (None, 10)
    """
    network, mixed = plain_network(number), _order(number)
    *layers, last = network["layers"]
    last = last | {"kernel": last["kernel"][:, mixed], "bias": last["bias"][mixed]}
    return keras_model(network | {"layers": [*layers, last]})


def _order(number: int) -> np.ndarray:
    """Return which digit each output of `parcel(number)` means."""
    return np.random.default_rng([whole("number", number, least=0), 1]).permutation(10)


@functools.lru_cache(maxsize=4)
def images(number: int) -> Split:
    """Return 200 images (28×28×1) of digits with their labels, which belong to `number`.

    They are test images of scikit-learn's digits, shifted by up to two pixels, with noise.

    Raises:
        ValueError: if `number` is no whole number from 0 on.

    Example:
        >>> from helpers.checks import findings
        >>> findings.images(7).images.shape
        (200, 28, 28, 1)
    """
    rng = np.random.default_rng(whole("number", number, least=0))
    test = _test_images()
    chosen = rng.choice(len(test.images), IMAGES, replace=False)
    shifts = rng.integers(-SHIFT, SHIFT + 1, (IMAGES, 2))
    moved = [
        np.roll(image, shift, (0, 1))
        for image, shift in zip(test.images[chosen], shifts, strict=True)
    ]
    noise = rng.normal(0, NOISE, (IMAGES, *test.images.shape[1:]))
    return Split(np.clip(moved + noise, 0, 1).astype(np.float32), test.labels[chosen])


@functools.cache
def _weights() -> dict[str, np.ndarray]:
    with np.load(WEIGHTS) as file:
        return dict(file)


@functools.cache
def _test_images() -> Split:
    return digits.load().test


def _train() -> None:
    """Train the network, and write its weights."""
    from helpers.models import trained

    weights = {
        f"{layer.name}_{name}": np.array(value)
        for layer in trained("course_cnn", digits.load()).model.layers
        for name, value in zip(("kernel", "bias"), layer.get_weights(), strict=False)
    }
    np.savez_compressed(WEIGHTS, **weights)  # type: ignore[arg-type]  # NumPy's flag comes first


if __name__ == "__main__":
    _train()
