"""Times the course's methods beside plain TensorFlow and other libraries; `course bench` runs it.

    python benchmarks/bench.py [--quick] [--rows WORD] [--repetitions N]

The contenders of a row alternate (A B A B ...), those of other libraries in a process of their own
environment; ratios are of medians, with the spread. A library that fails is reported so, with its
error. `python benchmarks/peers.py` makes the environments. `--quick` takes the small networks alone
and asserts that what is timed is right (work.py's `check_…` say what is), never how long it takes.
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
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from helpers import tensorflow_package

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

PHOTOGRAPHS = ("efficientnet_lite0", "MobileNetV2", "ResNet50")
REAL = {  # files below $COURSE_DATA/keras-models, and a patch and a stride for their images
    "keras1-mnist/model.json": (7, 1),
    "keras2.3-mnist/mnist_cnn.h5": (7, 1),
    "old-keras-archive/mnist.keras": (7, 1),
    "keras2.3-emotion/fer.json": (12, 2),
    "keras2.0-mini-xception/fer2013_mini_XCEPTION.100-0.65.hdf5": (12, 2),
    "keras3-json-only/model_a.json": (12, 2),
    "mismatched-pair/model_a1.json": (12, 2),
}
BEYOND = ("EfficientNetB0", "ConvNeXtTiny")  # squeeze-and-excitation, LayerNorm


@dataclass
class Row:
    """Some work: `task` with `options`, of the course and of each of `libraries`.

    `reach`: by library, how many times as long as the course it has to take, at least; below 1
    where the course may take longer. `same`: the tolerance, as a share of the spread, within which
    a quick run's result must be what work.py's plain computation says.
    """

    work: str
    task: str
    options: dict
    reach: dict[str, float] = field(default_factory=dict)
    libraries: tuple[str, ...] = ("tensorflow",)
    quick: bool = False
    same: float = 1e-4


def rows() -> list[Row]:
    found = []
    peers = {"tf-explain": 1, "xplique": 1, "captum": 1, "loop": 1}
    for name, patch, stride, share, reach in (
        ("course_cnn", 7, 1, 1.0, {"tensorflow": 1}),
        ("mnist", 7, 1, 1.0, {"tensorflow": 2.5} | peers),
        ("alexnet", 50, 5, 1.0, {"tensorflow": 2.2}),
        ("VGG16", 50, 5, 0.1, {"tensorflow": 4}),
        *((name, 50, 5, 0.05, {"tensorflow": 1.8}) for name in PHOTOGRAPHS),
        *((name, 50, 5, 0.05, {"tensorflow": 0.95}) for name in BEYOND),
        ("VGG16", 16, 8, 0.2, {"tensorflow": 5}),
        ("VGG16", 16, 4, 0.05, {"tensorflow": 5}),
    ):
        options = {"name": name, "patch": patch, "stride": stride, "share": share}
        work = f"occlusion, {name}, {patch}×{patch} stride {stride}"
        quick = name in ("course_cnn", "mnist")
        found.append(Row(work, "occlusion", options, reach, tuple(reach), quick))
    for name, (patch, stride) in REAL.items():
        if (Path(os.environ.get("COURSE_DATA", "")) / "keras-models" / name).is_file():
            options = {"name": name, "patch": patch, "stride": stride}
            work = f"occlusion, {name.split('/')[0]}, {patch}×{patch} stride {stride}"
            found.append(Row(work, "occlusion", options, {"tensorflow": 0.97}))
    passes = {"tensorflow": 1 / 1.05}
    for name, most in (("course_cnn", None), ("mnist", 1.6), ("VGG16", 1.15)):
        options, quick = {"name": name}, name == "course_cnn"
        reach = {"tensorflow": 1 / most, "tf-keras-vis": 3} if most else {}
        libraries = tuple(reach) or ("tensorflow",)
        for plus, method in ((False, "Grad-CAM"), (True, "Grad-CAM++")):
            more, work = options | {"plus_plus": plus}, f"{method}, {name}, 16 images"
            found.append(Row(work, "grad_cam", more, reach, libraries, quick))
        for guided, method in ((False, "gradient"), (True, "guided backprop")):
            more, work = options | {"guided": guided}, f"{method}, {name}, 16 images"
            found.append(Row(work, "saliency", more, passes, quick=quick))
        for task, work in (
            ("integrated_gradients", f"integrated gradients, {name}, 50 steps"),
            ("smooth_grad", f"SmoothGrad, {name}, 50 samples"),
        ):
            found.append(Row(work, task, options, passes, quick=quick))
    for name, layer, filters, steps, reach in (
        ("course_cnn", "l3", 16, 30, {}),
        ("mnist", "conv2", 64, 30, {"tf-keras-vis": 40, "xplique": 2}),
        ("mnist", "conv2", 64, 200, {"tf-keras-vis": 40, "xplique": 2}),
        ("VGG16", "block3_conv1", 8, 30, {"tf-keras-vis": 2.5}),
    ):
        options = {"name": name, "layer": layer, "filters": filters, "steps": steps}
        work = f"maximization, {name} {layer}, {filters} filters, {steps} steps"
        quick = name == "course_cnn"
        found.append(Row(work, "maximization", options, reach, tuple(reach), quick))
    options, reach = {"name": "course_cnn", "count": 60_000}, {"tensorflow": 1 / 1.35}
    work = "filter statistics, course_cnn, 60,000 images"
    found.append(Row(work, "statistics", options, reach, quick=True))
    for name, reach in (("course_cnn", {"tensorflow": 3}), ("lenet", {})):
        found.append(Row(f"training, {name}", "training", {"name": name}, reach))
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
        """The answer to a request; of a process that died or took over half an hour, an error."""
        limit = threading.Timer(1800, self.process.kill)
        limit.start()
        try:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            limit.cancel()
        return json.loads(line) if line else {"error": f"died with {self.process.wait()}"}

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def environment(library: str) -> Path:
    """The Python of a library's environment."""
    if library in ("course", "tensorflow", "loop", "check"):
        return Path(sys.executable)
    return PEERS / library / "bin" / "python"


