"""Times the course's methods beside plain TensorFlow and other libraries; `course bench` runs it.

    python benchmarks/bench.py [--quick] [--rows WORD] [--repetitions N]

The contenders of a row alternate (A B A B ...), those of other libraries in a process of their own
environment; ratios are of medians, with the spread. A library that fails is reported so, with its
error. `python benchmarks/peers.py` makes the environments. `--quick` takes the small networks alone
and asserts that what is timed is right, never how long it takes.
"""

import argparse
import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / "build" / "peers"
IMPORTS = {
    "import tensorflow": "import tensorflow",
    "import helpers": "import helpers",
    "import helpers.datasets": "import helpers.datasets",
    "course --help": "from helpers.course.cli import app; app(['--help'], standalone_mode=False)",
}
FIRST_CALLS = {  # on the MNIST network: task and options
    "Grad-CAM": ("grad_cam", {}),
    "Grad-CAM++": ("grad_cam", {"plus_plus": True}),
    "gradient": ("saliency", {}),
    "guided backprop": ("saliency", {"guided": True}),
    "SmoothGrad": ("smooth_grad", {}),
    "integrated gradients": ("integrated_gradients", {}),
    "occlusion, 7×7 stride 7": ("occlusion", {"patch": 7, "stride": 7}),
    "maximization, one step": ("maximization", {"layer": "conv2", "filters": 1, "steps": 1}),
    "filter statistics, 256 images": ("statistics", {"count": 256}),
}


@dataclass
class Row:
    """Some work: `task` of each of `libraries` with `options`; the first library is the course's.

    `reach`: the ratio to reach of the second one's time to the course's, at least, or, where
    `within`, of the course's to the second one's, at most. `same`: where both compute the same,
    the tolerance, as a share of the spread.
    """

    work: str
    task: str
    options: dict
    libraries: tuple[str, ...] = ("course", "tensorflow")
    reach: float | None = None
    within: bool = False
    quick: bool = False
    same: float | None = None
    times: dict = field(default_factory=dict)


def rows() -> list[Row]:
    peers = ("loop", "tf-explain", "xplique", "captum")
    found = []
    occlusions = (("course_cnn", 7, 1, 1.0, 1.0, ()), ("mnist", 7, 1, 1.0, 2.5, peers))
    occlusions += (("alexnet", 50, 5, 0.25, 2.0, ()), ("vgg16", 50, 5, 0.1, 3.0, ()))
    occlusions += (("vgg16", 16, 8, 0.2, 5.0, ()), ("vgg16", 16, 4, 0.05, 5.0, ()))
    for name, patch, stride, share, reach, others in occlusions:
        options = {"name": name, "patch": patch, "stride": stride, "share": share}
        work = f"occlusion, {name}, {patch}×{patch} stride {stride}"
        libraries = ("course", "tensorflow", *others)
        found.append(Row(work, "occlusion", options, libraries, reach, False, share == 1, 1e-4))
    for name, reach in (("course_cnn", None), ("mnist", 1.6), ("vgg16", 1.15)):
        for plus, work in ((False, "Grad-CAM"), (True, "Grad-CAM++")):
            options, vis = {"name": name, "plus_plus": plus}, ("tf-keras-vis",)
            libraries = ("course", "tensorflow", *(() if name == "course_cnn" else vis))
            work = f"{work}, {name}, 16 images"
            quick = name == "course_cnn"
            found.append(Row(work, "grad_cam", options, libraries, reach, True, quick))
    for name in ("course_cnn", "mnist", "vgg16"):
        quick = name == "course_cnn"
        for guided, work in ((False, "gradient"), (True, "guided backprop")):
            options, same = {"name": name, "guided": guided}, None if guided else 1e-4
            work = f"{work}, {name}, 16 images"
            row = Row(work, "saliency", options, reach=1.05, within=True, quick=quick, same=same)
            found.append(row)
        work = f"integrated gradients, {name}, 50 steps"
        more = {"reach": 1.05, "within": True, "quick": quick}
        found.append(Row(work, "integrated_gradients", {"name": name}, same=1e-3, **more))
        found.append(Row(f"SmoothGrad, {name}, 50 samples", "smooth_grad", {"name": name}, **more))
    for name, layer, filters, steps, libraries, reach in (
        ("course_cnn", "l3", 16, 30, (), None),
        ("mnist", "conv2", 64, 30, ("tf-keras-vis", "xplique"), 40),
        ("mnist", "conv2", 64, 200, ("tf-keras-vis", "xplique"), 40),
        ("vgg16", "block3_conv1", 8, 30, ("tf-keras-vis",), 2.5),
    ):
        options = {"name": name, "layer": layer, "filters": filters, "steps": steps}
        work = f"maximization, {name} {layer}, {filters} filters, {steps} steps"
        libraries, quick = ("course", *libraries), name == "course_cnn"
        found.append(Row(work, "maximization", options, libraries, reach, quick=quick))
    options = {"name": "course_cnn", "count": 60_000}
    statistics_of = {"reach": 1.4, "within": True, "quick": True, "same": 1e-3}
    found.append(Row("filter statistics, course_cnn, 60,000 images", "statistics", options))
    vars(found[-1]).update(statistics_of)
    return found


