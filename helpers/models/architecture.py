"""Architectures that any Keras since 1.0 wrote, told in Keras 3's words.

Only layers that Keras itself defines are let through: whatever a file says, no code of its own
runs. What only training needs (regularisers, constraints, optimizer, loss) is left out.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import keras
from keras.src import ops

from helpers.models.file_kinds import CannotLoad

# Names of Keras 1 and 2 -> Keras 3
_CLASSES = {
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "AtrousConvolution1D": "Conv1D",
    "AtrousConvolution2D": "Conv2D",
    "Deconvolution2D": "Conv2DTranspose",
    "Convolution3D": "Conv3D",
    "SeparableConvolution2D": "SeparableConv2D",
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "SyncBatchNormalization": "BatchNormalization",
    "TimeDistributedDense": "Dense",
    "GroupedQueryAttention": "GroupQueryAttention",  # of Keras 3, which writes the former
    "ThresholdedReLU": "ReLU",
}
# Layers that Keras dropped, and what answers the same: a layer of today, with these options.
_SUCCESSORS: dict[str, tuple[str, dict]] = {
    "CuDNNGRU": ("GRU", {"reset_after": True}),
    "CuDNNLSTM": ("LSTM", {}),
    "RandomCrop": ("Resizing", {"crop_to_aspect_ratio": True}),
    "RandomHeight": ("Identity", {}),
    "RandomWidth": ("Identity", {}),
}
# Layers that Keras dropped, and that none of today's replaces
_DROPPED = {
    "LocallyConnected1D": "Conv1D",
    "LocallyConnected2D": "Conv2D",
    "ConvRecurrent2D": "ConvLSTM2D",
    "DenseFeatures": "Dense",
    "Highway": "Dense",
    "MaxoutDense": "Dense",
    "ParametricSoftplus": "PReLU",
    "RandomFourierFeatures": "Dense",
    "SReLU": "PReLU",
}
_MERGES = {
    "sum": "Add",
    "mul": "Multiply",
    "ave": "Average",
    "max": "Maximum",
    "concat": "Concatenate",
}
# Of the TensorFlow functions that Keras 2 recorded: with a number y, as a scale and an offset; with
# another layer's output, as a layer.
_SCALINGS = {
    "truediv": lambda y: (1 / y, 0.0),
    "multiply": lambda y: (y, 0.0),
    "add": lambda y: (1.0, y),
    "subtract": lambda y: (1.0, -y),
}
_OPERATIONS = {"add": "Add", "subtract": "Subtract", "multiply": "Multiply"}
_OPTIONS = {
    "nb_filter": "filters",
    "subsample": "strides",
    "border_mode": "padding",
    "dim_ordering": "data_format",
    "init": "kernel_initializer",
    "beta_init": "beta_initializer",
    "gamma_init": "gamma_initializer",
    "bias": "use_bias",
    "output_dim": "units",
    "atrous_rate": "dilation_rate",
    "p": "rate",
    "sigma": "stddev",
    "alpha": "negative_slope",
    "theta": "threshold",
    "concat_axis": "axis",
    "batch_input_shape": "batch_shape",
    "filter_length": "kernel_size",
    "subsample_length": "strides",
    "pool_length": "pool_size",
    "stride": "strides",
    "length": "size",
    "inner_activation": "recurrent_activation",
    "dropout_W": "dropout",
    "dropout_U": "recurrent_dropout",
    "bins": "bin_boundaries",
    "max_tokens": "num_tokens",
}
_INITIALIZERS = {
    "uniform": "random_uniform",
    "normal": "random_normal",
    "zero": "zeros",
    "one": "ones",
}
# Options of layers that know them no more, for which 1 is what they do anyway; True is 1, too.
_NEUTRAL_AT_1 = {"groups", "dilation_rate"}
# Options that say nothing about what the layer computes
_NEEDLESS = {
    "trainable",
    "implementation",
    "consume_less",
    "init",
    "inner_init",
    "forget_bias_init",
    "depthwise_init",
    "pointwise_init",
    "query_shape",
    "key_shape",
    "value_shape",
    "batch_input_shape",
    "input_dtype",
    "input_dim",
    "input_length",
    "fused",
    "rng_type",
    "virtual_batch_size",
    "renorm_momentum",
    "mode_type",
    "dot_axes",
    "arguments",
    "output_shape",
}
_MODELS = ("Model", "Functional", "Container")
# Layers that run code, or open files, which the model's file names
_CODE = {
    "Lambda",
    "TFSMLayer",
    "JaxLayer",
    "FlaxLayer",
    "TorchModuleWrapper",
    "StringLookup",
    "IntegerLookup",
    "TextVectorization",
}
# In a channels-first network these mean the same once the axes are moved.
_ANY_AXES = {
    "InputLayer",
    "Activation",
    "ReLU",
    "LeakyReLU",
    "ELU",
    "Dropout",
    "GaussianNoise",
    "GaussianDropout",
    "AlphaDropout",
    "Rescaling",
    "Add",
    "Subtract",
    "Multiply",
    "Average",
    "Maximum",
    "Minimum",
    "Concatenate",
    "BatchNormalization",
    "Flatten",
    "Identity",
    "PReLU",
    "SpatialDropout2D",
}
# Operations that treat each number alike
_EACH_ALIKE = {
    "Absolute",
    "Add",
    "Exp",
    "Maximum",
    "Minimum",
    "Multiply",
    "Negative",
    "Power",
    "Relu",
    "Relu6",
    "Sigmoid",
    "Silu",
    "Sqrt",
    "Square",
    "Subtract",
    "Tanh",
    "TrueDivide",
}
_AXES_LAST = {1: 3, 2: 1, 3: 2, -1: 2, -2: 1, -3: 3}  # of (N, C, H, W) -> of (N, H, W, C)


@keras.saving.register_keras_serializable("inside_cnns")
def hard_sigmoid_before_keras_3(x: Any) -> Any:
    """0.2 x + 0.5, cut off at 0 and 1: today's is x / 6 + 0.5."""
    return ops.numpy.clip(0.2 * x + 0.5, 0.0, 1.0)


