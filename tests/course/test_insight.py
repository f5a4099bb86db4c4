"""`course insight`: its counts are the gradebook's, and each answer stands in one place."""

import csv
import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from typer.testing import CliRunner

from helpers.checks import CHECKS
from helpers.checks.values import Answer as Returned
from helpers.course import CourseError
from helpers.course.cli import app
from helpers.course.grading.evidence import returned
from helpers.course.grading.nbgrading import opened
from helpers.course.insight import (
    ENOUGH,
    FEWEST,
    POOLED,
    POOLED_DAYS,
    RIGHT,
    STOPPED,
    Answer,
    Exercise,
    Insight,
    as_page,
    groups,
    pooled,
    read,
    told,
    write_insight,
)
from tests.course.graded import DUE, enter, enter_class, verdict

NAME = "01_toy"
STEPS = {"shape": 1.0, "values": 2.0}


@pytest.fixture
def course(built_course, tmp_path):
    return shutil.copytree(built_course, tmp_path / "course")


def lines(shape, values):
    return [("shape", 1.0, 1.0 * shape), ("values", 2.0, 2.0 * values)]


def known(root):
    with opened(root) as (_, gradebook):
        return read(gradebook, root, NAME)


def reasons(exercise, fewest=1):
    return [(one.kind, one.text, len(one.students)) for one in exercise.reasons(fewest)]


@pytest.fixture
def graded(twelve, tmp_path):
    return shutil.copytree(twelve, tmp_path / "graded")


@pytest.fixture(scope="module")
def twelve(built_course, tmp_path_factory):
    """Twelve students of all kinds; Zoë's exercise was marked anew by a person."""
    course = shutil.copytree(built_course, tmp_path_factory.mktemp("class") / "course")
    cards = {
        "ada": verdict(lines(1, 1)),
        "bob": verdict(lines(1, 0), "At “values”: You add the mean.", "Or the sum."),
        "cy": verdict(lines(1, 0), "You add the mean."),
        "dot": verdict(lines(1, 0), "You add the mean."),
        "eve": verdict(lines(0, 0), "You forget the `return`."),
        "flo": verdict(lines(0, 0), "Cell 2 stopped, so `x` is not defined.", suffers=True),
        "gil": verdict(lines(1, 0), facts=["Twice it."], returned=[("#a", 100.0, 1.0)]),
        "hal": verdict(lines(1, 0), facts=["Twice it."], returned=[("#a", 100.00001, 1.0)]),
        "ian": verdict(lines(1, 0), facts=["Twice it."], returned=[("#a", 101.0, 1.0)]),
        "jo": verdict(lines(1, 0), returned=[("#b", 0.0, 0.0)]),
        "kim": verdict(lines(1, 1)),
        "zoë": verdict(lines(0, 0), "You forget the `return`."),
    }
    for number, (student, card) in enumerate(cards.items()):
        points = {"double_check": float(sum(line[2] for line in card["lines"]))}
        time = DUE + timedelta(hours=5 - 3 * number)
        enter(
            course,
            NAME,
            student,
            points | {"why_question": None},
            {"double_check": card},
            time=time,
        )
    with opened(course) as (_, gradebook):
        for cell, student, points in (("double_check", "zoë", 3), ("why_question", "ada", 1.5)):
            grade = gradebook.find_grade(cell, NAME, NAME, student)
            grade.manual_score, grade.needs_manual_grade = points, False
        gradebook.find_assignment(NAME).duedate = DUE
        gradebook.db.commit()
    return course


def test_its_counts_are_the_gradebook_s(course):
    enter_class(course, NAME, {"double_check": STEPS}, ["why_question"], 15)
    with opened(course) as (_, gradebook):
        grade = gradebook.find_grade("double_check", NAME, NAME, "student003")
        grade.manual_score, grade.needs_manual_grade = 2.5, True  # as a regrade flags it
        for number in (1, 2, 5):
            grade = gradebook.find_grade("why_question", NAME, NAME, f"student{number:03}")
            grade.manual_score, grade.needs_manual_grade = number / 3, False
        gradebook.db.commit()
        insight = read(gradebook, course, NAME)
        assignment = gradebook.find_assignment(NAME)
        assert len(insight.times) == assignment.num_submissions == 15
        [notebook] = assignment.notebooks
        assert [one.name for one in insight.exercises] == ["double_check", "why_question"]
        for one in insight.exercises:
            grades = [
                gradebook.find_grade(one.name, NAME, NAME, student) for student in insight.times
            ]
            marked = [grade.score for grade in grades if not grade.needs_manual_grade]
            assert sum(one.marked.values()) == pytest.approx(sum(marked))
            assert one.share == pytest.approx(sum(marked) / len(marked) / one.maximum)
            assert one.waiting == [g.student.id for g in grades if g.needs_manual_grade]
            assert one.maximum == grades[0].max_score
        check = insight.exercises[0]
        automatic = sum(
            g.auto_score
            for n in assignment.submissions
            for g in n.notebooks[0].grades
            if g.auto_score
        )
        assert sum(line.points * line.got for line in check.lines) == pytest.approx(automatic)
        assert {line.of for line in check.lines} == {15}
        found = [who for one in check.reasons() for who in one.students]
        assert sorted(found) == sorted(insight.times)
        assert notebook.name == NAME


