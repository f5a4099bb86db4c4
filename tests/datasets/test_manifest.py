import re
import tomllib

import pytest

from helpers.datasets import LOADERS
from helpers.datasets.core import MANIFEST
from helpers.datasets.mnist import KERAS_NAMES

ENTRIES = tomllib.loads(MANIFEST.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ENTRIES)
def test_every_data_set_has_a_title_a_licence_a_citation_and_a_url(name):
    entry = ENTRIES[name]
    assert all(entry[key] for key in ("title", "licence", "citation"))
    urls = entry.get("mirrors", [entry.get("url")])
    assert all(url.startswith("https://") for url in urls)


def test_every_loader_has_an_entry():
    assert LOADERS.keys() - {"default"} <= ENTRIES.keys()


def test_every_file_of_mnist_has_two_hashes():
    files = ENTRIES["mnist"]["files"]
    assert files.keys() == KERAS_NAMES.keys()
    hashes = [file[key] for file in files.values() for key in ("sha256", "gz_sha256")]
    assert all(re.fullmatch("[0-9a-f]{64}", value) for value in hashes)
    assert len(set(hashes)) == 8, "no hash was pasted twice"
