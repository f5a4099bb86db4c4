"""A finding, through the real path: read off a network of the student's own number."""

import json
import shutil
import zipfile
from pathlib import Path

import pytest
from rich.console import Console

from helpers import checks
from helpers.course.build import build
from helpers.course.grading import sandbox
from helpers.course.grading.grade import run_grade, vary
from helpers.course.grading.nbgrading import marks, opened

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(sandbox.unavailable()), reason=str(sandbox.unavailable())),
]
NAME = "01_places"
SOURCE = '''\
# %%
import keras
import numpy as np
from helpers import checks
from helpers.checks import findings

# %% [markdown] variants={"NUMBER": [1, 2, 3, 5, 6, 7, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]}
# Your number is {{ NUMBER }}.

# %%
own_model, own = findings.network({{NUMBER}}), findings.images({{NUMBER}})

# %% nbgrader={"grade_id": "loudest_place", "solution": true}
def loudest_place():
    """Filter, row, column, class mean."""
    ### BEGIN SOLUTION
    inner = keras.Model(own_model.inputs, own_model.get_layer("l3").output)
    mean = np.asarray(inner(own.images[own.labels == {{NUMBER}} % 10])).mean(axis=0)
    row, column, winner = np.unravel_index(mean.argmax(), mean.shape)
    return winner, row, column, mean.max()
    ### END SOLUTION

# %% nbgrader={"grade_id": "loudest_place_check", "grade": true}
checks.loudest_place(loudest_place, number={{NUMBER}})
### BEGIN HIDDEN TESTS
checks.loudest_place(loudest_place, number={{NUMBER}}, hidden=True)
### END HIDDEN TESTS
'''
STUDENTS = ("ada", "bob", "cy")


def typed(found):
    winner, row, column, mean = found
    return f"def loudest_place():\n    return {winner}, {row}, {column}, {mean:.2f}"


def test_what_is_typed_counts_for_the_own_number_alone(tmp_path):
    root = tmp_path / "course"
    (root / "solutions").mkdir(parents=True)
    (root / "solutions" / f"{NAME}.py").write_text(SOURCE)
    shutil.copy(Path(__file__).parents[2] / "nbgrader_config.py", root)
    build(root)
    with opened(root) as (_, book):
        for student in STUDENTS:
            book.add_student(student)
    [varied], _ = vary(root)
    numbers = {student: varied.values(student)["NUMBER"] for student in STUDENTS}
    found = {s: checks.loudest_place.reference(number=n) for s, n in numbers.items()}
    lines = SOURCE.split("# %% nbgrader")[1].splitlines()[1:]
    computed = "\n".join(line for line in lines if "###" not in line)
    answers = {
        "ada": typed(found["ada"]),
        "bob": computed.replace("{{NUMBER}}", str(numbers["bob"])),
        "cy": typed(found["ada"]),
    }
    for student, answer in answers.items():
        with zipfile.ZipFile(root / "variants" / f"{student}.zip") as archive:
            text = archive.read(f"inside-cnns/notebooks/{NAME}/{NAME}.ipynb").decode()
        assert f"findings.network({numbers[student]})" in text and "unravel" not in text
        notebook = json.loads(text)
        for cell in notebook["cells"]:
            if cell["metadata"].get("nbgrader", {}).get("grade_id") == "loudest_place":
                cell["source"] = answer
        folder = root / "submitted" / student / NAME
        folder.mkdir(parents=True)
        (folder / f"{NAME}.ipynb").write_text(json.dumps(notebook))
    done = run_grade(root, Console(quiet=True))
    assert [outcome.error for outcome in done.failed] == []
    earned = {mark.student: mark.points for mark in marks(root)}
    assert earned["ada"] == earned["bob"] == 3
    # Chance alone: now and then the other number's filter, place or mean is one's own, too.
    theirs, own = found["ada"], found["cy"]
    mean_fits = abs(round(theirs[3], 2) - own[3]) <= 0.02 * own[3]
    assert earned["cy"] == (theirs[0] == own[0]) + (theirs[:3] == own[:3]) + mean_fits
