"""Lines are what their labels say, wherever they lie, and no line is both to train and to test."""

import numpy as np
import pytest

from helpers.datasets import lines, load
from helpers.datasets.core import leaked

BOTH = pytest.mark.parametrize("antialias", [True, False])


def flat(split):
    """(N, 28, 28): the ink, whatever its colour."""
    return split.images.sum(axis=-1)


def values(split, attribute):
    return np.array(lines.ATTRIBUTES[attribute])[split.attributes[attribute]]


def moments(ink):
    """Length, width and angle of one line from the spread of its ink, however it was drawn."""
    rows, columns = np.indices(ink.shape)
    places = np.stack([columns, -rows]).reshape(2, -1)  # +y is up
    spread, axes = np.linalg.eigh(np.cov(places, aweights=ink.ravel(), ddof=0))
    width, length = np.sqrt(12 * spread)  # of a bar that is evenly inked
    return length, width, np.degrees(np.arctan2(*axes[::-1, 1])) % 180


# ---- what a class is


@BOTH
def test_form_and_number(antialias):
    dataset = load("lines", n=10, antialias=antialias)
    assert dataset.train.images.shape == (96 * 8, 28, 28, 3)
    assert dataset.test.images.shape == (96 * 2, 28, 28, 3)
    assert np.bincount(dataset.train.labels).tolist() == [8] * 96
    assert np.bincount(dataset.test.labels).tolist() == [2] * 96
    assert (dataset.train.labels[1:] != dataset.train.labels[:-1]).mean() > 0.9, "in mixed order"


@pytest.mark.parametrize(
    ("label", "name", "numbers"),
    [
        (0, "length 7, width 1, 0°, red", (0, 0, 0, 0)),
        (1, "length 7, width 1, 0°, blue", (0, 0, 0, 1)),
        (2, "length 7, width 1, 15°, red", (0, 0, 1, 0)),
        (23, "length 7, width 1, 165°, blue", (0, 0, 11, 1)),
        (24, "length 7, width 3, 0°, red", (0, 1, 0, 0)),
        (48, "length 15, width 1, 0°, red", (1, 0, 0, 0)),
        (95, "length 15, width 3, 165°, blue", (1, 1, 11, 1)),
    ],
)
def test_classes_count_length_width_angle_colour(label, name, numbers):
    dataset = load("lines", n=5)
    assert dataset.class_names[label] == name
    for split in (dataset.train, dataset.test):
        at = split.labels == label
        assert [set(split.attributes[key][at]) for key in lines.ATTRIBUTES] == [
            {number} for number in numbers
        ]


def test_a_red_line_is_red_alone_and_a_blue_one_blue():
    split = load("lines", n=5).train
    for colour, channel in (("red", 0), ("blue", 2)):
        images = split.images[values(split, "colour") == colour]
        assert images[..., channel].max(axis=(1, 2)).min() > 0.6
        assert not np.delete(images, channel, axis=-1).any()


@BOTH
def test_length_width_and_angle_can_be_measured_in_the_picture(antialias):
    split = load("lines", n=5, antialias=antialias).test
    length, width, angle = np.array([moments(ink) for ink in flat(split)]).T
    assert np.abs(length - values(split, "length")).max() < 0.75, "Euclidean, so at 45° too"
    assert np.abs((angle - values(split, "angle") + 90) % 180 - 90).max() < 7.5, "nearest class"
    assert (width < 2).tolist() == (values(split, "width") == 1).tolist()


@pytest.mark.parametrize(("length", "width", "angle"), [c[:3] for c in lines.CLASSES[::2]])
def test_anti_aliased_the_ink_is_length_times_width(length, width, angle):
    steps = np.stack(np.meshgrid(lines.STEPS, lines.STEPS), axis=-1).reshape(-1, 2)
    ink = lines.coverage(length, width, angle, 14 + steps).sum(axis=(1, 2))
    assert ink.mean() == pytest.approx(length * width, rel=0.02), "over all places on a pixel"


def ink_of(length, width, angle, antialias):
    return lines.coverage(length, width, angle, np.array([[14, 14]]), antialias)[0]


