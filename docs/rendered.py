"""What the site shows of the code: the notebooks as executed, the commands, the methods."""

import base64
import hashlib
import os
import re
from html import escape
from pathlib import Path

import nbformat
from docutils import nodes
from nbformat import NotebookNode

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "build" / "site-pictures" / "pictures"  # the site's folder pictures/
WIDGET = "application/vnd.jupyter.widget-view+json"
# The folders of the computer that executed the notebook say nothing to a reader.
FOLDERS = re.compile(r"(?<![\w.:/\\])(?:[A-Za-z]:)?[/\\](?:[\w.-]+[/\\])+(?=[\w.-])")
LIVE = '<div class="live"'  # an explorer that runs in the reader's browser
FOLDED = {"code_prompt_show": "What you should see", "code_prompt_hide": "What you should see"}


def write_notebooks(target: Path) -> None:
    """Write each notebook's student version to `target`, with the outputs of the right answers."""
    from helpers import datasets
    from helpers.course.build import read_notebook, sources
    from helpers.course.execution import EXECUTIONS, executed

    for old in PICTURES.iterdir():
        old.unlink()
    data = datasets.load("default").name
    for name in [path.stem for path in sources(ROOT)]:
        solved = executed(ROOT, name, data, ROOT / "build" / EXECUTIONS)
        page = with_outputs(read_notebook(ROOT / "notebooks", name), solved, name)
        text = nbformat.writes(page)
        file = target / f"{name}.ipynb"
        if not file.exists() or file.read_text(encoding="utf-8") != text:  # else nothing is built
            file.write_text(text, encoding="utf-8")


def with_outputs(student: NotebookNode, solved: NotebookNode, name: str) -> NotebookNode:
    """Return the student version with the outputs of an executed solution. Outputs before the first
    exercise are seen at once, and so are explorers, for they tell no answer; others are folded."""
    outputs = {cell.id: cell.get("outputs", []) for cell in solved.cells}
    begun = False
    for cell in student.cells:
        if cell.cell_type == "markdown":
            cell.source = re.sub(r"\]\(\.\./(\w+)/\1\.ipynb(#[^)]*)?\)", _link, cell.source)
            continue
        begun = begun or cell.metadata.get("nbgrader", {}).get("solution", False)
        cell.outputs = [shown for one in outputs.get(cell.id, []) for shown in _shown(one, name)]
        if begun and not all(
            LIVE in one.get("data", {}).get("text/html", "") for one in cell.outputs
        ):
            cell.metadata["tags"] = ["hide-output"]
            cell.metadata["mystnb"] = FOLDED
    return student


def _link(found: re.Match) -> str:
    return f"]({found[1]}.ipynb{(found[2] or '').lower()})"


def _shown(output: NotebookNode, name: str) -> list[NotebookNode]:
    """Return what a page shows of an output: no widgets, and pictures as files of their own."""
    data = output.get("data", {})
    data.pop(WIDGET, None)
    if output.output_type == "display_data" and set(data) == {"text/plain"}:
        return []  # a bar of progress
    if data.get("text/html", "").startswith("<pre"):  # Keras's summary, in colours for white paper
        del data["text/html"]
        data["text/plain"] = re.sub(r"\x1b\[[\d;]*m", "", data["text/plain"])
    if "text" in output:
        output.text = FOLDERS.sub("…/", output.text)
    if "text/html" in data:  # a student's card is one of the visible check
        data["text/html"] = data["text/html"].replace(" points at grading</b>", " points</b>")
    if "image/png" in data and "text/html" in data:
        data["text/html"] = re.sub(
            r'src="data:image/png;base64,([^"]+)"',
            lambda found: f'loading="lazy" src="../pictures/{_file(found[1], name)}"',
            data["text/html"],
        )
        del data["image/png"]
    return [output]


def _file(png: str, name: str) -> str:
    """Write a picture, and return its file's name, which depends on nothing but the picture."""
    content = base64.b64decode(png)
    file = PICTURES / f"{name[:2]}-{hashlib.sha256(content).hexdigest()[:16]}.png"
    file.write_bytes(content)
    return file.name


def notebooks() -> str:
    """Return README's table of the notebooks, with links to the pages of the site."""
    table = _table((ROOT / "README.md").read_text(encoding="utf-8"), "| notebook |")
    return re.sub(r"\(notebooks/(\w+)/\1\.ipynb\)", r"(/course/\1.ipynb)", table)


def points() -> str:
    """Return a table with the points of each assignment."""
    from helpers.course.build import read_notebook, sources

    rows = []
    for name in [path.stem for path in sources(ROOT)]:
        graded = [
            about
            for cell in read_notebook(ROOT / "notebooks", name).cells
            if (about := cell.metadata.get("nbgrader", {})).get("grade")
        ]
        written = sum(about["points"] for about in graded if about["solution"])
        checks = sum(about["points"] for about in graded) - written
        rows.append((f"`{name}`", checks, written))
    rows.append(("all", *(sum(row[i] for row in rows) for i in (1, 2))))
    head = "| assignment | checks | written answers | together |\n|---|---|---|---|\n"
    return head + "\n".join(f"| {n} | {c:g} | {w:g} | {c + w:g} |" for n, c, w in rows)


