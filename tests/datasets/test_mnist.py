import os
import re
import threading
import time
from pathlib import Path

import numpy as np
import pytest

import helpers.datasets
from helpers.datasets import DatasetCorrupt, DatasetUnavailable, download, load

REAL = os.environ.get("COURSE_DATA")  # read before the tests' own environment takes its place
IMAGES, LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"


def assert_is(dataset, small):
    for split, kind in ((dataset.train, "train"), (dataset.test, "t10k")):
        images = small.arrays[f"{kind}-images-idx3-ubyte"]
        assert split.images.shape == (len(images), 28, 28, 1)
        np.testing.assert_allclose(split.images[..., 0] * 255, images, atol=1e-4)
        np.testing.assert_array_equal(split.labels, small.arrays[f"{kind}-labels-idx1-ubyte"])


@pytest.mark.parametrize("form", ["files", "gz"])
@pytest.mark.parametrize("place", ["course", "cache"])
def test_found_in_a_folder_gzipped_or_not(small, places, monkeypatch, form, place):
    monkeypatch.setenv("COURSE_DATA", str(places.course.parent))
    folder = getattr(places, place)
    small.put(folder, getattr(small, form))
    dataset = load("mnist")
    assert_is(dataset, small)
    assert dataset.class_names == tuple("0123456789")
    assert dataset.source == f"{folder}; LeCun et al."


def test_found_in_keras_cache(small, places):
    small.put_npz(places.npz)
    dataset = load("mnist")
    assert_is(dataset, small)
    assert dataset.source.startswith(str(places.npz))


def test_looked_for_in_course_data_then_the_cache_then_keras_then_the_network(
    small, places, monkeypatch, mirror
):
    monkeypatch.setenv("COURSE_DATA", str(places.course.parent))
    small.put(places.course)
    small.put(places.cache)
    small.put_npz(places.npz)
    mirror.files = {f"/{name}": content for name, content in small.gz.items()}
    small.use_mirrors(f"{mirror.url}/")

    def source():
        helpers.datasets._load.cache_clear()
        return load("mnist").source.split(";")[0]

    assert source() == str(places.course)
    monkeypatch.delenv("COURSE_DATA")
    assert source() == str(places.cache)
    (places.cache / LABELS).unlink()
    assert source() == str(places.npz)
    assert mirror.asked == []
    places.npz.unlink()
    assert source() == f"downloaded to {places.cache}"
    assert mirror.asked == [f"/{LABELS}.gz"], "only what is missing is downloaded"


def test_the_second_load_is_the_same_object_and_a_failed_one_is_tried_again(small, places):
    with pytest.raises(DatasetUnavailable):
        load("mnist")
    small.put(places.cache)
    assert load("mnist") is load("mnist")


# ---- damaged files


def damage(small, kind):
    """The four files, spoilt; what the message must say; the file it must name."""
    files = dict(small.files)
    if kind == "truncated":
        files[IMAGES] = files[IMAGES][:-1]
        return files, "expected 4704 bytes .* got 4703", IMAGES
    if kind == "one bit flipped":
        files[IMAGES] = files[IMAGES][:-1] + bytes([files[IMAGES][-1] ^ 1])
        return files, "right in shape, wrong in content", IMAGES
    if kind == "wrong-sized":
        files[LABELS] = bytes([0, 0, 8, 1, 0, 0, 0, 5, 5, 0, 4, 1, 9])
        return files, r"expected shape \(6,\), got \(5,\)", LABELS
    first, second = {
        "images and labels swapped": (IMAGES, LABELS),
        "train and test swapped": (IMAGES, "t10k-images-idx3-ubyte"),
    }[kind]
    files[first], files[second] = files[second], files[first]
    return files, f"holds the content of {second}: were files swapped", first


