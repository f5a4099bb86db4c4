"""Constants of a student's own: which value whom, in what places, and what is refused."""

import itertools
import re
from collections import Counter
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell
from nbgrader.apps.nbgraderapp import NbGraderApp
from nbgrader.coursedir import CourseDirectory
from typer.testing import CliRunner

from helpers import checks
from helpers.checks.core import Answer, calls
from helpers.course import CourseError
from helpers.course.build import build, compile_source, last_check, read_notebook, sources
from helpers.course.cli import app
from helpers.course.grading import grade
from helpers.course.grading.gradebook import Book
from helpers.course.grading.nbgrading import load_config, opened
from helpers.course.grading.rebuild import Cell, Part, rebuild
from helpers.course.variants import Variants, declared, first, render

ROOT = Path(__file__).parents[2]
KEY = 32 * "0"
CHOICES = {"DIGIT": list(range(10)), "LAYER": ["l1", "l2"]}
VARIED = """\
# %% [markdown] variants={"SIZE": [7, 5, 9]}
# Patches of {{ SIZE }}, {{ SIZE ** 2 }} pixels.

# %%
patch = {{SIZE}}, {{SIZE}}
{"{{not a place": 1}
"""


def variants(key=KEY, assignment="06_occlusion", choices=CHOICES):
    return Variants(assignment, key, choices, {})


def cells(*given):
    return [new_markdown_cell(text, metadata={"variants": names}) for text, names in given]


def test_a_student_s_values_are_the_same_each_time_and_on_each_machine():
    assert variants().values("ada") == {"DIGIT": 3, "LAYER": "l1"}  # HMAC-SHA256
    assert variants().values("ada") == variants().values("ada")


def test_they_depend_on_student_name_assignment_and_key_alone():
    students = [f"s{number}" for number in range(40)]

    def digits(**changed):
        return [variants(**changed).values(student)["DIGIT"] for student in students]

    usual = digits()
    assert len(set(usual)) > 5
    assert digits(key=31 * "0" + "1") != usual
    assert digits(assignment="05_grad_cam") != usual
    assert digits(choices={"DIGIT": CHOICES["DIGIT"]}) == usual  # another constant changes nothing
    both = {"ONE": range(10), "OTHER": range(10)}
    values = [variants(choices=both).values(student) for student in students]
    assert [v["ONE"] for v in values] != [v["OTHER"] for v in values]


def test_each_value_is_as_likely_as_any_other():
    counts = Counter(variants().values(f"s{number}")["DIGIT"] for number in range(5000))
    assert len(counts) == 10
    # Chi-square with 9 degrees of freedom: one in a million keys is above 45.
    assert sum((count - 500) ** 2 / 500 for count in counts.values()) < 45


def test_a_cell_of_another_s_zip_is_told_from_one_that_was_changed():
    check = "checks.f(f, digit={{ DIGIT }}, half={{ 6 // DIGIT }})\n# hidden: {{ LAYER }}"
    handed_out = Variants("06_occlusion", KEY, CHOICES, {"one": check, "other": "{{ DIGIT }}"})
    own = handed_out.rendered("one", handed_out.values("ada"))
    part = Part("a", "code", "")
    cell = Cell("a", "code", own, True, True, False, False, 1, "")

    def remarks(source):
        others = partial(handed_out.others, "ada")
        return rebuild([replace(part, source=source)], [cell], frozenset(), others)[1]

    assert own == "checks.f(f, digit=3, half=2)\n# hidden: l1"
    assert remarks("checks.f(f, digit=3, half=2)") == []
    for digit, half in ((1, 6), (9, 0)):  # nobody has 0, which cannot be rendered
        assert remarks(f"checks.f(f, digit={digit}, half={half})") == [
            f"the cell a was handed in with the constants (DIGIT = {digit}), which are not this "
            "student's (DIGIT = 3): ask which zip was used"
        ]
    for digit, more in ((10, ""), (0, ""), (1, "\nmore")):
        assert remarks(f"checks.f(f, digit={digit}, half=6){more}") == [
            "the text of the course's own cell a was changed"
        ]


def test_places_get_the_values_and_all_else_stays():
    text = "{{ DIGIT }} and {{DIGIT + 1}} in {{ LAYER }}: $x^{2}$, f'{x}' { {a} }\n\n"
    expected = "4 and 5 in l1: $x^{2}$, f'{x}' { {a} }\n\n"
    assert render(text, {"DIGIT": 4, "LAYER": "l1"}) == expected
    assert render("{% no place %}", {}) == "{% no place %}"


