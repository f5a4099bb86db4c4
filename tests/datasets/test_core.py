import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import helpers.datasets as datasets
from helpers.datasets import Dataset, Split
from helpers.datasets.core import leaked

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


def test_masks_and_attributes_have_the_form_of_the_images():
    masks, attributes = {"ink": np.zeros((2, 3, 4), bool)}, {"angle": np.array([3, 1])}
    split = Split(IMAGES, LABELS, masks, attributes)
    np.testing.assert_array_equal(split.masks["ink"], masks["ink"])
    np.testing.assert_array_equal(split.attributes["angle"], [3, 1])
    with pytest.raises(ValueError, match="read-only"):
        split.masks["ink"][0] = True
    with pytest.raises(ValueError, match="read-only"):
        split.attributes["angle"][0] = 0
    assert (Split(IMAGES, LABELS).masks, Split(IMAGES, LABELS).attributes) == ({}, {})


@pytest.mark.parametrize(
    ("masks", "attributes", "complaint"),
    [
        ({"ink": IMAGES}, {}, r"masks\['ink'\]: expected \(2, 3, 4\) bool, got \(2, 3, 4, 1\)"),
        ({"ink": IMAGES[..., 0]}, {}, r"masks\['ink'\]: .* got \(2, 3, 4\) float32"),
        ({}, {"angle": LABELS[:1]}, r"attributes\['angle'\]: expected \(2,\) int64, got \(1,\)"),
        ({}, {"angle": LABELS / 2}, r"attributes\['angle'\]: .* got \(2,\) float64"),
    ],
)
def test_a_split_says_what_is_wrong_with_a_mask_or_an_attribute(masks, attributes, complaint):
    with pytest.raises(ValueError, match=complaint):
        Split(IMAGES, LABELS, masks, attributes)


def test_test_images_that_are_also_training_images_are_found():
    images = np.arange(4, dtype=np.float32).reshape(4, 1, 1, 1) / 4
    train, test = Split(images[[0, 1]], LABELS), Split(images[[2, 1]], LABELS)
    assert leaked(Dataset("toy", train, test, ("a", "b"), "made up")).tolist() == [False, True]


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


def test_a_place_where_nothing_lies_is_taken_for_a_name(tmp_path):
    with pytest.raises(
        ValueError, match=r"no data set '.*/faces2': .* no file or folder is called"
    ):
        datasets.load(tmp_path / "faces2")


def test_options_are_the_loaders_own_and_part_of_what_is_remembered():
    assert datasets.load("lines", n=5) is datasets.load("lines", n=5)
    assert datasets.load("lines", n=5) is not datasets.load("lines", n=5, seed=1)
    with pytest.raises(TypeError, match="unexpected keyword argument 'size'"):
        datasets.load("lines", size=32)


def test_the_cache_is_where_course_cache_says_else_the_users_own(monkeypatch, tmp_path):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path))
    assert datasets.cache_dir() == tmp_path
    monkeypatch.setenv("COURSE_CACHE", "~/somewhere")
    assert datasets.cache_dir() == Path.home() / "somewhere"
    monkeypatch.delenv("COURSE_CACHE")
    assert "inside-cnns" in datasets.cache_dir().parts


@pytest.mark.slow
def test_importing_and_loading_needs_neither_tensorflow_nor_anything_slow():
    program = """
import sys
import helpers.datasets
slow = {"tensorflow", "keras", "sklearn", "scipy", "skimage", "pooch", "requests", "matplotlib"}
print(sorted(slow & set(sys.modules)))
for name in ("digits", "lines", "faces", "photos"):
    helpers.datasets.load(name)
print(sorted({"tensorflow", "keras"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n[]\n", "")
