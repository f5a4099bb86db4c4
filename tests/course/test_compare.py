"""`course compare`: every number is the measure's own, and a rank is a rank."""

import csv
import re
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers
from rich.console import Console
from typer.testing import CliRunner

from helpers import faithfulness, ranking
from helpers.course import compare
from helpers.course.cli import app
from helpers.datasets import Dataset, Split, lines
from helpers.datasets.lines import ATTRIBUTES
from helpers.methods import catalogue, saliency
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


def subject_of(model, dataset, chosen, fill=0.0, seeds=1):
    """What the methods are tried on; each seed asks about the same."""

    def cases(count):
        for _ in range(seeds):
            yield ranking.case_of(model, dataset.test, chosen)

    return ranking.Subject("faces", "toy", cases, "relu3", fill, classes=dataset.class_names)


def compared_on(*given, **options):
    return ranking.compare(subject_of(*given, **options), 3)


@pytest.fixture(scope="module")
def compared(toy, chosen):
    return compared_on(*toy[:2], chosen)


def means_of(found, name):
    which = list(found.values).index(name)
    return dict(zip(ranking.COLUMNS, found.means()[which].tolist(), strict=True))


def row(**values):
    """A value for each column, 0 for those that are not given."""
    return {c: values.get(c.replace(" ", "_"), 0.0) for c in ranking.COLUMNS}


def comparison(**rows):
    """A comparison of one seed and one image, with such values."""
    values = {
        name: {measure: [np.array([value])] for measure, value in found.items()}
        for name, found in rows.items()
    }
    return ranking.Comparison(values, dict.fromkeys(rows, 0.5), {}, None)


def test_ranks_by_hand():
    found = ranking.numbers(
        comparison(
            a=row(deletion=0.1, insertion=0.1, IoU=0.2, sanity_check=1.0),
            b=row(deletion=0.2, insertion=0.9, IoU=0.3, sanity_check=0.2),
            c=row(deletion=0.2, insertion=0.5, IoU=0.1, sanity_check=0.1),
        )
    )
    ranks = {name: {c: of[c]["rank"] for c in ranking.COLUMNS} for name, of in found.items()}
    ones = dict.fromkeys(ranking.COLUMNS, 1)
    assert ranks["a"] == ones | {"deletion": 1, "insertion": 3, "IoU": 2, "sanity check": 3}
    assert ranks["b"] == ones | {"deletion": 2, "insertion": 1, "IoU": 1, "sanity check": 2}
    assert ranks["c"] == ones | {"deletion": 2, "insertion": 2, "IoU": 3, "sanity check": 1}
    # Each of the questions weighs alike: the means over 3, 5 and 2 measures.
    means = {name: of["mean rank"] for name, of in found.items()}
    assert means["a"] == pytest.approx((4 / 3 + 7 / 5 + 4 / 2) / 3)
    assert means["b"] == pytest.approx((3 / 3 + 6 / 5 + 3 / 2) / 3)
    assert means["c"] == pytest.approx((5 / 3 + 7 / 5 + 2 / 2) / 3)
    assert list(found) == ["b", "c", "a"]
    assert found["a"]["deletion"] == {"mean": 0.1, "low": 0.1, "high": 0.1, "rank": 1}


def test_what_looks_equal_has_equal_ranks():
    found = ranking.numbers(
        comparison(
            a=row(deletion=0.1, sanity_check=0.9999999),
            b=row(deletion=0.1004, sanity_check=1.0000001),
        )
    )
    for of in found.values():
        assert of["mean rank"] == 1 and all(of[c]["rank"] == 1 for c in ranking.COLUMNS)


