"""What every test may rely on, from collection onwards."""

import gc
import os
import random
import sys
import sysconfig
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from helpers.course import share_cores


def pytest_configure(config):
    os.environ["MPLBACKEND"] = "Agg"
    share_cores()
    os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    # Kept from run to run, so that training on MNIST happens once per machine.
    # In build/, since the sandbox shows the whole folder: beside .pytest_cache it would show tests.
    os.environ.setdefault("COURSE_CACHE", str(config.rootpath / "build" / "cache"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Where several workers share the tests (`make test`): those of one file stay together, as they
    share fixtures; of those about executed notebooks, those of one execution, which may be one in
    the browser. Each worker has a JupyterLab of its own. (The group marks of xdist 3.8 have no
    effect under pytest 9.2, which keeps an item's id elsewhere.)
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByFixtures(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return execution_of(nodeid) or nodeid.partition("::")[0]

    return ByFixtures(config, log)


def execution_of(nodeid):
    """Which execution of which notebook a test is about, as its id says it; "" for other tests."""
    run = nodeid.partition("[")[2]
    return run if run.startswith(("here-", "alone-")) else ""


# Rooms, and files of no room, in this order; the others follow.
LONGEST = ("browser", "grading", "checks", "methods", "models", "course")
LONGEST += ("test_style.py", "test_benchmarks.py")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config, items):
    """What takes longest begins first, so that in the end no worker waits for another. Before all
    come the executions of notebooks, from the last one on: the last ones train networks that other
    tests need, too. Notebook 12 comes after the others, which train its networks. A test depends on
    COURSE_DATA where its file loads what that decides, or where it is about executed notebooks."""
    rooms = {p: p.relative_to(config.rootpath / "tests").parts[0] for p in {i.path for i in items}}
    data = {path for path in rooms if 'load("default")' in path.read_text(encoding="utf-8")}
    items.sort(key=lambda item: (*LONGEST, rooms[item.path]).index(rooms[item.path]))
    items.sort(key=lambda item: execution_of(item.nodeid).replace("-12_", "-00_"), reverse=True)
    for item in items:
        if item.path in data or "executed" in item.fixturenames:
            item.add_marker("data")


def pytest_collection_finish():
    """What the modules of tests have imported stays: no collection need look at it again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    """A test draws the same weights, whichever tests ran before it."""
    random.seed(0)
    if keras := sys.modules.get("keras"):
        keras.utils.set_random_seed(0)


def pytest_runtest_teardown(item, nextitem):
    """Keras's models are in cycles, and many of them are left when a file of tests ends."""
    if nextitem is None or nextitem.path != item.path:
        gc.collect()


class Mirror:
    """A server of files; a path in `break_off` or `garble` is spoilt that often."""

    def __init__(self):
        self.files, self.asked, self.break_off, self.garble = {}, [], {}, {}
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            def do_HEAD(self):
                self.send_response(200)
                self.end_headers()

            def do_GET(self):
                mirror.asked.append(self.path)
                content = mirror.files.get(self.path)
                if content is None:
                    return self.send_error(404)
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                if mirror.break_off.get(self.path, 0) > 0:
                    mirror.break_off[self.path] -= 1
                    content = content[: len(content) // 2]
                if mirror.garble.get(self.path, 0) > 0:
                    mirror.garble[self.path] -= 1
                    content = content[::-1]
                self.wfile.write(content)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def mirror():
    mirror = Mirror()
    yield mirror
    mirror.close()
