"""Rank all methods by how far their explanations can be trusted.

The methods are rated on the line network and the face network, for which it is known what matters
in a picture.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

import keras
import numpy as np
from skimage.filters import sobel
from tqdm.auto import tqdm

from helpers import faithfulness, models, plots
from helpers.datasets import Dataset, faces, lines
from helpers.methods import catalogue
from helpers.scores import ClassScore

__all__ = [
    "BASELINES",
    "COLUMNS",
    "LAYER",
    "SUBJECTS",
    "UNRATED",
    "Comparison",
    "Subject",
    "as_json",
    "choose",
    "compare",
    "example",
    "methods",
    "numbers",
    "overall",
    "ranks",
    "remarks",
]

LAYER = "relu3"  # what the CAM methods weigh: the last maps, after normalisation and ReLU
SEED = 0
TOLERANCE = 1  # pixels that the pointing game lets a map be off
RANDOMISED = 2  # images of each class for the sanity check, which asks for nine maps of each
COLUMNS = {  # what is measured, and which value is the best
    "deletion": "lowest",
    "insertion": "highest",
    "pointing game": "highest",
    "IoU": "highest",
    "sanity check": "lowest",
    "seconds": "lowest",
}
ASCENDING = {"lowest": np.positive, "highest": np.negative}
UNRATED = "seconds"  # ranked, but no reason to trust a map: left out of the mean rank

Maps = Callable[[keras.Model, np.ndarray, ClassScore], np.ndarray]  # a method, as it is called here


class Subject(NamedTuple):
    """A network and its data set.

    Attributes:
        network, dataset: their names.
        classes: the labels that are explained.
        fill: what pixels are replaced by (see `faithfulness.deletion_curves`); integrated gradients
            start from it, too.
        notes: what one has to know to read the network's table.
    """

    network: str
    dataset: str
    classes: tuple[int, ...]
    fill: float | str
    notes: tuple[str, ...]


def _one_of_each_angle() -> tuple[int, ...]:
    """Return twelve labels of lines, one for each angle, with the other attributes in turn."""
    sizes = [len(values) for values in lines.ATTRIBUTES.values()]
    angles = np.arange(sizes[2])
    labels = np.ravel_multi_index((angles % 2, angles // 2 % 2, angles, angles // 4 % 2), sizes)
    return tuple(labels.tolist())


SUBJECTS = (
    Subject(
        "line_gap_cnn",
        "lines",
        _one_of_each_angle(),
        0.0,
        (
            "Pixels are replaced by black, which is the background.",
            "The mask is the line, and “the image itself” is as good as the mask. So in all but "
            "the sanity check a method can come out at the top without knowing the network.",
            "Gradient × input and integrated gradients are 0 wherever the image is black, whatever "
            "the network knows. Occlusion is 0 far from the line. In the sanity check this alone "
            "keeps the order of their maps.",
            "Gradient × input and integrated gradients put pixels of the line that speak against "
            "the class last, behind all the background. This does no harm in deletion, but it is "
            "bad for insertion, which needs the whole line.",
            "Behind the last maps comes their mean over space, so all places have the same "
            "gradient. So Grad-CAM, XGrad-CAM and HiResCAM give the same map.",
        ),
    ),
    Subject(
        "face_cnn",
        "faces",
        tuple(range(len(faces.EXPRESSIONS))),
        "blur",
        (
            "Pixels are replaced by those of the blurred image, from which integrated gradients "
            "start. Gradient × input measures each pixel against black, which is another question.",
            "The mask is brows, eyes and mouth, whether or not all of them decide the expression.",
        ),
    ),
)


class Comparison(NamedTuple):
    """The result of `compare`.

    Attributes:
        classes: the names of the classes.
        values: by method and column, a value for each image. The sanity check has values for
            `RANDOMISED` images of each class, and seconds one value for each class.
        not_apply: by method, why it does not apply to the network.
        example: the first image (H, W, C), and a map (H, W) by each method.
    """

    classes: tuple[str, ...]
    values: dict[str, dict[str, np.ndarray]]
    not_apply: dict[str, str]
    example: tuple[np.ndarray, dict[str, np.ndarray]]

    def means(self) -> dict[str, dict[str, float]]:
        return {
            name: {column: float(np.mean(found)) for column, found in columns.items()}
            for name, columns in self.values.items()
        }


def methods(fill: float | str) -> dict[str, Maps]:
    """Return every method that is compared, by name, with `fill` as its baseline if it has one."""
    return {
        name: partial(method.maps, layer=LAYER, baseline=fill)
        for name, method in catalogue.METHODS.items()
    } | BASELINES


def _random_map(model: keras.Model, images: np.ndarray, score: ClassScore) -> np.ndarray:
    return np.random.default_rng((SEED, score.index)).random(images.shape[:3])


def _image_itself(model: keras.Model, images: np.ndarray, score: ClassScore) -> np.ndarray:
    return images.sum(axis=-1)


def _edges(model: keras.Model, images: np.ndarray, score: ClassScore) -> np.ndarray:
    return np.stack([sobel(image.sum(axis=-1)) for image in images])


# Maps that know nothing of the network.
BASELINES: dict[str, Maps] = {
    "a random map": _random_map,
    "the image itself": _image_itself,
    "Sobel edges": _edges,
}


def choose(
    model: keras.Model, dataset: Dataset, classes: tuple[int, ...], count: int
) -> dict[int, np.ndarray]:
    """Return, for each class, the numbers of the first `count` test images that the network
    classifies correctly.

    Raises `ValueError` if a class has fewer such images.
    """
    test = dataset.test
    right = models.predict(model, test.images).argmax(axis=-1) == test.labels
    chosen = {label: np.flatnonzero(right & (test.labels == label))[:count] for label in classes}
    scarcest = min(chosen, key=lambda label: len(chosen[label]))
    there = len(chosen[scarcest])
    if there < count:
        raise ValueError(
            f"{model.name} classifies {there} test images of class "
            f"{dataset.class_names[scarcest]!r} correctly, and {count} of each are wanted: "
            + (f"ask for {there}" if there else "train it better")
        )
    return chosen


def compare(
    model: keras.Model,
    dataset: Dataset,
    chosen: Mapping[int, np.ndarray],
    fill: float | str,
) -> Comparison:
    """Rate every method on the test images of each class that `choose` gives.

    The classes come one after another, since a method takes one score at a time. A method that
    needs something of the network, as CAM does, is left out if the network does not have it.
    """
    values: dict[str, dict[str, list]] = defaultdict(lambda: defaultdict(list))
    not_apply: dict[str, str] = {}
    maps_of_first: dict[str, np.ndarray] = {}
    test = dataset.test
    masks = np.any(list(test.masks.values()), axis=0)
    available = methods(fill)
    with tqdm(total=len(chosen) * len(available), desc=model.name, unit="map", leave=False) as bar:
        for label, numbers in chosen.items():
            images, mask, score = test.images[numbers], masks[numbers], ClassScore(label)
            for name, method in available.items():
                bar.set_postfix_str(name)
                bar.update()
                if name in not_apply:
                    continue
                try:
                    method(model, images[:1], score)  # compiles, which is not to be timed
                except ValueError as error:
                    if name not in catalogue.METHODS or not catalogue.METHODS[name].needs:
                        raise
                    not_apply[name] = str(error)
                    continue
                started = time.perf_counter()
                maps = method(model, images, score)
                seconds = (time.perf_counter() - started) / len(images)
                maps_of_first.setdefault(name, maps[0])
                for column, found in {
                    "deletion": faithfulness.area_under(
                        faithfulness.deletion_curves(model, images, maps, score, fill=fill)
                    ),
                    "insertion": faithfulness.area_under(
                        faithfulness.insertion_curves(model, images, maps, score, fill=fill)
                    ),
                    "pointing game": faithfulness.pointing_game(maps, mask, TOLERANCE),
                    "IoU": faithfulness.iou(maps, mask),
                    # A map turned upside down is still the old one: its −1 must not cancel a 1.
                    "sanity check": np.abs(
                        faithfulness.randomisation(
                            model, images[:RANDOMISED], score, method, SEED
                        ).absolute
                    ).mean(axis=0),
                    "seconds": [seconds],
                }.items():
                    values[name][column].extend(np.asarray(found, float))
    first = test.images[next(iter(chosen.values()))[0]]
    gathered = {
        name: {column: np.array(values[name][column]) for column in COLUMNS}
        for name in available
        if name in values
    }
    classes = tuple(dataset.class_names[label] for label in chosen)
    return Comparison(classes, gathered, not_apply, (first, maps_of_first))


def ranks(means: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    """Return each method's rank in each column, 1 for the best, and their "mean" without `UNRATED`.

    Values that agree to three decimals, as they are shown, share the better rank. The methods are
    in the order of their mean rank.
    """
    from scipy.stats import rankdata  # takes a third of a second, and a comparison takes minutes

    table: dict[str, dict[str, float]] = {name: {} for name in means}
    for column, best in COLUMNS.items():
        shown = np.round([means[name][column] for name in means], 3)
        for name, rank in zip(means, rankdata(ASCENDING[best](shown), method="min"), strict=True):
            table[name][column] = int(rank)
    for row in table.values():
        row["mean"] = float(np.mean([rank for column, rank in row.items() if column != UNRATED]))
    return dict(sorted(table.items(), key=lambda item: item[1]["mean"]))


def overall(done: Mapping[Subject, Comparison]) -> dict[str, dict[str, float]]:
    """Return each method's mean rank by network, and their "mean", the best method first.

    A method that does not apply to a network has no rank there and no "mean". It comes last, since
    it was not put to every test.
    """
    ranked = {subject.network: ranks(found.means()) for subject, found in done.items()}
    found = {}
    for name in dict.fromkeys(name for each in ranked.values() for name in each):
        found[name] = {
            network: each[name]["mean"] for network, each in ranked.items() if name in each
        }
        if len(found[name]) == len(done):
            found[name]["mean"] = float(np.mean(list(found[name].values())))
    return dict(sorted(found.items(), key=lambda item: item[1].get("mean", np.inf)))


def remarks(subject: Subject, found: Comparison) -> list[str]:
    """Return what one has to know to read a table: the images, the fill, the mask, and which
    methods are left out."""
    images = len(next(iter(found.values.values()))["IoU"]) // len(found.classes)
    return [
        f"{images} test images of each of {len(found.classes)} classes, all classified correctly. "
        f"The sanity check is made on {min(images, RANDOMISED)} of each.",
        *subject.notes,
        *(f"{name} does not apply. {reason}." for name, reason in found.not_apply.items()),
    ]


def as_json(done: Mapping[Subject, Comparison]) -> dict:
    """Return the mean ranks of `overall` and, by network, the classes, the remarks, and each
    method's means, standard errors and ranks."""
    return {"mean ranks": overall(done)} | {
        subject.network: {
            "dataset": subject.dataset,
            "classes": found.classes,
            "remarks": remarks(subject, found),
            "methods": numbers(found),
            "not_apply": found.not_apply,
        }
        for subject, found in done.items()
    }


