"""The controls choose a score and a step; the picture is that of just that frame."""

from types import SimpleNamespace

import numpy as np
import pytest

from helpers import explorers
from helpers.explorers.maximization_explorer import draw_ascent
from helpers.scores import ClassScore, FilterScore, UnitScore

pytestmark = pytest.mark.filterwarnings("error")


RESULT = SimpleNamespace(
    scores=(
        FilterScore("conv", 3),
        ClassScore(1),
        ClassScore(2, "angle"),
        UnitScore("dense", 7),
    ),
    curves=np.array([[0, 0, 0, 0, 0], [1, 3, 4, 6, 5], [0, 0, 0, 0, 0], [2, 2, 2, 2, 2]]),
    dead=np.array([True, False, False, False]),
    frames=np.linspace(0, 1, 3 * 4 * 20).reshape(3, 4, 4, 5, 1),
    frame_steps=np.array([0, 2, 4]),
)


def test_the_step_and_its_score_are_told():
    assert draw_ascent(RESULT, score=1, frame=1).alt == (
        "What drives class 1. After 2 steps the score is 4; it goes from 1 to 5 in 4 steps."
    )


def test_a_dead_filter_says_so():
    alt = draw_ascent(RESULT, score=0, frame=2).alt
    assert alt.startswith("What drives filter 3 of conv: dead, no step had a gradient.")


def test_the_controls_choose_score_and_step():
    shown = explorers.maximization(RESULT)
    score, frame = shown.controls["score"], shown.controls["frame"]
    assert [label for label, _ in score.options] == [
        "filter 3 of conv",
        "class 1",
        "class 2 of angle",
        "unit 7 of dense",
    ]
    assert [label for label, _ in frame.options] == ["0", "2", "4"]
    assert shown.picture.value == draw_ascent(RESULT, score=0, frame=2).html()
    score.label = "class 1"
    frame.label = "0"
    assert shown.picture.value == draw_ascent(RESULT, score=1, frame=0).html()


def test_frames_that_were_not_kept_are_explained():
    with pytest.raises(ValueError, match="call maximize"):
        explorers.maximization(SimpleNamespace(frames=np.empty((0, 4, 4, 5, 1))))
