"""The site that `make docs` builds: no warning, no broken link, and pages for every reader."""

import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

import pytest
from bs4 import BeautifulSoup

from tests.browser.conftest import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.full]

# Of each kind one page: home, a notebook, a guide, references with and without pictures.
KINDS = (
    "index.html",
    "course/live.html",
    "course/05_grad_cam.html",
    "instructors/formgrader.html",
    "students/set_up.html",
    "reference/methods.html",
    "reference/commands.html",
)
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture(scope="module")
def site():
    """The folder of the site, built anew as `make docs` does; a warning is a failure."""
    target = ROOT / "build" / "site"
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "--fresh-env", "-q"]
    command += ["-d", "build/doctrees", "docs", str(target)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert built.returncode == 0, built.stdout + built.stderr
    return target


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def address(site):
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def visit(browser, address):
    """A function that opens a page of the site; no page may load anything from elsewhere."""
    pages, elsewhere = [], []

    def request(asked):
        if not asked.url.startswith((address, "data:", "blob:")):
            elsewhere.append(asked.url)

    def open_page(name, width=1280, scheme="light"):
        size = {"width": width, "height": 900}
        pages.append(browser.new_page(viewport=size, color_scheme=scheme))
        pages[-1].on("request", request)
        pages[-1].goto(f"{address}/{name}")
        return pages[-1]

    yield open_page
    for page in pages:
        page.close()
    assert elsewhere == []


def html_pages(site):
    return {
        path: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in sorted(site.rglob("*.html"))
        if "_static" not in path.parts
    }


def test_every_link_within_the_site_leads_somewhere(site):
    pages = html_pages(site)
    anchors = {
        path: {tag["id"] for tag in page.find_all(id=True)} | {"", "top"}
        for path, page in pages.items()
    }
    broken, followed = [], 0
    for path, page in pages.items():
        for tag in page.find_all(["a", "img", "link", "script"]):
            target = tag.get("href") or tag.get("src") or ""
            if not target or target.startswith(("http:", "https:", "mailto:", "data:", "#top")):
                continue
            followed += 1
            place, anchor = urldefrag(urljoin(path.as_uri(), target))
            file = Path(unquote(place.partition("?")[0].removeprefix("file://")))
            if not file.is_file() or unquote(anchor) not in anchors.get(file, {unquote(anchor)}):
                broken.append(f"{path.relative_to(site)}: {target}")
    assert broken == []
    assert followed > 1000


def test_each_notebook_and_guide_is_a_page(site):
    for source in sorted((ROOT / "solutions").glob("[0-9]*.py")):
        page = (site / "course" / f"{source.stem}.html").read_text(encoding="utf-8")
        assert "What you should see" in page and "../pictures/" in page
        assert "SOLUTION" not in page and "MARK SCHEME" not in page
    for source in sorted((ROOT / "docs").rglob("*.md")):
        assert (site / source.relative_to(ROOT / "docs").with_suffix(".html")).is_file()


def test_no_page_names_a_folder_of_this_computer(site):
    named = [p for p, page in html_pages(site).items() if str(ROOT) in page.get_text()]
    assert named == []


def test_on_a_notebook_s_page_a_guess_is_told_and_an_explorer_follows(visit):
    page = visit("course/05_grad_cam.html")
    guess = page.locator(".live", has=page.get_by_role("button", name="Guess")).first
    assert guess.locator("img").count() == 0
    assert "Guess first." in guess.inner_text()
    explorer = page.locator(".live", has=page.get_by_label("method", exact=True))
    said = explorer.get_by_role("status")
    assert said.inner_text().startswith("Grad-CAM of l3: image 0, ")
    explorer.get_by_label("method", exact=True).select_option(label="HiResCAM")
    explorer.get_by_label("image", exact=True).press("ArrowRight")
    assert said.inner_text().startswith("HiResCAM of l3: image 1, ")


def test_the_search_finds_a_word_of_a_notebook_and_one_of_a_guide(visit):
    for word, title in (("pneumonia", "Where a network finds"), ("nbgitpuller", "Choose where")):
        found = visit(f"search.html?q={word}").locator("#search-results li a", has_text=title)
        found.first.wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", KINDS)
def test_axe_finds_no_fault(visit, name, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = visit(name, scheme=scheme)
    assert page.evaluate("document.documentElement.dataset.theme") == scheme
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    result = Axe().run(page, options={"runOnly": WCAG}).response
    faults = {
        f"{fault['id']}: {node['html'][:200]}"
        for fault in result["violations"]
        for node in fault["nodes"]
    }
    assert faults == set()
    assert len(result["passes"]) > 10


def test_no_page_is_wider_than_a_phone(site, visit):
    page = visit("index.html", width=390)
    wide = {}
    for path in html_pages(site):
        page.goto(urljoin(page.url, "/" + path.relative_to(site).as_posix()))
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        width = page.evaluate("document.documentElement.scrollWidth")
        if width > 390:
            wide[path.name] = width
    assert wide == {}
