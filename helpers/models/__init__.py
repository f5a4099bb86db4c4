"""The course's networks, those that the world knows, and looking inside any Keras model."""

from helpers.models import _quiet_tensorflow  # noqa: F401  (first: it imports TensorFlow)
from helpers.models.emotion import emotion_network
from helpers.models.file_kinds import CannotLoad
from helpers.models.graph import conv_layers, dense_layers, layers
from helpers.models.imagenet import is_here, top, zoo
from helpers.models.loading import Loaded, load
from helpers.models.networks import build
from helpers.models.training import Trained, accuracy, predict, train, trained

__all__ = [
    "CannotLoad",
    "Loaded",
    "Trained",
    "accuracy",
    "build",
    "conv_layers",
    "dense_layers",
    "emotion_network",
    "is_here",
    "layers",
    "load",
    "predict",
    "top",
    "train",
    "trained",
    "zoo",
]
