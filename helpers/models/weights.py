"""Weights in the layouts that Keras has had, read as plain arrays and checked against a model."""

from __future__ import annotations

import re
import tempfile
from collections import Counter, defaultdict
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
        _read_by_path(file, group, model, kernel_axes, shown)
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
        arrays = _gates_joined(arrays, variables, channels_first=name in kernel_axes)
        arrays = [
            _oriented(array, owners[id(variable)], kernel_axes, theano)
            for variable, array in zip(variables, arrays, strict=False)
        ] + arrays[len(variables) :]
        _assign(layer, variables, _without_cudnn(arrays, variables), shown)
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
    convolutions = (*graph.CONVOLUTIONS, keras.layers.ConvLSTM2D)
    is_kernel = array.ndim > 2 and isinstance(layer, convolutions)
    if is_kernel and isinstance(layer, keras.layers.Conv1D) and array.ndim == 4:  # of Keras 1
        if array.shape[1] != 1:  # (out, in, length, 1), before 1.2
            array = array.transpose(2, 3, 1, 0)
        array = array[:, 0]
    axes = kernel_axes.get(layer.name, ())
    if len(axes) == array.ndim:
        array = array.transpose(axes)
    # Theano convolved in the mathematician's sense: with the kernel turned round.
    return np.flip(array, tuple(range(array.ndim - 2))) if is_kernel and theano else array


def _gates_joined(
    arrays: list[np.ndarray], variables: list[keras.Variable], channels_first: bool
) -> list[np.ndarray]:
    """Keras 1 had three arrays for each gate of an LSTM, a GRU or a ConvLSTM2D, and a kernel could
    be (out, in, rows, columns); Keras 2 has three for all gates."""
    gates = len(arrays) // len(variables)
    if gates not in (3, 4) or len(variables) < 2 or variables[1].name != "recurrent_kernel":
        return arrays
    order = [0, 1, 2] if gates == 3 else [0, 2, 1, 3]  # an LSTM's were i, c, f, o
    joined = []
    for start in range(0, len(arrays), 3 * gates):
        for kind in range(3):
            of_gates = arrays[start + kind : start + 3 * gates : 3]
            axis = 0 if channels_first and of_gates[0].ndim == 4 else -1
            joined.append(np.concatenate([of_gates[gate] for gate in order], axis))
    return joined


def _without_cudnn(arrays: list[np.ndarray], variables: list[keras.Variable]) -> list[np.ndarray]:
    """The weights of a CuDNNGRU or CuDNNLSTM, known by its doubled bias, as a GRU or LSTM has
    them."""
    arrays = list(arrays)
    for i, variable in enumerate(variables[:-1]):
        if variable.name != "recurrent_kernel" or len(arrays) <= i + 1:
            continue
        units, bias = variable.shape[0], variables[i + 1]
        gates = variable.shape[1] // units
        if bias.name != "bias" or arrays[i + 1].shape != (2 * gates * units,):
            continue
        # cuDNN keeps a matrix a gate as (units, inputs), its numbers row by row.
        for kernel in (i - 1, i):
            of_gates = np.split(arrays[kernel], gates, axis=1)
            arrays[kernel] = np.hstack([gate.reshape(units, -1).T for gate in of_gates])
        both = arrays[i + 1].reshape(2, -1)
        arrays[i + 1] = both if len(bias.shape) == 2 else both.sum(axis=0)
    return arrays


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


def _read_by_path(
    file: h5py.File, group: h5py.Group, model: keras.Model, kernel_axes: KernelAxes, shown: Path
) -> None:
    """Keras 3 and the archives of Keras 2.12 on: arrays at paths that the model's structure gives.

    The model writes its own weights, their arrays are replaced, and it reads them back: so Keras
    never opens the foreign file.
    """
    theirs = {}
    for path in _dataset_paths(group):
        own_path = path.replace("_layer_checkpoint_dependencies/", "layers/")
        if own_path.startswith("layers/"):  # not the optimizer's, nor the metrics'
            theirs[own_path] = _array(file, group, path, shown)
    anew = _counted_anew(list(theirs))
    theirs = {anew[path]: array for path, array in theirs.items() if path in anew}
    with tempfile.TemporaryDirectory() as folder:
        own_file = Path(folder) / "own.weights.h5"
        model.save_weights(own_file)
        with h5py.File(own_file, "r+") as own:
            anew = _counted_anew(_dataset_paths(own))
            names = _layer_names(model, anew)
            for path, name in names.items():
                if isinstance(graph.layers(model)[name], keras.layers.PReLU):
                    alpha, axes = f"{path}/vars/0", kernel_axes.get(name.rsplit("/")[-1])
                    if axes and alpha in theirs:
                        theirs[alpha] = theirs[alpha].transpose(axes)
            shapes = {path: array.shape for path, array in theirs.items()}
            _compare_paths(names, {anew[path]: own[path].shape for path in anew}, shapes, shown)
            for path, same in anew.items():
                own[path][...] = theirs[same]
        model.load_weights(own_file)


