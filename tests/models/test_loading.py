"""Models that other people saved: real files, old formats, and files that are no models."""

import base64
import json
import marshal
import os
import pickle
import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from keras import layers
from scipy.signal import convolve2d

from helpers import datasets, models
from helpers.methods.activations import layer_activations
from helpers.methods.cam import grad_cam
from helpers.models import CannotLoad
from helpers.models.preprocessing import RANGES

RNG = np.random.default_rng(0)
KERAS2_FILES = Path(__file__).with_name("keras2_files.zip")  # see make_keras2_files.py


# --- real files --------------------------------------------------------------------------------


@pytest.fixture
def real():
    folder = Path(os.environ.get("COURSE_DATA", "")) / "keras-models"
    if "COURSE_DATA" not in os.environ or not folder.is_dir():
        pytest.skip("set COURSE_DATA to a folder that holds keras-models/ to load real files")
    return folder


def ramp(size):
    y, x = np.mgrid[:size, :size] / (size - 1)
    return (x * y)[None, ..., None].astype(np.float32)


# On all 10,000 images; the second as tf_keras 2.21, which is Keras 2, measures it.
@pytest.mark.parametrize(
    ("files", "accuracy"),
    [
        (("keras1-mnist/model.json", "keras1-mnist/model.h5"), 0.9921),
        (("keras2.3-mnist/mnist_cnn.h5",), 0.9908),
    ],
)
def test_old_networks_read_digits_as_well_as_when_they_were_saved(real, files, accuracy):
    mnist = datasets.load("mnist")
    if len(mnist.test.images) != 10_000:
        pytest.skip("needs real MNIST")
    model = models.load(*(real / file for file in files)).model
    assert models.accuracy(model, mnist.test) == pytest.approx(
        accuracy, abs=2e-4
    )  # two images: rounding


def test_an_archive_that_keras_refuses_reads_the_small_digits_it_was_trained_on(real):
    from sklearn.datasets import load_digits

    digits = load_digits()
    model = models.load(real / "old-keras-archive/mnist.keras").model
    answers = models.predict(model, (digits.images[..., None] / 16).astype(np.float32))
    assert np.mean(answers.argmax(axis=1) == digits.target) > 0.99


# What tf_keras 2.21, which is Keras 2, answers with the same files.
EMOTION_FILES = {
    "mini-Xception": (
        ("keras2.0-mini-xception/fer2013_mini_XCEPTION.100-0.65.hdf5",),
        64,
        [0.35009, 0.00471, 0.06727, 0.0988, 0.05649, 0.16717, 0.25547],
    ),
    "emotion": (
        ("keras2.3-emotion/fer.json", "keras2.3-emotion/fer.h5"),
        48,
        [0.02125, 0.00001, 0.12016, 0.00198, 0.00174, 0.00301, 0.5784],
    ),
}


@pytest.mark.parametrize(("files", "size", "answer"), EMOTION_FILES.values(), ids=EMOTION_FILES)
def test_emotion_networks_answer_and_can_be_explained(real, files, size, answer):
    model = models.load(*(real / file for file in files)).model
    np.testing.assert_allclose(models.predict(model, ramp(size))[0], answer, atol=2e-5)
    layer = models.conv_layers(model)[0]
    maps = layer_activations(model, ramp(size), [layer])[layer]
    assert maps.shape[-1] == model.get_layer(layer).filters
    assert grad_cam(model, ramp(size), 0).shape == (1, size, size)


def test_an_architecture_alone_has_random_weights_and_says_so(real, capsys):
    loaded = models.load(real / "keras3-json-only/model_a.json")
    assert "model_a.json is an architecture without weights" in capsys.readouterr().out
    assert loaded.weights is None
    assert loaded.model.output_shape == (None, 7)


REAL_REFUSALS = {
    "the first layer that differs": (
        ("mismatched-pair/model_a1.json", "mismatched-pair/model_weights.weights.h5"),
        r"'conv2d_12'.* takes weights of shape \(3, 3, 1, 64\), the file has \(3, 3, 1, 32\)",
    ),
    "layers of the same shapes are passed": (
        ("keras3-json-only/model_a.json", "mismatched-pair/model_weights.weights.h5"),
        r"'dense'.* takes weights of shape \(4608, 256\), the file has \(128, 256\)",
    ),
    "weights alone": (
        ("mismatched-pair/model_weights.weights.h5",),
        r"no architecture.*load\('model.json', weights='model_weights.weights.h5'\)",
    ),
    "Git LFS": (("not-a-model/lfs-pointer.h5",), "23,701,012 bytes.*git lfs pull"),
    "HTML": (("not-a-model/html-page.h5",), "a web page.*Download raw file"),
    "folder": (("not-a-model",), "no SavedModel.*html-page.h5, lfs-pointer.h5"),
}


