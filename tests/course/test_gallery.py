"""The page of pictures: every PNG a file of its own, described and captioned."""

import base64

import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from helpers.course.demo import as_page
from helpers.course.gallery import pictures, title, write_gallery


@pytest.fixture
def notebook():
    def picture(png, **about):
        data = {"image/png": base64.b64encode(png).decode() + "\n", "text/plain": "<Figure>"}
        return new_output("display_data", data, metadata={"image/png": about} if about else {})

    described = picture(b"one", alt='A "grid" of <filters>: 9', title="A grid of <filters>")
    return new_notebook(
        cells=[
            new_markdown_cell("# Seeing *inside*\n\nText."),
            new_markdown_cell('## Filters of `conv1` & "more"\n#hashtag'),
            new_code_cell("draw()", outputs=[new_output("stream", text="hello"), described]),
            new_markdown_cell("### Why?\n\n### BEGIN MARK SCHEME\n1 point\n### END MARK SCHEME"),
            new_code_cell("again()", outputs=[picture(b"two")]),
        ]
    )


def test_pictures_carry_title_alt_text_and_the_heading_above(notebook):
    first, second = pictures(notebook)
    assert first[1:] == (
        "A grid of <filters>",
        'A "grid" of <filters>: 9',
        'Filters of conv1 & "more"',
    )
    assert base64.b64decode(first.png) == b"one"
    assert second[1:] == ("Why?", "<Figure>", "Why?")


def test_a_notebook_is_called_by_its_first_heading(notebook):
    assert title(notebook) == "Seeing inside"


def test_the_page_is_small_and_escapes_what_it_shows(notebook, tmp_path):
    stale = tmp_path / "pictures" / "01_toy-09.png"
    stale.parent.mkdir()
    stale.write_bytes(b"of an earlier run")
    write_gallery(tmp_path / "index.html", {"01_toy": notebook})
    text = (tmp_path / "index.html").read_text()
    assert "http" not in text and "data:" not in text
    page = BeautifulSoup(text, "html.parser")
    first, second = page.find_all("img")
    assert first["alt"] == 'A "grid" of <filters>: 9'
    assert first["loading"] == second["loading"] == "lazy"
    assert [(tmp_path / one["src"]).read_bytes() for one in (first, second)] == [b"one", b"two"]
    assert len(list((tmp_path / "pictures").iterdir())) == 2
    assert page.find("figcaption").find(string=True).strip() == "A grid of <filters>"
    assert page.find("meta", {"name": "viewport"})


def test_a_caption_leads_to_its_place_in_the_executed_notebook(notebook, tmp_path):
    write_gallery(tmp_path / "index.html", {"01_toy": notebook})
    gallery = BeautifulSoup((tmp_path / "index.html").read_text(), "html.parser")
    page = BeautifulSoup(as_page(notebook), "html.parser")
    for link in gallery.select("figcaption a"):
        file, anchor = link["href"].split("#")
        assert file == "html/01_toy.html"
        assert page.find(id=anchor), anchor
