"""Faces show what their labels say, in brows, eyes and mouth, and everything else varies."""

import numpy as np
import pytest

from helpers.datasets import DatasetCorrupt, faces, load
from helpers.datasets.core import leaked

LABEL = {name: k for k, name in enumerate(faces.EXPRESSIONS)}


@pytest.fixture(scope="module")
def many():
    """100 faces of each expression, in order."""
    return faces.draw(np.repeat(np.arange(7), 100), np.random.default_rng(0))


def of(split, name, part):
    return split.masks[part][split.labels == LABEL[name]]


def test_form_and_number():
    dataset = load("faces", n=10)
    assert dataset.class_names == faces.EXPRESSIONS
    assert dataset.class_names == (
        *("angry", "disgust", "fear", "happy", "neutral", "sad", "surprise"),
    )
    assert dataset.train.images.shape == (7 * 8, 48, 48, 1)
    assert dataset.test.images.shape == (7 * 2, 48, 48, 1)
    assert np.bincount(dataset.train.labels).tolist() == [8] * 7
    assert np.bincount(dataset.test.labels).tolist() == [2] * 7
    assert "1307.0414" in dataset.source


def test_no_face_occurs_twice():
    dataset = load("faces", n=50)
    assert not leaked(dataset).any()
    every = [image.tobytes() for s in (dataset.train, dataset.test) for image in s.images]
    assert len(set(every)) == 7 * 50


def test_a_seed_gives_the_same_faces_and_another_seed_others():
    first, again, other = (faces.load(5, seed).train for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.images, again.images)
    np.testing.assert_array_equal(first.masks["mouth"], again.masks["mouth"])
    assert (first.images != other.images).any()


# ---- what varies


def test_faces_vary_in_light_and_noise(many):
    images = many.images[..., 0]
    assert np.std(images.mean(axis=(1, 2))) > 0.05
    slopes = images[:, :, 24:].mean(axis=(1, 2)) - images[:, :, :24].mean(axis=(1, 2))
    assert (slopes > 0.05).any() and (slopes < -0.05).any(), "lit from the right, from the left"
    rough = np.median(np.abs(np.diff(images, n=2, axis=1)), axis=(1, 2))
    assert rough.max() > 5 * rough.min()


def centres(masks):
    """(N, 2): column and row of the middle of each mask."""
    rows, columns = np.indices(masks.shape[1:])
    area = masks.sum(axis=(1, 2))
    return np.stack([(masks * axis).sum(axis=(1, 2)) / area for axis in (columns, rows)], axis=1)


def test_faces_vary_in_pose_and_shape(many):
    eyes, mouth = (centres(of(many, "neutral", part)) for part in ("eyes", "mouth"))
    down = mouth - eyes
    tilt = np.degrees(np.arctan2(down[:, 0], down[:, 1]))
    assert tilt.min() < -6 and tilt.max() > 6
    assert np.ptp(np.hypot(*down.T)) > 3, "pixels from the eyes to the mouth"
    assert (eyes.std(axis=0) > 1).all()
    width = np.ptp(np.where(of(many, "neutral", "eyes"), np.arange(48), 24), axis=(1, 2))
    assert np.ptp(width) > 4


# ---- masks


@pytest.mark.parametrize("name", faces.EXPRESSIONS)
def test_every_face_has_brows_above_eyes_above_a_mouth(many, name):
    rows = []
    for part in faces.PARTS:
        masks = of(many, name, part)
        area = masks.sum(axis=(1, 2))
        assert area.min() >= 10 and area.max() < 250
        rows.append(centres(masks)[:, 1])
    assert (rows[0] < rows[1]).all() and (rows[1] + 5 < rows[2]).all()


def test_a_mouth_touches_neither_eyes_nor_brows(many):
    for part in ("brows", "eyes"):
        assert not (many.masks["mouth"] & many.masks[part]).any()


def test_masks_hold_what_is_darker_than_the_skin_about_it(many):
    for part in ("brows", "mouth"):
        masks, image = many.masks[part], many.images[..., 0]
        around = np.zeros_like(masks)
        for shift in (-4, 4):
            around |= np.roll(masks, shift, axis=1)
        for other in faces.PARTS:
            around &= ~many.masks[other]
        inside, outside = (
            (image * where).sum(axis=(1, 2)) / where.sum(axis=(1, 2)) for where in (masks, around)
        )
        assert (inside < outside).mean() > 0.9


# ---- what an expression is


def height(masks):
    return masks.any(axis=2).sum(axis=1)


def width(masks):
    return masks.any(axis=1).sum(axis=1)


def mean(many, name, part, measure):
    return measure(of(many, name, part)).mean()


def test_a_happy_mouth_is_the_widest_and_a_surprised_one_the_narrowest(many):
    widths = {name: mean(many, name, "mouth", width) for name in faces.EXPRESSIONS}
    assert max(widths, key=widths.get) == "happy"
    assert min(widths, key=widths.get) == "surprise"


def test_eyes_are_wide_in_fear_and_surprise_and_narrow_in_disgust(many):
    def area(masks):
        return masks.sum(axis=(1, 2))

    areas = {name: mean(many, name, "eyes", area) for name in faces.EXPRESSIONS}
    assert set(sorted(areas, key=areas.get)[-2:]) == {"fear", "surprise"}
    assert min(areas, key=areas.get) == "disgust"