@pytest.mark.parametrize(("files", "message"), REAL_REFUSALS.values(), ids=REAL_REFUSALS)
def test_what_cannot_be_loaded_is_named(real, files, message):
    with pytest.raises(CannotLoad, match=message):
        models.load(*(real / file for file in files))


# --- Keras 2, written by Keras 2 ---------------------------------------------------------------


@pytest.fixture(scope="module")
def keras2(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keras2")
    zipfile.ZipFile(KERAS2_FILES).extractall(folder)
    return folder


@pytest.mark.parametrize(
    "files",
    [
        ("whole.h5",),
        ("archive.keras",),
        ("saved_model",),
        ("model.json", "by_layer.h5"),
        ("model.json", "by_path.weights.h5"),
        ("model.json", "whole.h5"),
        ("model.json", "archive.keras"),
        ("model.json", "saved_model"),
    ],
    ids=" + ".join,
)
def test_every_format_of_keras_2_answers_as_keras_2_did(keras2, files):
    loaded = models.load(*(keras2 / file for file in files))
    known = np.load(keras2 / "answers.npz")
    answers = models.predict(loaded.model, known["images"])
    np.testing.assert_allclose(answers, known["answers"], atol=1e-6)
    assert np.ptp(answers, axis=0).min() > 1e-3  # else wrong weights might answer the same
    assert loaded.weights == keras2 / files[-1]


def test_the_methods_see_into_a_loaded_network(keras2):
    model = models.load(keras2 / "whole.h5").model
    images = np.load(keras2 / "answers.npz")["images"]
    assert models.conv_layers(model) == (
        "backbone/first_conv",
        "backbone/depthwise",
        "separable",
    )
    maps = layer_activations(model, images, ["backbone/first_conv"])["backbone/first_conv"]
    assert maps.shape == (5, 8, 8, 4)
    assert grad_cam(model, images, 1, layer="backbone/first_conv", signed=True).any()


def test_a_damaged_saved_model_is_named(keras2, tmp_path):
    (tmp_path / "saved_model.pb").write_bytes(b"not a graph")
    with pytest.raises(CannotLoad, match="damaged"):
        models.load(tmp_path)
    for name in ("saved_model.pb", "keras_metadata.pb"):
        (tmp_path / name).write_bytes((keras2 / "saved_model" / name).read_bytes())
    with pytest.raises(CannotLoad, match="lacks its weights"):
        models.load(tmp_path)


def channels_first_keras2(tmp_path, flatten):
    """A JSON and weights as Keras 2 wrote them, and the two arrays of weights."""
    config = [
        {
            "class_name": "Conv2D",
            "config": {
                "name": "conv",
                "batch_input_shape": [None, 2, 5, 4],
                "filters": 3,
                "kernel_size": [3, 3],
                "data_format": "channels_first",
            },
        },
        {
            "class_name": "BatchNormalization",
            "config": {"name": "norm", "axis": [1], "epsilon": 0.0},
        },
        {"class_name": "Flatten", "config": {"name": "flat", **flatten}},
        {"class_name": "Dense", "config": {"name": "dense", "units": 4}},
    ]
    arrays = {
        "conv": [RNG.normal(size=(3, 3, 2, 3)), np.zeros(3)],
        "norm": [np.ones(3), np.zeros(3), np.zeros(3), np.array([1.0, 4.0, 16.0])],
        "dense": [RNG.normal(size=(3 * 3 * 2, 4)), np.zeros(4)],
    }
    model = {"class_name": "Sequential", "config": {"name": "s", "layers": config}}
    (tmp_path / "model.json").write_text(json.dumps(model | {"keras_version": "2.2.4"}))
    write_by_layer(tmp_path / "weights.h5", arrays, backend="tensorflow")
    return arrays["conv"][0], arrays["dense"][0]


def write_by_layer(path, arrays, ending=":0", **attributes):
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [name.encode() for name in arrays]
        file.attrs.update(attributes)
        for name, values in arrays.items():
            group = file.create_group(name)
            names = [f"{name}_{i}{ending}" for i in range(len(values))]
            group.attrs["weight_names"] = [name.encode() for name in names]
            for weight_name, value in zip(names, values, strict=True):
                group[weight_name] = np.float32(value)


def correlate(image, kernel):
    """(H, W, in), (h, w, in, out) -> (H', W', out), by SciPy."""
    maps = [
        sum(
            convolve2d(image[..., i], kernel[::-1, ::-1, i, o], mode="valid")
            for i in range(image.shape[-1])
        )
        for o in range(kernel.shape[-1])
    ]
    return np.stack(maps, axis=-1)


@pytest.mark.parametrize(
    ("flatten", "order"),
    [({}, (2, 0, 1)), ({"data_format": "channels_first"}, (0, 1, 2))],
    ids=["as the axes lie", "as channels-last"],
)
def test_a_channels_first_network_becomes_channels_last(tmp_path, flatten, order):
    kernel, dense = channels_first_keras2(tmp_path, flatten)
    model = models.load(tmp_path / "model.json", tmp_path / "weights.h5").model
    image = RNG.random((5, 4, 2)).astype(np.float32)
    assert model.input_shape == (None, 5, 4, 2)
    maps = correlate(image, kernel) / [1, 2, 4]
    expected = maps.transpose(order).ravel() @ dense
    np.testing.assert_allclose(models.predict(model, image[None])[0], expected, rtol=1e-4)


# --- Keras 1 -----------------------------------------------------------------------------------


def keras1_conv(name, ordering, filters=3, **config):
    return {
        "class_name": "Convolution2D",
        "config": {
            "name": name,
            "nb_filter": filters,
            "nb_row": 3,
            "nb_col": 2,
            "border_mode": "valid",
            "subsample": [1, 1],
            "dim_ordering": ordering,
            "init": "uniform",
            "activation": "linear",
            "W_regularizer": {"name": "WeightRegularizer", "l1": 0.0, "l2": 0.01},
            "b_constraint": None,
            "bias": True,
            "trainable": True,
            **config,
        },
    }


def keras1_sequential(tmp_path, ordering):
    shape = [None, 2, 5, 4] if ordering == "th" else [None, 5, 4, 2]
    axis = 1 if ordering == "th" else -1
    norm = {"name": "norm", "axis": axis, "mode": 0, "epsilon": 0.0, "beta_init": "zero"}
    dense = {"name": "dense", "output_dim": 4, "input_dim": None, "init": "he_normal"}
    config = [
        keras1_conv("conv", ordering, batch_input_shape=shape, input_dtype="float32"),
        {"class_name": "BatchNormalization", "config": norm},
        {"class_name": "Dropout", "config": {"name": "drop", "p": 0.5}},
        {"class_name": "Flatten", "config": {"name": "flat"}},
        {"class_name": "Dense", "config": dense},
    ]
    model = {"class_name": "Sequential", "config": config, "keras_version": "1.0.3"}
    (tmp_path / "model.json").write_text(json.dumps(model))


@pytest.mark.parametrize("backend", ["theano", "tensorflow"])
@pytest.mark.parametrize("ordering", ["th", "tf"])
def test_keras_1_with_either_backend_and_order_of_axes(tmp_path, ordering, backend):
    keras1_sequential(tmp_path, ordering)
    kernel = RNG.normal(size=(3, 2, 2, 3))  # rows, columns, in, out
    dense = RNG.normal(size=(3 * 3 * 3, 4))
    stored = kernel[::-1, ::-1] if backend == "theano" else kernel
    if ordering == "th":
        stored = stored.transpose(3, 2, 0, 1)
    norm = [np.ones(3), np.zeros(3), np.zeros(3), np.array([1.0, 4.0, 16.0])]
    arrays = {"conv": [stored, np.zeros(3)], "norm": norm, "dense": [dense, np.zeros(4)]}
    write_by_layer(tmp_path / "w.h5", arrays, ending=":0" if backend == "tensorflow" else "")
    model = models.load(tmp_path / "model.json", tmp_path / "w.h5").model
    image = RNG.random((5, 4, 2)).astype(np.float32)
    maps = correlate(image, kernel) / [1, 2, 4]
    maps = maps.transpose(2, 0, 1) if ordering == "th" else maps
    expected = maps.ravel() @ dense
    np.testing.assert_allclose(models.predict(model, image[None])[0], expected, rtol=1e-4)


def test_a_functional_network_of_keras_1_with_merges(tmp_path):
    def node(*names):
        return [[[name, 0, 0] for name in names]]

    def merge(name, mode, *inputs):
        config = {"name": name, "mode": mode, "concat_axis": 1, "mode_type": "raw", "dot_axes": -1}
        return {"class_name": "Merge", "config": config, "inbound_nodes": node(*inputs)}

    image = {"name": "image", "batch_input_shape": [None, 2, 5, 4], "input_dtype": "float32"}
    pooled = {"name": "pool", "dim_ordering": "th"}
    config = [
        {"class_name": "InputLayer", "config": image, "inbound_nodes": []},
        keras1_conv("a", "th") | {"inbound_nodes": node("image")},
        keras1_conv("b", "th") | {"inbound_nodes": node("image")},
        merge("sum", "sum", "a", "b"),
        merge("both", "concat", "sum", "a"),
        {"class_name": "GlobalAveragePooling2D", "config": pooled, "inbound_nodes": node("both")},
    ]
    graph = {
        "name": "model_1",
        "layers": [{**layer, "name": layer["config"]["name"]} for layer in config],
        "input_layers": [["image", 0, 0]],
        "output_layers": [["pool", 0, 0]],
    }
    saved = {"class_name": "Model", "config": graph, "keras_version": "1.2.0"}
    (tmp_path / "model.json").write_text(json.dumps(saved))
    kernels = {name: RNG.normal(size=(3, 2, 2, 3)) for name in "ab"}
    arrays = {name: [k.transpose(3, 2, 0, 1), np.zeros(3)] for name, k in kernels.items()}
    write_by_layer(tmp_path / "w.h5", arrays)
    model = models.load(tmp_path / "model.json", tmp_path / "w.h5").model
    picture = RNG.random((5, 4, 2)).astype(np.float32)
    a, b = (correlate(picture, kernels[name]).mean(axis=(0, 1)) for name in "ab")
    expected = np.concatenate([a + b, a])
    np.testing.assert_allclose(models.predict(model, picture[None])[0], expected, rtol=1e-4)


# --- weights -----------------------------------------------------------------------------------


def small(name="small", filters=3, **dense):
    return keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            layers.Conv2D(filters, 3, name=f"{name}_conv"),
            layers.Flatten(name=f"{name}_flat"),
            layers.Dense(2, name=f"{name}_dense", **dense),
        ],
        name=name,
    )


