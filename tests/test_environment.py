"""environment.yml, pyproject.toml and requirements.lock describe the same environment, of which a
notebook imports what it needs."""

import importlib.metadata
import itertools
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from helpers import tensorflow_package

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text())
LOCK = [
    line
    for line in (ROOT / "requirements.lock").read_text().splitlines()
    if line and not line.startswith("#")
]
EXTRAS = PROJECT["optional-dependencies"]
DIRECT = [
    line
    for line in itertools.chain(PROJECT["dependencies"], *EXTRAS.values())
    if not line.startswith(PROJECT["name"])  # an extra that takes in another one
]


def test_conda_environment_has_the_distributions_name():
    assert CONDA["name"] == PROJECT["name"]


def test_a_citation_names_this_version_and_these_licences():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == PROJECT["version"]
    assert " AND ".join(citation["license"]) == PROJECT["license"]


def test_conda_environment_has_the_same_python_range():
    assert f"python{PROJECT['requires-python']}" in CONDA["dependencies"]


def test_conda_environment_installs_this_distribution_as_locked():
    pip = next(entry["pip"] for entry in CONDA["dependencies"] if isinstance(entry, dict))
    assert pip == ["--constraint requirements.lock", "--editable ."]


@pytest.mark.parametrize("line", LOCK)
def test_lock_pins_exact_versions_and_holds_no_url(line):
    locked = Requirement(line)
    assert locked.url is None
    assert "/" not in line
    assert [specifier.operator for specifier in locked.specifier] == ["=="]


@pytest.mark.parametrize("line", DIRECT)
def test_lock_pins_every_direct_dependency_within_its_range(line):
    wanted = Requirement(line)
    pins = {canonicalize_name(locked.name): locked for locked in map(Requirement, LOCK)}
    (pin,) = pins[canonicalize_name(wanted.name)].specifier
    assert wanted.specifier.contains(pin.version, prereleases=True)


def test_one_tensorflow_wherever_it_is_installed():
    wanted = [Requirement(line) for line in DIRECT if line.startswith("tensorflow")]
    systems = itertools.product(
        ("linux", "darwin", "win32"), ("x86_64", "AMD64", "aarch64", "arm64")
    )
    for system, machine in systems:
        here = {"sys_platform": system, "platform_machine": machine}
        [one] = [one for one in wanted if one.marker.evaluate(here)]
        assert one.name == (
            "tensorflow-cpu" if (system, machine) == ("linux", "x86_64") else "tensorflow"
        )
        assert one.specifier == wanted[0].specifier


def test_the_package_that_brought_tensorflow_is_known():
    import tensorflow as tf

    assert importlib.metadata.version(tensorflow_package()) == tf.__version__


def test_the_container_has_a_python_that_the_course_supports_and_the_same_packages():
    dockerfile = (ROOT / "binder" / "Dockerfile").read_text()
    [version] = re.findall(r"^FROM python:([\d.]+)-slim$", dockerfile, re.MULTILINE)
    assert SpecifierSet(PROJECT["requires-python"]).contains(version)
    assert "--constraint requirements.lock --editable ." in dockerfile
    pins = [
        re.findall(r"fer==[\d.]+", text) for text in (dockerfile, (ROOT / "Makefile").read_text())
    ]
    assert len({*itertools.chain(*pins)}) == 1


def test_vs_code_s_container_is_the_same_one():
    file = ROOT / ".devcontainer" / "devcontainer.json"
    settings = json.loads(re.sub(r"(?m)^ *//.*$", "", file.read_text()))
    dockerfile = file.parent / settings["build"]["dockerfile"]
    assert dockerfile.resolve() == ROOT / "binder" / "Dockerfile"
    assert (file.parent / settings["build"]["context"]).resolve() == ROOT
    assert f"ARG NB_USER={settings['remoteUser']}" in dockerfile.read_text()


@pytest.mark.slow
def test_a_notebook_starts_without_scikit_learn_and_can_import_it_later():
    start = "from helpers import checks, datasets, experiments, explorers, models, plots"
    look = "print({'sklearn', 'scipy.stats'} & {*sys.modules} or 'none')"
    later = "import sklearn.base; print(sklearn.base.BaseEstimator.__name__)"
    program = f"import sys; {start}; {look}; {later}"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout.split(), done.stderr) == (["none", "BaseEstimator"], "")


REBUILDS = """
import sys
import helpers
import keras, numpy as np, tensorflow as tf

for _ in range(12):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.predict(np.zeros((1, 2)), verbose=0)
tf.get_logger().warning("another warning")
"""


@pytest.mark.slow
def test_a_model_that_is_built_in_each_call_brings_no_advice_of_tensorflow_s():
    command = [sys.executable, "-c", REBUILDS]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "retracing" not in done.stderr
    assert "another warning" in done.stderr
