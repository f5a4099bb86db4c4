"""Weights in the layouts that Keras has had, read as plain arrays and checked against a model."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from itertools import count, takewhile
from pathlib import Path

import h5py
import keras
import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow.core.protobuf.trackable_object_graph_pb2 import TrackableObjectGraph

from helpers.models import graph
from helpers.models.architecture import clean
from helpers.models.file_kinds import CannotLoad

KernelAxes = dict[str, tuple[int, ...]]


def read_hdf5(file: h5py.File, model: keras.Model, kernel_axes: KernelAxes, shown: Path) -> None:
    """Fill `model` from `file`, a whole model or weights alone, of any Keras since 1.0; `shown` is
    the file named in errors."""
    group = file.get("model_weights", file)
    if _attribute(group, "layer_names"):
        _read_by_layer(file, group, model, kernel_axes, shown)
    elif "layers" in group or "_layer_checkpoint_dependencies" in group:
        _read_by_path(file, group, model, shown)
    else:
        what = "of a Keras before 1.0" if "nb_layers" in group.attrs else "not written by Keras"
        raise CannotLoad(
            f"{shown} is an HDF5 file without Keras weights ({what}); it holds: "
            f"{', '.join(list(group)[:8]) or 'nothing'}"
        )


def _attribute(group: h5py.Group, name: str) -> list[str]:
    """A list of names, which Keras cuts into `name0`, `name1`, … where it is long."""
    parts = takewhile(group.attrs.__contains__, (f"{name}{i}" for i in count()))
    parts = [name] if name in group.attrs else list(parts)
    return [_text(value) for part in parts for value in group.attrs[part]]


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _array(file: h5py.File, group: h5py.Group, name: str, shown: Path) -> np.ndarray:
    dataset = group[name]
    linked = dataset.file.filename != file.filename  # by the array, or by any group above it
    if linked or dataset.external or dataset.is_virtual:
        raise CannotLoad(f"{shown} takes the array {name!r} from another file: it is not opened")
    return dataset[()]


def _read_by_layer(
    file: h5py.File, group: h5py.Group, model: keras.Model, kernel_axes: KernelAxes, shown: Path
) -> None:
    """Keras 1 and 2, and `.h5` of Keras 3: a group a layer, its weights listed in order."""
    names, saved = [], {}
    for layer in _attribute(group, "layer_names"):
        of_layer = _attribute(group[layer], "weight_names")
        if of_layer:
            saved[clean(layer)] = [_array(file, group[layer], name, shown) for name in of_layer]
            names += of_layer
    # Keras 1 does not say its backend; TensorFlow's variables are all called "…:0".
    backend = group.attrs.get("backend", "tensorflow" if _all_tensorflow(names) else "theano")
    theano = _text(backend) == "theano"
    targets = {layer.name: layer for layer in model.layers if layer.weights}
    held = len(saved)
    if set(saved) != set(targets):  # the same network may have been built, and named, anew
        saved = dict(zip(targets, saved.values(), strict=False))
    owners = {id(v): layer for layer in graph.layers(model).values() for v in layer.weights}
    for name, arrays in saved.items():
        layer = targets[name]
        variables = _in_keras2_order(layer)
        arrays = [
            _oriented(array, owners[id(variable)], kernel_axes, theano)
            for variable, array in zip(variables, arrays, strict=False)
        ] + arrays[len(variables) :]
        _assign(layer, variables, arrays, shown)
    if held != len(targets):
        raise CannotLoad(
            f"{shown} does not belong to this architecture: it holds the weights of {held} "
            f"layers, the architecture has {len(targets)} with weights"
        )


def _all_tensorflow(names: list[str]) -> bool:
    return all(name.endswith(":0") for name in names)


def _in_keras2_order(layer: keras.layers.Layer) -> list[keras.Variable]:
    """All that is trained before all that is not, which matters in a nested model."""
    return [*layer.trainable_weights, *layer.non_trainable_weights]


def _oriented(
    array: np.ndarray, layer: keras.layers.Layer, kernel_axes: KernelAxes, theano: bool
) -> np.ndarray:
    """A kernel as (rows, columns, in, out), for correlation as TensorFlow has it."""
    is_kernel = array.ndim == 4 and isinstance(layer, graph.CONVOLUTIONS)
    if is_kernel and layer.name in kernel_axes:
        array = array.transpose(kernel_axes[layer.name])
    # Theano convolved in the mathematician's sense: with the kernel turned round.
    return array[::-1, ::-1] if is_kernel and theano else array


def _assign(
    layer: keras.layers.Layer,
    variables: list[keras.Variable],
    arrays: list[np.ndarray],
    shown: Path,
) -> None:
    expected, got = [tuple(v.shape) for v in variables], [a.shape for a in arrays]
    if expected != got:
        raise _mismatch(layer.name, expected, got, shown)
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)


def _mismatch(layer: str, expected: list, got: list, shown: Path) -> CannotLoad:
    differing = [i for i, pair in enumerate(zip(expected, got, strict=False)) if len(set(pair)) > 1]
    if len(expected) == len(got) and differing:
        expected, got = expected[differing[0]], got[differing[0]]
    return CannotLoad(
        f"{shown} does not belong to this architecture. The first layer that differs is {layer!r}: "
        f"it takes weights of shape {expected}, the file has {got or 'none'}. "
        "To do: look for the pair that was saved together"
    )


def _read_by_path(file: h5py.File, group: h5py.Group, model: keras.Model, shown: Path) -> None:
    """Keras 3 and the archives of Keras 2.12 on: arrays at paths that the model's structure gives.

    The model writes its own weights, their arrays are replaced, and it reads them back: so Keras
    never opens the foreign file.
    """
    theirs = {}
    for path in _dataset_paths(group):
        own_path = path.replace("_layer_checkpoint_dependencies/", "layers/")
        if own_path.startswith("layers/"):  # not the optimizer's, nor the metrics'
            theirs[own_path] = _array(file, group, path, shown)
    with tempfile.TemporaryDirectory() as folder:
        own_file = Path(folder) / "own.weights.h5"
        model.save_weights(own_file)
        with h5py.File(own_file, "r+") as own:
            ours = {path: own[path].shape for path in _dataset_paths(own)}
            _compare_paths(model, ours, {path: a.shape for path, a in theirs.items()}, shown)
            for path in ours:
                own[path][...] = theirs[path]
        model.load_weights(own_file)


def _dataset_paths(group: h5py.Group) -> list[str]:
    paths = []
    group.visititems(lambda path, item: paths.append(path) if hasattr(item, "shape") else None)
    return paths


def _compare_paths(model: keras.Model, ours: dict, theirs: dict, shown: Path) -> None:
    def of_layer(shapes: dict, path: str) -> list:
        inside = sorted((p for p in shapes if p.startswith(f"{path}/")), key=_natural)
        return [shapes[p] for p in inside]

    for path, name in _layer_paths(model).items():
        expected, got = of_layer(ours, path), of_layer(theirs, path)
        if expected != got:
            raise _mismatch(name, expected, got, shown)
    if set(ours) != set(theirs):
        more = sorted({p.rsplit("/vars/")[0] for p in set(theirs) ^ set(ours)}, key=_natural)
        raise CannotLoad(
            f"{shown} does not belong to this architecture: one has layers that the other has not "
            f"({', '.join(more[:5])})"
        )


def _layer_paths(model: keras.Model) -> dict[str, str]:
    """Where Keras 3 puts each layer's weights -> its name: by class, counted within its class."""
    paths: dict[str, str] = {}
    used: Counter[str] = Counter()
    for layer in model.layers:
        spaced = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", type(layer).__name__)
        snake = re.sub(r"([a-z])([A-Z])", r"\1_\2", spaced).lower()
        path = f"layers/{snake}_{used[snake]}" if used[snake] else f"layers/{snake}"
        used[snake] += 1
        if isinstance(layer, keras.Model):
            inner = _layer_paths(layer).items()
            paths |= {f"{path}/{below}": f"{layer.name}/{name}" for below, name in inner}
        else:
            paths[path] = layer.name
    return paths


