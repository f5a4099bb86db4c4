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
from sphinx.errors import ExtensionError

from tests.browser.conftest import ROOT, axe_at_rest

pytestmark = [pytest.mark.browser, pytest.mark.full]

# Of each kind one page: home, a notebook, a guide, references with and without pictures.
KINDS = (
    "index.html",
    "course/live.html",
    "course/05_grad_cam.html",
    "instructors/formgrader.html",
    "students/set_up.html",
    "reference/methods.html",
    "reference/plots.html",
    "course/index.html",
    "reference/commands.html",
)
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PHONE = 390
# All that Tab should reach: of a group of radio buttons it is the chosen one.
TO_REACH = """[...document.querySelectorAll('*')].flatMap((each, i) =>
  each.matches("a[href], button, input, select, textarea, summary, [tabindex='0']")
  && each.checkVisibility({ visibilityProperty: true }) && !each.disabled && each.tabIndex === 0
  && !(each.type === "radio" && !each.checked) ? [i] : [])"""
# Where the keyboard is: the element's number, its kind, and the part of the window around it. A
# link that fills a card is as large as the card, and a tab's button lies behind its label.
PLACE = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const shown = at.closest(".sd-card") || (at.type === "radio" ? at.nextElementSibling : at);
  const box = shown.getBoundingClientRect();
  const [left, top] = [Math.max(box.left - 8, 0), Math.max(box.top - 8, 0)];
  return {
    number: [...document.querySelectorAll("*")].indexOf(at),
    kind: `${at.localName}.${at.className}`,
    clip: {
      x: left,
      y: top,
      width: Math.min(box.right + 8, innerWidth) - left,
      height: Math.min(box.bottom + 8, innerHeight) - top,
    },
  };
}"""

# Where the keyboard comes from now on.
NOTE = """() => {
  const all = [...document.querySelectorAll("*")];
  window.noted = [];
  document.addEventListener("focusin", (come) => noted.push(all.indexOf(come.target)));
}"""


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


@pytest.fixture(scope="module")
def html_pages(site):
    """By path: what is parsed of each page of the site."""
    return {
        path: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in sorted(site.rglob("*.html"))
        if "_static" not in path.parts
    }


def test_every_link_within_the_site_leads_somewhere(site, html_pages):
    anchors = {
        path: {tag["id"] for tag in page.find_all(id=True)} | {"", "top"}
        for path, page in html_pages.items()
    }
    broken, followed = [], 0
    for path, page in html_pages.items():
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


def test_code_is_as_it_has_to_be_typed(html_pages):
    """No quotes for print, and no links to words."""
    code = [one for page in html_pages.values() for one in page.find_all("code")]
    assert len(code) > 2000
    assert [one for one in code if set(one.get_text()) & set("“”‘’")] == []
    assert [one for one in code if one.select(".term")] == []


@pytest.mark.parametrize("name", ["03_activation_maximization", "09_four_heads"])
def test_pictures_are_seen_as_a_whole_beside_both_lists(visit, name):
    """And so is code. No picture is shrunk to less than four fifths."""
    page = visit(f"course/{name}.html", width=1280)
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    wide = """[...document.querySelectorAll('.bd-article div:has(> img), .cell_input pre')]
      .filter(each => each.scrollWidth > each.clientWidth + 1).length"""
    assert page.locator(".bd-article div:has(> img)").count() > 10
    assert page.evaluate(wide) == 0
    shares = """[...document.querySelectorAll('.bd-article div > img[width]')]
      .map(each => each.clientWidth / Number(each.getAttribute('width')))"""
    assert min(page.evaluate(shares)) > 0.78


def test_each_function_of_the_reference_that_draws_has_a_picture(site, html_pages):
    for page, least in (("plots", 20), ("methods", 25)):
        shown = html_pages[site / "reference" / f"{page}.html"].select(
            "p > img[src^='../pictures/']"
        )
        assert len(shown) >= least
        for image in shown:
            file = site / "reference" / image["src"]
            assert file.stat().st_size < 400_000
            assert len(image["alt"]) > 20
            name = f"helpers.{file.stem}"
            assert image.find_parent("dd").find_previous_sibling("dt")["id"] == name


def test_a_function_that_draws_and_has_no_picture_stops_the_build(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs")
    import conf
    import drawings

    assert drawings.missing() == []
    monkeypatch.delitem(drawings.DRAWN, "helpers.plots.bars")
    with pytest.raises(ExtensionError, match=r"helpers\.plots\.bars draws"):
        conf.show_picture(None, "function", "helpers.plots.bars", None, None, [])


def test_words_of_the_glossary_say_what_they_mean(site, html_pages, visit):
    glossary = html_pages[site / "course" / "glossary.html"]
    for source in sorted((ROOT / "solutions").glob("[0-9]*.py")):
        terms = html_pages[site / "course" / f"{source.stem}.html"].select(".term")
        assert terms
        for term in terms:
            anchor = term.a["href"].removeprefix("glossary.html#")
            meaning = " ".join(glossary.find(id=anchor).find_next("dd").get_text().split())
            assert meaning == term["data-bs-title"]
    page = visit("course/05_grad_cam.html", width=390)
    term = page.locator(".term").first
    meaning, link = term.get_attribute("data-bs-title"), term.locator("a")
    tip = page.get_by_role("tooltip")
    link.hover()
    assert tip.inner_text() == meaning
    tip.hover()  # stays while it is read
    page.wait_for_timeout(600)
    place = tip.bounding_box()
    assert place["x"] >= 0 and place["x"] + place["width"] <= 390
    page.mouse.move(0, 0)
    tip.wait_for(state="detached")
    link.focus()
    assert tip.inner_text() == meaning
    assert link.get_attribute("aria-describedby") == tip.get_attribute("id")
    page.keyboard.press("Escape")
    tip.wait_for(state="detached")
    assert link.get_attribute("aria-describedby") is None
    assert link.evaluate("link => link === document.activeElement")


def test_words_of_the_glossary_may_have_capital_letters_and_signs(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "docs")
    import rendered
    from docutils import nodes

    table = "| word | meaning |\n|---|---|\n| **Grad-CAM++** | a map |\n| **ReLU (6)** | a kink |\n"
    monkeypatch.setattr(rendered, "_table", lambda *_: table)
    assert rendered.meanings() == {
        "grad-cam++": ("term-Grad-CAM", "a map"),
        "relu (6)": ("term-ReLU-6", "a kink"),
    }
    text = nodes.paragraph("", "", nodes.Text("Grad-CAM++ needs a ReLU (6)."))
    document = nodes.section("", text)
    rendered.explain(document)
    assert text.astext().count('class="term"') == 2


def test_no_page_names_a_folder_of_this_computer(html_pages):
    named = [p for p, page in html_pages.items() if str(ROOT) in page.get_text()]
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
    page = visit(name, scheme=scheme)
    assert page.evaluate("document.documentElement.dataset.theme") == scheme
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    result = axe_at_rest(page, options={"runOnly": WCAG}).response
    faults = {
        f"{fault['id']}: {node['html'][:200]}"
        for fault in result["violations"]
        for node in fault["nodes"]
    }
    assert faults == set()
    assert len(result["passes"]) > 10


def stops(page):
    """Press Tab until it leaves the page, and yield where the keyboard is after each press."""
    for _ in range(2000):
        page.keyboard.press("Tab")
        place = page.evaluate(PLACE)
        if place is None:
            return
        yield place
    raise AssertionError("Tab never leaves the page")


@pytest.mark.parametrize("width", [1280, PHONE])
@pytest.mark.parametrize("name", KINDS)
def test_tab_reaches_everything_in_order_and_shows_where_it_is(visit, name, width):
    page = visit(name, width=width)
    page.add_style_tag(
        content="* { transition: none !important; scroll-behavior: auto !important }"
    )
    passed, kinds, unseen = [], set(), []
    for place in stops(page):
        passed.append(place["number"])
        clip = place["clip"]
        if clip["width"] < 18 or clip["height"] < 18:  # 8 on each side lie around it
            unseen.append(place)
        elif place["kind"] not in kinds:  # one of each kind: does anything show the focus?
            kinds.add(place["kind"])
            focused = page.screenshot(clip=clip)
            page.evaluate("document.activeElement.blur()")
            if page.screenshot(clip=clip) == focused:
                unseen.append(place)
    assert unseen == []
    assert passed == sorted(passed)  # the order of the page
    assert set(passed) == set(page.evaluate(TO_REACH))
    page.evaluate(NOTE)
    for _ in passed:
        page.keyboard.press("Shift+Tab")
    assert page.evaluate("noted") == passed[::-1]


def test_the_keyboard_skips_searches_and_chooses_a_theme(visit):
    from playwright.sync_api import expect

    page = visit("instructors/grading.html")
    focus = page.locator(":focus")
    page.keyboard.press("Tab")
    expect(focus).to_have_text("Skip to main content")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert focus.evaluate("at => document.querySelector('#main-content').contains(at)")

    page.locator(".theme-switch-button:visible").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    while focus.inner_text().strip() != "Dark":
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")

    page.locator(".search-button__button:visible").focus()
    page.keyboard.press("Enter")
    expect(focus).to_have_attribute("type", "search")
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.keyboard.press("Control+K")
    page.keyboard.type("bubblewrap")
    page.keyboard.press("Enter")
    page.locator("#search-results li a").first.wait_for()


@pytest.mark.parametrize("menu", ["Site navigation", "On this page"])
def test_the_keyboard_opens_and_leaves_a_menu_of_the_phone(visit, menu):
    from playwright.sync_api import expect

    page = visit("instructors/grading.html", width=PHONE)
    button = page.get_by_role("button", name=menu)
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("dialog[open]")).to_be_visible()
    page.keyboard.press("Tab")
    assert page.locator(":focus").evaluate("at => at.closest('dialog') !== null")
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(button).to_be_focused()


def test_the_keyboard_opens_what_is_folded_and_moves_what_is_wide(visit):
    page = visit("course/05_grad_cam.html", width=PHONE)
    page.locator(".more-after").first.wait_for()
    assert page.locator(".live :is(.more-before, .more-after)").count() == 0
    folded = page.locator("main details").first
    folded.locator("summary").focus()
    page.keyboard.press("Enter")
    assert folded.evaluate("each => each.open")
    for wide in ("pre[tabindex='0']", "[role='group']"):
        wide = page.locator(f"main {wide}.more-after:not(.more-before)").first
        wide.focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_function("document.activeElement.matches('.more-before.more-after')")
        page.evaluate("document.activeElement.scrollLeft = document.activeElement.scrollWidth")
        page.wait_for_function("document.activeElement.matches('.more-before:not(.more-after)')")


def test_no_page_is_wider_than_a_phone(site, html_pages, visit):
    page = visit("index.html", width=PHONE)
    wide = {}
    for path in html_pages:
        page.goto(urljoin(page.url, "/" + path.relative_to(site).as_posix()))
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        width = page.evaluate(
            "Math.max(...[...document.querySelectorAll('html, .bd-article-container')]"
            ".map((each) => each.scrollWidth))"
        )
        if width > PHONE:
            wide[path.name] = width
    assert wide == {}
