"""What all explorers share: controls above, and below the picture that a pure function draws."""

import html
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import anywidget
import ipywidgets as widgets
import numpy as np

from helpers.explorers.alone import Live, alone
from helpers.plots import Figure

if TYPE_CHECKING:
    import keras

__all__ = ["Explorer", "check_labels", "check_names", "check_pictures", "layers_to_look_at"]


def layers_to_look_at(model: "keras.Model") -> tuple[str, ...]:
    """Return the names of the convolutional layers. Raises `ValueError` if there is none."""
    from helpers.models import conv_layers

    layers = conv_layers(model)
    if not layers:
        raise ValueError(f"{model.name!r} has no convolutional layer to look at")
    return layers


def layer_control(model: "keras.Model", head: str | None = None) -> widgets.Dropdown:
    """Return a control for the layer whose maps explain a class: the convolutions, and the layer
    that `cam.default_layer` names, which is chosen first."""
    from helpers.methods import cam
    from helpers.scores import ClassScore

    convolutions = layers_to_look_at(model)
    chosen = cam.default_layer(model, ClassScore(0, head=head))
    layers = dict.fromkeys((*convolutions, chosen))
    return widgets.Dropdown(options=tuple(layers), value=chosen, description="layer")


def check_names(model: "keras.Model", class_names: Sequence[object]) -> None:
    """Raise `ValueError` if there is not a name for each class of the model's only head."""
    from helpers.models import graph

    count = graph.class_count(model)
    if len(class_names) != count:
        raise ValueError(
            f"{model.name!r} tells {count} classes apart, got {len(class_names)} names"
        )


def check_labels(images: np.ndarray, labels: np.ndarray) -> None:
    """Raise `ValueError` if there is not a label for each image."""
    if len(images) != len(labels):
        raise ValueError(f"{len(images)} images need as many labels, got {len(labels)}")


def check_pictures(images: np.ndarray) -> None:
    """Raise `ValueError` if a pixel of the images lies outside 0 to 1, the range that is drawn."""
    if not (images.min() >= 0 and images.max() <= 1):
        raise ValueError(
            f"images are drawn from 0 to 1, and these run from {images.min():g} to "
            f"{images.max():g}: use a model that takes 0 to 1, or explorers.own_model, which is "
            "given pictures to draw beside the images"
        )


def explanation_controls(
    model: "keras.Model",
    count: int,
    class_names: Sequence[object],
    methods: Sequence[str],
    first: int = 0,
) -> dict[str, widgets.Widget]:
    """Controls for an image, one of `count`, a class or the predicted one, a layer and a method."""
    classes = [("predicted", None), *((str(name), i) for i, name in enumerate(class_names))]
    image = {"value": first, "max": count - 1, "description": "image"}
    return {
        "image": widgets.IntSlider(continuous_update=False, **image),
        "class_": widgets.Dropdown(options=classes, description="class"),
        "layer": layer_control(model),
        "method": widgets.Dropdown(options=methods, value="Grad-CAM", description="method"),
    }


class Manners(anywidget.AnyWidget):
    """An invisible widget that mends the controls beside it: their keys, what a screen reader calls
    them, and their looks in either theme."""

    _esm = Path(__file__).with_suffix(".js")
    _css = Path(__file__).with_suffix(".css")


class Explorer(widgets.VBox):
    """Controls, and the picture that `draw` makes of their values.

    As the last expression of a cell an explorer shows itself. Where no kernel runs (exported HTML,
    a repository's page), what `live` returns runs in the browser. Without it, and where no script
    may run, the first picture and its alternative text are shown.

    Args:
        draw: a pure function, called as `draw(name=value, ...)`, that returns a `Figure`.
        live: returns what explores the same without a kernel; called when it is shown.
        controls: by the name of `draw`'s parameter, the widget that holds the value.

    Raises:
        Exception: whatever `draw` raises on the first values. An error raised later, while the
            user turns a control, is shown where the picture was.
    """

    def __init__(
        self,
        draw: Callable[..., Figure],
        live: Callable[[], Live | None] = lambda: None,
        /,
        **controls: widgets.Widget,
    ):
        self.draw, self.controls, self.live = draw, controls, live
        self._drawn = self._values()
        self._first = draw(**self._drawn)
        self.picture = widgets.HTML(self._first.html()).add_class("explorer-picture")
        row = widgets.HBox([*controls.values(), Manners()], layout={"flex_flow": "row wrap"})
        super().__init__([row, self.picture])
        for control in controls.values():
            if isinstance(control, widgets.Dropdown):
                control.layout.width = "max-content"  # as wide as its options: one row for all
            if isinstance(control, widgets.SelectionSlider):
                control.add_class("explorer-choice")
            control.observe(self._redraw, names="value")

    def _values(self) -> dict:
        return {name: control.value for name, control in self.controls.items()}

    def _redraw(self, _change) -> None:
        values = self._values()
        if values == self._drawn:  # one control moved another, which has drawn already
            return
        self._drawn = values
        try:
            self.picture.value = self.draw(**values).html()
        except Exception as error:
            # The front end drops a callback's error, so the reader would see an outdated picture.
            what = html.escape(f"{type(error).__name__}: {error}")
            self.picture.value = f'<p role="alert"><strong>No picture.</strong> {what}</p>'

    def _repr_mimebundle_(self, **kwargs) -> tuple[dict, dict]:
        picture, metadata = self._first._repr_mimebundle_()
        picture["text/html"] = alone(self.live(), picture["text/html"])
        return super()._repr_mimebundle_(**kwargs) | picture, metadata
