"""Write the gallery: every picture of the executed notebooks, each as a file of its own."""

import base64
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import jinja2
from nbformat import NotebookNode

import helpers

HEADING = re.compile(r"^#{1,6} +(?!BEGIN|END)(.+)$", re.MULTILINE)  # no marking scheme's marks
TEMPLATE = Path(__file__).with_name("gallery.html.j2")


class Picture(NamedTuple):
    """A PNG (base64) of an executed notebook: what it shows, and the nearest heading above it."""

    png: str
    title: str
    alt: str
    section: str

    @property
    def anchor(self) -> str:
        """The heading's anchor in the page that nbconvert makes."""
        return quote(self.section.replace(" ", "-"), safe="?/:@!$&'()*+,;=")


def pictures(notebook: NotebookNode) -> Iterator[Picture]:
    """Yield the PNG outputs of an executed notebook, in order."""
    section = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            section = ([section, *_headings(cell.source)])[-1]
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                about = output.metadata.get("image/png", {})
                alt = about.get("alt") or output.data.get("text/plain", section)
                png = output.data["image/png"].replace("\n", "")
                yield Picture(png, about.get("title", section), alt, section)


def title(notebook: NotebookNode) -> str:
    """Return a notebook's first heading."""
    markdown = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    return next(iter(_headings(markdown)), "Untitled")


def write_gallery(target: Path, notebooks: dict[str, NotebookNode]) -> None:
    """Write the page for executed notebooks, and beside it its pictures; ``html/<name>.html`` is
    linked."""
    folder = target.parent / "pictures"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    chapters = []
    for name, notebook in notebooks.items():
        found = list(pictures(notebook))
        for number, picture in enumerate(found, 1):
            (folder / f"{name}-{number:02}.png").write_bytes(base64.b64decode(picture.png))
        chapters.append({"title": title(notebook), "name": name, "pictures": found})
    target.write_text(render(TEMPLATE, chapters=chapters), encoding="utf-8")


def render(template: Path, **values: Any) -> str:
    """Return a page of HTML: the template with these values, in which markup is escaped."""
    loader = jinja2.FileSystemLoader(Path(helpers.__file__).parent)
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, loader=loader
    )
    return environment.from_string(template.read_text(encoding="utf-8")).render(**values)


def _headings(markdown: str) -> list[str]:
    return [re.sub(r"[`*]", "", heading).strip() for heading in HEADING.findall(markdown)]
