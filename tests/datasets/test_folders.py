"""Image folders become data sets whose labels follow an order that one can see."""

import numpy as np
import pytest
from PIL import Image

from helpers.datasets import DatasetCorrupt, DatasetUnavailable, load
from helpers.datasets.core import leaked
from helpers.datasets.faces import EXPRESSIONS


def put(path, grey=0, mode="L", size=(48, 48)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, grey if mode == "L" else (grey, 0, 0)).save(path)


@pytest.fixture
def fer2013(tmp_path):
    """As FER2013 is distributed: one shade a class, two pictures to train and one to test with."""
    for k, name in enumerate(EXPRESSIONS):
        put(tmp_path / "fer" / "train" / name / "Training_1206.jpg", 30 * k)
        put(tmp_path / "fer" / "train" / name / "Training_912.jpg", 30 * k + 10)
        put(tmp_path / "fer" / "test" / name / "PrivateTest_88.jpg", 30 * k + 20)
    return tmp_path / "fer"


def test_fer2013_as_it_is_distributed(fer2013):
    dataset = load(fer2013)
    assert dataset.class_names == EXPRESSIONS, "alphabetical, so neutral before sad"
    assert (dataset.name, dataset.source) == ("fer", str(fer2013))
    assert dataset.train.images.shape == (14, 48, 48, 1)
    assert dataset.train.labels.tolist() == [k for k in range(7) for _ in range(2)]
    assert dataset.test.labels.tolist() == list(range(7))
    shades = dataset.test.images.mean(axis=(1, 2, 3)) * 255
    np.testing.assert_allclose(shades, 30 * np.arange(7) + 20, atol=1)
    assert dataset.train.masks == {} and dataset.train.attributes == {}


def test_the_order_of_the_classes_can_be_given(fer2013):
    order = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
    dataset = load(str(fer2013), classes=order)
    assert dataset.class_names == order
    neutral = dataset.test.images[dataset.test.labels == 6].mean() * 255
    assert neutral == pytest.approx(30 * EXPRESSIONS.index("neutral") + 20, abs=1)


@pytest.mark.parametrize(
    "order", [EXPRESSIONS[:6], (*EXPRESSIONS, "contempt"), (*EXPRESSIONS[:6], "sad")]
)
def test_an_order_that_is_none_is_named_with_the_folders_that_there_are(fer2013, order):
    with pytest.raises(ValueError, match=r"classes are angry, .*; .* has angry, disgust, fear, "):
        load(fer2013, classes=order)


def test_numbered_classes_and_files_are_in_the_order_of_their_numbers(tmp_path):
    for k in range(12):
        put(tmp_path / "train" / f"class {k}" / "a.png", k)
        put(tmp_path / "test" / f"class {k}" / "a.png", 100 + k)
    for k in range(12):
        put(tmp_path / "train" / "class 0" / f"b_{k}.png", 200 + k)
    dataset = load(tmp_path)
    assert dataset.class_names == tuple(f"class {k}" for k in range(12))
    first = dataset.train.images[dataset.train.labels == 0, 0, 0, 0] * 255
    np.testing.assert_allclose(first, [0, *range(200, 212)])


def test_class_folders_alone_are_divided_and_copies_stay_together(tmp_path):
    for k in range(100):
        for copy in "ab":
            put(tmp_path / "set" / "dark" / f"{k}{copy}.png", k)
            put(tmp_path / "set" / "light" / f"{k}{copy}.png", 100 + k)
    dataset = load(tmp_path / "set")
    assert len(dataset.train.images) + len(dataset.test.images) == 400
    assert 40 < len(dataset.test.images) < 120
    assert not leaked(dataset).any()
    again = load(tmp_path / "set")
    np.testing.assert_array_equal(dataset.test.images, again.test.images)


def test_images_that_are_both_to_train_and_to_test_with_are_reported(fer2013, capsys):
    load(fer2013)
    assert "also" not in capsys.readouterr().out
    put(fer2013 / "test" / "sad" / "copy.png", 30 * EXPRESSIONS.index("sad"))
    load(fer2013)
    assert "1 of 8 test images are also among the training images" in capsys.readouterr().out


def test_one_colour_picture_makes_all_of_them_rgb(fer2013):
    put(fer2013 / "train" / "sad" / "colour.png", 255, "RGB")
    dataset = load(fer2013)
    assert dataset.train.images.shape == (15, 48, 48, 3)
    assert (dataset.train.images == (1, 0, 0)).all(axis=(1, 2, 3)).sum() == 1


