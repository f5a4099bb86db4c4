"""Import TensorFlow without its greeting.

Its C++ libraries write to file descriptor 2 before their log can be configured; in a notebook that
is a red box above everything else. Python's own errors are not touched.
"""

import os
import sys

sys.stderr.flush()
_stderr = os.dup(2)
with open(os.devnull, "wb") as _null:
    os.dup2(_null.fileno(), 2)
try:
    import tensorflow  # noqa: F401
finally:
    os.dup2(_stderr, 2)
    os.close(_stderr)