@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_todays_files_come_back_as_they_were(tmp_path, ending):
    model = small(activation="softmax")
    model.save(tmp_path / f"net{ending}")
    images = RNG.random((3, 6, 6, 1)).astype(np.float32)
    loaded = models.load(str(tmp_path / f"net{ending}"))
    np.testing.assert_array_equal(
        models.predict(loaded.model, images), models.predict(model, images)
    )


def test_the_same_network_under_other_names_takes_the_weights(tmp_path):
    (tmp_path / "net.json").write_text(small("one").to_json())
    other = small("two")
    other.save(tmp_path / "other.h5")
    model = models.load(tmp_path / "net.json", tmp_path / "other.h5").model
    np.testing.assert_array_equal(model.get_weights()[0], other.get_weights()[0])


@pytest.mark.parametrize("file", ["other.h5", "other.weights.h5", "other.keras"])
def test_weights_of_another_network_are_refused(tmp_path, file):
    (tmp_path / "net.json").write_text(small().to_json())
    other = small(filters=5)
    other.save_weights(tmp_path / file) if "weights" in file else other.save(tmp_path / file)
    message = r"'small_conv'.* of shape \(3, 3, 1, 3\), the file has \(3, 3, 1, 5\)"
    with pytest.raises(CannotLoad, match=message):
        models.load(tmp_path / "net.json", tmp_path / file)


