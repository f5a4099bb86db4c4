"""Each layer that Keras has had, with each option that its config held."""

import inspect
import json
import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest
from keras import layers, ops

from helpers import models
from helpers.models import CannotLoad

RNG = np.random.default_rng(0)
HERE = Path(__file__).parent


def unpacked(name, tmp_path_factory):
    folder = tmp_path_factory.mktemp("old")
    zipfile.ZipFile(HERE / name).extractall(folder)
    return folder


# --- Keras 2 -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def keras2_layers(tmp_path_factory):
    return unpacked("keras2_layers.zip", tmp_path_factory)  # see make_keras2_layers.py


KERAS2_FILES = sorted(
    name.removesuffix(".h5")
    for name in zipfile.ZipFile(HERE / "keras2_layers.zip").namelist()
    if name.endswith(".h5")
)
KERAS2_REFUSED = {
    "GRU time_major": r"time_major=True, which today's Keras has no more. To do: .*tf_keras",
    "LocallyConnected1D": "a layer of Keras itself, .* no code .* with Conv1D in its place",
    "LocallyConnected2D": "a layer of Keras itself, .* no code .* with Conv2D in its place",
}


@pytest.mark.parametrize("name", sorted(set(KERAS2_FILES) - set(KERAS2_REFUSED)))
def test_each_layer_of_keras_2_answers_as_keras_2_did(keras2_layers, name):
    known = np.load(keras2_layers / "answers.npz")
    model = models.load(keras2_layers / f"{name}.h5").model
    answers = np.asarray(model(known[f"{name}/images"], training=False))
    np.testing.assert_allclose(answers, known[f"{name}/answers"], atol=1e-5)


@pytest.mark.parametrize(
    "file",
    [
        *("Bidirectional LSTM", "GRU", "TimeDistributed LSTM", "MultiHeadAttention.keras"),
        *("PReLU", "PReLU of each pixel"),
    ],
)
def test_nested_weights_in_saved_models_and_archives(keras2_layers, file):
    known, name = np.load(keras2_layers / "answers.npz"), file.removesuffix(".keras")
    answers = models.load(keras2_layers / file).model(known[f"{name}/images"], training=False)
    np.testing.assert_allclose(answers, known[f"{name}/answers"], atol=1e-5)


def test_what_was_loaded_with_an_old_activation_can_be_saved_and_loaded_again(
    keras2_layers, tmp_path
):
    name, known = "hard_sigmoid LSTM", np.load(keras2_layers / "answers.npz")
    models.load(keras2_layers / f"{name}.h5").model.save(tmp_path / "again.keras")
    for model in (
        models.load(tmp_path / "again.keras").model,
        keras.models.load_model(tmp_path / "again.keras"),
    ):
        answers = np.asarray(model(known[f"{name}/images"], training=False))
        np.testing.assert_allclose(answers, known[f"{name}/answers"], atol=1e-5)


@pytest.mark.parametrize(("name", "message"), KERAS2_REFUSED.items())
def test_what_today_has_no_layer_for_is_refused_in_words(keras2_layers, name, message):
    with pytest.raises(CannotLoad, match=message):
        models.load(keras2_layers / f"{name}.h5")


@pytest.mark.parametrize("version", ["2.12.0", "2.13.1"])
def test_archives_that_count_layers_twice_answer_as_when_they_were_saved(tmp_path_factory, version):
    folder = unpacked("old_archives.zip", tmp_path_factory) / version  # see make_old_archives.py
    known = np.load(folder / "answers.npz")
    model = models.load(folder / "net.keras").model
    np.testing.assert_allclose(models.predict(model, known["images"]), known["answers"], atol=1e-6)


def test_an_archive_with_too_few_layers_is_refused(tmp_path):
    def net(count):
        shape = keras.Input((3,))
        return keras.Sequential([shape, *(layers.Dense(3) for _ in range(count))])

    (tmp_path / "net.json").write_text(net(3).to_json())
    for count in (2, 4):
        net(count).save_weights(tmp_path / "w.weights.h5")
        with pytest.raises(CannotLoad, match="does not belong to this architecture"):
            models.load(tmp_path / "net.json", tmp_path / "w.weights.h5")


def write_sequential(path, version, *found):
    saved = {"class_name": "Sequential", "config": list(found), "keras_version": version}
    path.write_text(json.dumps(saved))
    return path