def test_lines_small_enough_to_check_by_hand():
    level = ink_of(7, 3, 0, False)
    assert np.argwhere(level).tolist() == [[r, c] for r in (13, 14, 15) for c in range(11, 18)]
    rising = ink_of(7, 1, 45, False)  # five pixels, each √2 from the next
    assert np.argwhere(rising).tolist() == [[12, 16], [13, 15], [14, 14], [15, 13], [16, 12]]


@BOTH
@pytest.mark.parametrize("angle", range(0, 90, 15))
def test_90_degrees_more_are_a_quarter_turn_counter_clockwise(angle, antialias):
    for length, width in ((7, 1), (7, 3), (15, 1), (15, 3)):
        before, after = (ink_of(length, width, a, antialias)[1:, 1:] for a in (angle, angle + 90))
        np.testing.assert_allclose(after, np.rot90(before), atol=1.01 / 255)  # rounded to a byte


def test_not_anti_aliased_a_pixel_is_line_or_black():
    assert set(np.unique(load("lines", n=5, antialias=False).train.images)) == {0, 1}
    assert len(np.unique(load("lines", n=5).train.images)) > 50


# ---- where a line lies


@BOTH
def test_the_border_cuts_no_line(antialias):
    for *shape, _ in lines.CLASSES[::2]:
        places = np.concatenate(lines.line_centres(*shape, antialias))
        outermost = places[((places == places.min(0)) | (places == places.max(0))).any(axis=1)]
        inner = 14 + outermost - np.rint(outermost)  # the same place on the pixel in the middle
        np.testing.assert_array_equal(*(
            np.sort(lines.coverage(*shape, centres, antialias).reshape(len(inner), -1))
            for centres in (outermost, inner)
        ))  # fmt: skip


@BOTH
def test_lines_reach_every_border(antialias):
    ink = flat(load("lines", n=20, antialias=antialias).train).max(axis=0)
    assert all(border.any() for border in (ink[0], ink[-1], ink[:, 0], ink[:, -1]))


def test_lines_of_a_class_differ_by_their_place_alone():
    split = load("lines", n=20, antialias=False).train
    for label in range(96):
        cut_out, corners = set(), set()
        for image in split.images[split.labels == label]:
            rows, columns = (np.flatnonzero(image.any(axis=(axis, 2))) for axis in (1, 0))
            box = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            cut_out.add((box.shape, box.tobytes()))
            corners.add((rows[0], columns[0]))
        assert (len(cut_out), len(corners)) == (1, 16)


# ---- train and test


@BOTH
def test_no_image_occurs_twice_so_none_is_in_train_and_test(antialias):
    dataset = load("lines", n=60, antialias=antialias)
    assert not leaked(dataset).any()
    every = [image.tobytes() for s in (dataset.train, dataset.test) for image in s.images]
    assert len(set(every)) == 96 * 60


@BOTH
def test_what_is_tested_with_is_never_trained_with_under_another_seed_or_number(antialias):
    trained = load("lines", n=60, antialias=antialias).train.images
    tested = load("lines", n=40, antialias=antialias, seed=1).test.images
    assert not {image.tobytes() for image in trained} & {image.tobytes() for image in tested}


@BOTH
def test_every_place_is_either_to_train_or_to_test_with_about_four_to_one(antialias):
    for *shape, _ in lines.CLASSES[::2]:
        train, test = lines.line_centres(*shape, antialias)
        pixels = [set(map(tuple, np.rint(places).astype(int))) for places in (train, test)]
        assert not pixels[0] & pixels[1]
        assert len(test) / (len(train) + len(test)) == pytest.approx(0.2, abs=0.01)