@pytest.mark.parametrize("file", ["other.h5", "other.weights.h5"])
def test_weights_of_a_deeper_network_are_refused(tmp_path, file):
    (tmp_path / "net.json").write_text(small().to_json())
    deeper = keras.Sequential([small(), layers.Dense(2)])
    flat = keras.Sequential([*deeper.layers[0].layers, deeper.layers[1]])
    flat.build((None, 6, 6, 1))
    flat.save_weights(tmp_path / file) if "weights" in file else flat.save(tmp_path / file)
    with pytest.raises(CannotLoad, match="does not belong to this architecture"):
        models.load(tmp_path / "net.json", tmp_path / file)


def test_an_array_that_lies_in_another_file_is_not_read(tmp_path):
    (tmp_path / "net.json").write_text(small().to_json())
    small().save_weights(tmp_path / "w.weights.h5")
    with h5py.File(tmp_path / "w.weights.h5", "r+") as file:
        del file["layers/conv2d/vars/1"]
        secret = [(str(tmp_path / "net.json"), 0, 12)]
        file.create_dataset("layers/conv2d/vars/1", (3,), np.float32, external=secret)
    with pytest.raises(CannotLoad, match="from another file"):
        models.load(tmp_path / "net.json", tmp_path / "w.weights.h5")