# What this module itself puts into an architecture, and a file of today may hold
_OWN = "inside_cnns>hard_sigmoid_before_keras_3"


@dataclass(frozen=True)
class Architecture:
    """config: for `keras.saving.deserialize_keras_object`. kernel_axes: for each layer whose
    weights the file stores in another order of axes, how to transpose them; a kernel becomes
    (rows, columns, in, out)."""

    config: dict
    kernel_axes: dict[str, tuple[int, ...]]

    def build(self, trust: bool) -> keras.Model:
        try:
            return keras.saving.deserialize_keras_object(self.config, safe_mode=not trust)
        except Exception as error:  # whatever Keras raises at a config that it does not like
            raise CannotLoad(f"Keras cannot build the architecture: {error}") from error


def clean(name: str) -> str:
    """A layer's name as Keras 3 has it, which allows no slash."""
    return name.replace("/", "_")


def translate(saved: dict, version: str | None, trust: bool) -> Architecture:
    """The architecture `saved`, as Keras wrote it to JSON, for today's Keras; `version` is the one
    that wrote it, None where the file does not say.

    Raises `CannotLoad` for code in the file (unless `trust`ed) and for what Keras 3 has no more.
    """
    version = version or saved.get("keras_version") or ("3" if "module" in saved else "1")
    try:
        formats = set(_data_formats(saved))
        if len(formats) > 1:
            raise CannotLoad("some layers are channels-first and others channels-last")
        old = int(version.split(".")[0]) < 3
        work = _Translation(trust, old, formats == {"channels_first"})
        for custom in _registered(saved):  # wherever it stands, Keras would make one
            work.refuse_custom(custom)
        return Architecture(work.model(saved), work.kernel_axes)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise CannotLoad(f"the architecture is not as Keras writes it ({error!r})") from error


def _layers_of(saved: dict) -> list[dict]:
    config = saved["config"]
    return config if isinstance(config, list) else config["layers"]


def _registered(saved) -> Iterator[dict]:
    """What asks for a class that a program has registered with Keras: "package>class"."""
    if isinstance(saved, dict):
        names = [str(saved.get(key)) for key in ("class_name", "registered_name")]
        if any(">" in name and name != _OWN for name in names):
            yield {"class_name": names[0], "config": saved.get("config")}
    for inner in saved.values() if isinstance(saved, dict) else saved:
        if isinstance(inner, dict | list):
            yield from _registered(inner)


