"""The exercises as their notebooks solve them, and in what order."""

import ast
from dataclasses import replace
from functools import cache
from pathlib import Path

from helpers import checks
from helpers.checks.core import calls
from helpers.course.build import read_notebook, sources

ROOT = Path(__file__).parents[2]


@cache
def cells(notebook):
    """The code cells of a solved notebook, as they are graded: {grade_id or number: cell}."""
    found = read_notebook(ROOT / "solutions", notebook)
    code = [cell for cell in found.cells if cell.cell_type == "code"]
    return {c.metadata.get("nbgrader", {}).get("grade_id", i): c for i, c in enumerate(code)}


NOTEBOOK = {
    name: path.stem for path in sources(ROOT) for name in cells(path.stem) if name in checks.CHECKS
}

# Of these the hidden check begins with the visible one's cases; of others it has cases like them.
BEGINS = [name for name in checks.CHECKS if NOTEBOOK.get(name, "")[:2] in ("01", "02", "04")]

# What a student reads off a network: a function that is called with nothing.
FINDINGS = [
    name for name, check in checks.CHECKS.items() if not any(calls(check.inputs(False, seed=0)))
]


def imports(notebook):
    """The import statements of a notebook's first cell."""
    statements = ast.parse(cells(notebook)[0].source).body
    kept = [s for s in statements if isinstance(s, ast.Import | ast.ImportFrom)]
    return "\n".join(map(ast.unparse, kept))


def namespace(exercise):
    """What a kernel holds when it comes to an exercise: imports, and right answers before it."""
    notebook, found = NOTEBOOK[exercise], {}
    exec(imports(notebook), found)
    for earlier in (e for e in cells(notebook) if e in NOTEBOOK):
        if earlier == exercise:
            return found
        exec(cells(notebook)[earlier].source, found)


def remembering(check):
    """The check, whose reference answers the same inputs once, however often it is asked."""
    answers = {}

    def reference(**inputs):
        key = tuple(map(id, inputs.values()))
        if key not in answers:
            answers[key] = check.reference(**inputs), inputs  # while these are kept no id changes
        return answers[key][0]

    return replace(check, reference=reference)


# An exercise solved over an earlier one that is not.
A_MISTAKE_BEFORE = """
def cover_patch(*args):
    raise AssertionError('a mistake')

def covered_places(predict, images, patch, fill):
    y, x = images.shape[1] - patch[0], images.shape[2] - patch[1]
    places = [(y // 2, x // 2), (0, 0), (0, x), (y, 0), (y, x)]
    p = np.stack([predict(cover_patch(images, *at, patch, fill)) for at in places], 1)
    return p.argmax(axis=2), p.max(axis=2)
"""