KINDS = [
    "truncated",
    "one bit flipped",
    "wrong-sized",
    "images and labels swapped",
    "train and test swapped",
]


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_in_course_data_is_an_error_with_a_remedy(small, places, monkeypatch, kind):
    files, complaint, name = damage(small, kind)
    monkeypatch.setenv("COURSE_DATA", str(places.course.parent))
    small.put(places.course, files)
    small.put(places.cache)  # sound files elsewhere are no reason to be silent
    with pytest.raises(DatasetCorrupt, match=rf"mnist/{name}: {complaint}[\s\S]*Remedy: ") as error:
        load("mnist")
    assert "unset COURSE_DATA" in str(error.value)
    assert {path.name for path in places.course.iterdir()} == set(files), "nothing is removed"


def test_an_incomplete_folder_in_course_data_is_an_error(small, places, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(places.course.parent))
    small.put(places.course)
    (places.course / LABELS).unlink()
    with pytest.raises(DatasetCorrupt, match=f"lacks {LABELS}"):
        load("mnist")


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_in_the_cache_is_removed_and_fetched_again(
    small, places, mirror, capsys, kind
):
    files, complaint, name = damage(small, kind)
    small.put(places.cache, files)
    mirror.files = {f"/{name}": content for name, content in small.gz.items()}
    small.use_mirrors(f"{mirror.url}/")
    assert_is(load("mnist"), small)
    spoilt = {n for n in files if files[n] != small.files[n]}
    assert set(mirror.asked) == {f"/{n}.gz" for n in spoilt}
    left = {path.name for path in places.cache.iterdir()}
    assert left == {f"{n}.gz" if n in spoilt else n for n in files}
    said = capsys.readouterr().out
    assert said.count("Removed, to be fetched again") == len(spoilt)
    assert re.search(f"{name}: {complaint}", said)


@pytest.mark.parametrize("kind", ["not a zip", "lacks an array", "wrong content"])
def test_a_damaged_keras_cache_is_passed_over_and_kept(small, places, capsys, kind):
    if kind == "not a zip":
        places.npz.parent.mkdir(parents=True)
        places.npz.write_bytes(b"<!DOCTYPE html>")
    elif kind == "lacks an array":
        places.npz.parent.mkdir(parents=True)
        np.savez(places.npz, x_train=small.arrays[IMAGES])
    else:
        small.put_npz(places.npz, x_train=small.arrays[IMAGES][::-1])
    with pytest.raises(DatasetUnavailable, match=r"Keras's cache, .*mnist\.npz"):
        load("mnist")
    assert f"Passed over: {places.npz}" in capsys.readouterr().out
    assert places.npz.exists()


# ---- downloads


@pytest.fixture
def online(small, mirror):
    """One server with two mirrors, /a/ and /b/, both complete."""
    for letter in "ab":
        mirror.files |= {f"/{letter}/{name}": content for name, content in small.gz.items()}
    small.use_mirrors(f"{mirror.url}/a/", f"{mirror.url}/b/")
    return mirror


def test_downloaded_files_lie_in_the_cache_as_published(small, places, online):
    assert_is(load("mnist"), small)
    assert {path.name: path.read_bytes() for path in places.cache.iterdir()} == small.gz
    assert online.asked == [f"/a/{name}" for name in small.gz]


def test_a_download_shows_a_progress_bar(small, online, capsys):
    load("mnist")
    assert f"{IMAGES}.gz: 100%" in capsys.readouterr().err


def test_a_file_missing_on_the_first_mirror_comes_from_the_second(small, online):
    del online.files[f"/a/{IMAGES}.gz"]
    assert_is(load("mnist"), small)
    assert online.asked[:2] == [f"/a/{IMAGES}.gz", f"/b/{IMAGES}.gz"]


@pytest.mark.parametrize("fault", ["break_off", "garble"])
def test_a_transfer_spoilt_once_on_each_mirror_is_retried_cleanly(small, places, online, fault):
    setattr(online, fault, {f"/{letter}/{IMAGES}.gz": 1 for letter in "ab"})
    assert_is(load("mnist"), small)
    assert online.asked[:3] == [f"/{letter}/{IMAGES}.gz" for letter in "aba"]
    assert {path.name: path.read_bytes() for path in places.cache.iterdir()} == small.gz