def _is_model(saved: dict) -> bool:
    return saved["class_name"] == "Sequential" or saved["class_name"] in _MODELS


def _data_formats(saved: dict) -> Iterator[str]:
    """Of all convolutions and the like; a Flatten's says something else."""
    for layer in _layers_of(saved):
        if _is_model(layer):
            yield from _data_formats(layer)
        elif layer["class_name"] != "Flatten" and (found := _data_format(layer["config"])):
            yield found


def _data_format(config: dict) -> str | None:
    keras1 = {"th": "channels_first", "tf": "channels_last"}
    return config.get("data_format") or keras1.get(config.get("dim_ordering", ""))


@dataclass
class _Translation:
    trust: bool
    old: bool  # written before Keras 3
    channels_first: bool
    kernel_axes: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def model(self, saved: dict) -> dict:
        if saved["class_name"] == "Sequential":
            return self.sequential(saved)
        if saved["class_name"] in _MODELS:
            return self.functional(saved)
        self.refuse_custom(saved)
        return saved

    def sequential(self, saved: dict) -> dict:
        config, layers = saved["config"], _layers_of(saved)
        name = config.get("name") if isinstance(config, dict) else None
        shape = _input_shape(saved)
        if not shape:
            raise CannotLoad(
                "the file does not say what shape of image its Sequential takes: build it "
                "(`model.build((None, height, width, channels))`) before saving it"
            )
        if layers[0]["class_name"] != "InputLayer":
            first = layers[0].get("name") or layers[0]["config"]["name"]
            batch_shape = {"batch_input_shape": shape, "name": f"{first}_input"}
            layers = [{"class_name": "InputLayer", "config": batch_shape}, *layers]
        spatial = len(shape) == 4
        translated = []
        for layer in layers:
            translated += self.layer(layer, spatial)
            spatial = spatial and _keeps_axes(layer)
        config = {"name": clean(name or "sequential"), "layers": translated}
        return _object("keras", "Sequential", config)

    def functional(self, saved: dict) -> dict:
        config = saved["config"]
        first_nodes = _first_nodes(config)
        spatial: set[str] = set()
        translated = []
        for layer in config["layers"]:
            name, inbound = layer["name"], layer["inbound_nodes"]
            if layer["class_name"] == "InputLayer":
                is_spatial = len(_input_shape(layer) or ()) == 4
            else:
                is_spatial = any(source in spatial for source, _ in _sources(inbound))
            if is_spatial and _keeps_axes(layer):
                spatial.add(name)
            if layer["class_name"] in ("TFOpLambda", "SlicingOpLambda"):
                layer, inbound = _tensorflow_operation(layer)
            nodes = [self.node(node, first_nodes) for node in inbound]
            for part in self.layer(layer, is_spatial):
                # An operation's config may have no name.
                part_name = part["config"].get("name") or clean(name)
                translated.append({**part, "name": part_name, "inbound_nodes": nodes})
                # Where one layer became two, the second takes what the first gives.
                nodes = [[[part_name, i, 0, {}]] for i in range(len(nodes))]
        ends = {
            key: _one_or_list(self.references(config[key], first_nodes))
            for key in ("input_layers", "output_layers")
        }
        name = clean(config.get("name") or "model")
        config = {"name": name, "trainable": config.get("trainable", True), "layers": translated}
        return _object("keras.src.models.functional", "Functional", config | ends)

    def node(self, node, first_nodes: dict[str, int]):
        """One call of a layer: a list of [layer, node, tensor, kwargs] before Keras 3."""
        if isinstance(node, dict):
            return self.references(node, first_nodes)
        calls = [node] if node and isinstance(node[0], str) else node
        inputs: list[list] = []
        options: dict = {}
        for name, index, tensor, *kwargs in calls:
            given = {k: v for k, v in (kwargs[0] if kwargs else {}).items() if v is not None}
            inputs.append([clean(name), index - first_nodes.get(name, 0), tensor, given])
            options |= given
        if not any(_is_reference(value) for value in options.values()):
            return inputs
        # Keras 3 finds the tensors among the options in its own format alone.
        tensors = [_tensor(reference[:3]) for reference in inputs]
        options = {
            key: _tensor(self.references(value, first_nodes)) if _is_reference(value) else value
            for key, value in options.items()
        }
        return {"args": [_one_or_list(tensors)], "kwargs": options}

    def references(self, value, first_nodes: dict[str, int]):
        """`value` with the layers named and counted as Keras 3 does."""
        if isinstance(value, dict):
            if value.get("class_name") == "__lambda__":
                self.refuse_custom({"class_name": "Lambda", "config": {}})
            if not value.get("class_name", "__").startswith("__"):
                self.refuse_custom(value)
            return {key: self.references(inner, first_nodes) for key, inner in value.items()}
        if _is_reference(value):
            name, index, tensor = value
            return [clean(name), index - first_nodes.get(name, 0), tensor]
        if isinstance(value, list):
            return [self.references(inner, first_nodes) for inner in value]
        return value

    def layer(self, saved: dict, spatial: bool) -> list[dict]:
        """A layer, or two where a channels-first one needs its axes moved before."""
        if _is_model(saved):
            translated = self.model(saved)
            translated["config"]["name"] = clean(saved.get("name") or saved["config"]["name"])
            return [translated]
        if (not self.old or "module" in saved) and _is_operation(saved):
            return [self.operation(saved, spatial)]
        name, config = saved["class_name"], dict(saved["config"])
        if name == "Merge":
            name = _MERGES.get(config.pop("mode"), "Merge")
            if name != "Concatenate":
                config.pop("concat_axis", None)
        elif self.old and name in _SUCCESSORS:
            name, more = _SUCCESSORS[name]
            config = {"name": config["name"]} if name == "Identity" else config | more
        elif name in ("GRU", "GRUCell") and self.old:
            config.setdefault("reset_after", False)  # what Keras did before it had the option
        name = _CLASSES.get(name, name)
        keras_class = getattr(keras.layers, name, None)
        if keras_class is None or name in _CODE or ">" in (saved.get("registered_name") or ""):
            self.refuse_custom(saved)
            return [_old_lambda(saved) if name == "Lambda" else saved]
        config["name"] = clean(config["name"])
        if name.startswith("Conv"):
            self.note_kernel(name, config)
        for sides in (("nb_row", "nb_col"), ("kernel_dim1", "kernel_dim2", "kernel_dim3")):
            if sides[0] in config:
                config["kernel_size"] = [config.pop(side) for side in sides]
        if data_format := _data_format(config):
            config["data_format"] = data_format
            config.pop("dim_ordering", None)
        if name == "InputLayer":
            config["batch_shape"] = [None, *(_input_shape(saved) or ())[1:]]
        before = []
        if self.channels_first and spatial:
            before = self.move_axes(name, config)
        config = self.options(keras_class, config)
        return [*before, _object("keras.layers", name, config)]

    def operation(self, saved: dict, spatial: bool) -> dict:
        """Arithmetic of `keras.ops`, which stands among the layers."""
        name, config = saved["class_name"], saved["config"]
        operation = _operations().get(name)
        if operation is None:
            self.refuse_custom(saved)
            return saved
        self.references(config, {})  # refuses code
        # Keras forgets tuples, which some operations need.
        config = {key: tuple(v) if isinstance(v, list) else v for key, v in config.items()}
        with_arrays = "'__numpy__'" in str(saved.get("inbound_nodes"))
        if self.channels_first and spatial and (name not in _EACH_ALIKE or with_arrays):
            raise _bound_to_axes(str(saved.get("name")), name)
        return {**_object(operation.__module__, name, config), "registered_name": name}

    def note_kernel(self, name: str, config: dict) -> None:
        """In Keras 1 the order of a kernel's axes depended on that of the images."""
        if "nb_filter" not in config or "nb_row" not in config:
            return
        if name == "Conv2DTranspose":
            axes = (2, 3, 0, 1) if config["dim_ordering"] == "th" else (0, 1, 3, 2)
        elif config["dim_ordering"] == "th":
            axes = (2, 3, 1, 0)
        else:
            return
        self.kernel_axes[config["name"]] = axes

    def move_axes(self, name: str, config: dict) -> list[dict]:
        """From (N, C, H, W) to (N, H, W, C), in place; gives what has to be put before."""
        flat_as_images = name == "Flatten" and config.get("data_format") == "channels_first"
        if name == "Flatten" and not flat_as_images:
            # It gave rows of channels, the order in which the next layer's weights lie.
            moved = {"name": f"{config['name']}_channels_first", "dims": [3, 1, 2]}
            config["data_format"] = "channels_last"
            return [_object("keras.layers", "Permute", moved)]
        softmax = config.get("activation") == "softmax"
        if "data_format" in config:
            config["data_format"] = "channels_last"
        elif name not in _ANY_AXES or softmax or isinstance(config.get("scale"), list | dict):
            raise _bound_to_axes(config["name"], name)
        if name == "InputLayer":
            n, c, h, w = config["batch_shape"]
            config["batch_shape"] = [n, h, w, c]
        for key in ("axis", "concat_axis"):
            if key in config:
                axis = config[key]
                config[key] = _AXES_LAST[axis[0] if isinstance(axis, list) else axis]
        if name == "PReLU":
            shared = config.get("shared_axes") or []
            config["shared_axes"] = sorted(_AXES_LAST[axis] for axis in shared)
            self.kernel_axes[config["name"]] = (1, 2, 0)
        return []

    def options(self, keras_class: type, config: dict) -> dict:
        """The options that Keras 3's class takes, under its names."""
        accepted = _accepted(keras_class)
        options = {}
        for key, value in config.items():
            if key not in accepted and _OPTIONS.get(key) in accepted:
                key = _OPTIONS[key]
            if key.endswith(("_regularizer", "_constraint")):
                continue
            if key not in accepted:
                neutral = (0, 1) if key in _NEUTRAL_AT_1 else (0,)
                off = value is None or value in (*neutral, [], {})
                if off or key in _NEEDLESS or key.endswith("_initializer"):
                    continue
                raise CannotLoad(
                    f"layer {config['name']!r} ({keras_class.__name__}) has the option "
                    f"{key}={value!r}, which today's Keras has no more. To do: have the model "
                    "trained without it, or use it with Keras 2 (`pip install tf_keras`)"
                )
            if key.endswith("_initializer"):
                value = _initializer(value)
                if value is None:
                    continue
            elif key.endswith("activation"):
                value = self.activation(value, config["name"])
            elif key == "dtype" and isinstance(value, dict):
                value = value["config"]["name"]
            elif key == "axis" and isinstance(value, list) and len(value) == 1:
                value = value[0]  # BatchNormalization of TensorFlow's Keras
            elif key == "padding" and isinstance(value, list) and len(value) == 4:
                value = [value[:2], value[2:]]  # ZeroPadding2D of Keras 1
            else:
                value = self.value(value)
            options[key] = value
        return options

    def value(self, value):
        """An option with the layers in it translated: wrapped ones, or the steps of a pipeline."""
        if isinstance(value, list):
            return [self.value(inner) for inner in value]
        if not isinstance(value, dict):
            return value
        if value.get("type") == "ndarray":  # a number, as TensorFlow 1 wrote some
            return value["value"]
        if "class_name" in value and not value["class_name"].startswith("__"):
            (layer,) = self.layer(value, spatial=False)
            return layer
        return {key: self.value(inner) for key, inner in value.items()}

    def activation(self, value, layer: str):
        if isinstance(value, dict):
            if value["class_name"] != "function":
                (layer_object,) = self.layer(value, spatial=False)
                return layer_object
            value = value["config"]
        if value == _OWN or (self.old and value == "hard_sigmoid"):
            return keras.saving.serialize_keras_object(hard_sigmoid_before_keras_3)
        if value is not None and not hasattr(keras.activations, value):
            self.refuse_custom({"class_name": value, "config": {"name": layer}})
        return value

    def refuse_custom(self, saved: dict) -> None:
        """Without trust, neither code of the file nor code that the file asks for."""
        if self.trust:
            return
        name = saved["class_name"]
        config = saved["config"] if isinstance(saved["config"], dict) else {}
        where = f" (layer {config['name']!r})" if "name" in config else ""
        if name in _CODE:
            why = f"{name}{where} runs code, or opens files, that the model's file names"
            todo = "If you trust whoever made the file, load it with trust=True"
        elif name in _DROPPED:
            why = f"{name}{where} is a layer of Keras itself, which Keras 3 dropped"
            todo = (
                "It needs no code of the author's. Have the model trained with "
                f"{_DROPPED[name]} in its place, or use it with Keras 2 (`pip install tf_keras`)"
            )
        elif name in ("TFOpLambda", "TensorFlowOpLayer", "SlicingOpLambda", "Merge"):
            why = f"{name}{where} is no layer that Keras 3 has"
            todo = "Have the model rebuilt from layers"
        else:
            why = f"{name}{where} is nothing that today's Keras has"
            todo = (
                "If it is the author's own: import the program that defines it, register it with "
                "`keras.saving.register_keras_serializable()`, and load with trust=True"
            )
        raise CannotLoad(f"the architecture cannot be used as it is: {why}. {todo}.")