def write_weights(path, ending=":0", **arrays):
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [name.encode() for name in arrays]
        for name, values in arrays.items():
            names = [f"{name}_{i}{ending}" for i in range(len(values))]
            file.create_group(name).attrs["weight_names"] = [n.encode() for n in names]
            for weight, value in zip(names, values, strict=True):
                file[name][weight] = np.float32(value)
    return path


@pytest.mark.parametrize(("shared", "shape"), [([2, 3], (3, 1, 1)), (None, (3, 2, 4))])
def test_prelu_of_a_channels_first_network(tmp_path, shared, shape):
    pad = {"name": "pad", "data_format": "channels_first", "padding": [0, 0]}
    pad["batch_input_shape"] = [None, 3, 2, 4]
    prelu = {"name": "prelu", "alpha_initializer": "zeros", "shared_axes": shared}
    path = write_sequential(
        tmp_path / "net.json",
        "2.2.4",
        {"class_name": "ZeroPadding2D", "config": pad},
        {"class_name": "PReLU", "config": prelu},
    )
    alpha = RNG.random(shape)
    weights = write_weights(tmp_path / "w.h5", prelu=[alpha])
    todays = keras.Sequential(
        [
            keras.Input((3, 2, 4)),
            layers.ZeroPadding2D(0, data_format="channels_first"),
            layers.PReLU(shared_axes=shared),
        ]
    )
    todays.set_weights([alpha])
    todays.save(tmp_path / "net.keras")
    image = RNG.normal(size=(3, 2, 4)).astype(np.float32)
    expected = np.where(image > 0, image, alpha * image).transpose(1, 2, 0)
    for files in ((path, weights), (tmp_path / "net.keras",)):
        answer = models.load(*files).model(image.transpose(1, 2, 0)[None])[0]
        np.testing.assert_allclose(answer, expected, rtol=1e-5)


# --- Keras 1 -----------------------------------------------------------------------------------