def test_each_answer_stands_in_one_place_and_those_that_return_the_same_together(graded):
    check, _ = known(graded).exercises
    assert reasons(check) == [
        ("right", RIGHT, 2),
        ("mistake", "You add the mean.", 3),
        ("mistake", "You forget the `return`.", 2),
        ("stopped", STOPPED, 1),
        ("unexplained", "Twice it.", 2),
        ("unexplained", "Twice it.", 1),
        ("unexplained", "The values differ.", 1),
    ]
    twice = next(one for one in check.reasons() if one.text == "Twice it.")
    assert twice.students == ("gil", "hal")
    assert reasons(check, FEWEST) == [("mistake", "You add the mean.", 3), ("pooled", POOLED, 9)]
    assert [line[0::2] for line in check.lines] == [("shape", 9), ("values", 2)]


def test_a_mark_that_another_program_gave_since_has_no_card(graded):
    with opened(graded) as (_, gradebook):
        gradebook.find_grade("double_check", NAME, NAME, "bob").auto_score = 2
        gradebook.db.commit()
    check, _ = known(graded).exercises
    assert reasons(check)[-1][0::2] == ("not kept", 1)
    assert "bob" not in check.verdicts


def test_a_submission_that_is_graded_again_has_its_new_card(graded):
    card = verdict(lines(1, 1))
    enter(graded, NAME, "bob", {"double_check": 3.0, "why_question": None}, {"double_check": card})
    check, _ = known(graded).exercises
    assert reasons(check)[:2] == [("right", RIGHT, 3), ("mistake", "You add the mean.", 2)]


def test_discrimination_is_the_correlation_with_all_else():
    def exercise(name, points):
        answers = {f"s{n}": Answer(score, False, None) for n, score in enumerate(points)}
        return Exercise(name, name, 4, answers)

    good, same, against = [0, 1, 2, 3, 4] * 2, [2] * ENOUGH, [4, 3, 2, 1, 0] * 2
    one, other = exercise("a", good), exercise("b", good)
    assert Insight("x", [one, other], {}, None).discrimination(one) == pytest.approx(1)
    turned = exercise("c", against)
    assert Insight("x", [one, turned], {}, None).discrimination(one) == pytest.approx(-1)
    for unknown in (exercise("d", same), exercise("e", good[: ENOUGH - 1])):
        assert Insight("x", [one, unknown], {}, None).discrimination(unknown) is None
    waits = exercise("f", good)
    waits.answers["s0"] = Answer(0, True, None)
    assert Insight("x", [one, waits], {}, None).discrimination(waits) is None  # nine are marked


@pytest.mark.parametrize(
    ("hours", "label"),
    [
        (-49, "2 to 3 days before"),
        (-25, "1 to 2 days before"),
        (-24, "on the last day"),
        (0, "on the last day"),
        (1, "up to 1 day late"),
        (24, "up to 1 day late"),
        (25, "up to 2 days late"),
    ],
)
def test_a_time_is_told_from_the_due_date(hours, label):
    insight = Insight("x", [], {"ada": DUE + timedelta(hours=hours)}, DUE)
    assert [(day.label, day.submissions) for day in insight.days()] == [(label, 1)]


def test_without_a_due_date_a_day_is_a_date_and_days_are_in_order():
    times = {"a": DUE + timedelta(days=1), "b": DUE, "c": None, "d": DUE}
    days = [(day.label, day.submissions) for day in Insight("x", [], times, None).days()]
    unknown = ("at a time that is not known", 1)
    assert days == [("01 November 2026 (UTC)", 2), ("02 November 2026 (UTC)", 1), unknown]
    late = Insight("x", [], {"a": DUE + timedelta(days=1), "b": DUE - timedelta(days=3)}, DUE)
    assert [day.label for day in late.days()] == ["2 to 3 days before", "up to 1 day late"]


