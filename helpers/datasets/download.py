"""Fetching a file that must have a known SHA-256."""

import hashlib
import time
from pathlib import Path
from threading import Thread

from helpers.datasets.core import DatasetUnavailable

ANSWER_SECONDS = 4  # a mirror that has not said a word by then counts as offline
READ_SECONDS = 15  # a transfer that stands still for so long is given up


def answering(urls: list[str]) -> list[str]:
    """Those of the URLs whose server answers at all.

    A name look-up without a network may block far longer than any timeout of a socket. So each
    server is asked in a thread of its own, and this thread is left alone when the time is up.
    """
    import requests

    answered = set()

    def ask(url):
        try:
            requests.head(url, timeout=ANSWER_SECONDS)
            answered.add(url)
        except OSError:  # requests' own errors included
            pass

    threads = [Thread(target=ask, args=(url,), daemon=True) for url in urls]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + ANSWER_SECONDS
    for thread in threads:
        thread.join(max(0, deadline - time.monotonic()))
    return [url for url in urls if url in answered]


def fetch(urls: list[str], path: Path, sha256: str) -> None:
    """Download the first of `urls` that yields the right content to `path`, with a progress bar;
    nothing is done where it lies there already. Of `sha256` the first digits will do, where no more
    are published.

    Every server that answers is tried twice. The file appears at `path` whole and checked, or not
    at all: then `DatasetUnavailable` says, a line a URL, what went wrong.
    """
    if path.is_file():
        try:
            return _check(path, sha256)
        except ValueError as error:
            print(f"Removed, to be fetched again: {path}: {error}")
            path.unlink()
    import pooch
    from tqdm.auto import tqdm

    pooch.get_logger().setLevel("WARNING")  # its chatter goes to stderr
    failures = dict.fromkeys(urls, "no answer (offline?)")
    for url in answering(urls) * 2:
        try:
            # total=1 until pooch knows better: a bar without a total is falsy, so taken for none
            with tqdm(desc=path.name, total=1, unit="B", unit_scale=True) as bar:
                download = pooch.HTTPDownloader(
                    progressbar=bar, timeout=(ANSWER_SECONDS, READ_SECONDS)
                )

                def checked(url, part, _, download=download):  # before pooch moves it to its place
                    download(url, part, None)
                    _check(part, sha256)

                pooch.retrieve(url, None, path.name, path.parent, None, checked)
            return
        except (OSError, ValueError) as error:  # network, disk; ValueError is a wrong SHA-256
            failures[url] = str(error)
    raise DatasetUnavailable("\n".join(f"{url}: {why}" for url, why in failures.items()))


def _check(path: Path | str, sha256: str) -> None:
    """`ValueError` for a file whose SHA-256 does not begin with `sha256`."""
    with open(path, "rb") as file:
        got = hashlib.file_digest(file, "sha256").hexdigest()
    if not got.startswith(sha256):
        raise ValueError(f"its SHA-256 hash should be {sha256:…<64}, and is {got}")
