"""Inside CNNs: the tested package that the course's notebooks stand on."""

import os

# TensorFlow writes its C++ log to stderr, where nbgrader would take it for a failure of the cell.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