def _natural(text: str) -> list:
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", text)]


def read_arrays(arrays: dict[str, np.ndarray], model: keras.Model, shown: Path) -> None:
    """Fill `model` from arrays called `layer/kernel`, `layer/bias` and so on, all of them used."""
    left = dict(arrays)
    for layer in model.layers:
        names = [f"{layer.name}/{variable.name}" for variable in layer.weights]
        found = [np.asarray(left.pop(name), np.float32) for name in names if name in left]
        _assign(layer, layer.weights, found, shown)
    if left:
        unknown = ", ".join(list(left)[:5])
        raise CannotLoad(f"{shown} does not belong to this architecture, which has no {unknown}")


def read_checkpoint(folder: Path, names: dict[str, str], model: keras.Model) -> None:
    """Fill `model` from the checkpoint in a SavedModel's folder. `names` says which of its paths
    (`layer_with_weights-0`, inside a nested model joined by ".") is which layer."""
    try:
        _read_checkpoint(folder, names, model)
    except (ValueError, IndexError, DecodeError, tf.errors.OpError):
        raise CannotLoad(
            f"{folder} lacks its weights, or they are damaged: it must hold variables/ with "
            "variables.index and variables.data-… in it"
        ) from None


def _read_checkpoint(folder: Path, names: dict[str, str], model: keras.Model) -> None:
    reader = tf.train.load_checkpoint(str(folder / "variables" / "variables"))
    saved = TrackableObjectGraph()
    saved.ParseFromString(reader.get_tensor("_CHECKPOINTABLE_OBJECT_GRAPH"))

    def node(path: str):
        current = saved.nodes[0]
        for step in path.split("."):
            ids = {child.local_name: child.node_id for child in current.children}
            current = saved.nodes[ids[step]]
        return current

    paths = {name: path for path, name in names.items()}
    for name, layer in graph.layers(model).items():
        if isinstance(layer, keras.Model) or not layer.weights:
            continue
        if name not in paths:
            raise CannotLoad(f"{folder} holds no weights of the layer {name!r}")
        arrays = {
            child.local_name: reader.get_tensor(attribute.checkpoint_key)
            for child in node(paths[name]).children
            for attribute in saved.nodes[child.node_id].attributes
        }
        if isinstance(layer, keras.layers.DepthwiseConv2D):  # the one that Keras 3 calls otherwise
            arrays["kernel"] = arrays.pop("depthwise_kernel", None)
        found = [arrays[v.name] for v in layer.weights if arrays.get(v.name) is not None]
        _assign(layer, layer.weights, found, folder)