def test_an_unknown_name_is_named_with_the_remedy():
    for text in ("Digit {{ DIGT }}.", "{{ DIGIT / 0 }}", "{{ DIGIT", "{{ DIGIT + 'a' }}"):
        with pytest.raises(CourseError, match=r"a place {{ NAME }} is for a constant"):
            render(text, {"DIGIT": 4})
    with pytest.raises(CourseError, match="'DIGT' is undefined"):
        render("Digit {{ DIGT }}.", {"DIGIT": 4})


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([("{{ A }}", {"A": [1, 2]}), ("", {"A": [3, 4]})], "A is declared twice"),
        ([("{{ A }}", {"A": [1]})], "A has no choice"),
        ([("{{ A }}", {"A": 3})], "A has no choice"),
        ([("{{ A }}", {"A": [1, 2, 1]})], r"A has a value twice: \[1, 2, 1\]"),
        ([("{{ A }}", "A")], "variants='A': write"),
        ([("A", {"A": [1, 2]})], "no cell has a place {{ A }}"),
    ],
)
def test_a_declaration_that_is_none_is_refused(given, said):
    with pytest.raises(CourseError, match=said):
        declared(cells(*given))


def test_a_source_is_built_with_first_values_and_without_declarations(tmp_path):
    source = tmp_path / "01_toy.py"
    source.write_text(VARIED.replace('\n{"{{not a place": 1}', ""))
    text, code = compile_source(source).cells
    assert text.source == "Patches of 7, 49 pixels."
    assert code.source == "patch = 7, 7"
    assert "variants" not in text.metadata
    template = compile_source(source, template=True)
    assert template.metadata["variants"] == {"SIZE": [7, 5, 9]}
    assert [cell.id for cell in template.cells] == [text.id, code.id]
    assert template.cells[1].source == "patch = {{SIZE}}, {{SIZE}}"
    more = '\n# %% [markdown] variants={"OTHER": [7, 8]}\n# Patches of {}, 49 pixels.\n'
    for place in ("{{ OTHER }}", "7"):
        source.write_text(
            VARIED.replace('\n{"{{not a place": 1}', "")
            + more.replace("{}", place)
            + "\n# %% [markdown]\n# {{ OTHER }}\n"
        )
        with pytest.raises(
            CourseError, match=r"01_toy\.py, two cells become 'Patches of 7, 49 pix"
        ):
            compile_source(source)
    source.write_text(VARIED)
    with pytest.raises(CourseError, match=r"solutions/01_toy\.py, '{\"{{not a place"):
        compile_source(source)
    source.write_text(VARIED.partition("# Patches")[0].split("variants")[0] + "\n# {{ SIZE }}\n")
    assert compile_source(source).cells[0].source == "{{ SIZE }}"  # it declares nothing


@pytest.mark.slow
def test_build_refuses_constants_that_a_check_has_not(make_course):
    cell = '# %% nbgrader={{"grade_id": "check", "grade": true}}\n{}\n'
    usual = "checks.maps_to_bytes(f)"
    root = make_course(_01_toy=cell.format(usual))
    for lines, said in (
        (
            "checks.maps_to_bytes(f, middle=1)",
            "constants of checks.maps_to_bytes are middle, grey;",
        ),
        (f"{usual}\nchecks.maps_to_bytes(f, middle=1, grey=2, hidden=True)", "the same values"),
        ("checks.silence(f, middle=1)", "every line of a check's cell"),
        (
            "checks.maps_to_bytes(f, middle=1, grey=2)\n\n# %%\nchecks.maps_to_bytes(f)",
            "has {'middle': 1, 'grey': 2} in one cell and its own constants in another",
        ),
    ):
        (root / "solutions" / "01_toy.py").write_text(cell.format(lines))
        with pytest.raises(CourseError, match=said):
            build(root)


@pytest.mark.slow
def test_a_check_with_constants_is_called_in_one_notebook(make_course):
    cell = '# %% nbgrader={{"grade_id": "a", "grade": true}}\nchecks.maps_to_bytes(f{})\n'
    root = make_course(_01_toy=cell.format(""), _02_toy=cell.format(""))
    assert build(root)[0] == ["01_toy", "02_toy"]
    (root / "solutions" / "02_toy.py").write_text(cell.format(", middle=1, grey=2"))
    said = r"02_toy\.py gives checks\.maps_to_bytes constants, and solutions/01_toy\.py calls it"
    with pytest.raises(CourseError, match=said):
        build(root)


@pytest.mark.slow
def test_build_refuses_constants_where_earlier_answers_are_given(make_course, monkeypatch):
    given = replace(checks.maps_to_bytes, given={"silence": checks.silence.reference})
    root = make_course(
        _01_toy='# %% nbgrader={"grade_id": "a", "grade": true}\n'
        "checks.maps_to_bytes(f, middle=1, grey=2)\n"
    )
    assert build(root)[0] == ["01_toy"]
    monkeypatch.setattr(checks, "maps_to_bytes", given)
    with pytest.raises(CourseError, match="take out its `values` or its `given`"):
        build(root)