def _object(module: str, class_name: str, config: dict) -> dict:
    return {"module": module, "class_name": class_name, "config": config, "registered_name": None}


def _bound_to_axes(layer: str, class_name: str) -> CannotLoad:
    return CannotLoad(
        f"the network is channels-first, and its layer {layer!r} ({class_name}) depends on the "
        "order of the axes: it cannot be translated to channels-last"
    )


@functools.cache
def _operations() -> dict[str, type]:
    """The classes behind the functions of `keras.ops`, which Keras saves as if they were layers."""
    modules = (ops.core, ops.einops, ops.image, ops.linalg, ops.math, ops.nn, ops.numpy)
    return {
        name: found
        for module in modules
        for name, found in vars(module).items()
        if inspect.isclass(found) and issubclass(found, keras.Operation)
    }


def _is_operation(saved: dict) -> bool:
    """In an `.h5` file the operation Add differs from the layer in that it has fewer options."""
    if module := saved.get("module"):
        return module.startswith(("keras.src.ops.", "keras.ops"))
    name = saved["class_name"]
    is_layer = hasattr(keras.layers, name) and "trainable" in saved["config"]
    return name in _operations() and not is_layer


def _accepted(keras_class: type) -> set[str]:
    """The names of all options of a layer's constructor."""
    accepted: set[str] = set()
    for base in keras_class.__mro__:
        if "__init__" not in vars(base):
            continue
        parameters = inspect.signature(vars(base)["__init__"]).parameters.values()
        accepted |= {p.name for p in parameters if p.kind is not p.VAR_KEYWORD}
        if all(p.kind is not p.VAR_KEYWORD for p in parameters):
            break
    return accepted - {"self"}