@pytest.mark.parametrize("group", ["model_weights", "model_weights/small_conv"])
def test_a_group_that_lies_in_another_file_is_not_read(tmp_path, group):
    for name in ("secret.h5", "net.h5"):
        small().save(tmp_path / name)
    with h5py.File(tmp_path / "net.h5", "r+") as file:
        del file[group]
        file[group] = h5py.ExternalLink("secret.h5", group)
    with pytest.raises(CannotLoad, match="from another file"):
        models.load(tmp_path / "net.h5")


# --- code in files -----------------------------------------------------------------------------


def twice(x):
    return x * 2


def lambda_of_keras2(tmp_path):
    code = base64.b64encode(marshal.dumps(twice.__code__)).decode()
    config = [
        {
            "class_name": "Lambda",
            "config": {
                "name": "twice",
                "batch_input_shape": [None, 4, 4, 1],
                "function": [code, None, None],
                "function_type": "lambda",
                "output_shape": None,
                "output_shape_type": "raw",
                "arguments": {},
            },
        }
    ]
    model = {"class_name": "Sequential", "config": config, "keras_version": "2.1.0"}
    (tmp_path / "net.json").write_text(json.dumps(model))
    return tmp_path / "net.json"


def lambda_of_today(tmp_path):
    model = keras.Sequential([keras.Input((4, 4, 1)), layers.Lambda(lambda x: x * 2, name="twice")])
    model.save(tmp_path / "net.keras")
    return tmp_path / "net.keras"


@pytest.mark.parametrize("write", [lambda_of_keras2, lambda_of_today])
def test_a_lambda_runs_only_when_trusted(tmp_path, write):
    path = write(tmp_path)
    with pytest.raises(CannotLoad, match=r"Lambda \(layer 'twice'\) runs code.*trust=True"):
        models.load(path)
    model = models.load(path, trust=True).model
    images = np.ones((1, 4, 4, 1), np.float32)
    np.testing.assert_array_equal(np.asarray(model(images)), images * 2)


class Doubled(layers.Layer):
    def call(self, x):
        return x * 2


def test_a_layer_of_the_authors_own_is_used_only_when_trusted(tmp_path):
    keras.Sequential([keras.Input((4, 4, 1)), Doubled(name="own")]).save(tmp_path / "net.keras")
    with keras.saving.custom_object_scope({"Doubled": Doubled}):
        with pytest.raises(CannotLoad, match=r"Doubled \(layer 'own'\).*trust=True"):
            models.load(tmp_path / "net.keras")
        model = models.load(tmp_path / "net.keras", trust=True).model
    assert isinstance(model.get_layer("own"), Doubled)


@keras.saving.register_keras_serializable("course_tests")
class Registered(layers.Layer):
    def __init__(self, **options):
        pytest.fail("code of a registered class has run")


@pytest.mark.parametrize("key", ["class_name", "registered_name"])
@pytest.mark.parametrize("place", ["op", "dtype", "seed", "wrapped"])
def test_a_registered_class_is_not_made_wherever_it_hides(tmp_path, key, place):
    hidden = {"module": "keras.ops", "class_name": "__x__", "config": {"name": "hidden"}}
    hidden[key] = "course_tests>Registered"
    dense = {"name": "d", "units": 2, "batch_input_shape": [None, 3]}
    if place == "dtype":
        dense["dtype"] = hidden
    elif place == "seed":
        dense["kernel_initializer"] = {"class_name": "GlorotUniform", "config": {"seed": hidden}}
    elif place == "wrapped":
        dense["layer"] = hidden
    found = [{"class_name": "Dense", "config": dense}] + [hidden] * (place == "op")
    (tmp_path / "net.json").write_text(json.dumps({"class_name": "Sequential", "config": found}))
    with pytest.raises(CannotLoad, match="trust=True"):
        models.load(tmp_path / "net.json")


