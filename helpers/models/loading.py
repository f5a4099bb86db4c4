"""Loading a model that someone else saved, with any Keras since 1.0."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow.core.protobuf.saved_model_pb2 import SavedModel

from helpers.models import graph
from helpers.models.architecture import Architecture, clean, translate
from helpers.models.file_kinds import (
    CannotLoad,
    kind,
    open_archive,
    open_hdf5,
    parse_architecture,
)
from helpers.models.preprocessing import RANGES, Preprocessing, known_range
from helpers.models.weights import KernelAxes, read_checkpoint, read_hdf5

__all__ = ["Loaded", "load"]


@dataclass(frozen=True)
class Loaded:
    """A model with what has to be known to use it.

    preprocess: raw images -> what the model takes; see `Preprocessing`. class_names: in the order
    of the model's outputs, None where nobody has told them. weights: where the weights came from,
    None where there were none and they are random.

    >>> from helpers import models
    >>> loaded = models.Loaded(model, lambda raw: raw / 255, ("cat", "dog", "owl"), None)
    >>> loaded.class_names[1]
    'dog'
    """

    model: keras.Model
    preprocess: Callable[[np.ndarray], np.ndarray]
    class_names: tuple[str, ...] | None
    weights: Path | None


def load(
    path: str | Path,
    weights: str | Path | None = None,
    *,
    preprocess: str | Callable[[np.ndarray], np.ndarray] | None = None,
    class_names: Sequence[str] | None = None,
    trust: bool = False,
) -> Loaded:
    """The model in a ``.keras`` archive, ``.h5`` file, JSON architecture or SavedModel folder.

    The model is not compiled, and channels-first networks come out channels-last: it takes images
    as (N, H, W, C).

    Args:
        path: what the file is, its content says, not its name; ``~`` is your home folder. A JSON
            file alone gives a model with random weights, and a line that says so.
        weights: a file with the weights (``.h5``, ``.weights.h5``, or another saved model of the
            same architecture), where they do not lie in `path`, or instead of those.
        preprocess: the range that the model takes its images in, a name in `preprocessing.RANGES`,
            or a function from raw images to the model's input. Files do not tell; only where the
            first layer scales by 1/255 or 1/127.5 is it known to be "0..255". Where it is not
            known, the result's `preprocess` asks for it when it is called.
        class_names: one a class, in the order of the outputs. Files do not tell.
        trust: whether code in the file may run. Without it no such code runs. A Lambda layer, a
            layer of the author's own and the like are refused. A SavedModel is a program, and only
            its architecture and weights are read, as Keras 2 stored them. With it a Lambda runs
            (its bytecode is that of one Python version), and registered custom layers are used. A
            SavedModel without an architecture becomes a model of one opaque layer, whose inside
            cannot be watched. Pickles are never opened.

    Raises:
        CannotLoad: it says what the file is and what to do.
        ValueError: for an unknown range, or a wrong number of class names.

    >>> from helpers import models
    >>> model.save(folder / "tiny.keras")
    >>> loaded = models.load(folder / "tiny.keras", preprocess="0..1")
    >>> loaded.preprocess(np.zeros((2, 28, 28), np.uint8)).shape
    (2, 8, 8, 1)
    """
    path = Path(path).expanduser()
    if isinstance(preprocess, str) and preprocess not in RANGES:
        raise ValueError(f"no range {preprocess!r}; there are: {', '.join(RANGES)}, or a function")
    model, architecture, has_weights = _build(path, kind(path), trust)
    if len(model.inputs) != 1:
        names = ", ".join(tensor.name for tensor in model.inputs)
        raise CannotLoad(
            f"{path}: the model takes {len(model.inputs)} inputs ({names}), not one image. To do: "
            "where it was made, build a model of one image around it, with the others constant"
        )
    origin = path if has_weights else None
    if weights is not None:
        origin = Path(weights).expanduser()
    if origin is None:
        print(
            f"{path.name} is an architecture without weights: the model's are random, and so are "
            "its answers. Give weights= to load some."
        )
    elif architecture is not None:
        fill(model, origin, architecture.kernel_axes)
    elif weights is not None:
        raise CannotLoad(f"{path} is a SavedModel without an architecture: it takes no weights")
    if class_names is not None:
        _check_class_names(model, class_names)
    if not callable(preprocess):
        preprocess = Preprocessing(graph.input_shape(model), preprocess or known_range(model))
    return Loaded(
        model, preprocess, tuple(class_names) if class_names is not None else None, origin
    )


def _check_class_names(model: keras.Model, class_names: Sequence[str]) -> None:
    count = graph.class_count(model)
    if isinstance(class_names, str) or len(class_names) != count:
        raise ValueError(
            f"the model tells {count} classes apart, got class_names={class_names!r}: "
            "name each class once"
        )


def _build(
    path: Path, file_kind: str, trust: bool
) -> tuple[keras.Model, Architecture | None, bool]:
    """The model, its architecture (None where it has none but a graph), and whether the file also
    holds weights."""
    version = None
    if file_kind == "json":
        saved = parse_architecture(path.read_bytes(), path)
    elif file_kind == "archive":
        with open_archive(path) as archive:
            saved = parse_architecture(archive.read("config.json"), path)
            version = json.loads(archive.read("metadata.json")).get("keras_version")
    elif file_kind == "hdf5":
        with open_hdf5(path, path) as file:
            if "model_config" not in file.attrs:
                raise _weights_alone(path, list(file))
            saved = parse_architecture(file.attrs["model_config"], path)
            version = file.attrs.get("keras_version")
            version = version.decode() if isinstance(version, bytes) else version
    else:
        saved, _ = _saved_model_layers(path)
        if saved is None:
            return _graph_as_layer(path, trust), None, True
    try:
        architecture = translate(saved, version, trust)
        return architecture.build(trust), architecture, file_kind != "json"
    except CannotLoad as error:
        raise CannotLoad(f"{path}: {error}") from error


def _weights_alone(path: Path, groups: list[str]) -> CannotLoad:
    return CannotLoad(
        f"{path} holds no architecture: it is a file of weights alone (or no Keras file; it holds: "
        f"{', '.join(groups[:5])}, …). To do: load the architecture, and these weights into it: "
        f"load('model.json', weights={path.name!r})"
    )


def fill(model: keras.Model, origin: Path, kernel_axes: KernelAxes) -> None:
    """Read the weights in `origin`, of any kind that Keras writes, into `model`; else
    `CannotLoad`."""
    file_kind = kind(origin)
    if file_kind == "json":
        raise CannotLoad(f"{origin} is JSON, an architecture at most: give a file of weights")
    if file_kind == "folder":
        read_checkpoint(origin, _saved_model_layers(origin)[1], model, kernel_axes)
    elif file_kind == "archive":
        with open_archive(origin) as archive:
            content = io.BytesIO(archive.read("model.weights.h5"))
        with open_hdf5(content, origin) as file:
            read_hdf5(file, model, kernel_axes, origin)
    else:
        with open_hdf5(origin, origin) as file:
            read_hdf5(file, model, kernel_axes, origin)
    for layer in graph.layers(model).values():
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()  # it computes with copies of its weights


def _saved_model_layers(folder: Path) -> tuple[dict | None, dict[str, str]]:
    """What Keras 2 wrote into a SavedModel beside its graph: the architecture (None where it is not
    there), and which path in the graph is which layer. Only read, nothing is run."""
    # Here, since it drags in the whole of an old Keras.
    from tensorflow.python.keras.protobuf.saved_metadata_pb2 import SavedMetadata

    saved, beside = SavedModel(), SavedMetadata()
    try:
        saved.ParseFromString((folder / "saved_model.pb").read_bytes())
        if (folder / "keras_metadata.pb").exists():
            beside.ParseFromString((folder / "keras_metadata.pb").read_bytes())
    except DecodeError:
        raise CannotLoad(
            f"{folder}: its .pb file is cut short or damaged: fetch it again"
        ) from None
    if not saved.meta_graphs:
        raise CannotLoad(f"{folder}: its saved_model.pb holds nothing: fetch it again")
    nodes = saved.meta_graphs[0].object_graph_def.nodes
    # TensorFlow 2.2 to 2.4 kept it in the graph's nodes.
    metadata = {i: node.user_object.metadata for i, node in enumerate(nodes)}
    metadata |= {node.node_id: node.metadata for node in beside.nodes}
    root = _metadata(metadata.get(0))
    if "config" not in root or "layers" not in root["config"]:
        return None, {}
    names: dict[str, str] = {}

    def name_layers(node_id: int, path: str, prefix: str) -> None:
        for child in nodes[node_id].children:
            if child.local_name.startswith("layer-") and metadata.get(child.node_id):
                name = prefix + clean(_metadata(metadata[child.node_id])["name"])
                names[path + child.local_name] = name
                name_layers(child.node_id, f"{path}{child.local_name}.", f"{name}/")

    name_layers(0, "", "")
    return root, names


def _metadata(text: str | None) -> dict:
    def plain(item: dict):
        is_tuple = item.get("class_name") in ("__tuple__", "TensorShape")
        return item["items"] if is_tuple else item

    return json.loads(text, object_hook=plain) if text else {}


def _graph_as_layer(folder: Path, trust: bool) -> keras.Model:
    if not trust:
        raise CannotLoad(
            f"{folder} is a SavedModel without a Keras architecture: a graph, which is a program. "
            "To do: ask for the .keras file; or, if you trust whoever made it, load it with "
            "trust=True, as one layer whose inside cannot be watched"
        )
    try:
        signature = tf.saved_model.load(str(folder)).signatures["serving_default"]
        (spec,) = signature.structured_input_signature[1].values()
        layer = keras.layers.TFSMLayer(str(folder), call_endpoint="serving_default")
        inputs = keras.Input(spec.shape[1:], dtype=spec.dtype.name)
        outputs = list(layer(inputs).values())
    except (KeyError, ValueError, OSError, tf.errors.OpError) as error:
        raise CannotLoad(f"{folder}: this SavedModel cannot be run as a layer ({error})") from error
    return keras.Model(inputs, outputs[0] if len(outputs) == 1 else outputs)
