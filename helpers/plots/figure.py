"""The figure that carries its alternative text, and the style and colours of all figures."""

import base64
import html
import io
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib.figure
import numpy as np
from matplotlib import colormaps
from matplotlib.layout_engine import ConstrainedLayoutEngine

__all__ = ["ACTIVATION", "BYTES", "FILTERS", "INPUT", "MISTAKES", "SIGNED", "Figure", "palette"]

INPUT = "Greys"  # what the network sees: ink on paper
ACTIVATION = "magma"  # what a filter answers: black is zero
SIGNED = "RdBu_r"  # weights and signed maps: white is zero, red is positive
BYTES = "gray"  # maps on scales of their own: mid-grey is a map's mean, black a constant map
MISTAKES = "Oranges"  # counts of mistakes
# Which filter: nine of different hue (course networks have nine filters), since a colour is also
# shown mixed with white; then those far from all others, for colour-blind readers too.
# fmt: off
FILTERS = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#6900A5", "#00D2E1", "#4BD22D",
    "#5A3C1E", "#D20F4B", "#0000FF", "#C3B469", "#870069", "#7896FF", "#873C00", "#D200B4",
    "#56B4E9", "#96C396", "#782D4B", "#E14B3C", "#0F1ED2", "#1E8787", "#691E87", "#5A69FF",
)
# fmt: on
TRAINING, VALIDATION = FILTERS[:2]
MUTED = "0.45"  # text that should not compete with the picture
NO_VALUE = "0.9"  # the paint of NaN
TURNED: dict[str, Any] = {"rotation": 45, "ha": "right"}  # labels too long to stand in a row
GAP, LINE = 0.12, 0.17  # between two maps, and a line of text: as fractions of a map's width
READABLE = 0.85  # of a picture's width: shrunk further, its smallest letters are not read
# Reached and scrolled by keys, too; with these two JupyterLab would fold headings.
_SCROLLED = (
    'role="group" tabindex="0" style="overflow-x: auto" '
    'onkeydown="if (/Arrow(Left|Right)/.test(event.key)) event.stopPropagation()"'
)
_STYLE = {
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.labelsize": 9,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.fontsize": 8,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "figure.titlesize": 12,
    "hatch.linewidth": 0.6,
}


@contextmanager
def house_style() -> Iterator[None]:
    """Draws alike whatever style the reader has set."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)  # type: ignore[arg-type]  # the stub lists names
        yield


class Figure(matplotlib.figure.Figure):
    """A Matplotlib figure that carries its alternative text into the notebook.

    Attributes:
        alt: one or two sentences that say what the picture shows, with numbers.

    >>> from helpers import plots
    >>> figure = plots.Figure("Nothing yet", "An empty figure.", width=4, height=3)
    >>> figure.alt
    'An empty figure.'
    """

    def __init__(self, title: str, alt: str, width: float, height: float):
        """`width` and `height` in inches, at 96 CSS pixels an inch."""
        layout = ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.08)
        super().__init__(figsize=(width, height), dpi=96, layout=layout)
        self.alt, self._title = alt, title
        self.suptitle(textwrap.fill(title, int(11 * width)))

    def png(self) -> bytes:
        """The picture at two pixels per CSS pixel, equal for equal figures."""
        buffer = io.BytesIO()
        with house_style():  # ticks are made, hence styled, while drawing
            self.savefig(buffer, format="png", dpi=2 * self.dpi, metadata={"Software": None})
        self.set_layout_engine("none")  # a second layout would start from the first and move on
        return buffer.getvalue()

    def html(self) -> str:
        """The picture with its alternative text as HTML, to be scrolled where it does not fit."""
        return self._bundle()[0]["text/html"]

    def _ipython_display_(self) -> None:
        from IPython.display import display

        # %matplotlib inline would put a picture of its own, without alt text, for the bundle's.
        data, metadata = self._bundle()
        display(data, metadata=metadata, raw=True)

    def _repr_mimebundle_(self, **kwargs) -> tuple[dict, dict]:
        return self._bundle()

    def _bundle(self) -> tuple[dict, dict]:
        png = base64.b64encode(self.png()).decode()
        width, height = (round(inches * self.dpi) for inches in self.get_size_inches())
        # JupyterLab drops the alt text of an image/png, so the picture goes out as HTML, too.
        img = (
            f'<img alt="{html.escape(self.alt)}" width="{width}" '
            f'style="max-width: 100%; min-width: {round(READABLE * width)}px; height: auto" '
            f'src="data:image/png;base64,{png}">'
        )
        shown = f'<div aria-label="{html.escape(self._title)}" {_SCROLLED}>{img}</div>'
        data = {"image/png": png, "text/html": shown, "text/plain": self.alt}
        about = {"alt": self.alt, "title": self._title, "width": width, "height": height}
        return data, {"image/png": about}


def filter_colour(index: int) -> str:
    """The colour of filter number `index`."""
    return FILTERS[index % len(FILTERS)]


def palette(name: str) -> np.ndarray:
    """The 256 colours of a colour map: (256, 4) uint8.

    >>> from helpers import plots
    >>> plots.palette(plots.INPUT).shape
    (256, 4)
    """
    return colormaps[name](np.arange(256), bytes=True)
