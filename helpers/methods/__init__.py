"""One file a technique. Every method takes a model, images (N, H, W, C) and what to explain."""

from helpers.models import _quiet_tensorflow  # noqa: F401  (before any method imports it)
