"""Inside CNNs: the tested package that the course's notebooks stand on."""

import json
import logging
import os
from pathlib import Path

# TensorFlow writes its C++ log to stderr, where nbgrader would take it for a failure of the cell.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# To Keras an empty variable means the backend of its file.
os.environ["KERAS_BACKEND"] = os.environ.get("KERAS_BACKEND") or "tensorflow"
# An exercise may build a small model in each call. Then TensorFlow advises above a picture, in six
# lines, to trace functions less often: that is no mistake here.
logging.getLogger("tensorflow").addFilter(
    lambda record: "triggered tf.function retracing" not in record.getMessage()
)

KERAS_SETTINGS = {
    "backend": "tensorflow",
    "image_data_format": "channels_last",
    "floatx": "float32",
}


def tensorflow_package() -> str:
    """Return the name of the package that brought TensorFlow."""
    from importlib.metadata import distributions

    names = "tensorflow-cpu", "tensorflow"
    return next((name for name in names if any(distributions(name=name))), "tensorflow")


def keras_variable() -> tuple[str, str] | None:
    """Return what is wrong with the environment's choice of Keras's backend, and the remedy; None
    if nothing is wrong."""
    if (backend := os.environ["KERAS_BACKEND"]) == "tensorflow":
        return None
    seen = f"the environment variable KERAS_BACKEND is {backend!r}; the course needs 'tensorflow'"
    command = "set KERAS_BACKEND=" if os.name == "nt" else "unset KERAS_BACKEND"
    return seen, f"close JupyterLab, type `{command}`, and start again"


def keras_file() -> tuple[str, str] | None:
    """Return what is wrong with the settings in Keras's keras.json, and the remedy; None if nothing
    is wrong."""
    folder = os.environ.get("KERAS_HOME") or "~/.keras"
    file = Path(folder).expanduser() / "keras.json"
    try:
        settings = json.loads(file.read_text())
        wrong = {k: v for k, v in KERAS_SETTINGS.items() if settings.get(k, v) != v}
    except (OSError, ValueError, AttributeError):  # Keras passes over a file that is no JSON
        return None
    if not wrong:
        return None
    has = ", ".join(f'"{name}": {json.dumps(settings[name])}' for name in wrong)
    needs = ", ".join(f'"{name}": "{value}"' for name, value in wrong.items())
    return f"{file} says {has}; the course needs {needs}", f"remove {file}: Keras writes a new one"
