"""A course of one toy notebook, in a folder of its own."""

import shutil
from pathlib import Path
from textwrap import dedent

import pytest

from helpers.course.build import build

TOY = dedent(
    '''
    # %% [markdown]
    # # A *toy* course

    # %%
    import sys
    import matplotlib.pyplot as plt

    # %% nbgrader={"grade_id": "double", "solution": true}
    def double(x):
        """Return twice `x`."""
        ### BEGIN SOLUTION
        return 2 * x
        ### END SOLUTION

    # %% nbgrader={"grade_id": "double_check", "grade": true, "points": 3}
    assert double(2) == 4
    ### BEGIN HIDDEN TESTS
    assert double(5) == 10
    ### END HIDDEN TESTS
    3

    # %% [markdown]
    # ## A picture

    # %%
    _ = plt.plot([1, double(2)])

    # %% [markdown]
    # ### Why double?
    # Explain.
    #
    # ### BEGIN MARK SCHEME
    # Two points for the secret.
    # ### END MARK SCHEME

    # %% [markdown] nbgrader={"grade_id": "why_question", "grade": true, "solution": true, "points": 2}
    # The model answer.
    '''  # noqa: E501  (a cell line cannot be broken)
)


@pytest.fixture
def toy_source():
    return TOY


def write_course(root, sources):
    (root / "solutions").mkdir(parents=True)
    shutil.copy(Path(__file__).parents[2] / "nbgrader_config.py", root)
    for name, source in sources.items():
        (root / "solutions" / f"{name.lstrip('_')}.py").write_text(source)
    return root


@pytest.fixture
def make_course(tmp_path):
    """Return a function that writes a course of the sources given, ``_01_toy="# %%..."``."""
    return lambda **sources: write_course(tmp_path / "the course", sources)


@pytest.fixture(scope="session")
def built_course(tmp_path_factory):
    """The toy course, built once; its built files are not to be changed."""
    root = write_course(tmp_path_factory.mktemp("built") / "course", {"01_toy": TOY})
    build(root)
    return root