def _input_shape(saved: dict) -> list[int | None] | None:
    """The shape of a batch that a layer or model takes, where its config says."""
    config = saved["config"]
    if isinstance(config, dict):
        for key in ("batch_input_shape", "batch_shape", "build_input_shape"):
            if config.get(key):
                return config[key]
        if config.get("input_dim") and saved["class_name"] == "Dense":
            return [None, config["input_dim"]]
    if _is_model(saved):
        layers = _layers_of(saved)
        inputs = [layer for layer in layers if layer["class_name"] == "InputLayer"]
        if shape := _input_shape((inputs or layers)[0]):
            return shape
    return (saved.get("build_config") or {}).get("input_shape")


def _keeps_axes(saved: dict) -> bool:
    """Whether images stay images, (N, H, W, C)."""
    name = saved["class_name"]
    return name != "Flatten" and not name.startswith("Global")


def _is_reference(value) -> bool:
    return isinstance(value, list) and [type(part) for part in value] == [str, int, int]


def _tensor(reference: list) -> dict:
    """The output of a layer, as Keras 3 writes it; what is built tells its shape."""
    config = {"shape": [], "dtype": "float32", "keras_history": reference}
    return {"class_name": "__keras_tensor__", "config": config}


def _one_or_list(ends):
    """A single end as such: a list would make the model answer with a list."""
    return ends[0] if isinstance(ends, list) and len(ends) == 1 else ends