@pytest.mark.parametrize(
    ("fault", "why"), [("break_off", "IncompleteRead|Connection broken"), ("garble", "hash")]
)
def test_nothing_half_written_stays_of_transfers_that_all_fail(small, places, online, fault, why):
    setattr(online, fault, {f"/{letter}/{LABELS}.gz": 9 for letter in "ab"})
    with pytest.raises(DatasetUnavailable, match=f"/b/{LABELS}.gz: .*({why})"):
        load("mnist")
    assert [path.name for path in places.cache.iterdir()] == [f"{IMAGES}.gz"], "the one before it"

    setattr(online, fault, {})
    online.asked.clear()
    assert_is(load("mnist"), small)
    assert f"/a/{IMAGES}.gz" not in online.asked, "what was complete is not fetched twice"


def test_without_a_network_all_places_and_remedies_are_named_at_once(small, places, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(places.course.parent))
    start = time.monotonic()
    with pytest.raises(DatasetUnavailable) as error:
        load("mnist")
    assert time.monotonic() - start < 5
    message = str(error.value)
    for place in (places.course, places.cache, places.npz, "http://127.0.0.1:9/"):
        assert str(place) in message
    for remedy in ("connect to the internet", f"{LABELS}.gz", "set COURSE_DATA", 'load("digits")'):
        assert remedy in message
    assert not places.cache.exists()


def test_a_name_look_up_that_hangs_does_not_hang_the_course(small, monkeypatch):
    small.use_mirrors("http://first.invalid/", "http://second.invalid/")
    end = threading.Event()

    def hang(*args, **kwargs):
        end.wait(20)
        raise OSError("no network")

    monkeypatch.setattr("socket.getaddrinfo", hang)
    monkeypatch.setattr(download, "ANSWER_SECONDS", 0.3)
    start = time.monotonic()
    with pytest.raises(DatasetUnavailable, match=r"second\.invalid/.*: no answer"):
        load("mnist")
    assert time.monotonic() - start < 3
    end.set()


# ---- "default"


def test_default_is_mnist_if_it_is_there_and_says_so_once(small, places, capsys):
    small.put(places.cache)
    assert load("default") is load("mnist") is load("default")
    out, err = capsys.readouterr()
    assert out == f"Data set: MNIST ({places.cache}).\n"
    assert err == ""


def test_default_falls_back_on_digits_and_says_so_once(small, capsys):
    assert load("default") is load("digits") is load("default")
    out, err = capsys.readouterr()
    assert out.count("Data set: scikit-learn's digits, since MNIST could not be found") == 1
    assert err == ""


def test_default_does_not_hide_a_damaged_file(small, places, monkeypatch):
    monkeypatch.setenv("COURSE_DATA", str(places.course.parent))
    small.put(places.course, damage(small, "truncated")[0])
    with pytest.raises(DatasetCorrupt):
        load("default")


# ---- the real thing


@pytest.fixture
def real(monkeypatch):
    if not REAL or not (Path(REAL).expanduser() / "mnist").is_dir():
        pytest.skip("COURSE_DATA is not set to a folder with mnist/ in it")
    monkeypatch.setenv("COURSE_DATA", REAL)


def test_real_mnist_is_complete_and_as_published(real):
    dataset = load("mnist")
    assert dataset.train.images.shape == (60000, 28, 28, 1)
    assert dataset.test.images.shape == (10000, 28, 28, 1)
    assert dataset.train.labels[:10].tolist() == [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]
    assert dataset.test.labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert np.bincount(dataset.test.labels).tolist() == [
        *(980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)
    ]
    # the mean and deviation that everyone normalises with
    assert dataset.train.images.mean(dtype=np.float64) == pytest.approx(0.1307, abs=1e-4)
    assert dataset.train.images.std(dtype=np.float64) == pytest.approx(0.3081, abs=1e-4)


def test_real_mnist_loads_within_two_seconds(real):
    start = time.process_time()  # of the processor, so that a busy machine does not fail it
    load("mnist")
    assert time.process_time() - start < 2
