"""The page of pictures: every PNG, described and captioned."""

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from helpers.course.gallery import pictures, title, write_gallery


@pytest.fixture
def notebook():
    def picture(png, **metadata):
        data = {"image/png": png, "text/plain": "<Figure>"}
        return new_output("display_data", data, metadata=metadata)

    described = picture("iVBO\nRw0\n", **{"image/png": {"alt": 'A "grid" of <filters>'}})
    return new_notebook(
        cells=[
            new_markdown_cell("# Seeing *inside*\n\nText."),
            new_markdown_cell("## Filters of `conv1`\n#hashtag"),
            new_code_cell("draw()", outputs=[new_output("stream", text="hello"), described]),
            new_markdown_cell("### Why?\n\n### BEGIN MARK SCHEME\n1 point\n### END MARK SCHEME"),
            new_code_cell("again()", outputs=[picture("iVBORw1")]),
        ]
    )


def test_pictures_carry_their_alt_text_and_the_heading_above(notebook):
    first, second = pictures(notebook)
    assert first == ("iVBORw0", 'A "grid" of <filters>', "Filters of conv1")
    assert second == ("iVBORw1", "<Figure>", "Why?")


def test_a_notebook_is_called_by_its_first_heading(notebook):
    assert title(notebook) == "Seeing inside"


def test_the_page_is_self_contained_and_escapes_what_it_shows(notebook, tmp_path):
    write_gallery(tmp_path / "index.html", {"01_toy": notebook})
    page = (tmp_path / "index.html").read_text()
    assert page.count("<img") == 2
    assert 'alt="A &#34;grid&#34; of &lt;filters&gt;"' in page
    assert 'href="html/01_toy.html"' in page
    assert "prefers-color-scheme: dark" in page
    assert 'name="viewport"' in page
    assert "http" not in page
