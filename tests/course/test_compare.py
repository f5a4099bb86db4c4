"""`course compare`: every number is the measure's own, and a rank is a rank."""

import json
import re
from dataclasses import replace

import keras
import numpy as np
import pytest
from keras import layers
from rich.console import Console
from typer.testing import CliRunner

from helpers import datasets, faithfulness, models, ranking
from helpers.course import compare
from helpers.course.cli import app
from helpers.datasets import Dataset, Split, lines
from helpers.datasets.lines import ATTRIBUTES
from helpers.methods import saliency
from helpers.models import build, predict
from helpers.scores import ClassScore

pytestmark = pytest.mark.slow


def dataset_of(model, images, masks, classes):
    """A data set of which the model, untrained as it is, classifies every image correctly."""
    labels = predict(model, images).argmax(axis=-1).astype(np.int64)
    split = Split(images, labels, masks)
    return Dataset("toy", split, split, tuple(f"class {k}" for k in range(classes)), "made up")


@pytest.fixture(scope="module")
def toy():
    """An untrained line network, and two classes of four of its answers."""
    model = build("line_gap_cnn", seed=2, input_shape=(12, 16, 3), classes=5)
    rng = np.random.default_rng(0)
    images = rng.random((60, 12, 16, 3)).astype(np.float32)
    masks = {part: rng.random((60, 12, 16)) < 0.1 for part in ("left", "right")}
    *weights, bias = model.get_weights()  # untrained, it may answer the same class to all
    model.set_weights([*weights, bias - np.median(np.log(predict(model, images)), axis=0)])
    dataset = dataset_of(model, images, masks, 5)
    first, second = np.argsort(np.bincount(dataset.test.labels, minlength=5))[::-1][:2].tolist()
    return model, dataset, (first, second)


@pytest.fixture(scope="module")
def chosen(toy):
    return ranking.choose(*toy, 3)


@pytest.fixture(scope="module")
def compared(toy, chosen):
    model, dataset, _ = toy
    return ranking.compare(model, dataset, chosen, 0.0)


def row(deletion, insertion, pointing, iou, check, seconds):
    values = (deletion, insertion, pointing, iou, check, seconds)
    return dict(zip(ranking.COLUMNS, values, strict=True))


def test_ranks_by_hand():
    found = ranking.ranks(
        {
            "a": row(0.1, 0.1, 0.5, 0.2, 1.0, 0.001),
            "b": row(0.2, 0.9, 1.0, 0.3, 0.2, 0.5),
            "c": row(0.2, 0.5, 1.0, 0.1, 0.1, 0.002),
        }
    )
    assert list(found) == ["b", "c", "a"]
    assert found["a"] == row(1, 3, 3, 2, 3, 1) | {"mean": 12 / 5}
    assert found["b"] == row(2, 1, 1, 1, 2, 3) | {"mean": 7 / 5}
    assert found["c"] == row(2, 2, 1, 3, 1, 2) | {"mean": 9 / 5}


def test_what_looks_equal_has_equal_ranks():
    found = ranking.ranks(
        {"a": row(0.1, 0, 0, 0, 0.9999999, 0), "b": row(0.1004, 0, 0, 0, 1.0000001, 0)}
    )
    assert found["a"] == found["b"] == row(1, 1, 1, 1, 1, 1) | {"mean": 1}


def test_one_table_ranks_the_methods_over_all_networks_by_hand():
    def comparison(**deletion):
        values = {n: row(v, 0, 0, 0, 0, 0) for n, v in deletion.items()}
        arrays = {n: {c: np.array([v]) for c, v in each.items()} for n, each in values.items()}
        return ranking.Comparison(("some",), arrays, {}, None)

    one, two = (ranking.Subject(name, "toy", (0,), 0.0, ()) for name in ("one", "two"))
    done = {one: comparison(a=0.1, b=0.2, c=0.3), two: comparison(b=0.1, a=0.7)}
    found = ranking.overall(done)
    assert list(found) == ["a", "b", "c"]
    assert found["a"] == pytest.approx({"one": 1, "two": 6 / 5, "mean": 11 / 10})
    assert found["b"] == pytest.approx({"one": 6 / 5, "two": 1, "mean": 11 / 10})
    assert found["c"] == {"one": 7 / 5}  # not put to the test by the other, and so last
    console = Console(width=80)
    with console.capture() as captured:
        console.print(compare.overall_table(done))
    said = [line.split() for line in captured.get().splitlines()]
    assert said[0] == ["method", "one", "two", "mean"]
    assert said[-3:] == [
        ["a", "1.0", "1.2", "1.1"],
        ["b", "1.2", "1.0", "1.1"],
        ["c", "1.4", "–", "–"],
    ]


def test_every_method_of_the_course_is_compared(compared):
    named = set(ranking.methods(0.0))
    assert len(named) == 20
    assert set(compared.values) == named - {"CAM"}
    for columns in compared.values.values():
        assert {name: len(values) for name, values in columns.items()} == row(6, 6, 6, 6, 4, 2)
        assert all(np.isfinite(values).all() for values in columns.values())
    assert set(compared.example[1]) == set(compared.values)