def test_the_page_to_show_names_nobody_and_the_other_says_who(graded):
    written = write_insight(graded, NAME)
    page, shown = (path.read_text() for path in (written.page, written.without_names))
    words = set(BeautifulSoup(shown, "html.parser").text.split())
    for student in written.insights[0].times:
        assert student not in words
    text = " ".join(BeautifulSoup(page, "html.parser").text.split())
    assert "bob, cy, dot" in text and "gil, hal" in text
    assert "course mark 01_toy why_question" in text
    for both in (page, shown):
        assert "You add the mean." in both and "3 of 12, 25 %" in both
        assert "http" not in both
    assert "You forget" in page and "You forget" not in shown
    assert "<code>return</code>" in page


VALUE = Returned(1.5)
RAISED = Returned(problem="f raised RuntimeError: no", error="RuntimeError")


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ([VALUE, VALUE], "The values differ."),
        ([Returned(object())], "The values differ."),
        ([RAISED, RAISED], "It raises RuntimeError."),
        ([VALUE, RAISED], "It raises RuntimeError in 1 of 2 calls."),
        ([Returned(None)], "It returns None."),
        ([Returned(problem="the kernel died")] * 2, "The function did not answer."),
    ],
)
def test_what_has_no_values_is_told_from_values_that_differ(answers, said):
    kept = [returned(CHECKS["accuracy"], answer) for answer in answers]
    [reason] = groups({"ada": verdict(lines(1, 0), returned=kept)})
    assert (reason.kind, reason.text) == ("unexplained", said)


def test_the_points_of_a_class_are_put_together_once():
    exercise = Exercise("a", "a", 4, {"ada": Answer(3, False, None), "bob": Answer(0, True, None)})
    assert exercise.marked == {"ada": 3}
    assert exercise.marked is exercise.marked


@pytest.mark.parametrize(
    ("sizes", "together"),
    [
        ([], set()),
        ([6], set()),
        ([0, 6], set()),
        ([3, 3], set()),
        ([5, 1], {0, 1}),  # else 6 - 5 tells of one
        ([6, 3, 1], {1, 2}),
        ([9, 1, 1, 1], {1, 2, 3}),
        ([9, 4, 2, 1], {2, 3}),
    ],
)
def test_what_is_put_together_tells_of_no_fewer(sizes, together):
    assert pooled(sizes, FEWEST) == together
    assert pooled(sizes, 1) == set()


@pytest.mark.parametrize(
    ("count", "word"),
    [(0, None), (1, "few"), (2, "few"), (3, None), (4, "nearly all"), (5, "nearly all"), (6, None)],
)
def test_a_small_number_and_a_small_rest_are_words(count, word):
    assert told(count, 6, FEWEST) == word
    assert told(count, 6, 1) is None


def shown_to_the_class(insight):
    """The page without names: its text, and the cells of its tables by their captions."""
    soup = BeautifulSoup(as_page("Ours", [insight], FEWEST), "html.parser")
    found = {
        table.caption.text: [
            [" ".join(cell.text.split()) for cell in row.find_all(["th", "td"])]
            for row in table.tbody.find_all("tr")
        ]
        for table in soup.find_all("table")
    }
    return " ".join(soup.text.split()), found


def test_the_page_to_show_tells_nobody_by_the_rest_of_the_class_either():
    cards = [verdict(lines(1, 1))] * 5 + [verdict(lines(0, 0), "You forget the `return`.")]
    check = {
        f"s{n}": Answer(sum(line[2] for line in card["lines"]), n == 0, card)
        for n, card in enumerate(cards)
    }
    days = [DUE + timedelta(hours=hours) for hours in (-50, -50, -50, -50, -26, 70)]
    times = {f"s{n}": day for n, day in enumerate(days)}
    text, tables = shown_to_the_class(Insight("x", [Exercise("a", "A", 3, check)], times, DUE))
    # What the page and the guide say of the page, and then that it is so.
    guide = Path(__file__).parents[2] / "docs" / "instructors" / "insight.md"
    said = " ".join(guide.read_text(encoding="utf-8").split())
    assert '"few" stands for one or two answers, and "nearly all" for all but one or two.' in said
    assert f'one or two answers stands with others under "{POOLED}"' in said
    assert f'a day with one or two submissions under "{POOLED_DAYS}"' in said
    assert "“few” stands for 1 to 2 answers, and “nearly all” for all but 1 to 2." in text
    assert f"A sentence with 1 to 2 answers stands with others under “{POOLED}”" in text
    assert f"a day with 1 to 2 submissions under “{POOLED_DAYS}”" in text
    assert tables["Exercises"][0][-1] == "few" and "Few answers wait to be marked." in text
    lost = [["shape", "1", "nearly all"], ["values", "2", "nearly all"]]
    assert tables["Lines of the rubric"] == lost
    assert tables["Why"] == [[POOLED, "6 of 6, 100 %"]]
    [time] = (rows for caption, rows in tables.items() if caption.startswith("Time"))
    assert time == [[POOLED_DAYS, "6"]]
    counts = re.findall(r"(\d+) of (\d+),", text)
    assert counts and all(told(int(count), int(of), FEWEST) is None for count, of in counts)


