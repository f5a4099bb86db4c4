"""What the tests would notice: of 25 small faults in a module, how many fail a test?

    python benchmarks/mutants.py                  every module; about an hour of one core
    python benchmarks/mutants.py scores gradebook  these alone

Each fault is one of cosmic-ray's mutations, drawn with a fixed seed. It is made in a copy of the
project (build/mutants/tree), and the tests that belong to the module run there, up to the first
that fails. The report names each mutant that no test noticed; build/mutants/*.json holds them all.
TensorFlow is imported once: each mutant gets a fork of this process, so Linux or macOS is needed.
"""

import ast
import difflib
import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "build" / "mutants"
TREE = BUILD / "tree"
SAMPLE, SEED = 25, 0
TIMEOUT = 1800  # seconds: many times what the tests take, so that a busy machine kills no mutant
LEFT_OUT = ("build", ".*", "__pycache__", "*.ipynb_checkpoints", "submitted", "autograded")

GRADE = "tests/grading/test_grade.py::test_{}".format
HONESTY = (
    "plain_data_travels_unchanged",
    "arrays_travel_unchanged",
    "nothing_that_comes_from_a_kernel_is_executed",
    "a_message_from_a_kernel_fits_into_a_card",
    "a_kernel_cannot_send_many_guesses",
    "both_halves_in_two_processes_agree_with_one",
)
# Of a module: the tests that belong to it, the cheapest first. Of those that grade whole
# submissions a few: each starts processes and kernels.
TESTS = {
    "scores": ["tests/test_scores.py"],
    "course/grading/slicing": ["tests/course/test_slicing.py"],
    "course/grading/rebuild": ["tests/course/test_rebuild.py", "tests/course/test_slicing.py"],
    "checks/apart": [
        "tests/checks/test_apart.py",
        *(f"tests/checks/test_honesty.py::test_{name}" for name in HONESTY),
        "tests/grading/test_misconceptions.py",
    ],
    "checks/core": ["tests/checks/test_core.py"],
    "checks/asking": ["tests/checks/test_apart.py", "tests/checks/test_core.py"],
    "methods/statistics": ["tests/methods/test_statistics.py"],
    "methods/occlusion": ["tests/methods/test_occlusion.py"],
    "methods/cam": ["tests/methods/test_cam.py"],
    "course/grading/gradebook": [
        GRADE("a_busy_gradebook_is_waited_for_and_its_password_stays_here"),
        "tests/course/test_collect.py::test_an_interruption_leaves_the_old_files_or_the_new",
        GRADE("a_task_has_the_gradebook_s_cells_in_the_order_of_the_notebook"),
        GRADE("unknown_names_are_refused"),
        GRADE("a_mark_given_by_hand_survives_and_is_flagged"),
        GRADE("what_goes_wrong_while_it_is_entered_leaves_no_trace"),
        GRADE("what_is_entered_once_more_counts_as_graded_only_when_all_is"),
        GRADE("once_again_when_resubmitted_and_when_forced"),
        GRADE("a_regrade_says_who_gains_and_loses_before_anything_is_written"),
    ],
    "course/grading/evidence": [
        "tests/grading/test_evidence.py",
        GRADE("feedback_says_what_failed_but_not_what_is_hidden"),
        GRADE("what_was_handed_in_is_kept_only_where_no_mark_depends_on_it"),
    ],
}
ENVIRONMENT = {
    "KERAS_BACKEND": "tensorflow",
    "MPLBACKEND": "Agg",
    "PYTHONDONTWRITEBYTECODE": "1",  # a mutant may be as long as the module, and as old
    "PYTHONPATH": str(TREE),
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
}
PRELOADED = ("tensorflow", "keras", "skimage.filters", "matplotlib.pyplot", "nbgrader.apps", "dask")


class Mutant(NamedTuple):
    operator: str
    line: int
    source: str


def main(wanted: list[str]) -> None:
    os.environ.update(ENVIRONMENT)
    sys.dont_write_bytecode = True
    for name in PRELOADED:
        __import__(name)
    shutil.rmtree(TREE, ignore_errors=True)
    shutil.copytree(ROOT, TREE, ignore=shutil.ignore_patterns(*LEFT_OUT))
    rows = []
    for module in [m for m in TESTS if not wanted or m.split("/")[-1] in wanted]:
        found = try_module(module)
        (BUILD / f"{module.replace('/', '_')}.json").write_text(json.dumps(found, indent=1))
        alive = [one for one in found if one["outcome"] == "survived"]
        for one in alive:
            print(f"\nhelpers/{module}.py, not noticed:\n{one['diff']}", flush=True)
        seconds = sum(one["cpu"] for one in found)
        rows.append(f"{module:20} {len(found) - len(alive):3} of {len(found)} {seconds:6.0f} CPU-s")
        print(f"\n{rows[-1]}", flush=True)
    print("\n" + "\n".join(rows))