@pytest.mark.parametrize("name", ["TFSMLayer", "TorchModuleWrapper", "StringLookup", "Lambda"])
@pytest.mark.parametrize(
    ("outer", "place"),
    [("TimeDistributed", "layer"), ("Activation", "activation"), ("Pipeline", "layers")],
)
def test_layers_that_run_code_or_open_files_are_refused_inside_others_too(
    tmp_path, name, outer, place
):
    hidden = {"module": "keras.layers", "class_name": name, "config": {"name": "hidden"}}
    inside = [hidden] if place == "layers" else hidden
    config = {"name": "outer", "batch_input_shape": [None, 4, 4, 1], place: inside}
    model = {"class_name": "Sequential", "config": [{"class_name": outer, "config": config}]}
    (tmp_path / "net.json").write_text(json.dumps(model))
    with pytest.raises(CannotLoad, match=f"{name} .* runs code, or opens files"):
        models.load(tmp_path / "net.json")


def test_a_pickle_is_never_opened(tmp_path):
    class Bomb:
        def __reduce__(self):
            return Path.touch, (tmp_path / "exploded",)

    (tmp_path / "net.h5").write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(CannotLoad, match="a Python pickle"):
        models.load(tmp_path / "net.h5", trust=True)
    assert not (tmp_path / "exploded").exists()


def test_a_graph_without_an_architecture_runs_only_when_trusted(tmp_path):
    model = small()
    model.export(tmp_path / "exported", verbose=False)
    with pytest.raises(CannotLoad, match=r"a graph, which is a program.*trust=True"):
        models.load(tmp_path / "exported")
    images = RNG.random((3, 6, 6, 1)).astype(np.float32)
    loaded = models.load(tmp_path / "exported", trust=True).model
    expected = models.predict(model, images)
    np.testing.assert_allclose(models.predict(loaded, images), expected, atol=1e-6)


# --- files that are something else -------------------------------------------------------------

FOREIGN = {
    "pytorch": (pickle.dumps(0x1950A86A20F9469CFC6C, 2), "a PyTorch file"),
    "pickle": (pickle.dumps({"a": 1}), "a Python pickle"),
    "onnx": (b"\x08\x07\x12\x07pytorch\x1a\x051.9", "an ONNX model"),
    "tflite": (b"\x1c\0\0\0TFL3\x14\0", "a TensorFlow Lite model"),
    "npy": (b"\x93NUMPY\x01\0", "a NumPy array"),
    "gzip": (b"\x1f\x8b\x08\0", "a compressed file.*unpack"),
    "safetensors": (b'\x40\0\0\0\0\0\0\0{"a":{"dtype"', "a safetensors file"),
    "yaml": (b"backend: tensorflow\nclass_name: Sequential\n", "in YAML"),
    "xml": (b"<?xml version='1.0'?><Error>AccessDenied</Error>", "a web page"),
    "empty": (b"", "is empty"),
    "text": (b"hello", "no kind of file that Keras writes.*b'hello'"),
    "cut JSON": (b'{"class_name": "Sequ', "cut short or damaged"),
    "other JSON": (b'{"epochs": 3}', "no Keras architecture.*epochs"),
    "TensorFlow.js": (b'{"modelTopology": {}}', "TensorFlow.js"),
    "strange architecture": (b'{"class_name": "Sequential", "config": [1]}', "not as Keras writes"),
    "no layers": (b'{"class_name": "Sequential", "config": []}', "not as Keras writes"),
}


@pytest.mark.parametrize(("content", "message"), FOREIGN.values(), ids=FOREIGN)
def test_files_of_other_kinds_are_named(tmp_path, content, message):
    (tmp_path / "net.h5").write_bytes(content)
    with pytest.raises(CannotLoad, match=message):
        models.load(tmp_path / "net.h5")


