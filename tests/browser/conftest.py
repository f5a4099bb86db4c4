"""A real JupyterLab, started by `course lab` on a copy of the course, and a Chromium to use it."""

import json
import os
import shutil
import socket
import subprocess
import sysconfig
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from filelock import FileLock

from helpers import datasets, models
from helpers.course import build, samples

ROOT = Path(__file__).parents[2]
CHROMIUM = Path("/usr/bin/chromium")
OFFLINE = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
TOKEN = "test"
PATIENCE = 300_000  # ms, for whatever may wait for a first training on a busy computer


@pytest.fixture(scope="session")
def chromium():
    """The path of Debian's Chromium, installed where we may."""
    with FileLock(ROOT / "build" / "chromium.lock"):  # one worker installs, the others wait
        if not CHROMIUM.exists() and os.geteuid() == 0 and shutil.which("apt-get"):
            install = "apt-get install -qq -y --no-install-recommends chromium fonts-dejavu-core"
            command = f"timeout 300 sh -c 'apt-get update -qq && {install}'"
            subprocess.run(command, shell=True, capture_output=True, check=False)
    if not CHROMIUM.exists():
        pytest.skip(f"needs {CHROMIUM}: apt-get install chromium fonts-dejavu-core")
    return CHROMIUM


@pytest.fixture(scope="session")
def course(tmp_path_factory):
    """A course whose notebooks/ also holds, by student, the two sample submissions."""
    root = tmp_path_factory.mktemp("lab") / "course"
    ignored = shutil.ignore_patterns(".ipynb_checkpoints", "__pycache__")
    for folder in ("notebooks", "solutions"):
        shutil.copytree(ROOT / folder, root / folder, ignore=ignored)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    names = [path.stem for path in build.sources(root)]
    solutions = {name: build.read_notebook(root / "solutions", name) for name in names}
    samples.make_submissions(root, solutions, samples.typical_mistakes())
    for student in samples.STUDENTS:
        shutil.move(root / "submitted" / student, root / "notebooks" / student)
    return root


@pytest.fixture(scope="session")
def lab(course, tmp_path_factory):
    """The address of a running JupyterLab that reads and writes nothing of the user's."""
    home = tmp_path_factory.mktemp("home")
    places = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    places += ("JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")
    # JupyterLab does not save by itself: two saves at a time open a dialog, which takes the keys.
    settings = {"apputils": ("notification", "fetchNews", "false")}
    settings |= {"docmanager": ("plugin", "autosave", False)}
    for extension, (file, key, value) in settings.items():
        folder = home / f"JUPYTERLAB_SETTINGS_DIR/@jupyterlab/{extension}-extension"
        folder.mkdir(parents=True)
        (folder / f"{file}.jupyterlab-settings").write_text(json.dumps({key: value}))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = Path(sysconfig.get_path("scripts"), "course")
    options = ("--no-browser", "--allow-root", f"--IdentityProvider.token={TOKEN}")
    with (home / "log").open("w") as log:
        server = subprocess.Popen(
            [program, "lab", f"--port={port}", "--ServerApp.port_retries=0", *options],
            cwd=course,
            env=os.environ | {place: str(home / place) for place in places},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        address = f"http://127.0.0.1:{port}"
        try:
            _wait_for(address, server, home / "log")
            yield address
        finally:
            server.terminate()
            server.wait(60)


def _wait_for(address, server, log):
    while server.poll() is None:
        try:
            return request(address, "api/status")
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"`course lab` ended:\n{log.read_text()}")


def request(address, path, method="GET"):
    """Ask the server itself, past the browser."""
    header = {"Authorization": f"token {TOKEN}"}
    asked = urllib.request.Request(f"{address}/{path}", method=method, headers=header)
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return json.loads(answer.read() or "null")


# Not for the session: while Playwright's own event loop runs, no other test could start one.
@pytest.fixture(scope="session")
def digits():
    return datasets.load("digits")


@pytest.fixture(scope="session")
def model(digits):
    return models.trained("course_cnn", digits).model


@pytest.fixture(scope="module")
def browser(chromium):
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=120_000)  # ms: what a click changes, on a busy computer
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=OFFLINE)
        yield browser
        browser.close()


def axe_at_rest(page, *args, **settings):
    """What axe finds in the page once its animations end: text that is fading in is pale."""
    page.evaluate("""async () => {
      await new Promise(requestAnimationFrame);
      const ends = document.getAnimations().filter(
        (each) => each.playState === "running" && each.effect?.getComputedTiming().endTime < 1e9
      );
      await Promise.all(ends.map(animation => animation.finished.catch(() => {})));
    }""")
    return Axe().run(page, *args, **settings)