def test_a_seed_gives_the_same_lines_and_another_seed_others():
    first, again, other = (lines.load(5, seed=seed).train.images for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


# ---- masks


def test_the_mask_is_what_is_at_least_half_covered():
    split = load("lines", n=5).train
    assert split.masks["line"].shape == split.images.shape[:3]
    np.testing.assert_array_equal(split.masks["line"], flat(split) >= 0.5)
    plain = load("lines", n=5, antialias=False).train
    np.testing.assert_array_equal(plain.masks["line"], flat(plain) == 1)


def test_the_mask_of_a_level_line_is_its_rectangle_but_for_faint_ends():
    split = load("lines", n=50).train
    level = values(split, "angle") == 0
    masks, length, width = (
        array[level]
        for array in (split.masks["line"], values(split, "length"), values(split, "width"))
    )
    assert masks.any(axis=2).sum(axis=1).tolist() == width.tolist()
    assert set(length - masks.any(axis=1).sum(axis=1)) == {0, 1}


# ---- folders


@BOTH
def test_written_to_folders_and_read_back_to_the_bit(tmp_path, antialias):
    dataset = lines.load(15, antialias)
    for part in ("train", "test"):
        lines.write(getattr(dataset, part), tmp_path / part)
    assert len(list((tmp_path / "train").glob("*/*.png"))) == 96 * 12
    assert {path.name for path in (tmp_path / "test" / "1_0_11_1").iterdir()} == {
        f"1_0_11_1_{k}.png" for k in range(3)
    }
    read = load(tmp_path)
    assert read.class_names == dataset.class_names
    for part in ("train", "test"):
        before, after = getattr(dataset, part), getattr(read, part)
        order = np.argsort(before.labels, kind="stable")  # k counts in each class
        np.testing.assert_array_equal(after.labels, before.labels[order])
        np.testing.assert_array_equal(after.images, before.images[order])
        np.testing.assert_array_equal(after.masks["line"], before.masks["line"][order])
        for name in lines.ATTRIBUTES:
            np.testing.assert_array_equal(after.attributes[name], before.attributes[name][order])


def test_folders_of_some_classes_keep_their_labels(tmp_path):
    dataset = lines.load(30)
    lines.write(dataset.test, tmp_path)
    for name in lines.FOLDERS[:94]:
        for path in (tmp_path / name).iterdir():
            path.unlink()
    read = load(tmp_path)  # no train and test: divided here
    assert set(read.train.labels) | set(read.test.labels) == {94, 95}
    assert len(read.train.labels) + len(read.test.labels) == 12


def test_copies_in_a_published_set_stay_together(tmp_path):
    split = lines.load(30).test
    for copy in ("a", "b"):
        lines.write(split, tmp_path / copy)
        for path in (tmp_path / copy).glob("*/*.png"):
            target = tmp_path / "set" / path.parent.name / f"{copy}_{path.name}"
            target.parent.mkdir(parents=True, exist_ok=True)
            path.rename(target)
    read = load(tmp_path / "set")
    assert (len(read.train.images), len(read.test.images)) > (96 * 9, 96)
    assert not leaked(read).any()


def test_lines_are_not_written_among_others(tmp_path):
    split = load("lines", n=5).test
    lines.write(split, tmp_path)
    with pytest.raises(FileExistsError, match="0_0_0_0"):
        lines.write(split, tmp_path)


def test_something_else_is_not_written_as_lines(tmp_path):
    with pytest.raises(ValueError, match=r"expected lines, .* got Split\(.*28×28×1\)"):
        lines.write(load("digits").test, tmp_path)


# ---- what cannot be had


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"n": 4}, "n is 4; it must be a whole number, at least 5"),
        ({"n": 10.0}, "n is 10.0; it must be a whole number"),
        ({"n": True}, "n is True; it must be a whole number"),
        ({"seed": -1}, "seed is -1; it must be a whole number, at least 0"),
        (
            {"n": 4000},
            r"n is 4000; there are places for \d+ different lines of each class: take fewer$",
        ),
        ({"n": 1000, "antialias": False}, "places for 2.. different .*: take fewer, or antialias"),
    ],
)
def test_a_bad_value_is_named_with_the_remedy(options, complaint):
    with pytest.raises(ValueError, match=complaint):
        load("lines", **options)


@pytest.mark.parametrize("antialias", [False])
def test_as_many_as_the_message_says_can_be_had(antialias):
    with pytest.raises(ValueError) as error:
        load("lines", n=10**6, antialias=antialias)
    most = int(str(error.value).split("places for ")[1].split()[0])
    assert len(lines.load(most, antialias).train.images) == 96 * (most - most // 5)
    with pytest.raises(ValueError, match=f"n is {most + 1}"):
        lines.load(most + 1, antialias)
