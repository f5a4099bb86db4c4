"""Any model's activation maps and explanations, and whether these pass the test of deletion."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import ipywidgets as widgets
import numpy as np

from helpers import plots
from helpers.explorers.skin import Explorer

if TYPE_CHECKING:
    import keras

METHODS = (
    "Grad-CAM",
    "guided Grad-CAM",
    "integrated gradients",
    "gradient × input",
    "occlusion",
)


def own_model(
    model: "keras.Model",
    images: np.ndarray,
    pictures: np.ndarray,
    class_names: Sequence[object] | None = None,
) -> Explorer:
    """Look into a classifier, whoever made it: a layer's activation maps, an explanation of a
    class, and the probability while the pixels that matter most are deleted, or put back first.
    It starts with the image of whose class the model is surest.

    Args:
        model: a classifier with one head and convolutions.
        images: (N, H, W, C) float32, in the model's own input range.
        pictures: (N, H, W, 1 or 3) from 0 to 1, the same to look at; one channel is ink on paper.
        class_names: one name per class; without them "class 0", "class 1" and so on.

    Raises:
        ValueError: if there is not a picture for each image and a name for each class, or the
            model has no convolution.
    """
    from helpers.models import conv_layers, graph, predict

    if images.shape[:3] != pictures.shape[:3]:
        raise ValueError(f"images {images.shape} and pictures {pictures.shape} must agree")
    count = graph.class_count(model)
    class_names = class_names or [f"class {i}" for i in range(count)]
    if len(class_names) != count:
        raise ValueError(
            f"{model.name!r} tells {count} classes apart, got {len(class_names)} names"
        )
    layers = conv_layers(model)
    if not layers:
        raise ValueError(f"{model.name!r} has no convolutional layer to look at")
    surest = int(predict(model, images).max(axis=1).argmax())
    classes = [("predicted", None), *((str(name), i) for i, name in enumerate(class_names))]
    return Explorer(
        partial(draw_own_model, model, images, pictures, class_names),
        image=widgets.IntSlider(
            surest, max=len(images) - 1, description="image", continuous_update=False
        ),
        class_=widgets.Dropdown(options=classes, description="class"),
        layer=widgets.Dropdown(options=layers, value=layers[-1], description="layer"),
        method=widgets.Dropdown(options=METHODS, description="method"),
    )


def draw_own_model(
    model: "keras.Model",
    images: np.ndarray,
    pictures: np.ndarray,
    class_names: Sequence[object],
    image: int,
    class_: int | None,
    layer: str,
    method: str,
) -> plots.Figure:
    """The picture of `own_model`. `class_` None is the predicted class; what is deleted becomes the
    mean of all images, which is also where integrated gradients start."""
    from helpers import faithfulness
    from helpers.methods.activations import layer_activations
    from helpers.models import predict

    one, nothing = images[image : image + 1], float(images.mean())
    [answer] = predict(model, one)
    predicted = int(answer.argmax())
    class_ = predicted if class_ is None else class_
    map_ = explain(model, one, class_, layer, method, nothing)
    chance = np.random.default_rng(0).random(map_.shape)
    curves = {
        "deleted": faithfulness.deletion_curves(model, one, map_, class_, fill=nothing),
        "put back": faithfulness.insertion_curves(model, one, map_, class_, fill=nothing),
        "deleted at random": faithfulness.deletion_curves(model, one, chance, class_, fill=nothing),
    }
    name = class_names[class_]
    titles = [
        f"image {image}: {class_names[predicted]}, {answer[predicted]:.1%}",
        f"for {name}, {answer[class_]:.1%}" if map_.any() else f"nothing speaks for {name}",
    ]
    [activations] = layer_activations(model, one, [layer])[layer]
    title = f"{method}: what speaks for {name}, and whether it matters"
    return plots.explanation(
        pictures[image],
        map_[0],
        {what: curve[0] for what, curve in curves.items()},
        activations,
        titles,
        layer,
        title,
    )


def explain(
    model: "keras.Model",
    images: np.ndarray,
    class_: int,
    layer: str,
    method: str,
    nothing: float,
) -> np.ndarray:
    """Maps (N, H, W) for one class by one of `METHODS`; the CAMs look at `layer`."""
    from helpers.methods import cam, occlusion, saliency

    if method == "Grad-CAM":
        return cam.grad_cam(model, images, class_, layer)
    if method == "occlusion":
        patch = max(1, min(images.shape[1:3]) // 5)
        stride = max(1, patch // 3)
        return occlusion.occlusion_map(model, images, class_, patch, stride, nothing)
    attributions: dict[str, Callable] = {
        "guided Grad-CAM": partial(saliency.guided_grad_cam, layer=layer),
        "integrated gradients": partial(saliency.integrated_gradients, baseline=nothing),
        "gradient × input": saliency.gradient_times_input,
    }
    return saliency.over_channels(attributions[method](model, images, class_))
