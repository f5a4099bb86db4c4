"""Write one page with every picture of the executed notebooks."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jinja2
from nbformat import NotebookNode

HEADING = re.compile(r"^#{1,6} +(?!BEGIN|END)(.+)$", re.MULTILINE)  # no marking scheme's marks
TEMPLATE = Path(__file__).with_name("gallery.html.j2")


class Picture(NamedTuple):
    """A PNG (base64) of an executed notebook, with the nearest heading above it."""

    png: str
    alt: str
    caption: str


def pictures(notebook: NotebookNode) -> Iterator[Picture]:
    """Yield the PNG outputs of an executed notebook, in order."""
    heading = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            heading = ([heading, *_headings(cell.source)])[-1]
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                alt = output.metadata.get("image/png", {}).get("alt")
                yield Picture(
                    output.data["image/png"].replace("\n", ""),
                    alt or output.data.get("text/plain", heading),
                    heading,
                )


def title(notebook: NotebookNode) -> str:
    """Return a notebook's first heading."""
    markdown = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return next(iter(_headings(markdown)), "Untitled")


def write_gallery(target: Path, notebooks: dict[str, NotebookNode]) -> None:
    """Write the page for executed notebooks; ``html/<name>.html`` is linked beside it."""
    page = render(
        TEMPLATE,
        chapters=[
            {"title": title(notebook), "name": name, "pictures": list(pictures(notebook))}
            for name, notebook in notebooks.items()
        ],
    )
    target.write_text(page, encoding="utf-8")


def render(template: Path, **values: Any) -> str:
    """Return a page of HTML: the template with these values, in which markup is escaped."""
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(template.read_text(encoding="utf-8")).render(**values)


def _headings(markdown: str) -> list[str]:
    return [re.sub(r"[`*]", "", heading).strip() for heading in HEADING.findall(markdown)]
