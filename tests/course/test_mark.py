"""`course mark`: like answers stand together, and a mark is entered where a person confirms it."""

import shutil

import pytest
from nbgrader.server_extensions.formgrader import apihandlers
from sqlalchemy import update
from typer.testing import CliRunner

from helpers.course.cli import app
from helpers.course.grading.gradebook import GRADED
from helpers.course.grading.nbgrading import opened
from helpers.course.mark import Written, enter, grouped, questions
from tests.course.graded import enter as enter_submission

NAME, WHY = "01_toy", "why_question"
ALIKE = {  # what three ideas read like in the words of several students
    "saturation": [
        "The softmax is saturated, so its derivative p(1-p) goes to 0 when p is near 1.",
        "Because softmax saturates: the derivative is p*(1-p), nearly zero for p close to 1.",
        "p(1-p) becomes 0 if the network is sure, the gradient vanishes as the softmax saturates",
        "At a probability of 0.9999 the derivative of the softmax p(1-p) is about 0.0001.",
    ],
    "noise": [
        "The gradient is just very noisy, so the map looks random.",
        "Gradients are noisy and so the picture is random noise.",
        "I think that it is noise in the gradient that makes the map look random",
    ],
    "training": [
        "The network was not trained long enough so the weights are small.",
        "It has not been trained enough. More epochs would give larger weights.",
    ],
    "untouched": ["YOUR ANSWER HERE", "YOUR ANSWER HERE"],
    "blank": ["", " \n"],
    "alone": ["The image is too dark, one should raise the brightness of the digit"],
}


def test_like_answers_stand_together_the_largest_group_first():
    # Mixed: a group's members are not neighbours.
    texts = sorted((text for some in ALIKE.values() for text in some), key=lambda text: text[::-1])
    found = [{texts[number] for number in group} for group in grouped(texts)]
    assert sorted(map(sorted, found)) == sorted(sorted({*some}) for some in ALIKE.values())
    assert found[0] == {*ALIKE["saturation"]}
    assert sorted(number for group in grouped(texts) for number in group) == [*range(len(texts))]


def test_a_group_begins_with_the_answer_most_like_the_others():
    texts = ["noise and light and much else", "noise and light", "noise and light!", "sum"]
    group, alone = grouped(texts)
    assert group[0] in (1, 2) and group[-1] == 0 and alone == [3]


@pytest.mark.parametrize("texts", [[], ["one"], ["", ""], ["?", "a"], ["a", "b"]])
def test_few_or_empty_answers_are_grouped_too(texts):
    found = grouped(texts)
    assert sorted(number for group in found for number in group) == [*range(len(texts))]
    assert len(found) == len({text.strip("?") for text in texts})


@pytest.fixture
def course(built_course, tmp_path, monkeypatch):
    """Three of saturation and one of noise; each student's answer waits."""
    root = shutil.copytree(built_course, tmp_path / "course")
    answers = [*ALIKE["saturation"][:3], ALIKE["noise"][0]]
    for student, text in zip(("ada", "bob", "cy", "dot"), answers, strict=True):
        scores = {"double_check": 3.0, WHY: None}
        enter_submission(root, NAME, student, scores, answers={WHY: text})
    monkeypatch.chdir(root)
    return root


def run(*arguments, typed=""):
    done = CliRunner().invoke(app, ["mark", NAME, *arguments], input=typed)
    return done.exit_code, " ".join(done.output.split())


def marks(root):
    with opened(root) as (_, gradebook):
        found = {}
        for student in ("ada", "bob", "cy", "dot"):
            grade = gradebook.find_grade(WHY, NAME, NAME, student)
            comment = gradebook.find_comment(WHY, NAME, NAME, student).manual_comment
            found[student] = grade.manual_score, grade.needs_manual_grade, comment
        return found


WAITS = (None, True, None)


def test_a_mark_and_a_comment_go_to_each_answer_that_is_confirmed(course):
    code, said = run(typed="1.5\nSee *saturation*.\ny\nn\n\n")
    assert code == 0
    assert "4 answers in 2 groups, 2 points each" in said
    assert "Two points for the secret." in said and "The model answer." in said
    assert "Group 1 of 2: 3 answers" in said and "2 marks entered" in said
    given = [1.5, False, "See *saturation*."]
    found = marks(course)
    assert [list(one) for one in found.values()].count(given) == 2
    assert list(found.values()).count(WAITS) == 2
    assert found["dot"] == WAITS  # the next group was passed over
    for student in ("ada", "bob", "cy", "dot"):
        assert student not in said  # nobody is marked by name


