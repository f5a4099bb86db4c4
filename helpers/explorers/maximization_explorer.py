"""Explore how an image grows under gradient ascent, score by score and step by step."""

from functools import partial
from typing import TYPE_CHECKING

import ipywidgets as widgets
import numpy as np
from matplotlib.ticker import MaxNLocator
from numpy.typing import ArrayLike

from helpers import plots
from helpers.explorers.alone import Live, as_bytes, colours, palettes
from helpers.explorers.skin import Explorer
from helpers.plots.figure import TRAINING, VALIDATION, Figure, house_style
from helpers.plots.layout import (
    check_index,
    checked_array,
    checked_images,
    counted,
    image_grid,
    subfigures,
)
from helpers.scores import ClassScore, FilterScore, Score, UnitScore

if TYPE_CHECKING:  # drawing needs the arrays, not the TensorFlow that computes them
    from helpers.methods.maximization import Maximization

__all__ = ["ascent", "draw_ascent", "maximization"]


def maximization(result: "Maximization") -> Explorer:
    """Browse the frames of an ascent, with the curve of the score beside the image.

    Args:
        result: what `helpers.methods.maximization.maximize` returns, for a network whose input
            range is 0 to 1.

    Raises:
        ValueError: if the frames were not kept.
    """
    if not len(result.frames):
        raise ValueError("no frames were kept: call maximize(..., frames=20)")
    names = [(_name(score), i) for i, score in enumerate(result.scores)]
    steps = [(str(step), i) for i, step in enumerate(result.frame_steps)]
    return Explorer(
        partial(draw_ascent, result),
        partial(_live, result, [name for name, _ in names]),
        score=widgets.Dropdown(options=names, description="score"),
        frame=widgets.SelectionSlider(
            options=steps, index=len(steps) - 1, description="step", continuous_update=False
        ),
    )


def _live(result: "Maximization", names: list[str]) -> Live | None:
    if result.frames.shape[-1] != 1:  # explorer.js draws ink on paper
        return None
    content = {
        "names": names,
        "steps": [int(step) for step in result.frame_steps],
        "size": result.frames.shape[2:4],
        "frames": as_bytes(255 * np.clip(result.frames, 0, 1)),
        "scores": np.asarray(result.curves, float).round(4).tolist(),
        "palettes": palettes(),
        "colours": colours(),
    }
    return Live("explorer.js", {"kind": "ascent", "content": content})


def draw_ascent(result: "Maximization", score: int, frame: int) -> plots.Figure:
    """Draw the picture of `maximization`: one score's image in one frame, beside its curve."""
    image = np.asarray(result.frames[frame, score])
    dead = ": dead, no step had a gradient" if result.dead[score] else ""
    title = f"What drives {_name(result.scores[score])}{dead}"
    return ascent(image, int(result.frame_steps[frame]), result.curves[score], title)


def _name(score: Score) -> str:
    if isinstance(score, ClassScore):
        return f"class {score.index}" + ("" if score.head is None else f" of {score.head}")
    if isinstance(score, FilterScore | UnitScore):
        kind = "filter" if isinstance(score, FilterScore) else "unit"
        return f"{kind} {score.index} of {score.layer}"
    return str(score)


@house_style()
def ascent(
    image: ArrayLike, step: int, curve: ArrayLike, title: str = "The image and its score"
) -> Figure:
    """Draw one image of an ascent, beside the curve of its score.

    Args:
        image: (height, width, 1 or 3), from 0 to 1.
        step: how many steps led to the image.
        curve: (steps + 1,), the score before each step and after the last.
        title: what one looks at.

    Raises:
        ValueError: if a shape does not fit or the step does not exist.
    """
    curve = checked_array("curve", curve, ("steps + 1",))
    pictures, _ = checked_images(np.asarray(image)[None], None)
    check_index("step", step, len(curve))
    alt = (
        f"{title}. After {counted(step, 'step')} the score is {curve[step]:.3g}; it goes from "
        f"{curve[0]:.3g} to {curve[-1]:.3g} in {counted(len(curve) - 1, 'step')}."
    )
    figure = Figure(title, alt, 8.4, 3.9)
    left, right = subfigures(figure, 1, 2, width_ratios=(1, 1.25))
    left.suptitle(f"after {counted(step, 'step')}", fontsize=10)
    image_grid(left, pictures, (), 1)
    ax = right.add_subplot()
    ax.plot(curve, color=TRAINING)
    ax.plot([step], [curve[step]], "o", color=VALIDATION)
    ax.axvline(step, color="black", linewidth=0.8, zorder=0)
    ax.set(title=f"score {curve[step]:.3g}", xlabel="step", ylabel="score")
    ax.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    ax.grid(axis="y", color="0.9")
    return figure