def try_module(module: str) -> list[dict]:
    """What became of each mutant of a module, after a run without one, which must pass."""
    path = TREE / "helpers" / f"{module}.py"
    original = path.read_text()
    outcome, cpu = run_tests(TESTS[module])
    if outcome != "survived":
        sys.exit(f"the tests of {module} fail without a mutant, too: see {BUILD / 'log'}")
    print(f"\n{module}: {cpu:.0f} CPU-s without a mutant", flush=True)
    found = []
    for mutant in sampled(original, module):
        path.write_text(mutant.source)
        try:
            outcome, cpu = run_tests(TESTS[module])
        finally:
            path.write_text(original)
        lines = difflib.unified_diff(original.splitlines(), mutant.source.splitlines(), n=0)
        diff = "\n".join([*lines][2:])
        print(f"{outcome:9} {cpu:4.0f} CPU-s  line {mutant.line}: {mutant.operator}", flush=True)
        found.append({"outcome": outcome, "cpu": cpu, "operator": mutant.operator, "diff": diff})
    return found


def sampled(source: str, module: str) -> list[Mutant]:
    """At most one mutant of a kind in a place: there are twelve others for each `+`."""
    mutants = list(positions(source))
    random.Random(f"{SEED} {module}").shuffle(mutants)
    found, taken, meaning = [], set(), without_types(source)
    for name, occurrence, place in mutants:
        kind = name.split("/")[1].split("_")[0]
        if (kind, place) not in taken and len(found) < SAMPLE:
            mutated = mutate(source, name, occurrence)
            if without_types(mutated) not in (meaning, None):
                taken.add((kind, place))
                found.append(Mutant(name.split("/")[1], place[0], mutated))
    return found


def positions(source: str) -> Iterator[tuple[str, int, tuple[int, int]]]:
    """Where each of cosmic-ray's operators can mutate: its name, which time, line and column."""
    from cosmic_ray import plugins
    from cosmic_ray.ast import ast_nodes, get_ast

    nodes = list(ast_nodes(get_ast(source)))
    for name in sorted(plugins.operator_names()):
        if plugins.get_operator(name).arguments():
            continue  # it needs to be told what to insert
        operator = plugins.get_operator(name)()
        where = (start for node in nodes for start, _ in operator.mutation_positions(node))
        yield from ((name, occurrence, start) for occurrence, start in enumerate(where))


def mutate(source: str, name: str, occurrence: int) -> str:
    from cosmic_ray import plugins
    from cosmic_ray.mutating import mutate_code

    return mutate_code(source, plugins.get_operator(name)(), occurrence)


def without_types(source: str) -> str | None:
    """The meaning of a source, in which annotations do not count; None where it is no Python."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        for field in ("annotation", "returns"):
            if getattr(node, field, None) is not None:
                setattr(node, field, ast.Constant(None))
    return ast.dump(tree)


def run_tests(tests: list[str]) -> tuple[str, float]:
    """ "survived", "killed" or "timeout", and the CPU-seconds that it took."""
    log, started = BUILD / "log", time.monotonic()
    child = os.fork()
    if child == 0:
        run_here(tests, log)
    while True:
        pid, status, usage = os.wait4(child, os.WNOHANG)
        if pid:
            break
        if time.monotonic() - started > TIMEOUT:
            os.killpg(child, signal.SIGKILL)
            _, _, usage = os.wait4(child, 0)
            return "timeout", usage.ru_utime + usage.ru_stime
        time.sleep(0.1)
    code = os.waitstatus_to_exitcode(status)
    if code in (3, 4, 5):  # pytest's own faults, and no test
        sys.exit(f"the tests did not run: see {log}")
    return "killed" if code else "survived", usage.ru_utime + usage.ru_stime


def run_here(tests: list[str], log: Path) -> None:
    try:
        os.setsid()
        os.chdir(TREE)
        sys.path[0] = str(TREE)
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        import pytest

        options = ["-x", "-q", "--hypothesis-seed=0", f"--override-ini=cache_dir={BUILD}/cache"]
        code = pytest.main([*options, *tests], plugins=[SlowLast()])
        sys.stdout.flush()
        os._exit(int(code))
    finally:
        os._exit(3)


class SlowLast:
    def pytest_collection_modifyitems(self, items):
        items.sort(key=lambda item: item.get_closest_marker("slow") is not None)


if __name__ == "__main__":
    main(sys.argv[1:])