@pytest.mark.slow
def test_build_reads_the_cell_of_each_value(make_course):
    def source(values, call="checks.maps_to_bytes(f, middle={{MIDDLE}}, grey=3)"):
        return (
            f'# %% variants={{"MIDDLE": {values}}} nbgrader={{"grade_id": "a", "grade": true}}\n'
            f"{call}\n"
        )

    root = make_course(_01_toy=source([128, -1]))
    assert build(root)[0] == ["01_toy"]
    for text, said in (
        (source('["1", "f()"]'), r"with MIDDLE = 'f\(\)', cell a: every line of a check's cell"),
        (
            source([2, 1, 0], "checks.maps_to_bytes(f, middle={{2 // MIDDLE}}, grey=3)"),
            "MIDDLE = 0, ",
        ),
    ):
        (root / "solutions" / "01_toy.py").write_text(text)
        with pytest.raises(CourseError, match=f"^solutions/01_toy.py, .*{said}.*$"):
            build(root)


def test_a_call_of_a_check_may_have_constants():
    assert last_check("checks.a(b)").values == {}
    assert last_check("checks.a(b, grey=3, hidden=True)").values == {"grey": 3}
    assert last_check("checks.a(b, grey=-3)").values == {"grey": -3}
    assert last_check("checks.a(b, size=(3, -3))").values == {"size": (3, -3)}
    assert last_check("checks.a(b, grey=f())") is None
    assert last_check("checks.a(b, grey={[]: 1})") is None
    assert last_check("checks.a(b, hidden=False)") is None
    assert last_check("checks.a(b, **c)") is None


@pytest.mark.slow
@pytest.mark.parametrize("source", sources(ROOT), ids=lambda source: source.stem)
def test_every_value_of_the_course_s_constants_can_be_rendered(source):
    template = compile_source(source, template=True)
    choices = dict(template.metadata["variants"])
    built = read_notebook(ROOT / "solutions", source.stem)
    usual = [render(cell.source, first(choices)) for cell in template.cells]
    assert not choices or usual == [cell.source for cell in built.cells]
    for name, values in choices.items():
        texts = [
            [render(cell.source, first(choices) | {name: value}) for cell in template.cells]
            for value in values
        ]
        assert all(one != other for one, other in itertools.combinations(texts, 2)), name


def test_the_example_in_a_marking_scheme_is_true_for_each_student():
    template = compile_source(ROOT / "solutions/06_occlusion.py", template=True)
    names = ("PATCH", "STRIDE", "MINUTES")
    choices = {name: template.metadata["variants"][name] for name in names}
    [scheme] = [cell.source for cell in template.cells if "MINUTES" in cell.source]
    told = r"\(coarser map,\s+(\d+) gives (\d+)² = (\d+) passes that cover all, ([\d.]+) seconds\)"
    drawn = [
        dict(zip(choices, values, strict=True)) for values in itertools.product(*choices.values())
    ]
    assert len(drawn) == 54
    for values in drawn:
        last = 224 - values["PATCH"]
        seconds = 60 * values["MINUTES"] / len(range(0, last + 1, values["STRIDE"])) ** 2

        def passes(stride, last=last):
            return len({*range(0, last + 1, stride), last}) ** 2

        [found] = re.findall(told, render(scheme, values))
        *numbers, duration = found
        stride, per_axis, all_ = map(int, numbers)
        assert per_axis**2 == all_ == passes(stride)
        assert float(duration) == round(all_ * seconds, 1) < 60
        assert all(passes(other) * seconds >= 60 for other in range(20, stride, 5))


@pytest.mark.slow
def test_an_answer_of_another_s_variant_earns_its_line_in_at_most_5_percent_of_pairs():
    template = compile_source(ROOT / "solutions/04_intermediate_activations.py", template=True)
    choices = dict(template.metadata["variants"])
    drawn = variants(assignment="04_intermediate_activations", choices=choices)
    students = [drawn.values(f"student{number}") for number in range(30)]
    own = [
        checks.maps_to_bytes.variant({"middle": values["MIDDLE"], "grey": values["GREY"]})
        for values in students
    ]
    cases = [check.inputs(True, seed=0) for check in own]
    answers = [
        [Answer(check.right(inputs)) for inputs in calls(drawn)]
        for check, drawn in zip(own, cases, strict=True)
    ]
    assert len(students) == len(own) == 30
    earned = Counter()
    for one, other in itertools.permutations(range(30), 2):
        result = own[one].best(cases[one], [answers[other]], True, search=False)
        earned.update(line.step for line in result.lines if line.earned)
        if own[one].values != own[other].values:
            assert [line.step for line in result.lines if line.earned] == [
                "uint8 of the same shape"
            ]
    for one in range(30):
        assert own[one].verdict(cases[one], answers[one], True).earned == own[one].points
    assert earned["every map on its own scale"] <= 0.05 * 30 * 29


