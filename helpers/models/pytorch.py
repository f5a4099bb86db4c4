"""The arrays in a PyTorch file of weights (`.pth`), read without running what its pickle holds.

A pickle is a program: whatever function it names, it may call. Here it may name those alone that
put tensors together, and gets stand-ins even of these.
"""

from __future__ import annotations

import pickle
import zipfile
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from helpers.models.file_kinds import CannotLoad, open_archive

STORAGES = {
    "FloatStorage": "<f4",
    "DoubleStorage": "<f8",
    "HalfStorage": "<f2",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "i1",
    "ByteStorage": "u1",
    "BoolStorage": "?",
}
LEGACY_MAGIC = 0x1950A86A20F9469CFC6C  # the first of the pickles that PyTorch wrote up to 1.5


@dataclass(frozen=True)
class _Storage:
    """A piece of memory that tensors lie in: its key in the file, kind and number of elements."""

    key: str
    dtype: str
    count: int


@dataclass(frozen=True)
class _Tensor:
    """Which elements of a storage make up an array."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def array(self, memory: bytes) -> np.ndarray:
        elements = np.frombuffer(memory, self.storage.dtype)
        if len(elements) != self.storage.count:
            raise ValueError(f"{self.storage.count} numbers are announced, {len(elements)} there")
        positions = np.full(self.shape, self.offset, np.int64)
        for axis, (size, stride) in enumerate(zip(self.shape, self.strides, strict=True)):
            steps = stride * np.arange(size)
            positions += steps.reshape(-1, *[1] * (len(self.shape) - axis - 1))
        if positions.size and positions.min() < 0:
            raise ValueError("a tensor begins before its memory")
        return elements[positions]


class _Unpickler(pickle.Unpickler):
    """Knows the functions that put tensors together, by stand-ins, and refuses all others."""

    def find_class(self, module: str, name: str):
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild_tensor
        if (module, name) == ("torch._utils", "_rebuild_parameter"):
            return _rebuild_parameter
        if module == "torch" and name in STORAGES:
            return STORAGES[name]
        if (module, name) == ("torch", "BFloat16Storage"):
            raise _BFloat16
        raise _Refused(f"{module}.{name}")

    def persistent_load(self, saved):
        kind, dtype, key, _, count, *view = saved
        if kind != "storage" or dtype not in STORAGES.values() or any(view):
            raise ValueError(f"unknown kind of memory {saved!r}")
        return _Storage(str(key), dtype, int(count))


class _BFloat16(Exception):
    """A tensor is of numbers that NumPy lacks."""


class _Refused(Exception):
    """A pickle asked for this function or class."""


def _rebuild_tensor(storage, offset, shape, strides, *_) -> _Tensor:
    return _Tensor(storage, int(offset), tuple(map(int, shape)), tuple(map(int, strides)))


def _rebuild_parameter(tensor, *_) -> _Tensor:
    return tensor


def read_state_dict(path: Path) -> dict[str, np.ndarray]:
    """The arrays in a `.pth` file as `torch.save(network.state_dict(), path)` writes it, by name.

    Both PyTorch's archive (since 1.6) and the row of pickles it wrote before. `CannotLoad` for
    another file, a damaged one, one of bfloat16 (which NumPy lacks), and one whose pickle asks for
    anything but tensors.
    """
    try:
        with path.open("rb") as file:
            if zipfile.is_zipfile(file):
                tensors, memory = _read_archive(path)
            else:
                file.seek(0)
                tensors, memory = _read_legacy(file)
        if not isinstance(tensors, dict) or not all(
            isinstance(tensor, _Tensor) for tensor in tensors.values()
        ):
            raise ValueError("it holds something else than a dictionary of tensors")
        return {name: tensor.array(memory[tensor.storage.key]) for name, tensor in tensors.items()}
    except _Refused as refused:
        raise CannotLoad(
            f"{path}: its pickle asks for {refused}, which is none of the functions that put "
            "tensors together. It was not called, and the file is not read. To do: where PyTorch "
            "is installed, and if you trust whoever made it, save "
            "`torch.save(network.state_dict(), path)` anew"
        ) from None
    except _BFloat16:
        raise CannotLoad(
            f"{path} holds bfloat16 numbers, which are not read. To do: where PyTorch is "
            "installed, save `torch.save(network.float().state_dict(), path)`"
        ) from None
    except CannotLoad:
        raise
    except Exception as error:  # a damaged pickle fails in whatever way its bytes happen to ask for
        raise CannotLoad(
            f"{path} is no PyTorch file of weights, or a damaged one ({error}): fetch it again"
        ) from None


def _read_archive(path: Path) -> tuple[dict, dict[str, bytes]]:
    with open_archive(path) as archive:
        (pickled,) = [name for name in archive.namelist() if name.endswith("/data.pkl")]
        folder = pickled.removesuffix("data.pkl")
        order = f"{folder}byteorder"
        if order in archive.namelist() and archive.read(order) != b"little":
            raise ValueError("its bytes are in another order than those of today's processors")
        with archive.open(pickled) as file:
            tensors = _Unpickler(file).load()
        inside = f"{folder}data/"
        keys = [name for name in archive.namelist() if name.startswith(inside)]
        return tensors, {name.removeprefix(inside): archive.read(name) for name in keys}


def _read_legacy(file: IO[bytes]) -> tuple[dict, dict[str, bytes]]:
    """Pickles of a magic number, the format, the machine, the tensors and the keys of their memory,
    then that memory, piece by piece after its number of elements."""
    if _Unpickler(file).load() != LEGACY_MAGIC:
        raise ValueError("it does not begin as such files do")
    _, machine = _Unpickler(file).load(), _Unpickler(file).load()
    if not machine["little_endian"]:
        raise ValueError("its bytes are in another order than those of today's processors")
    tensors, keys = _Unpickler(file).load(), _Unpickler(file).load()
    widths = {
        tensor.storage.key: np.dtype(tensor.storage.dtype).itemsize for tensor in tensors.values()
    }
    memory = {}
    for key in keys:
        count = int.from_bytes(file.read(8), "little")
        memory[key] = file.read(count * widths[key])
    return tensors, memory
