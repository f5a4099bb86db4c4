"""Photographs come as squares in RGB, from the bundle or from wherever the user has them."""

import socket

import numpy as np
import pytest
import skimage.data
from PIL import Image

from helpers.datasets import DatasetCorrupt, DatasetUnavailable, load, photos


def test_the_bundle_needs_no_network_and_has_a_cat(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("nothing may be fetched")

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    dataset = load("photos")
    assert {"cat", "astronaut", "china", "flower"} <= set(dataset.class_names)
    assert dataset.test.images.shape == (len(dataset.class_names), 224, 224, 3)
    assert dataset.test.labels.tolist() == list(range(len(dataset.class_names)))
    assert len(dataset.train.images) == 0
    assert "scikit-image" in dataset.source
    assert dataset.test.images.std(axis=(1, 2, 3)).min() > 0.1, "none is blank"


def test_a_photograph_as_it_is():
    cat = photos.read(photos.bundled()["cat"])
    assert (cat.shape, cat.dtype) == ((300, 451, 3), np.float32)
    np.testing.assert_array_equal(np.rint(cat * 255), skimage.data.chelsea())


def test_a_square_is_the_middle_of_the_picture_at_the_size_asked_for(tmp_path):
    stripes = np.repeat(np.uint8([255, 0, 0, 0, 0, 255]), 20)  # 120 wide, 80 high
    Image.fromarray(np.tile(stripes, (80, 1))).save(tmp_path / "bars.png")
    image = photos.read(tmp_path / "bars.png", 40)
    assert image.shape == (40, 40, 3)
    assert image[:, 1:-1].max() < 0.1, "the stripes at the sides are cut off"
    assert load("photos", size=32).test.images.shape[1:] == (32, 32, 3)


def test_a_file_and_a_folder_of_ones_own(tmp_path):
    for name, tone in (("dog.JPG", 50), ("ant.png", 200)):
        Image.new("RGB", (60, 40), (tone, 0, 0)).save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    dataset = load(tmp_path, size=20)
    assert dataset.class_names == ("ant", "dog")
    assert dataset.source == str(tmp_path)
    tones = dataset.test.images[..., 0].mean(axis=(1, 2)) * 255
    np.testing.assert_allclose(tones, [200, 50], atol=1)
    assert load(tmp_path / "dog.JPG").class_names == ("dog",)


def test_two_files_of_one_name_keep_their_endings(tmp_path):
    for name in ("dog.jpg", "dog.png"):
        Image.new("RGB", (60, 40)).save(tmp_path / name)
    assert load(tmp_path).class_names == ("dog.jpg", "dog.png")


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK"])
def test_pictures_of_every_kind_become_rgb(tmp_path, mode):
    path = tmp_path / ("a.tif" if mode == "CMYK" else "a.png")
    Image.new("RGB", (8, 8), (255, 255, 255)).convert(mode).save(path)
    np.testing.assert_allclose(photos.read(path), np.ones((8, 8, 3)))


@pytest.mark.parametrize("mode", ["RGBA", "LA", "PA"])
def test_what_is_transparent_lies_on_white(tmp_path, mode):
    picture = Image.new("RGBA", (3, 1))
    for column, opacity in enumerate((0, 51, 255)):
        picture.putpixel((column, 0), (100, 100, 100, opacity))
    picture.convert(mode).save(tmp_path / "a.tif" if mode == "PA" else tmp_path / "a.png")
    [path] = tmp_path.iterdir()
    expected = np.array([255, 0.2 * 100 + 0.8 * 255, 100]) / 255
    seen = photos.read(path)
    np.testing.assert_allclose(seen, np.tile(expected[None, :, None], 3), atol=1 / 255)
    assert photos.opened(path).mode == ("L" if mode == "LA" else "RGB")


@pytest.mark.parametrize(
    ("mode", "colour"), [("P", 1), ("L", 100), ("RGB", (100, 90, 80))], ids=["P", "L", "RGB"]
)
def test_a_colour_that_stands_for_transparent_is_white(tmp_path, mode, colour):
    picture = Image.new(mode, (2, 1), colour)
    if mode == "P":
        picture.putpalette([0, 0, 0, 100, 90, 80])
    picture.putpixel((1, 0), 0 if mode != "RGB" else (0, 0, 0))
    picture.save(tmp_path / "a.png", transparency=colour)
    np.testing.assert_array_equal(photos.read(tmp_path / "a.png")[0], [[1, 1, 1], [0, 0, 0]])


def test_a_picture_is_upright_as_the_camera_was_held(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: what is left in the file is the top
    picture = Image.new("L", (60, 40))
    picture.paste(255, (0, 0, 30, 40))
    picture.save(tmp_path / "turned.jpg", exif=exif)
    image = photos.read(tmp_path / "turned.jpg")
    assert image.shape == (60, 40, 3)
    assert image[:25].min() > 0.9 and image[35:].max() < 0.1


# ---- what is no photograph


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("pointer.jpg", b"version https://git-lfs.github.com/spec/v1", "it begins with b'version "),
        ("empty.png", b"", "it begins with b''"),
        ("cut.png", None, "cannot be read as a picture"),
    ],
)
def test_a_file_that_is_none_says_what_it_is(tmp_path, name, content, complaint):
    path = tmp_path / name
    if content is None:
        noise = np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)
        Image.fromarray(noise).save(path)
        content = path.read_bytes()[:2000]
    path.write_bytes(content)
    with pytest.raises(DatasetCorrupt, match=f"{name}: .*{complaint}.*Remedy: fetch"):
        load(path)


def test_sixteen_bits_a_pixel_are_refused_rather_than_clipped(tmp_path):
    Image.fromarray(np.full((4, 4), 40_000, np.uint16)).save(tmp_path / "deep.png")
    with pytest.raises(
        DatasetCorrupt, match=r"more than 8 bits a channel\. Remedy: save it as 8-bit"
    ):
        load(tmp_path / "deep.png")


@pytest.mark.parametrize("size", [0, -1, 2.5, "large"])
def test_a_size_that_is_none_is_named(size):
    with pytest.raises(ValueError, match=f"size is {size!r}; it must be a whole number"):
        load("photos", size=size)


def test_a_folder_without_pictures_is_named(tmp_path):
    with pytest.raises(DatasetUnavailable, match=r"no pictures. Remedy: .*\.png, \.jpg"):
        photos.load(tmp_path)


def test_a_bundle_that_lacks_a_file_is_an_error_with_a_remedy(monkeypatch, tmp_path):
    monkeypatch.setattr(photos, "files", lambda package: tmp_path)
    with pytest.raises(DatasetUnavailable, match=r"astronaut\.png is missing: reinstall"):
        load("photos")