def corners_up(masks):
    """How much higher, in pixels, a mouth is at its sides than in its middle."""
    rows, columns = np.indices(masks.shape[1:])
    lifts = []
    for mask in masks:
        where = columns[mask]
        low, high = where.min(), where.max()
        outer = (where < low + (high - low) / 4) | (where > high - (high - low) / 4)
        lifts.append(rows[mask][~outer].mean() - rows[mask][outer].mean())
    return np.array(lifts)


def test_corners_of_the_mouth_are_up_when_happy_and_down_when_sad(many):
    assert corners_up(of(many, "happy", "mouth")).min() > 0
    assert corners_up(of(many, "sad", "mouth")).max() < 0


def inner_raised(masks):
    """How much higher, in pixels, brows are towards each other than at the temples."""
    return -corners_up(masks)


def test_brows_fall_inwards_in_anger_and_rise_inwards_in_sadness_and_fear(many):
    assert (inner_raised(of(many, "angry", "brows")) < 0).all()
    assert (inner_raised(of(many, "sad", "brows")) > 0).all()
    assert (inner_raised(of(many, "fear", "brows")) > 0).mean() > 0.95


def test_every_change_is_of_something_that_a_face_has():
    assert set(faces.CHANGES) == set(faces.EXPRESSIONS)
    assert all(set(change) <= set(faces.NEUTRAL) for change in faces.CHANGES.values())


# ---- what cannot be had


@pytest.mark.parametrize(
    ("options", "complaint"),
    [({"n": 4}, "n is 4; .* at least 5"), ({"n": 7.5}, "n is 7.5"), ({"seed": -2}, "seed is -2")],
)
def test_a_bad_value_is_named(options, complaint):
    with pytest.raises(ValueError, match=complaint):
        load("faces", **options)


# ---- FER2013's file

PIXELS = " ".join(str(k % 256) for k in range(48 * 48))
BLACK = " ".join(["0"] * 48 * 48)


def csv(tmp_path, *rows, header="emotion,pixels,Usage"):
    path = tmp_path / "fer2013.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def test_the_csv_counts_neutral_as_six_and_we_alphabetically(tmp_path):
    rows = [f"{k},{PIXELS},Training" for k in range(7)]
    dataset = load(csv(tmp_path, *rows, f"6,{BLACK},PublicTest", f"4,{PIXELS},PrivateTest"))
    assert dataset.class_names == faces.EXPRESSIONS
    names = [dataset.class_names[k] for k in dataset.train.labels]
    assert names == ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]
    assert [dataset.class_names[k] for k in dataset.test.labels] == ["neutral", "sad"]


def test_pixels_of_the_csv_are_rows_from_the_top(tmp_path):
    path = csv(tmp_path, f"0,{PIXELS},Training", f"0,{BLACK},PublicTest")
    dataset = load(str(path))
    assert dataset.train.images.shape == dataset.test.images.shape == (1, 48, 48, 1)
    expected = np.arange(48 * 48).reshape(48, 48) % 256
    np.testing.assert_allclose(dataset.train.images[0, ..., 0] * 255, expected, atol=1e-4)


def test_columns_may_stand_in_another_order_with_blanks(tmp_path):
    rows = [f"3, Training, {PIXELS}", f"3, PublicTest, {BLACK}"]
    assert len(load(csv(tmp_path, *rows, header="emotion, Usage, pixels")).train.labels) == 1


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        (f"7,{PIXELS},Training", r"line 3: expected emotion 0\.\.6, .* got '7'"),
        (f"0,{PIXELS} 1,Training", r"line 3: .* 2304 pixels .* got 2305 pixels of 0\.\.255"),
        (f"0,{PIXELS[:-3]}300,Training", r"line 3: .* got 2304 pixels of 0\.\.300"),
        (f"0,{PIXELS[:-3]}dog,Training", r"line 3: .* got .*'dog'"),
        (
            f"0,{PIXELS},Validation",
            r"line 3: .* Training, PublicTest, PrivateTest; got 'Validation'",
        ),
        ("0", r"line 3: "),
    ],
)
def test_a_bad_row_is_named_by_its_line(tmp_path, row, complaint):
    with pytest.raises(DatasetCorrupt, match=f"{complaint}[\\s\\S]*Remedy"):
        load(csv(tmp_path, f"0,{PIXELS},PublicTest", row))


@pytest.mark.parametrize(
    ("header", "complaint"),
    [
        ("emotion,pixels", "no column Usage; found emotion, pixels. Remedy: fetch fer2013.csv"),
        ("version https://git-lfs.github.com/spec/v1", "no column Usage, emotion, pixels; found v"),
    ],
)
def test_a_file_of_something_else_is_named(tmp_path, header, complaint):
    with pytest.raises(DatasetCorrupt, match=complaint):
        load(csv(tmp_path, header=header))


def test_a_csv_without_rows_to_test_with_is_refused(tmp_path):
    with pytest.raises(DatasetCorrupt, match="no rows to train with, or none to test with"):
        load(csv(tmp_path, f"0,{PIXELS},Training"))