def _sources(value) -> Iterator[tuple[str, int]]:
    """(layer, node) of all tensors that inbound nodes name, in any format."""
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list | tuple):
        return
    if len(value) >= 3 and [type(part) for part in value[:3]] == [str, int, int]:
        yield value[0], value[1]
    for inner in value:
        yield from _sources(inner)


def _first_nodes(config: dict) -> dict[str, int]:
    """At which node a nested model's calls start: before Keras 3, at 1, since building the model
    was its first call."""
    used: dict[str, int] = {}
    ends = [config["input_layers"], config["output_layers"]]
    for name, index in _sources([[layer["inbound_nodes"] for layer in config["layers"]], ends]):
        used[name] = max(used.get(name, 0), index)
    calls = {layer["name"]: max(1, len(layer["inbound_nodes"])) for layer in config["layers"]}
    return {name: max(0, last + 1 - calls[name]) for name, last in used.items()}


def _initializer(value) -> str | dict | None:
    """None, which stands for the layer's own, where today's Keras has no such initializer."""
    if not isinstance(value, dict):
        return _INITIALIZERS.get(value, value)
    initializer = getattr(keras.initializers, value["class_name"], None)
    if not inspect.isclass(initializer):
        return None
    accepted = _accepted(initializer)
    config = {key: inner for key, inner in value["config"].items() if key in accepted}
    return _object("keras.initializers", value["class_name"], config)