ROWS, STEPS, IMAGE, VOLUME = [None, 6], [None, 5, 3], [None, 6, 6, 2], [None, 4, 4, 4, 2]
COMMON = {"W_regularizer": None, "b_regularizer": None, "W_constraint": None, "b_constraint": None}
COMMON |= {"activity_regularizer": None, "init": "glorot_uniform", "input_dim": None}
DENSE = {**COMMON, "output_dim": 3, "activation": "linear", "bias": True}
CONV = {**COMMON, "activation": "relu", "border_mode": "valid", "bias": True}
IN_2D = {"dim_ordering": "tf"}
SEPARABLE = {"depthwise_init": "uniform", "pointwise_init": "uniform", "depth_multiplier": 1}
SEPARABLE |= {"depthwise_regularizer": None, "pointwise_regularizer": None}
RECURRENT = {
    **COMMON,
    "output_dim": 3,
    "inner_init": "orthogonal",
    "activation": "tanh",
    "U_regularizer": None,
    "dropout_W": 0.1,
    "dropout_U": 0.2,
    "return_sequences": False,
    "go_backwards": False,
    "stateful": False,
    "unroll": False,
    "consume_less": "gpu",
    "input_length": None,
}
GATED = {**RECURRENT, "inner_activation": "sigmoid"}
POOL_1D = {"stride": 2, "pool_length": 2, "border_mode": "valid"}
POOL_2D = {"strides": [2, 2], "pool_size": [2, 2], "border_mode": "same", **IN_2D}
POOL_3D = {"strides": [2, 2, 2], "pool_size": [2, 2, 2], "border_mode": "valid", **IN_2D}
# As the constructors of Keras 1.2 had them: (shape of a batch, options, shape of the answer).
KERAS1 = {
    "Activation": (ROWS, {"activation": "softplus"}, (6,)),
    "ActivityRegularization": (ROWS, {"l1": 0.0, "l2": 0.1}, (6,)),
    "AtrousConvolution1D": (
        STEPS,
        {**CONV, "nb_filter": 4, "filter_length": 2, "subsample_length": 1, "atrous_rate": 2},
        (3, 4),
    ),
    "AtrousConvolution2D": (
        IMAGE,
        {**CONV, **IN_2D, "nb_filter": 4, "nb_row": 2, "nb_col": 3, "atrous_rate": [2, 2]},
        (4, 2, 4),
    ),
    "AveragePooling1D": (STEPS, POOL_1D, (2, 3)),
    "AveragePooling2D": (IMAGE, POOL_2D, (3, 3, 2)),
    "AveragePooling3D": (VOLUME, POOL_3D, (2, 2, 2, 2)),
    "BatchNormalization": (
        IMAGE,
        {"epsilon": 0.001, "mode": 0, "axis": -1, "momentum": 0.99, "weights": None}
        | {"beta_init": "zero", "gamma_init": "one", "gamma_regularizer": None},
        (6, 6, 2),
    ),
    "Bidirectional": (
        STEPS,
        {"merge_mode": "concat", "layer": {"class_name": "GRU", "config": {**GATED, "name": "g"}}},
        (6,),
    ),
    "Convolution1D": (
        STEPS,
        {**CONV, "nb_filter": 4, "filter_length": 2, "subsample_length": 2},
        (2, 4),
    ),
    "Convolution2D": (
        IMAGE,
        {**CONV, **IN_2D, "nb_filter": 4, "nb_row": 2, "nb_col": 3, "subsample": [2, 1]},
        (3, 4, 4),
    ),
    "Convolution3D": (
        VOLUME,
        {**CONV, **IN_2D, "nb_filter": 3, "subsample": [1, 1, 1]}
        | {"kernel_dim1": 1, "kernel_dim2": 2, "kernel_dim3": 3},
        (4, 3, 2, 3),
    ),
    "ConvLSTM2D": (
        [None, 3, 5, 4, 2],
        {"nb_filter": 2, "nb_row": 3, "nb_col": 3, "init": "glorot_uniform", **IN_2D}
        | {"inner_init": "orthogonal", "forget_bias_init": "one", "activation": "tanh"}
        | {"inner_activation": "hard_sigmoid", "border_mode": "same", "return_sequences": False}
        | {"go_backwards": False, "stateful": False},
        (5, 4, 2),
    ),
    "Cropping1D": (STEPS, {"cropping": [1, 1]}, (3, 3)),
    "Cropping2D": (IMAGE, {"cropping": [[1, 2], [0, 1]], **IN_2D}, (3, 5, 2)),
    "Cropping3D": (VOLUME, {"cropping": [[1, 1], [1, 1], [0, 1]], **IN_2D}, (2, 2, 3, 2)),
    "Deconvolution2D": (
        IMAGE,
        {**CONV, **IN_2D, "nb_filter": 4, "nb_row": 3, "nb_col": 3, "subsample": [2, 2]}
        | {"border_mode": "same", "output_shape": [None, 12, 12, 4]},
        (12, 12, 4),
    ),
    "Dense": (ROWS, DENSE, (3,)),
    "Dropout": (ROWS, {"p": 0.5}, (6,)),
    "ELU": (ROWS, {"alpha": 0.5}, (6,)),
    "Embedding": (
        [None, 4],
        {"input_dim": 5, "output_dim": 3, "init": "uniform", "input_length": 4}
        | {"mask_zero": False, "activity_regularizer": None, "W_regularizer": None, "dropout": 0.0},
        (4, 3),
    ),
    "Flatten": (IMAGE, {}, (72,)),
    "GRU": (STEPS, GATED, (3,)),
    "GaussianDropout": (ROWS, {"p": 0.5}, (6,)),
    "GaussianNoise": (ROWS, {"sigma": 0.5}, (6,)),
    "GlobalAveragePooling1D": (STEPS, {}, (3,)),
    "GlobalAveragePooling2D": (IMAGE, IN_2D, (2,)),
    "GlobalMaxPooling2D": (IMAGE, IN_2D, (2,)),
    "LSTM": (STEPS, {**GATED, "forget_bias_init": "one"}, (3,)),
    "LeakyReLU": (ROWS, {"alpha": 0.25}, (6,)),
    "Masking": (STEPS, {"mask_value": 0.0}, (5, 3)),
    "MaxPooling1D": (STEPS, POOL_1D, (2, 3)),
    "MaxPooling2D": (IMAGE, POOL_2D, (3, 3, 2)),
    "MaxPooling3D": (VOLUME, POOL_3D, (2, 2, 2, 2)),
    "PReLU": (IMAGE, {"init": "zero", "weights": None, "shared_axes": [1, 2]}, (6, 6, 2)),
    "Permute": (STEPS, {"dims": [2, 1]}, (3, 5)),
    "RepeatVector": (ROWS, {"n": 2}, (2, 6)),
    "Reshape": (IMAGE, {"target_shape": [36, 2]}, (36, 2)),
    "SeparableConvolution2D": (
        IMAGE,
        {**CONV, **IN_2D, **SEPARABLE, "nb_filter": 4, "nb_row": 3, "nb_col": 2}
        | {"subsample": [1, 1], "depthwise_constraint": None, "pointwise_constraint": None},
        (4, 5, 4),
    ),
    "SimpleRNN": (STEPS, RECURRENT, (3,)),
    "SpatialDropout1D": (STEPS, {"p": 0.5}, (5, 3)),
    "SpatialDropout2D": (IMAGE, {"p": 0.5, **IN_2D}, (6, 6, 2)),
    "SpatialDropout3D": (VOLUME, {"p": 0.5, **IN_2D}, (4, 4, 4, 2)),
    "ThresholdedReLU": (ROWS, {"theta": 0.5}, (6,)),
    "TimeDistributed": (
        STEPS,
        {"layer": {"class_name": "Dense", "config": {**DENSE, "name": "d"}}},
        (5, 3),
    ),
    "TimeDistributedDense": (STEPS, {**DENSE, "input_length": None}, (5, 3)),
    "UpSampling1D": (STEPS, {"length": 2}, (10, 3)),
    "UpSampling2D": (IMAGE, {"size": [2, 3], **IN_2D}, (12, 18, 2)),
    "UpSampling3D": (VOLUME, {"size": [2, 1, 1], **IN_2D}, (8, 4, 4, 2)),
    "ZeroPadding1D": (STEPS, {"padding": 1}, (7, 3)),
    "ZeroPadding2D": (IMAGE, {"padding": [1, 2], **IN_2D}, (8, 10, 2)),
    "ZeroPadding3D": (VOLUME, {"padding": [1, 1, 0], **IN_2D}, (6, 6, 4, 2)),
}