def numbers(found: Comparison) -> dict[str, dict]:
    """Return, by method, the mean rank, and by column the mean, its standard error and its rank."""
    means = found.means()
    return {
        name: {
            "mean rank": rank["mean"],
            **{
                column: {
                    "mean": means[name][column],
                    "standard error": _standard_error(found.values[name][column]),
                    "rank": rank[column],
                }
                for column in COLUMNS
            },
        }
        for name, rank in ranks(means).items()
    }


def _standard_error(values: np.ndarray) -> float | None:
    return float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else None


def example(subject: Subject, found: Comparison) -> plots.Figure:
    """Return a figure of one image's maps by all methods, in the order of the table."""
    image, maps = found.example
    names = list(ranks(found.means()))
    if subject.fill == 0:  # black is the background: draw the rest as ink on paper
        picture = image.max(axis=-1, keepdims=True)
    else:
        picture = np.broadcast_to(image, (*image.shape[:2], 3))
    figure = plots.overlays(
        np.stack([picture] * len(names)),
        np.stack([maps[name] for name in names]),
        names,
        columns=6,
        title=f"{found.classes[0]}: one image, explained by all methods, best mean rank first",
    )
    figure.alt = (
        f"One image of {subject.dataset}, class {found.classes[0]!r}, under its map by each "
        f"method: {', '.join(names)}. Red speaks for the class, blue against it."
    )
    return figure