def test_one_table_ranks_the_methods_over_all_networks_by_hand():
    pairs = (("lines", "one"), ("faces", "two"), ("faces", "three"))
    one, two, three = (ranking.Subject(kind, name, None, "") for kind, name in pairs)
    done = {
        one: comparison(a=row(deletion=0.1), b=row(deletion=0.2), c=row(deletion=0.3)),
        two: comparison(b=row(deletion=0.1), a=row(deletion=0.7)),
        three: comparison(b=row(deletion=0.1), a=row(deletion=0.1)),
    }
    found = ranking.standings(done)
    assert set(found) == {"a", "b", "c"}

    def mean(rank):  # one column of five, of one question of three
        return (1 + (4 + rank) / 5 + 1) / 3

    # Of the faces the mean of both networks, then the mean of both kinds.
    assert found["a"].kinds == pytest.approx({"lines": mean(1), "faces": mean(1.5)})
    assert found["b"].kinds == pytest.approx({"lines": mean(2), "faces": mean(1)})
    assert found["a"].mean == pytest.approx((mean(1) + mean(1.5)) / 2)
    assert found["b"].mean == pytest.approx((mean(2) + mean(1)) / 2)
    assert list(found) == ["a", "b", "c"]
    question = found["a"].questions["Does the score follow it?"]
    assert question == pytest.approx((1 + (4 + 1.5) / 5) / 2)
    assert [found["a"].low, found["a"].high] == pytest.approx([found["a"].mean] * 2)  # one image
    # Not put to the test by the other kind, and so last.
    assert found["c"].kinds == pytest.approx({"lines": mean(3)})
    assert found["c"].mean is found["c"].low is found["c"].high is None
    assert found["c"].questions == {}
    console = Console(width=80)
    with console.capture() as captured:
        console.print(compare.overall_table(found))
    said = [line.split() for line in captured.get().splitlines()]
    assert said[-3:] == [
        ["a", "1.0", "1.0", "to", "1.0", "1.0", "1.0"],
        ["b", "1.0", "1.0", "to", "1.0", "1.1", "1.0"],
        ["c", "–", "–", "1.1", "–"],
    ]
    assert compare.markdown(found).splitlines()[2] == (
        "| a | 1.0 | 1.0 to 1.0 | 1.0 | 1.1 | 1.0 | 1.0 | 1.0 |"
    )


def test_an_interval_holds_what_images_and_seeds_drawn_anew_would_give():
    rng = np.random.default_rng(0)
    values = [rng.normal(0.5, 0.2, 30), rng.normal(0.7, 0.2, 40)]
    rows = {name: {c: [0 * v for v in values] for c in ranking.COLUMNS} for name in "ab"}
    rows["a"]["IoU"], rows["b"]["IoU"] = values, [v - 0.01 for v in values]
    found = ranking.Comparison(rows, dict.fromkeys("ab", 0.1), {}, None)
    of = ranking.numbers(found)["a"]["IoU"]
    assert of["mean"] == pytest.approx((values[0].mean() + values[1].mean()) / 2)
    # Half of the draws take both seeds, a quarter each one alone.
    assert of["low"] < values[0].mean() < values[1].mean() < of["high"]
    assert of["high"] - of["low"] < 0.2 + 2 * 3 * 0.2 / np.sqrt(30)
    # All methods are asked about the same images: b is worse than a in each draw.
    standing = ranking.standings({ranking.Subject("faces", "toy", None, ""): found})
    assert standing["a"].high == 1
    assert standing["b"].low == pytest.approx((4 / 3 + 1 + 1) / 3)


def test_every_method_of_the_course_is_compared(compared):
    named = set(ranking.methods(0.0))
    assert named == {*catalogue.METHODS, *ranking.BASELINES} and len(named) == 20
    assert set(compared.values) == named - {"CAM"} == set(compared.seconds)
    for columns in compared.values.values():
        assert set(columns) == set(ranking.COLUMNS)
        assert all(len(values) == 6 for [values] in columns.values())
        finite = {name for name, [values] in columns.items() if np.isfinite(values).all()}
        assert finite >= set(ranking.COLUMNS) - {"max-sensitivity"}  # of a silent map it is inf
    image, label, maps = compared.example
    assert set(maps) == set(compared.values) and image.shape == (12, 16, 3)
    assert label.startswith("class ")


def test_what_asks_for_many_maps_is_asked_of_few_images(toy, chosen, monkeypatch):
    monkeypatch.setattr(ranking, "FEW", 4)
    name, method = next(iter(ranking.BASELINES.items()))
    monkeypatch.setattr(ranking, "methods", lambda *_: {name: method})
    found = compared_on(*toy[:2], chosen, seeds=2)
    for measure, [first, second] in found.values[name].items():
        few = measure in ("sanity check", "max-sensitivity")
        assert len(first) == len(second) == (4 if few else 6)


def test_a_method_that_does_not_apply_says_why(compared):
    assert list(compared.not_apply) == ["CAM"]
    assert "a single dense layer" in compared.not_apply["CAM"]
    assert "'line_gap_cnn'" in compared.not_apply["CAM"]