def test_what_few_submissions_lack_is_not_shown_to_the_class():
    cards = {f"s{n}": Answer(3, False, verdict(lines(1, 1)) if n else None) for n in range(6)}
    times = dict.fromkeys([*cards, "late"])
    whole, lacks = Exercise("a", "A", 3, cards), Exercise("b", "B", 3, cards)
    text, tables = shown_to_the_class(Insight("x", [whole], dict.fromkeys(cards), None))
    assert [row[-1] for row in tables["Lines of the rubric"]] == ["not shown", "not shown"]
    assert tables["Why"] == [[POOLED, "6 of 6, 100 %"]]
    text, tables = shown_to_the_class(Insight("x", [lacks], times, None))
    assert "Not every submission has this exercise, so nothing is shown." in text
    assert tables["Exercises"][0][-1] == "not shown" and "Why" not in tables


def test_where_answers_wait_the_program_that_shows_them_is_named(graded):
    with opened(graded) as (_, gradebook):
        grade = gradebook.find_grade("double_check", NAME, NAME, "ada")
        grade.manual_score, grade.needs_manual_grade = 2.5, True  # as a regrade flags it
        gradebook.db.commit()
    page = write_insight(graded, NAME).page.read_text()
    text = " ".join(BeautifulSoup(page, "html.parser").text.split())
    assert "1 of 12 answers wait to be marked. The formgrader shows them." in text
    assert "course mark 01_toy why_question shows them in groups" in text
    assert "course mark 01_toy double_check" not in text


def test_a_task_is_for_the_formgrader_alone(course):
    with opened(course) as (_, gradebook):
        gradebook.add_task_cell("a_task", NAME, NAME, cell_type="markdown", max_score=2)
    by_name = {one.name: one for one in known(course).exercises}
    assert {name: one.in_groups for name, one in by_name.items()} == {
        "double_check": False,
        "why_question": True,
        "a_task": False,
    }


def test_few_students_are_not_shown_to_the_class(course):
    for student in ("ada", "bob"):
        enter(course, NAME, student, {"double_check": 3.0, "why_question": None})
    shown = write_insight(course).without_names.read_text()
    assert "Fewer than 3 submissions are graded" in shown and "double_check" not in shown


def test_the_table_has_the_same_counts_and_no_formula(graded):
    card = verdict(lines(0, 0), "=HYPERLINK(1)")
    enter(graded, NAME, "lea", {"double_check": 0.0, "why_question": None}, {"double_check": card})
    written = write_insight(graded, NAME)
    with written.table.open(newline="") as file:
        rows = [*csv.DictReader(file)]
    check = written.insights[0].exercises[0]
    told = [(row["what"], row["text"], int(row["answers"])) for row in rows]
    for one in reasons(check):
        assert one in told or (one[0], f"'{one[1]}", one[2]) in told
    assert ("mistake", "'=HYPERLINK(1)", 1) in told
    assert ("line", "shape", 9) in told
    assert ("waiting", "", 12) in told
    assert sum(int(row["answers"]) for row in rows if row["what"] == "handed in") == 13


def test_the_command_says_where_all_is(graded, monkeypatch):
    monkeypatch.chdir(graded)
    done = CliRunner().invoke(app, ["insight", NAME])
    assert done.exit_code == 0, done.output
    assert "01_toy: 12 submissions, 11 answers to be marked" in done.output
    for name in ("insight-01_toy.html", "insight-01_toy-without-names.html", "insight-01_toy.csv"):
        assert (graded / "build" / name).is_file()
        assert name in done.output


def test_where_nothing_is_graded_the_remedy_is_named(course):
    with pytest.raises(CourseError, match="nothing is graded of 01_toy; run `course grade`"):
        write_insight(course, NAME)
    with pytest.raises(CourseError, match="nothing is graded of the course"):
        write_insight(course)
