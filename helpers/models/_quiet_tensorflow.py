"""Import TensorFlow without its greeting, and Keras on it or not at all.

TensorFlow's C++ libraries write to file descriptor 2 before their log can be configured; in a
notebook that is a red box above everything else. Python's own errors are not touched.

Keras looks for scikit-learn, to wrap models for it. The course does not use these wrappers, and the
import takes a sixth of a kernel's start. So Keras finds scikit-learn only where it was imported
before.
"""

import os
import sys

from helpers import keras_file, keras_variable

if trouble := keras_variable():
    raise ImportError("; ".join(trouble))
sys.stderr.flush()
_stderr = os.dup(2)
_hide = "sklearn" not in sys.modules
if _hide:
    sys.modules["sklearn"] = None  # type: ignore[assignment]
with open(os.devnull, "wb") as _null:
    os.dup2(_null.fileno(), 2)
try:
    import tensorflow  # noqa: F401  # isort: skip  (before Keras)
    import keras
finally:
    if _hide:
        del sys.modules["sklearn"]
    os.dup2(_stderr, 2)
    os.close(_stderr)

chosen = (keras.config.backend(), keras.config.image_data_format(), keras.config.floatx())
if chosen != ("tensorflow", "channels_last", "float32") and (trouble := keras_file()):
    raise ImportError("; ".join(trouble))
