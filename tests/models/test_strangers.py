"""The parcel of notebook 10: a network in good files, and files that are none."""

from types import SimpleNamespace

import numpy as np
import pytest

from helpers import datasets, models
from helpers.models import strangers

# FER2013's CSV file counts so; its folders, and our faces, are in alphabetical order.
THEIR_ORDER = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]


@pytest.fixture(scope="module")
def faces():
    return datasets.load("faces", n=5)


@pytest.fixture(scope="module")
def parcel(faces, tmp_path_factory):
    """A network that was never trained, and what it sends."""
    model = models.build("face_cnn", seed=1)
    before = models.predict(model, faces.test.images)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(strangers, "trained", lambda *asked: SimpleNamespace(model=model))
        files = strangers.send(tmp_path_factory.mktemp("parcel"), faces)
    return before, files


def test_the_network_comes_out_of_two_files_with_its_outputs_in_their_order(faces, parcel):
    before, files = parcel
    assert files["architecture"].name == "model_a.json"
    assert files["weights"].name == "model_weights.h5"
    model = models.load(files["architecture"], files["weights"]).model
    answers = models.predict(model, faces.test.images)
    for output, name in enumerate(THEIR_ORDER):
        expected = before[:, faces.class_names.index(name)]
        np.testing.assert_allclose(answers[:, output], expected, atol=1e-6)
    assert np.ptp(before, axis=1).min() > 1e-3  # else any order would do


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("Git LFS pointer", "a Git LFS pointer: the .* bytes of the model itself"),
        ("web page", "a web page"),
        ("cut short", "is cut short: .* bytes are there"),
        ("of another network", r"'classes': it takes weights of shape \(256, 7\), .* \(256, 5\)"),
    ],
)
def test_each_bad_file_is_what_it_is_called(parcel, what, message):
    _, files = parcel
    with pytest.raises(models.CannotLoad, match=message):
        models.load(files["architecture"], files[what])


def test_the_file_with_code_is_refused_for_its_code(parcel):
    _, files = parcel
    with pytest.raises(models.CannotLoad, match=r"Lambda \(layer 'scale'\) runs code"):
        models.load(files["with code"])


def test_there_are_no_other_files(parcel):
    _, files = parcel
    [folder] = {path.parent for path in files.values()}
    assert sorted(folder.iterdir()) == sorted(files.values())


def test_a_photograph_holds_the_face_twice_as_large_between_strips_of_wall(faces):
    images = faces.test.images[:5].clip(0, 0.9)  # brighter ones lose their red
    photographs = strangers.photographs(images)
    assert (photographs.shape, photographs.dtype) == ((5, 96, 128, 3), np.uint8)
    grey = photographs @ np.array([0.299, 0.587, 0.114])
    face = grey[:, :, 16:-16]
    np.testing.assert_array_equal(np.ptp(face.reshape(5, 48, 2, 48, 2), axis=(2, 4)), 0)
    np.testing.assert_allclose(face[:, ::2, ::2], 255 * images[..., 0], atol=1)
    np.testing.assert_array_equal(grey[:, :, :17], grey[:, :, 16:17].repeat(17, axis=2))
    np.testing.assert_array_equal(grey[:, :, -17:], grey[:, :, -17:-16].repeat(17, axis=2))
    red, green, blue = np.moveaxis(photographs, -1, 0)
    assert (red >= green).all() and (green >= blue).all() and (red > blue).mean() > 0.9
