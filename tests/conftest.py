"""What every test may rely on, from collection onwards."""

import os
import sysconfig


def pytest_configure(config):
    os.environ["MPLBACKEND"] = "Agg"
    os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    # Kept from run to run, so that training on MNIST happens once per machine.
    os.environ.setdefault("COURSE_CACHE", str(config.cache.mkdir("course")))
