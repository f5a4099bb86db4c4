"""Fetching a file that must have a known SHA-256."""

import time
from pathlib import Path
from threading import Thread

from helpers.datasets.core import DatasetUnavailable

ANSWER_SECONDS = 4  # a mirror that has not said a word by then counts as offline
READ_SECONDS = 15  # a transfer that stands still for so long is given up


def _answering(urls: list[str]) -> list[str]:
    """Those of the URLs whose server answers at all.

    A name look-up without a network may block far longer than any timeout of a socket, so each
    server is asked in a thread of its own, which is left behind when the time is up.
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
    """Download the first of `urls` that yields the right content to `path`, with a progress bar.

    Every server that answers is tried twice. The file appears at `path` whole and checked, or not
    at all: then `DatasetUnavailable` says, a line a URL, what went wrong.
    """
    import pooch
    from tqdm.auto import tqdm

    pooch.get_logger().setLevel("WARNING")  # its chatter goes to stderr
    failures = dict.fromkeys(urls, "no answer (offline?)")
    for url in _answering(urls) * 2:
        try:
            # total=1 until pooch knows better: a bar without a total is falsy, so taken for none
            with tqdm(desc=path.name, total=1, unit="B", unit_scale=True) as bar:
                download = pooch.HTTPDownloader(
                    progressbar=bar, timeout=(ANSWER_SECONDS, READ_SECONDS)
                )
                pooch.retrieve(url, f"sha256:{sha256}", path.name, path.parent, None, download)
            return
        except (OSError, ValueError) as error:  # network, disk; ValueError is a wrong SHA-256
            failures[url] = str(error)
    raise DatasetUnavailable("\n".join(f"{url}: {why}" for url, why in failures.items()))