def _old_lambda(saved: dict) -> dict:
    """A Lambda of Keras 1 and 2, whose function is a list; only for trusted files."""
    config = dict(saved["config"])
    if isinstance(config["function"], list):
        code, defaults, closure = config["function"]
        inner = {"code": code, "defaults": defaults, "closure": closure}
        config["function"] = {"class_name": "__lambda__", "config": inner}
        options = ("name", "trainable", "dtype", "function", "arguments")
        config = {key: config[key] for key in options if key in config}
    return _object("keras.layers", "Lambda", config)


def _tensorflow_operation(layer: dict) -> tuple[dict, list]:
    """What Keras 2 recorded of TensorFlow's functions (`x[..., ::-1] / 127.5 - 1`), as the layer or
    the operation that does the same, and its inbound nodes."""
    function = layer["config"]["function"].removeprefix("math.").removeprefix("__operators__.")
    name, index, tensor, kwargs = layer["inbound_nodes"][0]
    config: dict = {"name": clean(layer["name"])}
    first, other = [name, index, tensor, {}], kwargs.get("y")
    if function == "nn.bias_add" and kwargs.get("data_format") in (None, "NHWC"):
        function, other = "add", kwargs.get("bias")
    if function in _SCALINGS and name != "_CONSTANT_VALUE" and _is_constant(other):
        several = isinstance(other, list)  # a number a channel
        of_each = [_SCALINGS[function](y) for y in (other if several else [other])]
        scale, offset = (list(each) if several else each[0] for each in zip(*of_each, strict=True))
        config = {**config, "scale": scale, "offset": offset}
        return {"class_name": "Rescaling", "config": config}, [[first]]
    if _is_reference(other) and function in _OPERATIONS:
        return {"class_name": _OPERATIONS[function], "config": config}, [[first, [*other, {}]]]
    if function == "reverse" and isinstance(kwargs.get("axis"), list):
        config["axis"] = kwargs["axis"]
        flip = {"module": ops.numpy.__name__, "class_name": "Flip", "config": config}
        return flip | {"name": layer["name"]}, [[first]]
    if function == "getitem" and not any(_sources(kwargs)):
        given = kwargs["slice_spec"]
        parts = given if isinstance(given, list) else [given]
        key = [_part_of_key(part) for part in parts]
        item = {"module": ops.numpy.__name__, "class_name": "GetItem", "config": config}
        node = {"args": [_tensor(first[:3]), key], "kwargs": {}}
        return item | {"name": layer["name"]}, [node]
    raise CannotLoad(
        f"layer {layer['name']!r} is the TensorFlow function {layer['config']['function']!r}, "
        "which Keras 2 recorded and Keras 3 has no layer for: have the model rebuilt from layers"
    )


def _is_constant(value) -> bool:
    """Whether it is a number, or a list of numbers."""
    parts = value if isinstance(value, list) and value else [value]
    return all(isinstance(part, int | float) for part in parts)


def _part_of_key(part):
    """A part of `x[part, part]` as Keras 3 writes it: a slice, `...`, a number or None."""
    if not isinstance(part, dict):
        return part
    if part.get("class_name") == "__ellipsis__":
        return {"class_name": "__ellipsis__", "config": {}}
    return {"class_name": "__slice__", "config": {k: part[k] for k in ("start", "stop", "step")}}
