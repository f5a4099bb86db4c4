import gzip
import hashlib

import numpy as np
import pytest

from helpers.datasets import DatasetCorrupt, read_idx
from helpers.datasets.mnist import idx_sha256

# a 2×3 array as the format's description has it: magic number, sizes, bytes
FILE = bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3]) + bytes([1, 2, 3, 4, 5, 255])
ARRAY = np.array([[1, 2, 3], [4, 5, 255]], np.uint8)


@pytest.mark.parametrize("name", ["plain", "named.gz"])
@pytest.mark.parametrize("content", [FILE, gzip.compress(FILE)], ids=["plain", "gzipped"])
def test_gzip_is_told_by_the_content_not_by_the_name(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    array = read_idx(tmp_path / name)
    assert array.dtype == np.uint8
    np.testing.assert_array_equal(array, ARRAY)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "expected it to begin with 00 00 08, got nothing"),
        (b"<!DOCTYPE html>", "expected it to begin with 00 00 08, got 3c 21 44"),
        (b"\0\0\x0d" + FILE[3:], "expected it to begin with 00 00 08, got 00 00 0d"),
        (FILE[:9], "expected 12 bytes of header, got 9"),
        (FILE[:-2], r"expected 6 bytes for shape \(2, 3\), got 4"),
        (FILE + b"\n", r"expected 6 bytes for shape \(2, 3\), got 7"),
        (gzip.compress(FILE)[:-9], "damaged gzip file"),
        (gzip.compress(FILE)[:-5] + b"12345", "damaged gzip file"),
    ],
    ids=["empty", "html", "floats", "header", "short", "long", "gzip-short", "gzip-crc"],
)
def test_a_damaged_file_is_named_with_what_was_expected_and_got(tmp_path, content, complaint):
    (tmp_path / "damaged").write_bytes(content)
    with pytest.raises(DatasetCorrupt, match=f"damaged: .*{complaint}"):
        read_idx(tmp_path / "damaged")


def test_the_hash_of_an_array_is_that_of_its_file():
    assert idx_sha256(ARRAY) == hashlib.sha256(FILE).hexdigest()
    assert idx_sha256(np.asfortranarray(ARRAY)) == hashlib.sha256(FILE).hexdigest()