def test_what_waits_is_shown_again_and_a_mark_of_a_person_is_not(course):
    with opened(course) as (_, gradebook):
        for student, points, comment in (("ada", 0.0, None), ("bob", None, "Why?")):
            grade = gradebook.find_grade(WHY, NAME, NAME, student)
            grade.manual_score, grade.needs_manual_grade = points, points is None
            gradebook.find_comment(WHY, NAME, NAME, student).manual_comment = comment
        gradebook.db.commit()
    _, said = run(WHY, typed="2\n\n1\n\n")
    assert "2 answers in 2 groups" in said
    assert "2 answers with a mark or a comment of a person left out: --again shows them" in said
    found = marks(course)
    assert found["ada"] == (0.0, False, None) and found["bob"] == (None, True, "Why?")
    assert {found["cy"], found["dot"]} == {(2.0, False, None), (1.0, False, None)}


def test_again_shows_a_mark_and_replaces_it(course):
    assert run(typed="2\nGood.\ny\ny\n1\n\n")[0] == 0
    assert run()[1] == "no written answer to 01_toy waits to be marked"
    _, said = run("--again", typed="0\n\nn\nn\n\n")
    assert "A person gave 2 points." in said and "A person wrote: Good." in said
    found = list(marks(course).values())
    assert found.count((2.0, False, "Good.")) == 2
    assert found.count((0.0, False, "Good.")) == 1  # without a comment the old one stays


def again_handed_in(root, student, text, key=64 * "1"):
    enter_submission(root, NAME, student, {"double_check": 3.0, WHY: None}, answers={WHY: text})
    with opened(root) as (_, gradebook):
        theirs = (GRADED.c.assignment == NAME) & (GRADED.c.student == student)
        gradebook.db.execute(update(GRADED).where(theirs).values(key=key))
        gradebook.db.commit()


def test_an_answer_that_is_handed_in_again_is_shown_with_its_old_points(course):
    run(typed="2\nGood.\ny\ny\n1\n\n")
    again_handed_in(course, "ada", "Something else.")
    _, said = run(typed="0.5\n\n")
    assert "1 answer in 1 group" in said and "3 answers with a mark" in said
    assert "Something else. A person gave 2 points. A person wrote: Good." in said
    assert marks(course)["ada"] == (0.5, False, "Good.")


def test_a_mark_for_an_old_text_goes_to_no_new_one(course):
    with opened(course) as (folders, gradebook):
        [question] = questions(course, folders, gradebook, NAME)
        again_handed_in(course, "ada", "Something else.")
        done = [enter(gradebook, question, answer, 2.0, "Good.") for answer in question.answers]
    assert done == [False, True, True, True]
    assert marks(course)["ada"] == WAITS


@pytest.mark.parametrize("found", [False, True])  # MissingEntry, InvalidRequestError
def test_a_submission_that_vanishes_meanwhile_is_passed_over(course, monkeypatch, found):
    with opened(course) as (folders, gradebook):
        [question] = questions(course, folders, gradebook, NAME)
        really = gradebook.find_comment

        def find_comment(*where):
            comment = really(*where)
            if where[-1] == "ada":
                remove()
            return comment

        def remove():
            with opened(course) as (_, other):
                other.remove_submission(NAME, "ada")

        if found:
            monkeypatch.setattr(gradebook, "find_comment", find_comment)
        else:
            remove()
        done = [enter(gradebook, question, answer, 2.0, "") for answer in question.answers]
    assert done == [False, True, True, True]


def test_what_a_person_resolves_meanwhile_stays(course):
    run(typed="2\n\ny\ny\n1\n\n")
    again_handed_in(course, "ada", "Something else.")
    with opened(course) as (folders, gradebook):
        [question] = questions(course, folders, gradebook, NAME)
        with opened(course) as (_, formgrader):
            formgrader.find_grade(WHY, NAME, NAME, "ada").needs_manual_grade = False
            formgrader.db.commit()
        assert not enter(gradebook, question, question.answers[0], 0.0, "")
    assert marks(course)["ada"][0] == 2.0


@pytest.mark.parametrize("typed", ["q", " Q "])
def test_q_for_a_comment_stops_and_is_none(course, typed):
    _, said = run(typed=f"1\n{typed}\ny\ny\n\n")
    assert "Comment for the whole group (Enter: none, q: stop)" in said
    assert "0 marks entered" in said and "Stopped." in said
    assert set(marks(course).values()) == {WAITS}


def test_the_rest_of_a_long_answer_is_said_to_be_in_the_formgrader(course):
    again_handed_in(course, "ada", 6000 * "a")
    _, said = run(typed="\n\n\n")
    assert "[... 1000 more characters: see the formgrader]" in said
    assert said.count("more characters") == 1


