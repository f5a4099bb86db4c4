"""Makes the environments of the libraries that bench.py compares with: build/peers/NAME.

    python benchmarks/peers.py [name ...]

tf-keras-vis and tf-explain use the course's own TensorFlow; xplique asks for another release, and
Captum for PyTorch, so that each has an environment of its own. "metrics" has Quantus and
pytorch-grad-cam, which bench.py does not need: `tests/faithfulness/test_oracles.py` does.
"""

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "build" / "peers"
PEERS = {
    "tf-keras-vis": ["tf-keras-vis"],
    "tf-explain": ["tf-explain", "opencv-python-headless"],  # it does not say that it needs it
    "xplique": ["xplique"],
    "captum": ["captum", "torch"],
    "metrics": ["quantus==0.6.0", "grad-cam>=1.5", "pytest"],
}


def make(name: str) -> None:
    folder = FOLDER / name
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    if name != "captum":  # what the course has, it need not install again
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        packages = folder / "lib" / version / "site-packages" / "course.pth"
        packages.write_text(sysconfig.get_path("purelib") + "\n")
    subprocess.run([python, "-m", "pip", "install", "--quiet", *PEERS[name]], check=True)


if __name__ == "__main__":
    for name in sys.argv[1:] or PEERS:
        make(name)
        print(f"made {FOLDER / name}")