def test_a_network_with_swish_is_compared_without_lrp():
    inputs = keras.Input((8, 8, 1))
    x = layers.Conv2D(2, 3, activation="swish", name="relu3")(inputs)
    model = keras.Model(inputs, layers.Dense(2, activation="softmax")(layers.Flatten()(x)))
    images = np.random.default_rng(1).random((6, 8, 8, 1)).astype(np.float32)
    dataset = dataset_of(model, images, {"all": images[..., 0] > 0.5}, 2)
    label = int(dataset.test.labels[0])
    found = compared_on(model, dataset, {label: np.flatnonzero(dataset.test.labels == label)[:2]})
    assert "for which relevance has no rule" in found.not_apply["LRP"]
    assert "LRP" not in found.values and "Grad-CAM" in found.values
    assert any(text.startswith("LRP does not apply. ") for text in ranking.remarks(found))


def test_an_error_of_any_other_method_is_no_excuse(toy, chosen, monkeypatch):
    def broken(model, images, score):
        raise ValueError("a mistake in the method")

    monkeypatch.setattr(ranking, "methods", lambda *_: {"broken": broken})
    with pytest.raises(ValueError, match="a mistake in the method"):
        compared_on(*toy[:2], chosen)


def test_baselines_do_not_notice_that_the_network_forgets(compared):
    for name, columns in compared.values.items():
        [found] = columns["sanity check"]
        if name in ranking.BASELINES:
            np.testing.assert_allclose(found, 1, rtol=1e-6)
        else:
            assert found.mean() < 0.99


def test_a_map_that_shows_nothing_follows_nothing(toy, chosen, monkeypatch):
    """Nor where it shows something once the network has forgotten."""
    learned = toy[0].get_weights()[0].copy()

    def silent(model, images, score):
        return images[..., 0] * (not np.array_equal(model.get_weights()[0], learned))

    monkeypatch.setattr(ranking, "methods", lambda *_: {"silent": silent})
    found = compared_on(*toy[:2], chosen)
    assert found.values["silent"]["sanity check"][0].tolist() == [1] * 6
    assert found.values["silent"]["max-sensitivity"][0].tolist() == [np.inf] * 6


def test_a_map_turned_upside_down_does_not_make_up_for_one_that_stays(toy, chosen, monkeypatch):
    model, dataset, _ = toy
    trained = model.get_weights()

    def method(model, images, score):
        maps = 1 + np.arange(images[..., 0].size, dtype=float).reshape(images.shape[:3])
        now = model.get_weights()
        if not all(np.array_equal(a, b) for a, b in zip(trained, now, strict=True)):
            maps[1::2] = maps[1::2, ::-1, ::-1]
        return maps

    monkeypatch.setattr(ranking, "methods", lambda *_: {"some": method})
    found = compared_on(model, dataset, chosen)
    np.testing.assert_allclose(found.values["some"]["sanity check"][0], 1, rtol=1e-6)


def times_input(model, images, score):
    return saliency.gradient_times_input(model, images, score).sum(axis=-1)