@pytest.mark.parametrize("typed", ["1\n\nq\n", "1\n\n"])
def test_it_stops_where_it_is_told_or_left_and_keeps_what_was_entered(course, typed):
    code, said = run(typed=typed)
    assert code == 0
    assert "1 mark entered" in said
    assert said.endswith("Stopped. What was entered is kept; start again to go on.")
    assert [one[0] for one in marks(course).values()].count(1.0) == 1


@pytest.mark.parametrize("typed", ["3", "-1", "nan", "inf", "two", "1e9"])
def test_what_is_no_number_of_points_is_asked_again(course, typed):
    _, said = run(typed=f"{typed}\n0,5\n\nq\n")
    assert f"'{typed}' is no number from 0 to 2" in said
    assert 0.5 in [one[0] for one in marks(course).values()]


def test_what_a_person_marks_meanwhile_stays(course):
    with opened(course) as (folders, gradebook):
        [question] = questions(course, folders, gradebook, NAME)
        with opened(course) as (_, formgrader):
            formgrader.find_grade(WHY, NAME, NAME, "ada").manual_score = 0.5
            formgrader.find_comment(WHY, NAME, NAME, "bob").manual_comment = "Mine."
            formgrader.db.commit()
        done = [enter(gradebook, question, answer, 2.0, "Good.") for answer in question.answers]
    assert done == [False, False, True, True]
    found = marks(course)
    assert found["ada"] == (0.5, True, None) and found["bob"] == (None, True, "Mine.")
    assert found["cy"] == found["dot"] == (2.0, False, "Good.")


def test_a_mark_lies_where_the_formgrader_puts_its_own(course):
    run(typed="1.5\nGood.\nn\nn\n\n")
    [entered] = [who for who, one in marks(course).items() if one[0]]
    waiting = next(who for who, one in marks(course).items() if one == WAITS)
    with opened(course) as (_, gradebook):
        # The formgrader's own code, without its server.
        class Grade(apihandlers.GradeHandler):
            def __init__(self):
                pass

            gradebook = None
            get_json_body = staticmethod(lambda: {"manual_score": 1.5})
            write = staticmethod(lambda text: None)

        handler = Grade()
        Grade.gradebook = gradebook
        grade = gradebook.find_grade(WHY, NAME, NAME, waiting)
        put = apihandlers.GradeHandler.put
        while hasattr(put, "__wrapped__"):
            put = put.__wrapped__
        put(handler, grade.id)
        ours = gradebook.find_grade(WHY, NAME, NAME, entered).to_dict()
        theirs = gradebook.find_grade(WHY, NAME, NAME, waiting).to_dict()
        assert {k: v for k, v in ours.items() if k not in ("id", "student")} == {
            k: v for k, v in theirs.items() if k not in ("id", "student")
        }
        assert gradebook.find_submission(NAME, entered).needs_manual_grade is False


def test_an_answer_steers_no_terminal_and_names_its_picture(course):
    text = "![a](attachment:b.png)\x1b[2J[red]no[/red]"
    enter_submission(course, NAME, "ada", {"double_check": 3.0, WHY: None}, answers={WHY: text})
    path = course / "autograded" / "ada" / NAME / f"{NAME}.ipynb"
    written = path.read_text().replace('"source": "![a]', '"attachments": {}, "source": "![a]')
    path.chmod(0o644)
    path.write_text(
        written.replace('"source": [\n    "![a]', '"attachments": {}, "source": [\n    "![a]')
    )
    _, said = run(typed="\n\n\n")
    assert "\x1b" not in said and "[red]no[/red]" in said
    assert "[with a picture: see the formgrader]" in said


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["what"], "01_toy has no written question what; there are why_question"),
        (["double_check"], "has no written question double_check"),
    ],
)
def test_an_unknown_question_is_named(course, arguments, problem):
    code, said = run(*arguments)
    assert code == 1 and problem in said


def test_before_the_first_build_it_is_asked_for(course):
    with opened(course) as (_, gradebook):
        gradebook.remove_assignment(NAME)
    code, said = run()
    assert code == 1 and "the gradebook has no 01_toy; run `course build`" in said


def test_a_notebook_that_is_gone_is_named_with_the_remedy(course):
    shutil.rmtree(course / "autograded" / "bob")
    code, said = run()
    assert code == 1 and "run `course grade 01_toy`" in said


def test_the_text_of_an_answer_is_that_of_the_graded_notebook(course):
    with opened(course) as (folders, gradebook):
        [question] = questions(course, folders, gradebook, NAME)
    written = Written("ada", ALIKE["saturation"][0], None, None, True, 64 * "0")
    assert question.answers[0] == written
    assert (question.maximum, question.left_out) == (2, 0)
