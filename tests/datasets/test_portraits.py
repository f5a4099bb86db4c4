"""Photographs of faces, which come with scikit-image."""

import numpy as np
import skimage.data

from helpers.datasets import load, portraits


def test_twenty_smiles_and_twenty_faces_without():
    dataset = load("portraits")
    assert dataset.class_names == ("no smile", "smile")
    assert dataset.test.images.shape == (40, 25, 25, 1)
    assert np.bincount(dataset.test.labels).tolist() == [20, 20]
    assert len(dataset.train.images) == 0
    assert "Labeled Faces" in dataset.source
    smiling = dataset.test.images[dataset.test.labels == 1, ..., 0]
    np.testing.assert_allclose(smiling, skimage.data.lfw_subset()[list(portraits.SMILES)], 1e-6)


def test_all_are_faces_and_none_occurs_twice():
    chosen = portraits.SMILES + portraits.NO_SMILES
    assert len(set(chosen)) == 40
    assert max(chosen) < 100, "what follows is background"


def test_a_smile_is_brighter_between_the_lips():
    """Teeth: a check of the labels against the pixels."""
    images, labels = load("portraits").test.images[..., 0], load("portraits").test.labels
    mouth = images[:, 17:21, 9:17].mean(axis=(1, 2)) / images[:, 5:17, 5:20].mean(axis=(1, 2))
    assert mouth[labels == 1].mean() > 1.1 * mouth[labels == 0].mean()


def test_the_astronaut_s_face():
    face = portraits.astronaut()
    assert (face.shape, face.dtype) == ((140, 140, 3), np.uint8)
    np.testing.assert_array_equal(face, skimage.data.astronaut()[60:200, 150:290])
