"""How an image grows under gradient ascent, score by score and step by step."""

from functools import partial
from typing import TYPE_CHECKING

import ipywidgets as widgets
import numpy as np

from helpers import plots
from helpers.explorers.skin import Explorer
from helpers.scores import ClassScore, FilterScore, Score, UnitScore

if TYPE_CHECKING:  # drawing needs the arrays, not the TensorFlow that computes them
    from helpers.methods.maximization import Maximization


def maximization(result: "Maximization") -> Explorer:
    """A slider over the frames of an ascent, the curve of the score beside the image.

    Args:
        result: what `helpers.methods.maximization.maximize` returns; in the network's input range
            0 to 1.

    Raises:
        ValueError: if the frames were not kept.
    """
    if not len(result.frames):
        raise ValueError("no frames were kept: call maximize(..., frames=20)")
    names = [(_name(score), i) for i, score in enumerate(result.scores)]
    steps = [(str(step), i) for i, step in enumerate(result.frame_steps)]
    return Explorer(
        partial(draw_ascent, result),
        score=widgets.Dropdown(options=names, description="score"),
        frame=widgets.SelectionSlider(
            options=steps, index=len(steps) - 1, description="step", continuous_update=False
        ),
    )


def draw_ascent(result: "Maximization", score: int, frame: int) -> plots.Figure:
    """The picture of `maximization`: one score's image in one frame, beside its curve."""
    image = np.asarray(result.frames[frame, score])
    dead = ": dead, no step had a gradient" if result.dead[score] else ""
    title = f"What drives {_name(result.scores[score])}{dead}"
    return plots.ascent(image, int(result.frame_steps[frame]), result.curves[score], title)


def _name(score: Score) -> str:
    if isinstance(score, ClassScore):
        return f"class {score.index}" + ("" if score.head is None else f" of {score.head}")
    if isinstance(score, FilterScore | UnitScore):
        kind = "filter" if isinstance(score, FilterScore) else "unit"
        return f"{kind} {score.index} of {score.layer}"
    return str(score)
