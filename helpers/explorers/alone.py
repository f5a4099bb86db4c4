"""What shows an explorer where no kernel runs: on the site and in an exported notebook."""

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.colors import to_rgb
from numpy.typing import ArrayLike

from helpers import plots
from helpers.plots.evidence import AGAINST, FOR
from helpers.plots.figure import FILTERS, TRAINING, VALIDATION

__all__ = ["Live", "alone", "array", "as_bytes", "colours", "palettes", "still"]

HERE = Path(__file__).parent
IMAGES = 100  # how many images of a data set such an explorer has at most
MOST = 3_000_000  # bytes of HTML, beside its picture


class Live(NamedTuple):
    """What runs an explorer in a browser: a module beside this one, and what its model holds."""

    module: str
    traits: dict


def alone(live: Live | None, picture: str) -> str:
    """Return HTML that runs an explorer in a browser, with no kernel and no network.

    Args:
        live: the module's `render` finds the traits in its model, and `picture` by that name. None
            if the browser cannot compute what the explorer shows.
        picture: HTML, which stands in the explorer's place where no script may run.

    Returns:
        The HTML. It is `still(picture)` without `live`, where a number in `live` is not finite, and
        where the HTML would be larger than 3 MB.

    >>> from helpers.explorers.alone import Live, alone
    >>> "<p>A picture.</p>" in alone(Live("guessing.js", {}), "<p>A picture.</p>")
    True
    """
    if live is None:
        return still(picture)
    try:
        content = json.dumps(live.traits, allow_nan=False)
    except ValueError:  # NaN is no JSON
        return still(picture)
    content = content.replace("<", "\\u003c")  # no </script> ends it
    style = "".join((HERE / name).read_text("utf-8") for name in ("digit_pad.css", "page.css"))
    name = "live-" + hashlib.sha256((live.module + content + picture).encode()).hexdigest()[:12]
    shown = (
        f'<style>{style}</style>\n<div class="live" data-live="{name}">\n{picture}\n'
        f'<script type="application/json">{content}</script></div>\n'
        f'<script type="module">\nimport {{ start }} from "{_url("alone.js")}";\n'
        f'import explorer from "{_url(live.module)}";\nstart("{name}", explorer);\n</script>'
    )
    return shown if len(shown) - len(picture) <= MOST else still(picture)


def still(picture: str) -> str:
    """Return HTML with a picture, and a sentence on what moves it.

    >>> from helpers.explorers.alone import still
    >>> print(still("<p>A picture.</p>"))
    <p>A picture.</p>
    <p><small>This picture is still. Run the notebook to have the explorer's controls.</small></p>
    """
    said = "This picture is still. Run the notebook to have the explorer's controls."
    return f"{picture}\n<p><small>{said}</small></p>"


def array(values: ArrayLike) -> dict:
    """Return an array as a dictionary for JSON: its shape, and base64 of its float32 values.

    >>> from helpers.explorers.alone import array
    >>> array([1.0])
    {'shape': [1], 'data': 'AACAPw=='}
    """
    data = np.ascontiguousarray(values, "<f4")
    return {"shape": list(data.shape), "data": base64.b64encode(data.tobytes()).decode()}


def as_bytes(values: np.ndarray) -> str:
    """Return numbers from 0 to 255 as base64 of bytes.

    >>> from helpers.explorers.alone import as_bytes
    >>> as_bytes(np.array([0, 255]))
    'AP8='
    """
    return base64.b64encode(np.rint(values).astype(np.uint8).tobytes()).decode()


def palettes() -> dict[str, str]:
    """Return, by kind of picture, the 256 colours of its colour map: base64 of (256, 4) uint8.

    >>> from helpers.explorers.alone import palettes
    >>> sorted(palettes())
    ['activation', 'ink', 'signed']
    """
    kinds = {"ink": plots.INPUT, "activation": plots.ACTIVATION, "signed": plots.SIGNED}
    every = {kind: plots.palette(name).data for kind, name in kinds.items()}
    return {kind: base64.b64encode(each).decode() for kind, each in every.items()}


def colours() -> dict[str, list]:
    """Return the colours of evidence for and against, of filters, and of curves, from 0 to 255.

    >>> from helpers.explorers.alone import colours
    >>> colours()["for"]
    [200, 16, 46]
    """

    def rgb(colour: str) -> list[int]:
        return [round(255 * share) for share in to_rgb(colour)]

    filters = [rgb(colour) for colour in FILTERS]
    lines = [TRAINING, VALIDATION]
    return {"for": rgb(FOR), "against": rgb(AGAINST), "filters": filters, "lines": lines}


def _url(name: str) -> str:
    """Return a module as a URL, with the modules that it imports inside: a page of file:// may load
    no file."""
    script = (HERE / name).read_text("utf-8")
    script = re.sub(r'"\./([\w.]+)"', lambda found: f'"{_url(found[1])}"', script)
    return f"data:text/javascript;base64,{base64.b64encode(script.encode()).decode()}"