def test_a_method_that_does_not_apply_says_why(compared):
    assert list(compared.not_apply) == ["CAM"]
    assert "a single dense layer" in compared.not_apply["CAM"]
    assert "'line_gap_cnn'" in compared.not_apply["CAM"]


def test_an_error_of_any_other_method_is_no_excuse(toy, chosen, monkeypatch):
    def broken(model, images, score):
        raise ValueError("a mistake in the method")

    monkeypatch.setattr(ranking, "methods", lambda fill: {"broken": broken})
    with pytest.raises(ValueError, match="a mistake in the method"):
        ranking.compare(*toy[:2], chosen, 0.0)


def test_baselines_do_not_notice_that_the_network_forgets(compared):
    for name, columns in compared.values.items():
        if name in ranking.BASELINES:
            np.testing.assert_allclose(columns["sanity check"], 1, rtol=1e-6)
        else:
            assert columns["sanity check"].mean() < 0.99


def test_a_map_of_zeros_does_not_notice_it_either(toy, chosen, monkeypatch):
    def zeros(model, images, score):
        return 0 * images[..., 0]

    monkeypatch.setattr(ranking, "methods", lambda fill: {"zeros": zeros})
    found = ranking.compare(*toy[:2], chosen, 0.0)
    assert found.values["zeros"]["sanity check"].tolist() == [1] * 4


def test_a_map_turned_upside_down_does_not_make_up_for_one_that_stays(toy, chosen, monkeypatch):
    model, dataset, _ = toy
    trained = model.get_weights()

    def method(model, images, score):
        maps = 1 + np.arange(images[..., 0].size, dtype=float).reshape(images.shape[:3])
        now = model.get_weights()
        if not all(np.array_equal(a, b) for a, b in zip(trained, now, strict=True)):
            maps[1::2] = maps[1::2, ::-1, ::-1]
        return maps

    monkeypatch.setattr(ranking, "methods", lambda fill: {"some": method})
    found = ranking.compare(model, dataset, chosen, 0.0)
    np.testing.assert_allclose(found.values["some"]["sanity check"], 1, rtol=1e-6)


def test_the_numbers_are_those_of_the_measures(toy, chosen, compared):
    model, dataset, _ = toy
    test, expected = dataset.test, {name: [] for name in ("deletion", "insertion", "IoU")}
    for label, numbers in chosen.items():
        images, score = test.images[numbers], ClassScore(label)
        mask = test.masks["left"][numbers] | test.masks["right"][numbers]
        maps = saliency.gradient_times_input(model, images, score).sum(axis=-1)
        for name, curves in (
            ("deletion", faithfulness.deletion_curves(model, images, maps, score)),
            ("insertion", faithfulness.insertion_curves(model, images, maps, score)),
        ):
            expected[name].extend(faithfulness.area_under(curves))
        expected["IoU"].extend(faithfulness.iou(maps, mask))
    for name, values in expected.items():
        np.testing.assert_allclose(compared.values["gradient × input"][name], values, rtol=1e-5)
        got = compared.means()["gradient × input"][name]
        assert got == pytest.approx(np.mean(values), rel=1e-5)


def test_where_the_evidence_is_known_methods_find_it_and_baselines_do_not():
    # Class 0 is the red in the image, class 1 the blue: whatever else is there, red is evidence.
    inputs = keras.Input((8, 12, 3))
    x = layers.Conv2D(2, 1, use_bias=False, name="conv")(inputs)
    x = layers.ReLU(name=ranking.LAYER)(x)
    x = layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, layers.Dense(2, activation="softmax")(x))
    model.set_weights([np.array([[[[1, 0], [0, 0], [0, 1]]]]), 50 * np.eye(2), np.zeros(2)])
    rng = np.random.default_rng(1)
    images = np.zeros((6, 8, 12, 3), np.float32)
    images[..., 1] = rng.random((6, 8, 12))  # green means nothing to it
    masks = np.zeros((6, 8, 12), bool)
    for mask, (i, j) in zip(masks, rng.integers(0, (5, 9), (6, 2)), strict=True):
        mask[i : i + 3, j : j + 3] = True
    images[..., 0] = masks * rng.uniform(0.5, 1, masks.shape)
    dataset = dataset_of(model, images, {"red": masks}, 2)
    found = ranking.compare(model, dataset, ranking.choose(model, dataset, (0,), 6), 0.0)
    means = found.means()
    assert not found.not_apply  # one dense layer after pooling: CAM as well
    for name in (
        "gradient × input",
        "integrated gradients",
        "guided Grad-CAM",
        "Grad-CAM",
        "Grad-CAM++",
        "XGrad-CAM",
        "LayerCAM",
        "HiResCAM",
        "CAM",
    ):
        assert means[name]["IoU"] == means[name]["pointing game"] == 1
        for baseline in ranking.BASELINES:
            assert means[name]["deletion"] < means[baseline]["deletion"]
            assert means[name]["insertion"] > means[baseline]["insertion"]
    for baseline in ranking.BASELINES:
        assert means[baseline]["IoU"] < 0.7


