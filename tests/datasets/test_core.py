import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import helpers.datasets as datasets
from helpers.datasets import Dataset, Split

IMAGES = np.zeros((2, 3, 4, 1), np.float32)
LABELS = np.array([0, 1])


@pytest.mark.parametrize(
    ("images", "labels", "complaint"),
    [
        (IMAGES[..., 0], LABELS, r"expected \(N, H, W, C\) float32, got \(2, 3, 4\)"),
        (IMAGES.astype(np.float64), LABELS, "float32, got .* float64"),
        (IMAGES, LABELS[:, None], r"expected \(N,\) int64, got \(2, 1\)"),
        (IMAGES, LABELS.astype(np.int32), "int64, got .* int32"),
        (IMAGES, LABELS[:1], "a label an image, got 2 and 1"),
        (IMAGES + 1.5, LABELS, r"expected 0..1, got 1.5..1.5"),
        (IMAGES - 0.1, LABELS, r"expected 0..1, got -0.1"),
        (IMAGES + np.float32("nan"), LABELS, r"expected 0..1, got nan"),
    ],
)
def test_a_split_says_what_is_wrong_with_its_arrays(images, labels, complaint):
    with pytest.raises(ValueError, match=complaint):
        Split(images, labels)


def test_a_split_is_read_only_and_leaves_the_callers_arrays_writeable():
    images, labels = IMAGES.copy(), LABELS.copy()
    split = Split(images, labels)
    with pytest.raises(ValueError, match="read-only"):
        split.images[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        split.labels[0] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        split.images = images
    assert images.flags.writeable and labels.flags.writeable


def test_a_label_without_a_class_name_is_refused():
    split = Split(IMAGES, LABELS)
    with pytest.raises(ValueError, match=r"toy: expected labels 0..0, got 0..1"):
        Dataset("toy", split, split, ("only",), "made up")


def test_an_unknown_name_is_named_with_those_that_exist():
    with pytest.raises(ValueError, match=r"no data set 'minst': there are .*digits.*mnist"):
        datasets.load("minst")


def test_the_cache_is_where_course_cache_says_else_the_users_own(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    assert datasets.cache_dir() == tmp_path
    monkeypatch.setenv("COURSE_CACHE", "~/somewhere")
    assert datasets.cache_dir() == Path.home() / "somewhere"
    monkeypatch.delenv("COURSE_CACHE")
    assert "inside-cnns" in datasets.cache_dir().parts


def test_importing_and_loading_needs_neither_tensorflow_nor_anything_slow():
    program = """
import sys
import helpers.datasets
slow = {"tensorflow", "keras", "sklearn", "scipy", "skimage", "pooch", "requests", "matplotlib"}
print(sorted(slow & set(sys.modules)))
helpers.datasets.load("digits")
print(sorted({"tensorflow", "keras"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n[]\n", "")
