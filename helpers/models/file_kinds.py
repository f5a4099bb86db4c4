"""What a file really is, by its first bytes: a name tells little about files from the web."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py

__all__ = ["CannotLoad", "kind"]


class CannotLoad(RuntimeError):
    """This is not a model that can be loaded; the message says what it is and what to do."""


# What a file starts with (a regular expression), what it is, and what to do.
_FOREIGN = (
    (
        rb"version https://git-lfs",
        "a Git LFS pointer: the {lfs_size} bytes of the model itself were never fetched",
        "run `git lfs pull` in the repository it comes from, or fetch the file with the "
        '"Download raw file" button of its page',
    ),
    (
        rb"(?i)\s*(<!--.*?-->\s*)?<(!doctype html|html|head|\?xml)",
        "a web page (HTML or XML), saved in place of the file",
        'open the address in a browser and fetch the file itself ("Download raw file")',
    ),
    (
        rb"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19",
        "a PyTorch file (a Python pickle)",
        "convert it to Keras where PyTorch is installed; it is not opened here, since unpickling "
        "runs whatever code it holds",
    ),
    (
        rb"\x80[\x02-\x05]",
        "a Python pickle (pickle, joblib or PyTorch)",
        "save the model with `model.save('model.keras')` where it was made; it is not opened "
        "here, since unpickling runs whatever code it holds",
    ),
    (
        rb"\x08[\x01-\x0f]\x12.{0,64}(pytorch|onnx|tf2onnx|keras2onnx|skl2onnx)|\x08[\x01-\x0f]:",
        "an ONNX model",
        "convert it to Keras (onnx2keras, onnx2tf), or ask its author for the Keras file",
    ),
    (
        rb".{4}TFL3",
        "a TensorFlow Lite model, whose layers are fused",
        "ask for the Keras model that it was converted from",
    ),
    (rb"\x93NUMPY", "a NumPy array", "give the model that it belongs to"),
    (rb"\x1f\x8b|7z\xbc\xaf|Rar!|BZh|\xfd7zXZ", "a compressed file", "unpack it first"),
    (
        rb".{8}\{\s*\"",
        "a safetensors file: weights without an architecture",
        "ask for the Keras model, or convert the weights",
    ),
    (
        rb"(backend|class_name|config|keras_version): ",
        "a Keras architecture in YAML, which Keras gave up since reading it may run code",
        "have it written anew with `model.to_json()`",
    ),
)
_BY_ENDING = {
    ".onnx": ("an ONNX model", "convert it to Keras (onnx2keras, onnx2tf)"),
    ".pb": (
        "a TensorFlow graph",
        "where it is named saved_model.pb, give the folder that it lies in, with variables/ beside "
        "it; a frozen graph has no Keras layers: ask for the Keras model",
    ),
    ".index": ("part of a TensorFlow checkpoint", "save the model as .keras where it was made"),
    ".caffemodel": ("a Caffe model", "convert it to Keras"),
    ".py": ("a Python program", "run it, and save the model with `model.save('model.keras')`"),
}


def kind(path: Path) -> str:
    """What lies at `path`: "archive" (`.keras`), "hdf5", "json" or "folder" (a SavedModel).

    For anything else a `CannotLoad` says what it is, and what to do.

    >>> from helpers.models import file_kinds
    >>> _ = (folder / "model.h5").write_text(model.to_json())
    >>> file_kinds.kind(folder / "model.h5")
    'json'
    """
    if not path.exists():
        beside = sorted(p.name for p in path.parent.glob("*")) if path.parent.is_dir() else []
        where = f"; {path.parent} holds: {_some(beside)}" if beside else ""
        raise CannotLoad(f"there is no file {path}{where}")
    if path.is_dir():
        if (path / "saved_model.pb").exists():
            return "folder"
        raise CannotLoad(
            f"{path} is a folder, and no SavedModel (which holds a saved_model.pb): give one file "
            f"of it. It holds: {_some(sorted(p.name for p in path.iterdir()))}"
        )
    with path.open("rb") as file:
        head = file.read(2048)
    if not head:
        raise CannotLoad(f"{path} is empty: fetch or save it again")
    if head.startswith(b"PK"):
        return _archive(path)
    if head.startswith(b"\x89HDF\r\n\x1a\n") or h5py.is_hdf5(path):
        return "hdf5"
    for pattern, what, advice in _FOREIGN:
        if re.match(pattern, head, re.DOTALL):
            size = re.search(rb"size (\d+)", head)
            what = what.format(lfs_size=f"{int(size[1]):,}" if size else "many")
            raise CannotLoad(f"{path} is {what}. To do: {advice}.")
    if re.match(rb'(\xef\xbb\xbf)?\s*[{\["]', head):
        return "json"
    what, advice = _BY_ENDING.get(
        path.suffix.lower(),
        (
            f"no kind of file that Keras writes (it starts with {head[:16]!r})",
            "give a .keras or .h5 file, a JSON architecture, or a SavedModel folder",
        ),
    )
    raise CannotLoad(f"{path} is {what}. To do: {advice}.")


def _archive(path: Path) -> str:
    with open_archive(path) as archive:
        names = archive.namelist()
    if {"config.json", "metadata.json", "model.weights.h5"} <= set(names):
        return "archive"
    if any(name.endswith("data.pkl") for name in names):
        raise CannotLoad(
            f"{path} is a PyTorch file. To do: convert it to Keras where PyTorch is installed; it "
            "is not opened here, since it holds a Python pickle, which may run code."
        )
    if names and all(name.endswith(".npy") for name in names):
        raise CannotLoad(f"{path} holds NumPy arrays (.npz): give the model that they belong to")
    if any(name.endswith("saved_model.pb") for name in names):
        raise CannotLoad(f"{path} is a zipped SavedModel: unpack it and give the folder")
    raise CannotLoad(
        f"{path} is a ZIP archive, not a Keras model; it holds: {_some(names)}. To do: unpack it, "
        "and give the model that lies in it, if there is one."
    )


@contextmanager
def open_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except zipfile.BadZipFile:
        raise CannotLoad(
            f"{path} is a ZIP archive (as .keras files are) that is cut short or damaged: "
            "fetch or save it again"
        ) from None


def parse_architecture(content: bytes | str, path: Path) -> dict:
    """An architecture in JSON, as Keras's `model.to_json()` writes it; `path` is where it lay."""
    try:
        saved = json.loads(content)
        if isinstance(saved, str):  # json.dump(model.to_json()): a string of JSON, quoted again
            saved = json.loads(saved)
    except ValueError as error:
        raise CannotLoad(
            f"{path}: its JSON cannot be read ({error}), it is cut short or damaged: fetch or save "
            "it again"
        ) from None
    if isinstance(saved, dict) and "class_name" in saved and "config" in saved:
        return saved
    if isinstance(saved, dict) and "modelTopology" in saved:
        raise CannotLoad(f"{path} is a TensorFlow.js model: ask for the Keras model")
    raise CannotLoad(
        f"{path} is JSON, but no Keras architecture (as `model.to_json()` writes it); it holds: "
        f"{_some(list(saved) if isinstance(saved, dict) else [type(saved).__name__])}"
    )


def open_hdf5(path_or_file: Any, shown: Path) -> h5py.File:
    """An HDF5 file, open for reading; `shown` is the file named in errors."""
    try:
        return h5py.File(path_or_file, "r")
    except OSError as error:
        sizes = re.search(r"truncated file: eof = (\d+).*?stored_eof = (\d+)", str(error))
        if sizes:
            got, whole = (f"{int(size):,}" for size in sizes.groups())
            what = f"is cut short: {got} of {whole} bytes are there"
        else:
            what = f"is a damaged HDF5 file ({error})"
        raise CannotLoad(f"{shown} {what}. Fetch or save it again.") from None


def _some(names: list[str]) -> str:
    return ", ".join(names[:8]) + (", …" if len(names) > 8 else "") or "nothing"