def test_the_numbers_are_those_of_the_measures(toy, chosen, compared):
    model, dataset, _ = toy
    test, names = dataset.test, set(ranking.COLUMNS) - {"max-sensitivity"}
    expected = {name: [] for name in names}
    for label, numbers in chosen.items():
        images, score = test.images[numbers], ClassScore(label)
        mask = test.masks["left"][numbers] | test.masks["right"][numbers]
        maps = saliency.gradient_times_input(model, images, score).sum(axis=-1)
        for name, curves in (
            ("deletion", faithfulness.deletion_curves(model, images, maps, score)),
            ("insertion", faithfulness.insertion_curves(model, images, maps, score)),
            ("ROAD", faithfulness.road_curves(model, images, maps, score, steps=5)),
        ):
            expected[name].extend(faithfulness.area_under(curves))
        expected["IoU"].extend(faithfulness.iou(maps, mask))
        expected["mass on the truth"].extend(faithfulness.mass_inside(maps, mask))
        expected["pointing game"].extend(faithfulness.pointing_game(maps, mask))
        sets = faithfulness.random_subsets((12, 16), 12 * 16 // 8, ranking.SUBSETS)
        drops = faithfulness.drops(model, images, score, sets)
        expected["sensitivity-n"].extend(faithfulness.sensitivity_n(maps, sets, drops))
        sets = faithfulness.squares((12, 16), 12 // 4, ranking.SUBSETS)
        drops = faithfulness.drops(model, images, score, sets)
        expected["infidelity"].extend(faithfulness.infidelity(maps, sets, drops))
        forgetting = faithfulness.randomisation(model, images, score, times_input)
        expected["sanity check"].extend(abs(forgetting.absolute).mean(axis=0))
    for name, values in expected.items():
        [got] = compared.values["gradient × input"][name]
        np.testing.assert_allclose(got, values, rtol=1e-4, atol=1e-6)
        mean = means_of(compared, "gradient × input")[name]
        assert mean == pytest.approx(np.mean(values), rel=1e-4, abs=1e-6)


def test_where_the_evidence_is_known_methods_find_it_and_baselines_do_not():
    # Class 0 is the red in the image, class 1 the blue: whatever else is there, red is evidence.
    inputs = keras.Input((8, 12, 3))
    x = layers.Conv2D(2, 1, use_bias=False, name="conv")(inputs)
    x = layers.ReLU(name="relu3")(x)
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
    found = compared_on(model, dataset, ranking.choose(model, dataset, (0,), 6))
    means = {name: means_of(found, name) for name in found.values}
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
            assert means[name]["ROAD"] < means[baseline]["ROAD"]
            assert means[name]["mass on the truth"] > means[baseline]["mass on the truth"]
    for baseline in ranking.BASELINES:
        assert means[baseline]["IoU"] < 0.7


def test_of_the_lines_each_angle_and_every_other_value_is_explained():
    wanted = [lines.CLASSES[label] for label in ranking._one_of_each_angle()]
    for attribute, values in zip(zip(*wanted, strict=True), ATTRIBUTES.values(), strict=True):
        assert set(attribute) == set(values)
    assert len(wanted) == len(ATTRIBUTES["angle"])


def test_each_subject_s_cases_are_images_that_its_network_gets_right(monkeypatch):
    """Of those whose networks are set by hand or trained in seconds."""
    asked = {subject.name: subject for subject in ranking.SUBJECTS}
    assert {subject.kind for subject in asked.values()} == set(ranking.KINDS)
    assert len(asked) == len(ranking.SUBJECTS) == 4 + 8 + 4
    for name in ("either", "linear, white"):
        cases = list(asked[name].cases(3))
        assert len(cases) == len(ranking.SEEDS)
    for case in asked["linear, white"].cases(3):  # one is to be done with before the next
        assert case.images.min() < 0 and sorted(case.labels.tolist()) == [0, 0, 0, 1, 1, 1]
        assert (predict(case.model, case.images).argmax(axis=1) == case.labels).all()
        assert (case.masks.sum(axis=(1, 2)) == 8).all()
    for case in asked["either"].cases(3):
        assert (predict(case.model, case.images).argmax(axis=1) == 1).all()
        assert (case.masks.sum(axis=(1, 2)) == 2).all()


@pytest.mark.data
def test_the_mark_decides_the_images_in_which_it_is_the_truth():
    [subject] = [each for each in ranking.SUBJECTS if (each.kind, each.fill) == ("marks", 0)]
    for case in subject.cases(2):
        assert len(case.images) == 4 and (case.masks.sum(axis=(1, 2)) == 25).all()
        assert (predict(case.model, case.images).argmax(axis=1) == case.labels).all()
        covered = np.where(case.masks[..., None], 0, case.images)
        assert (predict(case.model, covered).argmax(axis=1) != case.labels).all()


def test_the_window_decides_the_faces_in_which_it_is_the_truth():
    [subject] = [each for each in ranking.SUBJECTS if each.name == "window"]
    cases = 0
    for case in subject.cases(2):
        assert case.labels.tolist() == [0, 0, 1, 1] and (case.masks.sum(axis=(1, 2)) == 64).all()
        assert (predict(case.model, case.images).argmax(axis=1) == case.labels).all()
        swapped = np.where(case.masks[..., None], case.images[::-1], case.images)
        assert (predict(case.model, swapped).argmax(axis=1) != case.labels).all()
        cases += 1
    assert cases == len(ranking.SEEDS)


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

    def cases(count):
        yield ranking.case_of(model, dataset.test, ranking.choose(model, dataset, classes, count))

    subject = ranking.Subject("faces", "toy", cases, "relu3", "blur", classes=dataset.class_names)
    monkeypatch.setattr(compare, "SUBJECTS", (subject,))
    monkeypatch.setattr(ranking, "RESAMPLES", 20)


def test_the_command_writes_a_table_a_page_and_its_numbers(make_course, toy_subject, monkeypatch):
    root = make_course()
    before = set(root.rglob("*"))
    monkeypatch.chdir(root)
    result = CliRunner().invoke(app, ["compare", "--images", "2"])
    assert result.exit_code == 0, result.output
    assert set(root.rglob("*")) - before == {
        root / "build" / name for name in ("", "compare.html", "compare.csv")
    }
    with (root / "build" / "compare.csv").open(encoding="utf-8", newline="") as opened:
        written = list(csv.DictReader(opened))
    page = (root / "build" / "compare.html").read_text()
    order = list(dict.fromkeys(of["method"] for of in written))
    assert set(order) == {*catalogue.METHODS, *ranking.BASELINES} - {"CAM"}
    assert len(written) == len(order) * len(ranking.COLUMNS)
    for of in written:
        assert [of[c] for c in ("kind", "subject", "images", "seeds")] == ["faces", "toy", "4", "1"]
        assert float(of["low"]) <= float(of["mean"]) <= float(of["high"])
        assert page.count(f'<th scope="row">{of["method"]}</th>') == 2  # in all, of the network
        assert f"{float(of['mean']):.3f}<small> {float(of['low']):.2f}" in page
        assert of["method"] in result.output
    for said in ("CAM does not apply", "Pixels are replaced by those of the blurred image"):
        assert said in page
    assert "4 images. The sanity check and max-sensitivity are made on 4 of them." in page
    assert 'alt="One image of toy, class &#x27;class' in page
    assert "http" not in page


def test_the_table_fits_a_terminal_of_80_columns():
    ranks = (dict.fromkeys(names, 10.25) for names in (ranking.KINDS, ranking.QUESTIONS))
    found = dict.fromkeys(ranking.methods(0.0), ranking.Standing(*ranks, 10.0, 10.0, 12.0))
    console = Console(width=80)
    with console.capture() as captured:
        console.print(compare.overall_table(found))
    said = captured.get().splitlines()
    assert "…" not in captured.get()
    rows = [line for line in said if line.startswith((*found,))]
    assert len(rows) == 20
    assert all(len(line) <= 80 for line in said)
    assert all(len(re.findall(r"\d+\.\d", line)) == 3 + len(ranking.KINDS) for line in rows)


def test_the_guide_s_table_is_renewed_and_nothing_else(make_course, toy_subject, monkeypatch):
    root = make_course()
    monkeypatch.chdir(root)
    guide, (start, end) = root / compare.GUIDE, compare.MARKERS
    guide.parent.mkdir(exist_ok=True)
    guide.write_text("Before.\n\nNo place.\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["compare", "--images", "1", "--guide"])
    assert result.exit_code == 1 and "has no place for the table" in " ".join(result.output.split())
    guide.write_text(f"Before.\n{start}| old |\n{end}After.\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["compare", "--images", "1", "--guide"])
    assert result.exit_code == 0, result.output
    text = guide.read_text("utf-8")
    assert text.startswith("Before.\n" + start) and text.endswith(end + "After.\n")
    assert "| old |" not in text
    assert text.count("\n| ") == 2 + 20 - 1  # a head, its line, and CAM does not apply


ROOT = Path(__file__).parents[2]


def test_the_guide_names_the_methods_of_the_catalogue():
    text = (ROOT / compare.GUIDE).read_text("utf-8")
    table = text.partition(compare.MARKERS[0])[2].partition(compare.MARKERS[1])[0]
    rows = [line for line in table.splitlines() if line.startswith("| ")]
    named = [line.split("|")[1].strip() for line in rows[2:]]
    assert sorted(named) == sorted([*catalogue.METHODS, *(f"*{n}*" for n in ranking.BASELINES)])


def test_the_command_says_what_is_too_much(make_course, toy_subject, monkeypatch):
    monkeypatch.chdir(make_course())
    result = CliRunner().invoke(app, ["compare", "--images", "1000"])
    assert result.exit_code == 1
    assert "1000 of each are wanted" in " ".join(result.output.split())
    assert "Traceback" not in result.output