class Process:
    """A process that serves one library's work, in its environment."""

    def __init__(self, python: Path):
        environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "TQDM_DISABLE": "1"}
        environment |= {"KERAS_BACKEND": "tensorflow", "PYTHONWARNINGS": "ignore"}
        self.process = subprocess.Popen(
            [python, ROOT / "benchmarks" / "work.py"],
            **{"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL},
            text=True,
            env=environment,
        )

    def ask(self, **request) -> dict:
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        return json.loads(line) if line else {"error": f"died with {self.process.wait()}"}

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def environment(library: str) -> Path:
    """The Python of a library's environment."""
    if library in ("course", "tensorflow", "loop"):
        return Path(sys.executable)
    return PEERS / library / "bin" / "python"


def measure(row: Row, repetitions: int, quick: bool, folder: Path, processes: dict) -> dict:
    """First calls, then A B A B; `wall`, `cpu` (seconds) and `first` of each library."""
    results, values = {}, {}
    options = dict(row.options)
    if quick and "count" in options:
        options["count"] = 2_000

    def ask(library, **more):
        own = {"check": True} if quick and library == "tensorflow" and row.same else {}
        own = own if row.task in ("occlusion", "statistics") else {}
        key = [row.work, library]
        python = environment(library)
        if not python.exists():
            return {"error": f"not installed: python benchmarks/peers.py {library}"}
        if python not in processes or processes[python].process.poll() is not None:
            processes[python] = Process(python)
        return processes[python].ask(
            library=library, task=row.task, options=options | own, key=key, **more
        )

    for library in row.libraries:
        result = results[library] = {"wall": [], "cpu": [], "peak": []}
        values[library] = folder / f"{library}.npy"
        reply = ask(library, save=str(values[library]))
        if "error" in reply:
            result["error"] = reply["error"]
        else:
            result.update(first=reply["wall"], version=reply["version"])
    for _ in range(repetitions):
        for library in row.libraries:
            if "error" not in results[library]:
                reply = ask(library)
                for name in ("wall", "cpu", "peak"):
                    results[library][name].append(reply[name])
    if quick:
        check(row, results, values)
    return results


def check(row: Row, results: dict, values: dict) -> None:
    """That the course's contender ran and computed what it should."""
    for library in ("course", "tensorflow"):
        if "error" in results.get(library, ()):
            raise AssertionError(f"{row.work}: {library} failed: {results[library]['error']}")
    value = np.load(values["course"])
    assert value.size and np.isfinite(value).all(), f"{row.work}: {value}"
    assert np.ptp(value) > 0, f"{row.work}: all values are {value.flat[0]}"
    if row.same:
        expected = np.load(values["tensorflow"])
        error = np.abs(value - expected).max() / np.ptp(expected)
        assert error <= row.same, f"{row.work}: off by {error:.1e} of the spread"


def import_times(repetitions: int) -> dict:
    """Seconds that imports take in a process of their own."""
    found = {name: {"wall": [], "cpu": []} for name in IMPORTS}
    for _ in range(repetitions):
        for name, code in IMPORTS.items():
            before, started = os.times(), time.perf_counter()
            done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True)
            found[name]["wall"].append(time.perf_counter() - started)
            after = os.times()
            cpu = after.children_user + after.children_system
            cpu -= before.children_user + before.children_system
            found[name]["cpu"].append(cpu)
            assert done.returncode == 0, done.stderr.decode()
    return found


def first_calls(repetitions: int) -> dict:
    """Seconds that a method's first call takes in a process of its own, which has made the MNIST
    network already; to reach: 0.7 s."""
    found = {name: {"wall": [], "cpu": []} for name in FIRST_CALLS}
    for _ in range(repetitions):
        for name, (task, options) in FIRST_CALLS.items():
            process = Process(Path(sys.executable))
            options = {"name": "mnist"} | options
            reply = process.ask(library="course", task=task, options=options, key=name)
            process.close()
            assert "error" not in reply, f"first call of {name}: {reply['error']}"
            for clock, times in found[name].items():
                times.append(reply[clock])
    return found


def machine() -> dict:
    packages = ("tensorflow", "keras", "numpy")
    model = ""
    if Path("/proc/cpuinfo").exists():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.split(":")[1].strip() for line in lines if "model name" in line), "")
    return {
        "processor": f"{platform.machine()} {model}".strip(),
        "cores": os.cpu_count(),
        "threads": os.environ.get("TF_NUM_INTRAOP_THREADS", "TensorFlow's default"),
        "load": os.getloadavg(),
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in packages},
    }


