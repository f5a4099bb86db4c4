"""A small stand-in for MNIST; nobody's real caches are touched."""

import gzip
import hashlib
import struct
from types import SimpleNamespace

import numpy as np
import pytest

import helpers.datasets
from helpers.datasets.mnist import KERAS_NAMES


@pytest.fixture(autouse=True)
def places(monkeypatch, tmp_path):
    """The folders in which MNIST is looked for, all absent; COURSE_DATA is not set."""
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("NO_PROXY", "*")
    helpers.datasets._load.cache_clear()
    yield SimpleNamespace(
        course=tmp_path / "course" / "mnist",
        cache=tmp_path / "cache" / "mnist",
        npz=tmp_path / "keras" / "datasets" / "mnist.npz",
    )
    helpers.datasets._load.cache_clear()


def idx(array):
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


@pytest.fixture
def small(monkeypatch, tmp_path):
    """Six + four random images under MNIST's name; offline until `use_mirrors` is called."""
    rng = np.random.default_rng(0)
    small = SimpleNamespace(
        arrays={
            "train-images-idx3-ubyte": rng.integers(0, 256, (6, 28, 28), np.uint8),
            "train-labels-idx1-ubyte": np.array([5, 0, 4, 1, 9, 2], np.uint8),
            "t10k-images-idx3-ubyte": rng.integers(0, 256, (4, 28, 28), np.uint8),
            "t10k-labels-idx1-ubyte": np.array([7, 2, 1, 0], np.uint8),
        }
    )
    small.files = {name: idx(array) for name, array in small.arrays.items()}
    small.gz = {f"{name}.gz": gzip.compress(file, mtime=0) for name, file in small.files.items()}
    manifest = tmp_path / "datasets.toml"
    monkeypatch.setattr("helpers.datasets.core.MANIFEST", manifest)

    def use_mirrors(*urls):
        lines = ["[mnist]", 'citation = "LeCun et al."', f"mirrors = {list(urls)}"]
        for name, file in small.files.items():
            lines += [
                f"[mnist.files.{name}]",
                f"shape = {list(small.arrays[name].shape)}",
                f'sha256 = "{hashlib.sha256(file).hexdigest()}"',
                f'gz_sha256 = "{hashlib.sha256(small.gz[f"{name}.gz"]).hexdigest()}"',
            ]
        lines += ["[digits]", 'citation = "Alpaydin, Kaynak"']
        manifest.write_text("\n".join(lines), encoding="utf-8")

    def put(folder, files=None):
        folder.mkdir(parents=True)
        for name, content in (files or small.files).items():
            (folder / name).write_bytes(content)

    def put_npz(path, **changes):
        path.parent.mkdir(parents=True)
        arrays = {KERAS_NAMES[name]: array for name, array in small.arrays.items()}
        np.savez_compressed(path, **{**arrays, **changes})

    small.use_mirrors, small.put, small.put_npz = use_mirrors, put, put_npz
    use_mirrors("http://127.0.0.1:9/")  # the discard port: nobody answers
    return small