def _counted_anew(paths: list[str]) -> dict[str, str]:
    """The paths with layers counted within their class, those alone that have weights: Keras 2.12
    and 2.13 counted each of them twice. Seeds, which Keras 2 did not save, are left out."""
    layer = re.compile(r"(?<![^/])layers/([^/]+?)(?:_(\d+))?(?=/)")
    paths = [path for path in paths if "seed_generator/" not in path]
    numbers = defaultdict(set)
    for path in paths:
        for found in layer.finditer(path):
            numbers[path[: found.end(1)]].add(int(found[2] or 0))

    def number(found: re.Match) -> str:
        of_class = sorted(numbers[found.string[: found.end(1)]])
        return f"layers/{found[1]}_{of_class.index(int(found[2] or 0))}"

    # In Keras 2 a MultiHeadAttention's parts were called `_query_dense` and so on.
    return {path: re.sub(r"/_(\w+_dense)/", r"/\1/", layer.sub(number, path)) for path in paths}


def _layer_names(model: keras.Model, anew: dict[str, str]) -> dict[str, str]:
    """The paths of the layers that have weights, counted anew -> their names."""
    names = {}
    for path, name in _layer_paths(model).items():
        for inside in anew:
            if inside.startswith(f"{path}/"):
                names["/".join(anew[inside].split("/")[: path.count("/") + 1])] = name
                break
    return names


def _dataset_paths(group: h5py.Group) -> list[str]:
    paths = []
    group.visititems(lambda path, item: paths.append(path) if hasattr(item, "shape") else None)
    return paths


def _compare_paths(names: dict[str, str], ours: dict, theirs: dict, shown: Path) -> None:
    def of_layer(shapes: dict, path: str) -> list:
        inside = sorted((p for p in shapes if p.startswith(f"{path}/")), key=_natural)
        return [shapes[p] for p in inside]

    for path, name in names.items():
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


def read_checkpoint(
    folder: Path, names: dict[str, str], model: keras.Model, kernel_axes: KernelAxes
) -> None:
    """Fill `model` from the checkpoint in a SavedModel's folder. `names` says which of its paths
    (`layer_with_weights-0`, inside a nested model joined by ".") is which layer."""
    try:
        _read_checkpoint(folder, names, model, kernel_axes)
    except (ValueError, IndexError, DecodeError, tf.errors.OpError):
        raise CannotLoad(
            f"{folder} lacks its weights, or they are damaged: it must hold variables/ with "
            "variables.index and variables.data-… in it"
        ) from None


def _read_checkpoint(
    folder: Path, names: dict[str, str], model: keras.Model, kernel_axes: KernelAxes
) -> None:
    reader = tf.train.load_checkpoint(str(folder / "variables" / "variables"))
    saved = TrackableObjectGraph()
    saved.ParseFromString(reader.get_tensor("_CHECKPOINTABLE_OBJECT_GRAPH"))

    def node(path: str):
        current = saved.nodes[0]
        for step in path.split("."):
            ids = {child.local_name: child.node_id for child in current.children}
            current = saved.nodes[ids[step]]
        return current

    def arrays_of(layer: keras.layers.Layer, of_layer) -> list[np.ndarray]:
        children = {child.local_name: saved.nodes[child.node_id] for child in of_layer.children}
        two_ways = isinstance(layer, keras.layers.Bidirectional)
        for parts in (
            (("forward_layer", "backward_layer"),) if two_ways else (("layer",), ("cell",))
        ):
            if all(part in children and hasattr(layer, part) for part in parts):
                of_parts = [arrays_of(getattr(layer, part), children[part]) for part in parts]
                return [array for arrays in of_parts for array in arrays]
        arrays = {
            name: reader.get_tensor(attribute.checkpoint_key)
            for name, child in children.items()
            for attribute in child.attributes
        }
        if isinstance(layer, keras.layers.DepthwiseConv2D):  # the one that Keras 3 calls otherwise
            arrays["kernel"] = arrays.pop("depthwise_kernel", None)
        return [arrays[v.name] for v in layer.weights if arrays.get(v.name) is not None]

    paths = {name: path for path, name in names.items()}
    for name, layer in graph.layers(model).items():
        if isinstance(layer, keras.Model) or not layer.weights:
            continue
        if name not in paths:
            raise CannotLoad(f"{folder} holds no weights of the layer {name!r}")
        found = arrays_of(layer, node(paths[name]))
        if isinstance(layer, keras.layers.PReLU) and layer.name in kernel_axes:
            found = [array.transpose(kernel_axes[layer.name]) for array in found]
        _assign(layer, layer.weights, found, folder)
