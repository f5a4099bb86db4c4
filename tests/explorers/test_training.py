"""Mistakes are found, ordered and filtered; the controls choose among them."""

import numpy as np
import pytest

from helpers import explorers
from helpers.explorers.training_explorer import draw_training, mistakes

pytestmark = pytest.mark.filterwarnings("error")

NAMES = ["cat", "dog", "cow"]
HISTORY = {name: [0.5, 0.25] for name in ("loss", "accuracy", "val_loss", "val_accuracy")}
LABELS = np.array([0, 0, 1, 2])
PROBABILITIES = np.array(
    [
        [0.9, 0.1, 0.0],  # a cat, recognised
        [0.4, 0.6, 0.0],  # a cat taken for a dog
        [0.8, 0.1, 0.1],  # a dog taken for a cat, with more confidence
        [0.0, 0.7, 0.3],  # a cow taken for a dog
    ]
)
IMAGES = np.zeros((4, 2, 2, 1))
ARGUMENTS = HISTORY, IMAGES, LABELS, PROBABILITIES, NAMES


def test_the_most_confident_mistake_comes_first():
    assert mistakes(LABELS, PROBABILITIES).tolist() == [2, 3, 1]


def test_mistakes_are_chosen_by_true_and_by_predicted_class():
    assert mistakes(LABELS, PROBABILITIES, true=0).tolist() == [1]
    assert mistakes(LABELS, PROBABILITIES, predicted=1).tolist() == [3, 1]
    assert mistakes(LABELS, PROBABILITIES, true=2, predicted=1).tolist() == [3]
    assert mistakes(LABELS, PROBABILITIES, true=2, predicted=0).tolist() == []


def test_equally_confident_mistakes_keep_their_order():
    assert mistakes([1, 1, 1], [[0.6, 0.4]] * 3).tolist() == [0, 1, 2]


def test_one_hot_labels_are_explained():
    with pytest.raises(ValueError, match="argmax"):
        mistakes(np.eye(3), np.eye(3))


def test_the_picture_tells_both_probabilities_of_a_mistake():
    alt = draw_training(*ARGUMENTS, epoch=1, true=1).alt
    assert "The 1 most confident of 1 mistakes, true class dog: dog: 10% → cat: 80%." in alt


def test_no_mistakes_of_a_kind_are_said_not_raised():
    figure = draw_training(*ARGUMENTS, epoch=1, true=2, predicted=0)
    assert figure.alt.endswith("No mistakes, true class cow, predicted class cat.")
    assert figure.png()


def test_the_controls_choose_epoch_and_classes():
    shown = explorers.training(*ARGUMENTS)
    assert shown.picture.value == draw_training(*ARGUMENTS, epoch=2).html()
    shown.controls["epoch"].value = 1
    shown.controls["true"].label = "cow"
    shown.controls["predicted"].label = "dog"
    expected = draw_training(*ARGUMENTS, epoch=1, true=2, predicted=1)
    assert shown.picture.value == expected.html()
    shown.controls["true"].label = "any"
    assert shown.picture.value == draw_training(*ARGUMENTS, epoch=1, predicted=1).html()


def test_any_class_is_chosen_at_first_and_can_be_chosen_again():
    true = explorers.training(*ARGUMENTS).controls["true"]
    assert true.label == "any"
    true.label = "cow"
    true.label = "any"
    assert true.label == "any"


def test_lengths_that_differ_are_named():
    with pytest.raises(ValueError, match="3 images need as many labels, got 4"):
        draw_training(HISTORY, IMAGES[:3], LABELS, PROBABILITIES, NAMES, epoch=1)
    with pytest.raises(ValueError, match="3 images need as many labels, got 4"):
        explorers.training(HISTORY, IMAGES[:3], LABELS, PROBABILITIES, NAMES)
    with pytest.raises(ValueError, match="all 3 columns of probabilities, got 2 names"):
        draw_training(HISTORY, IMAGES, LABELS, PROBABILITIES, NAMES[:2], epoch=1)