def measure(row: Row, repetitions: int, quick: bool, folder: Path, processes: dict) -> dict:
    """A first call each, untimed, then A B A B; `wall` and `cpu` (seconds) of each library."""
    options = row.options | ({"count": 2_000} if quick and "count" in row.options else {})
    results = {}

    def ask(library, **more):
        python = environment(library)
        if not python.exists():
            return {"error": f"not installed: python benchmarks/peers.py {library}"}
        if python not in processes or processes[python].process.poll() is not None:
            processes[python] = Process(python)
        return processes[python].ask(library=library, task=row.task, options=options, **more)

    libraries = [name for name in row.libraries if not quick or name == "tensorflow"]
    for library in ("course", *libraries):
        reply = ask(library, save=str(folder / f"{library}.npy"))
        results[library] = reply if "error" in reply else reply | {"wall": [], "cpu": []}
    for _ in range(repetitions):
        for library, result in results.items():
            if "error" not in result:
                reply = ask(library)
                if "error" in reply:
                    result["error"] = reply["error"]
                else:
                    result["wall"].append(reply["wall"])
                    result["cpu"].append(reply["cpu"])
    if quick:
        check(row, results | {"check": ask("check", save=str(folder / "check.npy"))}, folder)
    return results


def check(row: Row, results: dict, folder: Path) -> None:
    """That all ran, and that the course's contender computed what it should."""
    for library, result in results.items():
        if "error" in result:
            raise AssertionError(f"{row.work}: {library} failed: {result['error']}")
    value, expected = (np.load(folder / f"{library}.npy") for library in ("course", "check"))
    assert np.ptp(expected) > 0, f"{row.work}: all values are {expected.flat[0]}"
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
            reply = process.ask(library="course", task=task, options=options)
            process.close()
            assert "error" not in reply, f"first call of {name}: {reply['error']}"
            for clock, times in found[name].items():
                times.append(reply[clock])
    return found


def machine() -> dict:
    packages = {"tensorflow": tensorflow_package(), "keras": "keras", "numpy": "numpy"}
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
        **{name: importlib.metadata.version(package) for name, package in packages.items()},
    }


def ratio(mine: dict, other: dict, clock: str = "wall") -> tuple[float, float, float]:
    """The other's median over mine, and the least and largest of the paired repetitions."""
    pairs = [b / a for a, b in zip(mine[clock], other[clock], strict=True)]
    median = statistics.median(other[clock]) / statistics.median(mine[clock])
    return median, min(pairs), max(pairs)


def show(row: Row, results: dict) -> None:
    """What a row took; what is to reach is judged by the clock, by which a student waits."""
    print(row.work)
    mine = results["course"]
    for library, result in results.items():
        if "error" in result:
            print(f"  {library:13} FAILED: {result['error']}")
            continue
        wall, cpu = (statistics.median(result[clock]) for clock in ("wall", "cpu"))
        line = f"  {library:13} {wall:9.3f} s, CPU {cpu:9.3f} s"
        if library != "course" and "error" not in mine:
            (wall, *spread), (cpu, low, high) = (ratio(mine, result, c) for c in ("wall", "cpu"))
            line += f": {wall:.2f} × ({spread[0]:.2f}–{spread[1]:.2f}) the course's, "
            line += f"CPU {cpu:.2f} × ({low:.2f}–{high:.2f})"
            if reach := row.reach.get(library):
                line += f"; at least {reach:.2f}: {'reached' if wall >= reach else 'MISSED'}"
        print(line, flush=True)


def picture(report: dict, path: Path) -> None:
    """Each contender's median over the course's, a row each."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    from matplotlib.ticker import LogFormatter

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
    axes.xaxis.set_major_formatter(LogFormatter())
    axes.xaxis.set_minor_formatter(LogFormatter(minor_thresholds=(1, 0.4)))
    axes.set_yticks(range(len(done)), [entry["work"] for entry in done])
    axes.invert_yaxis()
    axes.set_xlabel("time by the clock over the course's (median, and its least and largest)")
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
    report, processes = {"machine": machine(), "rows": []}, {}
    print(*(f"{name}: {value}" for name, value in report["machine"].items()), sep=", ")
    build, name = ROOT / "build", "bench-quick" if options.quick else "bench"
    written, drawn = build / f"{name}.json", build / f"{name}.png"
    build.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for row in chosen:
            results = measure(row, repetitions, options.quick, Path(folder), processes)
            show(row, results)
            report["rows"].append({"work": row.work, "reach": row.reach, "results": results})
            written.write_text(json.dumps(report, indent=1) + "\n")
    for process in processes.values():
        process.close()
    for task, times_of in (("imports", import_times), ("first calls", first_calls)):
        if options.rows.lower() in task and not (options.quick and task == "first calls"):
            report[task] = times_of(repetitions)
            for name, times in report[task].items():
                wall, cpu = (statistics.median(times[clock]) for clock in ("wall", "cpu"))
                print(f"{task[:-1]}: {name:30} {wall:6.2f} s, CPU {cpu:6.2f} s")
    written.write_text(json.dumps(report, indent=1) + "\n")
    if report["rows"]:
        picture(report, drawn)
    print(f"written: {written}, {drawn}")


if __name__ == "__main__":
    main()