def ratio(mine: dict, other: dict, clock: str = "wall") -> tuple[float, float, float]:
    """The other's median over mine, and the least and largest of the paired repetitions."""
    pairs = [b / a for a, b in zip(mine[clock], other[clock], strict=True)]
    median = statistics.median(other[clock]) / statistics.median(mine[clock])
    return median, min(pairs), max(pairs)


def show(row: Row, results: dict) -> None:
    mine = results["course"]
    print(row.work)
    if "error" in mine:
        print(f"  course FAILED: {mine['error']}")
        return
    for library in row.libraries:
        result = results[library]
        if "error" in result:
            print(f"  {library:13} FAILED: {result['error']}")
            continue
        wall, cpu = (statistics.median(result[clock]) for clock in ("wall", "cpu"))
        line = f"  {library:13} {wall:9.3f} s, CPU {cpu:9.3f} s, first {result['first']:6.2f} s"
        if library != "course":
            low, middle, high = ratio(mine, result)[1], *ratio(mine, result)[::2]
            cpu = ratio(mine, result, "cpu")[0]
            line += f": {middle:7.2f} × the course's ({low:.2f}–{high:.2f}), CPU {cpu:.2f} ×"
        print(line, flush=True)
    if row.reach:
        print(f"  to reach: {verdict(row, results)}", flush=True)


def verdict(row: Row, results: dict) -> str:
    other = row.libraries[1]
    if "error" in results[other]:
        return f"{other} failed"
    found, cpu = (ratio(results["course"], results[other], clock)[0] for clock in ("wall", "cpu"))
    if row.within:
        good, kind = 1 / found <= row.reach, "at most"
        found, cpu = 1 / found, 1 / cpu
    else:
        good, kind = found >= row.reach, "at least"
    words = "reached" if good else "missed"
    return f"{kind} {row.reach} × {other}: {words} with {found:.2f} (CPU {cpu:.2f})"


def picture(report: dict, path: Path) -> None:
    """Each contender's median over the course's, a row each."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    done = [entry for entry in report["rows"] if "error" not in entry["results"]["course"]]
    fig, axes = plt.subplots(figsize=(9, 1.5 + 0.35 * len(done)), layout="constrained")
    libraries = dict.fromkeys(name for entry in done for name in entry["results"])
    libraries.pop("course", None)
    markers = dict(zip(libraries, "osD^vP*X", strict=False))
    for y, entry in enumerate(done):
        for library, result in entry["results"].items():
            if library != "course" and "error" not in result:
                middle, low, high = ratio(entry["results"]["course"], result)
                colour = f"C{list(libraries).index(library)}"
                axes.plot([low, high], [y, y], color=colour, linewidth=1)
                axes.plot(middle, y, markers[library], color=colour, label=library)
    handles = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    where = {"loc": "outside lower center", "ncols": max(len(handles), 1), "frameon": False}
    fig.legend(handles.values(), handles.keys(), **where)
    axes.axvline(1, color="0.3", linewidth=1)
    axes.set_xscale("log")
    axes.set_yticks(range(len(done)), [entry["work"] for entry in done])
    axes.invert_yaxis()
    axes.set_xlabel("time, as a multiple of the course's (median, and its least and largest)")
    axes.set_title("How long others take for the same work")
    fig.savefig(path, dpi=130)
    plt.close(fig)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="the course's networks, asserting")
    parser.add_argument("--rows", default="", help="only rows with this in their name")
    parser.add_argument("--repetitions", type=int, default=5)
    options = parser.parse_args()
    chosen = [row for row in rows() if options.rows.lower() in row.work.lower()]
    repetitions = options.repetitions
    if options.quick:
        chosen, repetitions = [row for row in chosen if row.quick], 1
        for row in chosen:
            row.libraries = tuple(n for n in row.libraries if n in ("course", "tensorflow"))
    report, processes = {"machine": machine(), "rows": []}, {}
    print(*(f"{name}: {value}" for name, value in report["machine"].items()), sep=", ")
    build = ROOT / "build"
    build.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for row in chosen:
            results = measure(row, repetitions, options.quick, Path(folder), processes)
            show(row, results)
            entry = {"work": row.work, "reach": row.reach, "within": row.within}
            report["rows"].append(entry | {"results": results})
            (build / "bench.json").write_text(json.dumps(report, indent=1) + "\n")
    for process in processes.values():
        process.close()
    for task, times_of in (("imports", import_times), ("first calls", first_calls)):
        if options.rows.lower() in task and not (options.quick and task == "first calls"):
            report[task] = times_of(repetitions)
            for name, times in report[task].items():
                wall, cpu = (statistics.median(times[clock]) for clock in ("wall", "cpu"))
                print(f"{task[:-1]}: {name:30} {wall:6.2f} s, CPU {cpu:6.2f} s")
    (build / "bench.json").write_text(json.dumps(report, indent=1) + "\n")
    if report["rows"]:
        picture(report, build / "bench.png")
    print(f"written: {build / 'bench.json'}, {build / 'bench.png'}")


if __name__ == "__main__":
    main()
