"""Import TensorFlow without its greeting, and Keras on it or not at all.

Its C++ libraries write to file descriptor 2 before their log can be configured; in a notebook that
is a red box above everything else. Python's own errors are not touched.
"""

import os
import sys

from helpers import keras_file, keras_variable

if trouble := keras_variable():
    raise ImportError("; ".join(trouble))
sys.stderr.flush()
_stderr = os.dup(2)
with open(os.devnull, "wb") as _null:
    os.dup2(_null.fileno(), 2)
try:
    import tensorflow  # noqa: F401
finally:
    os.dup2(_stderr, 2)
    os.close(_stderr)

import keras  # noqa: E402  (on TensorFlow, which is to be imported first)

chosen = (keras.config.backend(), keras.config.image_data_format(), keras.config.floatx())
if chosen != ("tensorflow", "channels_last", "float32") and (trouble := keras_file()):
    raise ImportError("; ".join(trouble))