@pytest.mark.parametrize("ending", [".keras", ".h5"])
def test_a_file_cut_short_is_named(tmp_path, ending):
    small().save(tmp_path / f"net{ending}")
    content = (tmp_path / f"net{ending}").read_bytes()
    (tmp_path / f"net{ending}").write_bytes(content[: len(content) // 2])
    with pytest.raises(CannotLoad, match="cut short"):
        models.load(tmp_path / f"net{ending}")


ZIPS = {
    "archive/data.pkl": "PyTorch",
    "weight.npy": "NumPy arrays",
    "cat.jpg": "holds: cat.jpg.*unpack",
}


@pytest.mark.parametrize(("member", "message"), ZIPS.items())
def test_other_zip_archives_are_named(tmp_path, member, message):
    with zipfile.ZipFile(tmp_path / "net.keras", "w") as archive:
        archive.writestr(member, b"")
    with pytest.raises(CannotLoad, match=message):
        models.load(tmp_path / "net.keras")


def test_hdf5_of_other_programs_is_named(tmp_path):
    (tmp_path / "net.json").write_text(small().to_json())
    with h5py.File(tmp_path / "data.h5", "w") as file:
        file["features"] = np.zeros(3)
    with pytest.raises(CannotLoad, match=r"not written by Keras.*features"):
        models.load(tmp_path / "net.json", tmp_path / "data.h5")


def test_a_missing_file_is_named_with_what_lies_beside(tmp_path):
    (tmp_path / "model.json").write_text("{}")
    with pytest.raises(CannotLoad, match=r"no file .*model\.h5; .* holds: model\.json"):
        models.load(tmp_path / "model.h5")


def test_a_home_folder_may_be_written_short(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "net.json").write_text(small().to_json())
    small().save_weights(tmp_path / "net.weights.h5")
    loaded = models.load("~/net.json", "~/net.weights.h5")
    assert loaded.weights == tmp_path / "net.weights.h5"


def test_a_model_of_several_inputs_is_refused(tmp_path):
    inputs = [keras.Input((6, 6, 1), name=name) for name in ("left", "right")]
    keras.Model(inputs, layers.Add()(inputs)).save(tmp_path / "net.keras")
    with pytest.raises(CannotLoad, match=r"takes 2 inputs \(left, right\), not one image. To do: "):
        models.load(tmp_path / "net.keras")


def one_layer(tmp_path, version, name, **options):
    """The architecture of one layer, as an old Keras wrote it."""
    config = {"name": "only", "batch_input_shape": [None, 3], **options}
    layer = {"class_name": name, "config": config}
    model = {"class_name": "Sequential", "config": [layer], "keras_version": version}
    (tmp_path / "net.json").write_text(json.dumps(model))
    return tmp_path / "net.json"


@pytest.mark.parametrize(
    ("version", "slope", "reach"), [("1.2.2", 0.2, 2.5), ("2.15.0", 0.2, 2.5), ("3.5.0", 1 / 6, 3)]
)
def test_hard_sigmoid_is_that_of_the_keras_that_wrote_the_file(tmp_path, version, slope, reach):
    path = one_layer(tmp_path, version, "Activation", activation="hard_sigmoid")
    x = np.array([[-reach - 0.1, 1.0, reach + 0.1]], np.float32)
    answer = models.load(path).model(x)
    np.testing.assert_allclose(answer, [[0, slope + 0.5, 1]], rtol=1e-6)


def test_a_slice_of_keras_2_that_another_layer_decides_is_refused(tmp_path):
    spec = [{"start": 0, "stop": ["input", 0, 0], "step": None}]
    config = {"name": "cut", "function": "__operators__.getitem", "dtype": "float32"}
    image = {"name": "input", "batch_input_shape": [None, 6, 6, 1], "dtype": "float32"}
    nodes = [["input", 0, 0, {"slice_spec": spec}]]
    found = [
        {"class_name": "InputLayer", "name": "input", "config": image, "inbound_nodes": []},
        {"class_name": "SlicingOpLambda", "name": "cut", "config": config, "inbound_nodes": nodes},
    ]
    ends = {"input_layers": [["input", 0, 0]], "output_layers": [["cut", 0, 0]]}
    saved = {"class_name": "Functional", "config": {"name": "net", "layers": found, **ends}}
    path = tmp_path / "net.json"
    path.write_text(json.dumps(saved | {"keras_version": "2.15.0"}))
    with pytest.raises(CannotLoad, match=r"'cut' is the TensorFlow function '.*getitem', which"):
        models.load(path)


def test_batch_normalization_of_keras_1_by_image_is_not_taken_for_that_by_channel(tmp_path):
    with pytest.raises(CannotLoad, match="mode=1, which today's Keras has no more"):
        models.load(one_layer(tmp_path, "1.2.2", "BatchNormalization", mode=1))


def test_a_number_that_tensorflow_1_wrote_as_an_array(tmp_path):
    number = {"type": "ndarray", "value": 6.0}
    path = one_layer(tmp_path, "2.1.6-tf", "ReLU", max_value=number)
    assert models.load(path).model.get_layer("only").max_value == 6


@pytest.mark.parametrize("start", ["\ufeff", ""])
def test_json_in_a_string_or_with_a_mark_before_it(tmp_path, start):
    text = json.dumps(small().to_json()) if not start else start + small().to_json()
    (tmp_path / "net.json").write_text(text, encoding="utf-8")
    assert models.load(tmp_path / "net.json").model.count_params() == small().count_params()


# --- what goes with the model ------------------------------------------------------------------


@pytest.fixture
def net(tmp_path):
    small().save(tmp_path / "net.keras")
    return tmp_path / "net.keras"


def test_the_range_of_the_images_is_asked_for_not_guessed(net):
    pictures = RNG.integers(0, 256, (2, 6, 6, 1), dtype=np.uint8)
    with pytest.raises(ValueError, match=r"preprocess=, one of '0\.\.255', '0\.\.1'"):
        models.load(net).preprocess(pictures)
    inputs = models.load(net, preprocess="-1..1").preprocess(pictures)
    np.testing.assert_allclose(inputs, pictures / 127.5 - 1, atol=1e-6)
    assert inputs.dtype == np.float32
    with pytest.raises(ValueError, match=r"no range '0-1'; there are: 0\.\.255"):
        models.load(net, preprocess="0-1")


def test_a_model_that_scales_images_itself_takes_them_raw(keras2):
    loaded = models.load(keras2 / "whole.h5")  # it starts with x / 127.5 - 1
    assert loaded.preprocess.range == "0..255"
    known = np.load(keras2 / "answers.npz")
    inputs = loaded.preprocess(known["images"].astype(np.uint8))
    np.testing.assert_array_equal(inputs, known["images"])


def test_a_function_of_ones_own_is_the_preprocessing(net):
    assert models.load(net, preprocess=len).preprocess is len


def test_pictures_are_resized_and_turned_grey(net):
    preprocess = models.load(net, preprocess="0..255").preprocess
    red = np.zeros((2, 9, 12, 3), np.uint8)
    red[..., 0] = 200
    inputs = preprocess(red)
    assert inputs.shape == (2, 6, 6, 1)
    np.testing.assert_allclose(inputs, 200 * 0.299, atol=0.1)  # ITU-R 601
    assert preprocess(np.zeros((2, 9, 12), np.uint8)).shape == (2, 6, 6, 1)


def test_caffes_range_is_bgr_without_its_mean():
    rgb = np.array([[[[10.0, 20.0, 30.0]]]], np.float32)
    expected = [30 - 103.939, 20 - 116.779, 10 - 123.68]
    np.testing.assert_allclose(RANGES["bgr-mean"](rgb).ravel(), expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("pictures", "message"),
    [
        (np.zeros((2, 6, 6), np.float32), "uint8 in 0..255, got float32"),
        (np.zeros((2, 6, 6, 4), np.uint8), r"got \(2, 6, 6, 4\): .* transparency.*photos\.opened"),
        (np.zeros((6, 6, 3), np.uint8), r"for one image write images\[None\]"),
        (np.zeros((6, 6), np.uint8), r"for one image write images\[None\]"),
    ],
    ids=["float", "transparent", "one colour picture", "one grey picture"],
)
def test_what_is_no_stack_of_raw_pictures_is_refused(net, pictures, message):
    with pytest.raises(ValueError, match=message):
        models.load(net, preprocess="0..1").preprocess(pictures)


def test_class_names_are_those_given_one_a_class(net):
    assert models.load(net).class_names is None
    assert models.load(net, class_names=["cat", "dog"]).class_names == ("cat", "dog")
    with pytest.raises(ValueError, match="tells 2 classes"):
        models.load(net, class_names=["cat"])


def test_a_range_of_colours_is_refused_for_a_grey_model(net):
    pictures = np.zeros((1, 6, 6), np.uint8)
    for name in ("bgr-mean", "mean-std"):
        with pytest.raises(ValueError, match=f"{name}.* is one of RGB pictures"):
            models.load(net, preprocess=name).preprocess(pictures)


def test_torchvisions_range_has_its_mean_and_deviation():
    pixel = np.array([[[[255, 0, 51]]]], np.float32)
    expected = [[[[(1 - 0.485) / 0.229, -0.456 / 0.224, (0.2 - 0.406) / 0.225]]]]
    np.testing.assert_allclose(RANGES["mean-std"](pixel), expected, rtol=1e-5)