def test_hidden_and_other_files_are_passed_over(fer2013):
    (fer2013 / "train" / "sad" / "._Training_1.jpg").write_bytes(b"\0\5")
    (fer2013 / "train" / "sad" / "Thumbs.db").write_bytes(b"\0")
    put(fer2013 / "train" / ".ipynb_checkpoints" / "a.png")
    assert len(load(fer2013).train.images) == 14


# ---- what is no data set


def test_a_folder_without_class_folders_says_what_was_expected_and_found(tmp_path):
    with pytest.raises(DatasetUnavailable, match=r"expected .*train/<class>/.* found nothing"):
        load(tmp_path)
    put(tmp_path / "train" / "sad" / "a.png")
    with pytest.raises(DatasetUnavailable, match=r"in <class>/; found train$"):
        load(tmp_path)


def test_pictures_of_two_sizes_are_named(fer2013):
    put(fer2013 / "test" / "sad" / "large.png", size=(96, 64))
    with pytest.raises(DatasetCorrupt, match=r"angry/Training_912.jpg and .*sad/large.png are 48×48 and 96×64 pixels. Remedy: give size="):  # fmt: skip  # noqa: E501
        load(fer2013)


def test_a_file_that_is_no_picture_is_named(fer2013):
    (fer2013 / "train" / "sad" / "page.jpg").write_bytes(b"<!DOCTYPE html><html>")
    with pytest.raises(DatasetCorrupt, match=r"page\.jpg: cannot be read .*<!DOCTYPE html.*Remedy"):
        load(fer2013)


def test_pictures_of_all_sizes_become_squares_of_the_size_asked_for(tmp_path):
    stripes = np.zeros((20, 60), np.uint8)
    stripes[:, 20:40] = 200  # the middle, which is kept
    for name, picture in {"cat": stripes, "dog": stripes.T}.items():
        put(tmp_path / "train" / name / "plain.png", 100, size=(9, 31))
        put(tmp_path / "test" / name / "a.png")
        Image.fromarray(picture).save(tmp_path / "test" / name / "a.png")
    dataset = load(tmp_path, size=10)
    assert (dataset.train.images.shape, dataset.test.images.shape) == ((2, 10, 10, 1),) * 2
    np.testing.assert_allclose(dataset.train.images * 255, 100)
    np.testing.assert_allclose(dataset.test.images[:, 2:-2, 2:-2] * 255, 200, atol=2)
    assert dataset.test.images.min() * 255 > 150
    with pytest.raises(ValueError, match="size"):
        load(tmp_path, size=0)


def test_unreadable_pictures_are_left_out_on_request_and_named(fer2013, capsys):
    whole = (fer2013 / "train" / "sad" / "Training_912.jpg").read_bytes()
    (fer2013 / "train" / "sad" / "Training_912.jpg").write_bytes(whole[: len(whole) // 2])
    (fer2013 / "test" / "fear" / "empty.jpg").write_bytes(b"")
    with pytest.raises(DatasetCorrupt, match=r"912\.jpg.* Or leave out .*: skip_unreadable=True"):
        load(fer2013)
    dataset = load(fer2013, skip_unreadable=True)
    printed = capsys.readouterr().out
    assert "Left out 2 of 22 files, which are no pictures:" in printed
    assert "Training_912.jpg" in printed and "empty.jpg" in printed
    sad = EXPRESSIONS.index("sad")
    assert dataset.train.labels.tolist() == [k for k in range(7) for _ in range(2 - (k == sad))]
    assert dataset.test.labels.tolist() == list(range(7))
    shades = dataset.test.images.mean(axis=(1, 2, 3)) * 255
    np.testing.assert_allclose(shades, 30 * np.arange(7) + 20, atol=1)


def test_a_folder_in_which_nothing_is_a_picture_is_no_data_set(tmp_path):
    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.png").write_bytes(b"no picture")
    with pytest.raises(DatasetCorrupt, match="None of 2 files is a picture"):
        load(tmp_path, skip_unreadable=True)


@pytest.mark.parametrize("where", ["", "train/"])
def test_a_picture_beside_the_class_folders_is_no_data_set(fer2013, where):
    put(fer2013 / where / "overview.png", size=(99, 20))
    assert load(fer2013).class_names == EXPRESSIONS


def test_folders_named_like_lines_must_hold_lines(tmp_path):
    put(tmp_path / "0_0_0_0" / "0_0_0_0_0.png", size=(64, 64), mode="RGB")
    put(tmp_path / "1_0_0_0" / "1_0_0_0_0.png", size=(64, 64), mode="RGB")
    with pytest.raises(DatasetCorrupt, match=r"named like those of lines.*64×64×3, not 28×28×3"):
        load(tmp_path)
    assert load(tmp_path, classes=("0_0_0_0", "1_0_0_0")).class_names == ("0_0_0_0", "1_0_0_0")