def test_of_the_lines_each_angle_and_every_other_value_is_explained():
    subject = ranking.SUBJECTS[0]
    wanted = [lines.CLASSES[label] for label in subject.classes]
    for attribute, values in zip(zip(*wanted, strict=True), ATTRIBUTES.values(), strict=True):
        assert set(attribute) == set(values)
    assert len(wanted) == len(ATTRIBUTES["angle"])


def test_only_images_classified_correctly_are_explained(toy):
    model, dataset, classes = toy
    labels = dataset.test.labels.copy()
    first = np.flatnonzero(labels == classes[0])[:2]
    labels[first] = classes[1]
    wrong = replace(dataset, test=Split(dataset.test.images, labels, dataset.test.masks))
    chosen = ranking.choose(model, wrong, classes, 2)
    for label, numbers in chosen.items():
        assert len(numbers) == 2
        assert (dataset.test.labels[numbers] == label).all()
        assert not set(numbers) & set(first)


def test_too_few_images_are_named_with_the_remedy(toy):
    model, dataset, classes = toy
    there = (dataset.test.labels == classes[1]).sum()
    with pytest.raises(ValueError, match=rf"'class {classes[1]}'.*: ask for {there}$"):
        ranking.choose(model, dataset, (classes[1],), there + 1)
    counts = {label: int((dataset.test.labels == label).sum()) for label in classes}
    assert counts[classes[0]] > counts[classes[1]]
    with pytest.raises(ValueError, match=rf": ask for {min(counts.values())}$"):
        ranking.choose(model, dataset, classes, 1000)  # both are short: what would do for both
    absent = replace(dataset, class_names=(*dataset.class_names, "absent"))
    with pytest.raises(ValueError, match=r"0 test images of class 'absent'.*train it better"):
        ranking.choose(model, absent, (5,), 1)


@pytest.fixture
def toy_subject(toy, monkeypatch):
    model, dataset, classes = toy
    subject = ranking.Subject("line_gap_cnn", "toy", classes, "blur", ("A note [on] the fill.",))
    monkeypatch.setattr(compare, "SUBJECTS", (subject,))
    monkeypatch.setattr(datasets, "load", lambda name: {"toy": dataset}[name])
    monkeypatch.setattr(
        models, "trained", lambda name, dataset: models.Trained({"line_gap_cnn": model}[name], {})
    )


def test_the_command_writes_a_table_a_page_and_its_numbers(make_course, toy_subject, monkeypatch):
    root = make_course()
    before = set(root.rglob("*"))
    monkeypatch.chdir(root)
    result = CliRunner().invoke(app, ["compare", "--images", "2"])
    assert result.exit_code == 0, result.output
    assert set(root.rglob("*")) - before == {
        root / "build" / name for name in ("", "compare.html", "compare.json")
    }
    written = json.loads((root / "build" / "compare.json").read_text())
    numbers = written["line_gap_cnn"]
    page = (root / "build" / "compare.html").read_text()
    order = list(numbers["methods"])
    means = [numbers["methods"][name]["mean rank"] for name in order]
    assert means == sorted(means)
    assert written["mean ranks"] == {
        name: {"line_gap_cnn": mean, "mean": mean} for name, mean in zip(order, means, strict=True)
    }
    for name in order:
        assert page.count(f'<th scope="row">{name}</th>') == 2  # in all, and of the network
        assert f"{numbers['methods'][name]['deletion']['mean']:.3f}" in result.output
    assert [page.index(f'row">{name}<') for name in order] == sorted(
        page.index(f'row">{name}<') for name in order
    )
    for said in (result.output, page):
        assert "CAM does not apply" in said
        assert "A note [on] the fill." in said
        assert "2 test images of each of 2 classes" in said
    assert 'alt="One image of toy, class &#x27;class' in page
    assert "http" not in page


def test_the_table_fits_a_terminal_of_80_columns(compared):
    console = Console(width=80)
    with console.capture() as captured:
        console.print(compare.result_table(compared))
    said = captured.get().splitlines()
    assert "…" not in captured.get()
    rows = [line for line in said if line.startswith((*ranking.methods(0.0),))]
    assert len(rows) == 20
    assert all(len(line) <= 80 for line in said)
    assert all(len(re.findall(r"-?\d\.\d{3} +\d+", line)) == 5 for line in rows[:-1])
    assert rows[-1].split() == ["CAM", *["–"] * 6]


def test_the_command_says_what_is_too_much(make_course, toy_subject, monkeypatch):
    monkeypatch.chdir(make_course())
    result = CliRunner().invoke(app, ["compare", "--images", "1000"])
    assert result.exit_code == 1
    assert "1000 of each are wanted" in " ".join(result.output.split())
    assert "Traceback" not in result.output