def keras1_layer(tmp_path, name, shape, options):
    config = {"name": "only", "trainable": True, "input_dtype": "float32", **options}
    layer = {"class_name": name, "config": config | {"batch_input_shape": shape}}
    return write_sequential(tmp_path / "net.json", "1.2.2", layer)


@pytest.mark.parametrize(("name", "case"), KERAS1.items(), ids=KERAS1)
def test_each_layer_of_keras_1_with_all_its_options_loads(tmp_path, name, case):
    shape, options, answer = case
    model = models.load(keras1_layer(tmp_path, name, shape, options)).model
    assert model(np.ones([2, *shape[1:]], np.float32)).shape == (2, *answer)


@pytest.mark.parametrize("name", ["Highway", "MaxoutDense", "SReLU", "LocallyConnected2D"])
def test_layers_of_keras_1_without_a_successor_are_called_keras_own(tmp_path, name):
    with pytest.raises(CannotLoad, match=rf"{name} \(layer 'only'\) is a layer of Keras itself"):
        models.load(keras1_layer(tmp_path, name, ROWS, {}))


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lstm(steps, weights):
    """By the equations; weights: (kernel, recurrent kernel, bias) of the gates i, c, f and o."""
    state = memory = np.zeros(2)
    for step in steps:
        i, c, f, o = (step @ w + state @ u + b for w, u, b in weights)
        memory = sigmoid(f) * memory + sigmoid(i) * np.tanh(c)
        state = sigmoid(o) * np.tanh(memory)
    return state


def gru(steps, weights):
    """By the equations, with the reset before the product, as Keras 1 had it; gates z, r and h."""
    state = np.zeros(2)
    (wz, uz, bz), (wr, ur, br), (wh, uh, bh) = weights
    for step in steps:
        z = sigmoid(step @ wz + state @ uz + bz)
        r = sigmoid(step @ wr + state @ ur + br)
        state = z * state + (1 - z) * np.tanh(step @ wh + (r * state) @ uh + bh)
    return state


