"""What every exercise of a student's notebook offers."""

import re
from pathlib import Path

import pytest

from helpers.course.build import read_notebook, sources

ROOT = Path(__file__).parents[2]


def exercises():
    for path in sources(ROOT):
        cells = read_notebook(ROOT / "notebooks", path.stem).cells
        for index, cell in enumerate(cells):
            if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code":
                name = cell.metadata.nbgrader.grade_id.removesuffix("_check")
                yield pytest.param(cells[index - 1 : index + 2], id=f"{path.stem}-{name}")


@pytest.mark.parametrize("cells", list(exercises()))
def test_an_exercise_has_a_stub_a_visible_check_in_one_line_and_two_folded_hints(cells):
    stub, check, hints = cells
    assert stub.metadata.nbgrader.solution and '"""' in stub.source
    name = stub.metadata.nbgrader.grade_id
    assert re.fullmatch(rf"checks\.{name}\({name}\)  # .*hidden.*", check.source)
    folded = re.findall(r"<details><summary>(.*?)</summary>.*?</details>", hints.source, re.DOTALL)
    assert folded == ["Hint 1", "Hint 2"]