@pytest.mark.slow
def test_the_command_says_what_is_missing_and_what_it_wrote(make_course, monkeypatch):
    root = make_course(_01_toy=VARIED.replace('\n{"{{not a place": 1}', ""), _02_plain="# %%\n1\n")
    monkeypatch.chdir(root)
    build(root)

    def said(*arguments):
        return " ".join(CliRunner().invoke(app, ["variants", *arguments]).output.split())

    assert "the gradebook has no students: enter them with nbgrader db student import" in said()
    with opened(root) as (_, gradebook):
        gradebook.add_student("ada")
    assert "02_plain is the same for all students: no cell of solutions/02" in said("02_plain")
    assert "no assignment 03_none in the gradebook; there are 01_toy, 02_plain" in said("03_none")
    assert said("01_toy", "02_plain").endswith('as variants={"NAME": [1, 2]} does')
    assert not (root / "variants").exists()
    assert not kept(root, "01_toy")  # whoever got no zip is judged as all are
    assert said() == "wrote variants/: 1 student, 01_toy"
    same = "from now on all students have the same constants in"
    assert said("--off") == f"{same} 01_toy, 02_plain"
    assert said("--off", "01_toy") == f"{same} 01_toy"
    with opened(root) as (_, gradebook):
        gradebook.add_student("bob")
    assert said("01_toy") == "wrote variants/: 2 students, 01_toy"
    with opened(root) as (_, gradebook):
        gradebook.add_student("")
    assert said().endswith(
        'a student without an id: take it out with nbgrader db student remove ""'
    )
    NbGraderApp(config=load_config(root)).launch_instance(["db", "student", "remove", ""])
    NbGraderApp.clear_instance()
    assert said() == "wrote variants/: 2 students, 01_toy"
    with (root / "solutions" / "01_toy.py").open("a") as file:
        file.write("# more\n")
    assert "01_toy.py has changed since it was built; run `course build`" in said()
    assert (
        nbformat.read(root / "notebooks/01_toy/01_toy.ipynb", 4).cells[1].source == "patch = 7, 7"
    )


def kept(root, name):
    """What varies in an assignment, as grading finds it."""
    with closing(Book(CourseDirectory(config=load_config(root)))) as book:
        return book.variants(name, root)


@pytest.mark.slow
def test_no_key_is_kept_unless_all_zips_are_written(make_course, monkeypatch):
    root = course_with_constants(make_course)

    def full(*arguments):
        raise OSError("no space left")

    monkeypatch.setattr(grade, "write_variants", full)
    with pytest.raises(OSError, match="no space"):
        grade.vary(root)
    assert kept(root, "01_toy") is None


@pytest.mark.slow
def test_constants_that_were_handed_out_and_have_changed_are_named_with_the_remedy(make_course):
    root = course_with_constants(make_course)
    [varied], _ = grade.vary(root)
    assert kept(root, "01_toy") == varied
    source = root / "solutions" / "01_toy.py"
    text = source.read_text()
    for other, said in (
        (text.replace("[7, 5, 9]", "[7, 5, 9, 11]"), "declares others"),
        (text.replace("[7, 5, 9]", "[7, 9, 5]"), "declares others"),
        ("# %%\n1\n", "declares others"),
        (None, "is gone"),
    ):
        source.write_text(other) if other else source.unlink()
        if other:
            build(root)
        handed_out = (
            r'handed out with the constants {"SIZE": \[7, 5, 9\]}, and solutions/01_toy.py '
        )
        with pytest.raises(CourseError, match=handed_out + said):
            kept(root, "01_toy")
        with pytest.raises(CourseError, match=r"`course variants --off 01_toy` and then"):
            grade.vary(root)
    assert grade.same_for_all(root, ["01_toy"]) == ["01_toy"]
    assert kept(root, "01_toy") is None
    source.write_text("# %%\n1\n")
    build(root)
    with pytest.raises(CourseError, match="every assignment is the same for all students: no cell"):
        grade.vary(root)


def course_with_constants(make_course):
    root = make_course(_01_toy=VARIED.replace('\n{"{{not a place": 1}', ""))
    build(root)
    with opened(root) as (_, gradebook):
        gradebook.add_student("ada")
    return root