@pytest.mark.parametrize(
    ("name", "compute", "gates"), [("LSTM", lstm, 4), ("GRU", gru, 3)], ids=["LSTM", "GRU"]
)
@pytest.mark.parametrize("both_ways", [False, True])
def test_recurrent_weights_of_keras_1_gate_by_gate(tmp_path, name, compute, gates, both_ways):
    options = {**GATED, "output_dim": 2}
    count = gates * (1 + both_ways)
    weights = [tuple(RNG.normal(size=s) for s in [(3, 2), (2, 2), 2]) for _ in range(count)]
    steps = RNG.normal(size=(5, 3))
    expected = compute(steps, weights[:gates])
    if both_ways:
        expected = np.concatenate([expected, compute(steps[::-1], weights[gates:])])
        inner = {"class_name": name, "config": options | {"name": "inner"}}
        name, options = "Bidirectional", {"merge_mode": "concat", "layer": inner}
    path = keras1_layer(tmp_path, name, STEPS, options)
    file = write_weights(tmp_path / "w.h5", only=[array for gate in weights for array in gate])
    model = models.load(path, file).model
    np.testing.assert_allclose(model(np.float32(steps)[None])[0], expected, rtol=1e-4)


def convolved(image, kernel):
    """(rows, columns, out): the image padded so that its size stays, as TensorFlow pads."""
    rows, columns = kernel.shape[:2]
    edges = [((n - 1) // 2, n // 2) for n in (rows, columns)]
    windows = np.lib.stride_tricks.sliding_window_view(
        np.pad(image, [*edges, (0, 0)]), (rows, columns), axis=(0, 1)
    )
    return np.einsum("xycij,ijco->xyo", windows, kernel)


@pytest.mark.parametrize("ending", [":0", ""], ids=["tensorflow", "theano"])
@pytest.mark.parametrize("ordering", ["tf", "th"])
def test_a_convolutional_lstm_of_keras_1_by_its_equations(tmp_path, ordering, ending):
    shape, options, _ = KERAS1["ConvLSTM2D"]
    if ordering == "th":
        shape = [*shape[:2], shape[4], *shape[2:4]]
    path = keras1_layer(tmp_path, "ConvLSTM2D", shape, options | {"dim_ordering": ordering})
    gates = [
        (RNG.normal(size=(3, 3, 2, 2)) / 2, RNG.normal(size=(3, 3, 2, 2)) / 2, RNG.normal(size=2))
        for _ in range(4)
    ]  # i, c, f, o
    stored = []
    for *kernels, offset in gates:
        for kernel in kernels:
            turned = kernel if ending else kernel[::-1, ::-1]  # Theano turns kernels round
            stored.append(turned.transpose(3, 2, 0, 1) if ordering == "th" else turned)
        stored.append(offset)
    frames = RNG.normal(size=(3, 5, 4, 2)).astype(np.float32)

    def hard_sigmoid(x):
        return np.clip(0.2 * x + 0.5, 0, 1)

    state = memory = np.zeros((5, 4, 2))
    for frame in frames:
        i, c, f, o = (convolved(frame, w) + convolved(state, u) + b for w, u, b in gates)
        memory = hard_sigmoid(f) * memory + hard_sigmoid(i) * np.tanh(c)
        state = hard_sigmoid(o) * np.tanh(memory)
    file = write_weights(tmp_path / "w.h5", ending, only=stored)
    model = models.load(path, file).model
    given, expected = frames, state
    if ordering == "th":
        given, expected = frames.transpose(0, 3, 1, 2), state.transpose(2, 0, 1)
    np.testing.assert_allclose(model(given[None])[0], expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("ending", [":0", ""], ids=["tensorflow", "theano"])
@pytest.mark.parametrize("layout", ["before 1.2", "1.2", "2"])
def test_a_convolution_of_a_row_by_either_backend(tmp_path, layout, ending):
    shape, options, _ = KERAS1["Convolution1D"]
    options = options | {"subsample_length": 1, "activation": "linear"}
    path = keras1_layer(tmp_path, "Convolution1D", shape, options)
    kernel = RNG.normal(size=(2, 3, 4))
    stored = kernel if ending else kernel[::-1]  # Theano turns kernels round
    if layout == "before 1.2":
        stored = stored.transpose(2, 1, 0)[..., None]
    elif layout == "1.2":
        stored = stored[:, None]
    file = write_weights(tmp_path / "w.h5", ending, only=[stored, np.zeros(4)])
    steps = RNG.normal(size=(5, 3)).astype(np.float32)
    expected = [np.tensordot(steps[i : i + 2], kernel, 2) for i in range(4)]
    answer = models.load(path, file).model(steps[None])[0]
    np.testing.assert_allclose(answer, expected, rtol=1e-4, atol=1e-6)


def test_a_convolution_of_a_volume_by_theano(tmp_path):
    shape, options, _ = KERAS1["Convolution3D"]
    path = keras1_layer(tmp_path, "Convolution3D", shape, options | {"activation": "linear"})
    kernel = RNG.normal(size=(1, 2, 3, 2, 3))
    stored = kernel[::-1, ::-1, ::-1]
    file = write_weights(tmp_path / "w.h5", "", only=[stored, np.zeros(3)])
    volume = RNG.normal(size=(4, 4, 4, 2)).astype(np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(volume, (1, 2, 3), axis=(0, 1, 2))
    expected = np.einsum("xyzcijk,ijkco->xyzo", windows, kernel)
    answer = models.load(path, file).model(volume[None])[0]
    np.testing.assert_allclose(answer, expected, rtol=1e-4, atol=1e-5)


# --- Keras 3 -----------------------------------------------------------------------------------

KERAS3_LEFT_OUT = {
    # They run code, or open files, that the file names (test_loading.py), or are of no use alone.
    *("Lambda", "TFSMLayer", "JaxLayer", "FlaxLayer", "TorchModuleWrapper"),
    *("StringLookup", "IntegerLookup", "TextVectorization", "HashedCrossing", "Hashing"),
    *("Layer", "Wrapper", "InputLayer", "Equalization"),
    # Keras 3 cannot save them as .h5.
    *("RandomBrightness", "RandomColorDegeneration", "RandomPosterization", "RandomSaturation"),
    *("RandomSharpness", "Solarization"),
}
# The shape that a layer takes, and its arguments, where they are not those of its kind.
KERAS3 = {
    "Activation": ("once", (6,), "tanh"),
    "ContrastLimitedAdaptiveHistogramEqualization": ("once", (6, 6, 3)),
    "Attention": ("twice", (5, 3)),
    "AdditiveAttention": ("twice", (5, 3)),
    "Bidirectional": ("once", (5, 3), layers.GRU(3)),
    "CategoryEncoding": ("once", (1,), 4),
    "CenterCrop": ("once", (6, 6, 2), 4, 4),
    "Discretization": ("once", (6,), [0.2, 0.5]),
    "Dot": ("twice", (5, 3), 1),
    "EinsumDense": ("once", (5, 3), "abc,cd->abd", (None, 4)),
    "Embedding": ("once", (4,), 5, 3),
    "GroupedQueryAttention": ("both", (5, 3), 4, 2, 1),
    "GroupNormalization": ("once", (6, 6, 2), 2),
    "MelSpectrogram": ("once", (4000,)),
    "MultiHeadAttention": ("both", (5, 3), 2, 2),
    "Permute": ("once", (5, 3), (2, 1)),
    "Pipeline": ("once", (6, 6, 2), [layers.Rescaling(2.0)]),
    "RNN": ("once", (5, 3), layers.LSTMCell(3)),
    "RepeatVector": ("once", (6,), 2),
    "Reshape": ("once", (6, 6, 2), (3, -1)),
    "Resizing": ("once", (6, 6, 2), 4, 3),
    "ReversibleEmbedding": ("once", (4,), 5, 3),
    "SpectralNormalization": ("once", (6,), layers.Dense(3)),
    "STFTSpectrogram": ("once", (4000, 1)),
    "TimeDistributed": ("once", (5, 3), layers.Dense(2)),
    **dict.fromkeys(("Add", "Average", "Maximum", "Minimum", "Multiply"), ("twice", (6,))),
    **dict.fromkeys(("Concatenate", "Subtract"), ("twice", (6,))),
}


def keras3_layers():
    found = {}
    for name, layer in vars(layers).items():
        unwanted = name.endswith(("Cell", "Cells")) or name in KERAS3_LEFT_OUT
        if inspect.isclass(layer) and issubclass(layer, layers.Layer) and not unwanted:
            found.setdefault(layer, layer.__name__)  # Conv2D is Convolution2D, too
    return found


def keras3_model(layer, name):
    """A model of one layer, with what most layers of its kind take."""
    rank = next((int(name[i - 1]) for i in range(len(name), 0, -1) if name[i - 1 : i] in "123"), 0)
    frames = 1 if name.startswith("ConvLSTM") else 0
    shapes = {1: (5, 3), 2: (6, 6, 2), 3: (4, 4, 4, 2), 4: (2, 4, 4, 4, 2)}
    picture = name.startswith("Rand") or name in ("AugMix", "CutMix", "MixUp", "AutoContrast")
    shape = shapes.get(rank + frames, (6, 6, 3) if picture else (5, 3))
    how, shape, *arguments = KERAS3.get(name, ("once", shape))
    tries = [arguments] if arguments else [(), (2,), (3, 2), (0.5,), (0.2, 0.1)]
    inputs = keras.Input(shape)
    for given in tries:
        try:
            made = layer(*given)
        except (TypeError, ValueError):
            continue
        outputs = made([inputs, inputs]) if how == "twice" else None
        outputs = made(inputs, inputs) if how == "both" else outputs
        return keras.Model(inputs, made(inputs) if outputs is None else outputs)
    pytest.fail(f"say in KERAS3 what {name} takes")


@pytest.mark.parametrize(("layer", "name"), keras3_layers().items(), ids=keras3_layers().values())
def test_each_layer_of_keras_3_comes_back_from_each_kind_of_file(tmp_path, layer, name):
    model = keras3_model(layer, name)
    for variable in model.weights:
        if variable.dtype == "float32":
            variable.assign(RNG.uniform(0.1, 1, variable.shape))
    if name == "Normalization":
        model.layers[1].finalize_state()
    images = RNG.uniform(0, 1, (2, *model.input_shape[1:])).astype(np.float32)
    for loaded in saved_and_loaded(tmp_path, model):
        np.testing.assert_allclose(
            np.asarray(loaded(images, training=False)),
            np.asarray(model(images, training=False)),
            rtol=1e-4,
            atol=1e-5,
        )


# --- operations of Keras 3, which it saves among the layers ------------------------------------


def saved_and_loaded(tmp_path, model):
    """The model from each kind of file that Keras 3 writes."""
    model.save(tmp_path / "net.h5")
    model.save(tmp_path / "net.keras")
    (tmp_path / "net.json").write_text(model.to_json())
    files = [["net.h5"], ["net.keras"], ["net.json", "net.h5"]]
    return [models.load(*(tmp_path / name for name in names)).model for names in files]


@pytest.mark.parametrize("mode", ["tf", "caffe", "torch"])
def test_preprocess_input_inside_a_model(tmp_path, mode):
    from keras.src.applications.imagenet_utils import preprocess_input

    inputs = keras.Input((8, 8, 3))
    x = preprocess_input(inputs, mode=mode)
    x = layers.Conv2D(4, 3)(x)
    backbone = keras.Sequential([keras.Input((6, 6, 4)), layers.Conv2D(4, 3, padding="same")])
    x = layers.Add()([ops.relu(backbone(x)), 0.5 + x])
    x = ops.image.resize(x, (3, 3))
    model = keras.Model(inputs, layers.Dense(3)(ops.mean(x, axis=[1, 2])))
    images = RNG.integers(0, 256, (2, 8, 8, 3)).astype(np.float32)
    for loaded in saved_and_loaded(tmp_path, model):
        expected = models.predict(model, images)
        np.testing.assert_allclose(models.predict(loaded, images), expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("first", "known"),
    [
        (lambda x: x / 127.5 - 1, "0..255"),
        (lambda x: x / 255, "0..255"),
        (lambda x: ops.divide(x, x2=255), "0..255"),
        (lambda x: x / 2, None),
        (lambda x: 255 / x, None),
        (lambda x: 255 / (x + 1), None),
        (lambda x: layers.Rescaling(1 / 255)(255 * x), None),
        (lambda x: x / np.float32([255, 255, 255]), None),
    ],
)
def test_the_range_is_known_where_the_first_operation_scales(tmp_path, first, known):
    inputs = keras.Input((4, 4, 3))
    keras.Model(inputs, layers.Conv2D(2, 3)(first(inputs))).save(tmp_path / "net.h5")
    assert models.load(tmp_path / "net.h5").preprocess.range == known


def operations_on(x):
    """What each function of `keras.ops` gives for an image, where it takes it in some usual way;
    the functions with random answers, or answers of no fixed shape, are left out."""
    left_out = {"elastic_transform", "nonzero", "unique", "argpartition", "bincount", "ctc_decode"}
    ways = [
        lambda f: f(x),
        lambda f: f(x, x),
        lambda f: f(x, 2),
        lambda f: f(x, 0.1, 0.8),
        lambda f: f(x, (2, 2)),
        lambda f: f([x, x]),
        lambda f: f(x, "float16"),
        lambda f: f(x, 1, 2),
        lambda f: f(x, np.ones((3, 2), np.float32)),
        lambda f: f(x, "b h w c -> b c h w"),
    ]
    functions = {
        name: function
        for module in (ops, ops.image, ops.linalg, ops.nn, ops.numpy)
        for name, function in vars(module).items()
        if inspect.isfunction(function) and name not in left_out
    }
    pictures = RNG.uniform(0.1, 0.9, (2, 4, 4, 3)).astype(np.float32)
    found = {}
    for name, function in functions.items():
        for way in ways:
            try:
                outputs = keras.tree.flatten(way(function))
                assert all(isinstance(output, keras.KerasTensor) for output in outputs)
                keras.Model(x, outputs)(pictures)
            except Exception:  # not the way to call it
                continue
            found[name] = outputs
            break
    return found


def test_whatever_keras_ops_builds_comes_back_from_a_file(tmp_path):
    x = keras.Input((4, 4, 3))
    found = operations_on(x)
    assert len(found) > 240
    written = [x[:, ::2, 1:], x[..., 0], -x, abs(x), 1 / x, 2 - x, x**2, x // 0.3, x % 0.3, x > 0.5]
    written += [
        ops.pad(x, [[0, 0], [1, 1], [2, 0], [0, 0]]),
        ops.reshape(x, (-1, 48)),
        ops.transpose(x, (0, 3, 1, 2)),
        ops.einsum("bhwc,bhwd->bcd", x, x),
        ops.norm(x, axis=-1),
        ops.take(x, np.array([2, 0]), axis=-1),
        ops.where(x > 0.5, x, 0.0),
        ops.conv(x, np.ones((2, 2, 3, 1), np.float32)),
        x * np.float32([1, 2, 3]),
        layers.Add()([x, ops.add(x, x)]),
    ]
    model = keras.Model(x, keras.tree.flatten([list(found.values()), written]))
    images = RNG.uniform(0.1, 0.9, (2, 4, 4, 3)).astype(np.float32)
    expected = model(images)
    for loaded in saved_and_loaded(tmp_path, model):
        for answer, known in zip(loaded(images), expected, strict=True):
            np.testing.assert_allclose(answer, known, rtol=1e-5, atol=1e-5)


def test_functions_within_operations_are_refused(tmp_path):
    x = keras.Input((4, 4, 3))
    keras.Model(x, ops.map(lambda image: image * 2, x)).save(tmp_path / "net.h5")
    with pytest.raises(CannotLoad, match=r"Lambda runs code.*trust=True"):
        models.load(tmp_path / "net.h5")


def test_a_class_that_only_claims_to_be_an_operation_is_refused(tmp_path):
    op = {"module": "keras.src.ops.numpy", "class_name": "system", "config": {"name": "only"}}
    shape = {"class_name": "InputLayer", "config": {"name": "i", "batch_shape": [None, 3]}}
    path = write_sequential(tmp_path / "net.json", "3.0.0", shape, op)
    with pytest.raises(CannotLoad, match=r"system \(layer 'only'\) is nothing that today's Keras"):
        models.load(path)


def test_an_operation_along_axes_of_a_channels_first_network_is_refused(tmp_path):
    x = keras.Input((2, 6, 6))
    y = layers.Conv2D(2, 3, data_format="channels_first")(ops.relu(x) / 2)
    keras.Model(x, y).save(tmp_path / "net.h5")
    assert models.load(tmp_path / "net.h5").model.input_shape == (None, 6, 6, 2)
    keras.Model(x, ops.max(y, axis=1)).save(tmp_path / "net.h5")
    with pytest.raises(CannotLoad, match=r"'max\w*' \(Max\) depends on the order of the axes"):
        models.load(tmp_path / "net.h5")