class Visit:
    """A page of JupyterLab, on which nothing may be complained about; no kernel outlives it."""

    def __init__(self, browser, lab, course):
        self.lab, self.course, self.complaints = lab, course, []
        self.page = browser.new_page(viewport={"width": 1280, "height": 900})
        self.page.on(
            "console", lambda said: self._complain(said.text) if said.type == "error" else None
        )
        self.page.on("pageerror", lambda error: self._complain(str(error)))

    def _complain(self, text):
        # JupyterLab itself tells as errors which of its requests a kernel's restart canceled.
        if "Canceled future for " not in text:
            self.complaints.append(text)

    def open(self, path):
        """Open a notebook in notebooks/, given its path, as nobody has run it yet."""
        # JupyterLab complains of saved widgets whose kernel is gone.
        notebook = nbformat.read(self.course / "notebooks" / path, as_version=4)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        notebook.metadata.pop("widgets", None)
        nbformat.write(notebook, self.course / "notebooks" / path)
        url = f"{self.lab}/lab/tree/{path}?reset&token={TOKEN}"
        opened = Notebook(self.page, url, self.course, path)
        # JupyterLab shows "idle" before it has a kernel, and forgets what it is to run until then.
        for _ in range(600):
            sessions = request(self.lab, "api/sessions")
            if any(one["path"] == path and one["kernel"]["connections"] for one in sessions):
                opened.wait_until_idle()
                return opened
            self.page.wait_for_timeout(500)
        raise AssertionError(f"{path} had no kernel within five minutes")

    def show(self, path, source, selector):
        """Open a new notebook of one cell, and run it until its output has `selector`."""
        cell = nbformat.v4.new_code_cell(source.strip())
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
        new = nbformat.v4.new_notebook(metadata=kernel, cells=[cell])
        nbformat.write(new, self.course / "notebooks" / path)
        notebook = self.open(path)
        notebook.cells.locator(".cm-content").press("Control+Enter")
        notebook.output(selector).first.wait_for(timeout=PATIENCE)
        return notebook

    def end(self):
        self.page.close()
        for session in request(self.lab, "api/sessions"):
            request(self.lab, f"api/sessions/{session['id']}", "DELETE")
        assert self.complaints == []


@pytest.fixture
def open_notebook(browser, lab, course):
    """A function that opens a notebook in notebooks/, given its path, as nobody has run it yet."""
    visit = Visit(browser, lab, course)
    yield visit.open
    visit.end()


class Notebook:
    """A notebook in JupyterLab, in the hands of somebody with a mouse and a keyboard."""

    def __init__(self, page, url, course, path):
        from playwright.sync_api import expect

        self.page, self.expect = page, expect
        self.file = course / "notebooks" / path
        self.source = nbformat.read(self.file, as_version=4)
        page.goto(url, timeout=PATIENCE)
        self.cells = page.locator(".jp-Notebook .jp-CodeCell")
        self.prompts = self.cells.locator(".jp-InputPrompt")
        expect(self.cells).to_have_count(len(self.code_cells()), timeout=PATIENCE)

    def wait_until_idle(self):
        kernel = self.page.locator(".jp-Notebook-ExecutionIndicator")
        self.expect(kernel).to_have_attribute("data-status", "idle", timeout=PATIENCE)

    def code_cells(self):
        return [cell for cell in self.source.cells if cell.cell_type == "code"]

    def run_all(self):
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        self.wait_until_run()

    def restart_and_run_all(self):
        self.page.get_by_title("Restart the kernel and run all cells").click()
        self.page.locator(".jp-Dialog button.jp-mod-warn", has_text="Restart").click()
        self.wait_until_run()

    def wait_until_run(self):
        """A star is on cells that run or wait. Between two cells there may be none for a moment."""
        star, unrun = (self.prompts.filter(has_text=text) for text in ("[*]", "[ ]"))
        self.expect(star).not_to_have_count(0, timeout=PATIENCE)
        self.expect(star).to_have_count(0, timeout=PATIENCE)
        while unrun.count():  # unless one has failed they still come
            self.page.wait_for_timeout(3000)
            if not star.count():
                break
            self.expect(star).to_have_count(0, timeout=PATIENCE)

    def saved(self):
        """The notebook as JupyterLab saves it, after all cells have run."""
        for wait in range(600):
            if wait % 20 == 0:  # a save may come too early for the number of the last cell
                self.page.keyboard.press("Control+S")
            self.page.wait_for_timeout(500)
            with suppress(nbformat.reader.NotJSONError):  # the file is just being written
                notebook = nbformat.read(self.file, as_version=4)
                if all(c.execution_count for c in notebook.cells if c.cell_type == "code"):
                    return notebook
        raise AssertionError(f"{self.file.name} was not saved within five minutes")

    def validate(self):
        """Press nbgrader's button; return what it answers."""
        self.page.get_by_role("button", name="Validate", exact=True).click()
        answer = self.page.locator(".jp-Dialog", has_text="Validation Results")
        answer.wait_for(timeout=PATIENCE)
        return answer.inner_text()

    def choose_theme(self, name):
        """ "Light" or "Dark"; JupyterLab keeps it for later tests."""
        body, light = self.page.locator("body"), str(name == "Light").lower()
        self.page.get_by_role("menuitem", name="Settings", exact=True).click()
        for item in ("Theme", f"JupyterLab {name}"):
            self.page.locator(".lm-Menu-itemLabel").get_by_text(item, exact=True).click()
        self.expect(body).to_have_attribute("data-jp-theme-light", light)
        self.expect(self.page.locator("#jupyterlab-splash")).to_have_count(0)

    def output(self, selector):
        return self.page.locator(f".jp-OutputArea-output {selector}")

    def write(self, grade_id, answer):
        """Replace what a cell holds."""
        ids = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in self.code_cells()]
        self.cells.nth(ids.index(grade_id)).locator(".cm-content").click()
        self.page.keyboard.press("Control+A")
        self.page.keyboard.insert_text(answer)

    def picture(self, name, top=None):
        """Write what is on the screen, `top` uppermost, to build/browser/, to be looked at."""
        if top:
            top.evaluate("element => element.scrollIntoView()")
        self.page.screenshot(path=ROOT / "build" / "browser" / f"{name}.png")