def methods() -> str:
    """Return a table of the methods in the catalogue."""
    from helpers.methods.catalogue import METHODS

    rows = [
        f"| [{m.name}]({m.link}) | {m.sentence} | {m.family} | {m.negative or 'none'} | {m.paper} |"
        for m in METHODS.values()
    ]
    head = "| method | what it does | family | what a negative value means | paper |\n"
    return head + "|---|---|---|---|---|\n" + "\n".join(rows)


def glossary() -> str:
    """Return the words of docs/STYLE.md as a glossary."""
    table = _table((ROOT / "docs" / "STYLE.md").read_text(encoding="utf-8"), "| word |")
    lines = ["```{glossary}", ":sorted:", ""]
    for words, meaning in re.findall(r"(?m)^\| \*\*(.+?) \| (.+) \|$", table):
        lines += [*words.replace("**", "").split(", "), f"  {meaning}", ""]
    return "\n".join([*lines, "```"])


def commands() -> str:
    """Return the help of all commands."""
    import typer
    from typer.cli import get_docs_for_click

    from helpers.course.cli import app

    command = typer.main.get_command(app)
    for one in command.commands.values():
        one.short_help = one.help  # else the list has its first words alone
    context = typer.Context(command, info_name="course")
    page = get_docs_for_click(obj=command, ctx=context, name="course", title="Commands")
    return re.sub(r" <(str|path|list\[\w+\])>(?=`)", "", page)  # the names say it


def _table(text: str, head: str) -> str:
    """Return the table of a Markdown text whose first line begins with `head`."""
    return re.search(rf"(?m)^{re.escape(head)}.*(?:\n\|.*)*", text)[0]


def meanings() -> dict[str, tuple[str, str]]:
    """Return anchor and meaning of each word of the glossary, by the word in small letters."""
    table = _table((ROOT / "docs" / "STYLE.md").read_text(encoding="utf-8"), "| word |")
    rows = re.findall(r"(?m)^\| \*\*(.+?)\*\*.*? \| (.+) \|$", table)
    plain = str.maketrans("", "", "*`")
    # The anchor is Sphinx's, as sphinx.util.nodes.make_id makes it.
    return {
        word.lower(): (
            "term-" + re.sub(r"[^a-zA-Z0-9._]+", "-", word).strip("-"),
            meaning.translate(plain),
        )
        for word, meaning in rows
    }


def explain(doctree: nodes.document) -> None:
    """Let the first use of a word of the glossary in each section lead to its meaning."""
    known = meanings()
    words = "|".join(map(re.escape, sorted(known, key=len, reverse=True)))
    pattern = re.compile(rf"(?<![\w-])({words})(?:e?s)?(?![\w-])", re.IGNORECASE)
    said: set[tuple[nodes.Node, str]] = set()
    for paragraph in list(doctree.findall(nodes.paragraph)):
        above = paragraph.parent
        while not isinstance(above, nodes.section | nodes.document):
            above = above.parent
        in_code = False  # of a hint, which is HTML
        for text in list(paragraph.children):
            if isinstance(text, nodes.raw):
                in_code = text.astext().startswith("<code") or in_code
                in_code = in_code and not text.astext().endswith("</code>")
            if in_code or not isinstance(text, nodes.Text):
                continue
            parts, end = [], 0
            for found in pattern.finditer(text):
                word = found[1].lower()
                if (above, word) in said:
                    continue
                said.add((above, word))
                anchor, meaning = known[word]
                link = (
                    f'<span class="term" data-bs-title="{escape(meaning)}">'
                    f'<a href="glossary.html#{anchor}">{found[0]}</a></span>'
                )
                parts += [nodes.Text(text[end : found.start()])]
                parts += [nodes.raw("", link, format="html")]
                end = found.end()
            if parts:
                paragraph.replace(text, [*parts, nodes.Text(text[end:])])


def live() -> str:
    """The course's network in the reader's browser, without a kernel."""
    from helpers import datasets, models
    from helpers.explorers import page

    data = datasets.load("default")
    fragment = page.fragment(models.trained("course_cnn", data).model, data)
    return f"```{{raw}} html\n{fragment}\n```"


def clone() -> str:
    """The lines that bring the kit; where GitHub builds the site, it says of which repository."""
    on_github = "GITHUB_REPOSITORY" in os.environ
    address = "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}" if on_github else "ADDRESS"
    lines = f"$ git clone {address.format_map(os.environ)} inside-cnns\n$ cd inside-cnns"
    note = (
        "\n\n`ADDRESS` is the address of the kit's repository. These pages were made from a folder "
        "of the kit, and not by GitHub, so they do not know the address. Ask who gave you the "
        "pages, or copy that folder."
    )
    return f"```console\n{lines}\n```{'' if on_github else note}"


PARTS = {p.__name__: p for p in (notebooks, live, points, methods, glossary, commands, clone)}
