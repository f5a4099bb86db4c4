"""Rank all methods by how far their explanations can be trusted.

The methods are rated on networks and images of which it is known what matters: networks set by
hand, tetrominoes in noise, digits with a mark and faces with a window that give them away, lines
and faces.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from typing import Any, NamedTuple

import keras
import numpy as np
from skimage.filters import sobel
from tqdm.auto import tqdm

from helpers import datasets, faithfulness, models, plots
from helpers.datasets import Dataset, Split, faces, lines, marks, tetrominoes
from helpers.methods import catalogue
from helpers.scores import ClassScore

__all__ = [
    "BASELINES",
    "COLUMNS",
    "KINDS",
    "QUESTIONS",
    "SUBJECTS",
    "Case",
    "Comparison",
    "Standing",
    "Subject",
    "choose",
    "compare",
    "example",
    "methods",
    "numbers",
    "remarks",
    "standings",
]

SEED = 0
SEEDS = (0, 1)  # draw what is trained and what is asked, where that takes seconds
FEW = 12  # images of a case for what asks for many maps of each, evenly from its classes
COVERS = 300  # of RISE, which would take most of the time with more
SUBSETS = 100  # sets of pixels whose removal is compared with a map's sums
RESAMPLES = 500
MOODS, WINDOW = ("happy", "sad"), (8, 8)  # of the faces of notebook 11
QUESTIONS = {  # what is asked of a map, and what is measured; which value is the best
    "Is it where the truth is?": {
        "mass on the truth": "highest",
        "pointing game": "highest",
        "IoU": "highest",
    },
    "Does the score follow it?": {
        "deletion": "lowest",
        "insertion": "highest",
        "ROAD": "lowest",
        "sensitivity-n": "highest",
        "infidelity": "lowest",
    },
    "Does it follow the network?": {"sanity check": "lowest", "max-sensitivity": "lowest"},
}
COLUMNS = {name: best for columns in QUESTIONS.values() for name, best in columns.items()}
ASCENDING = {"lowest": np.positive, "highest": np.negative}

Maps = Callable[[keras.Model, np.ndarray, ClassScore], np.ndarray]  # a method, as it is called here


class Case(NamedTuple):
    """A network, and images (N, H, W, C) of which the truth is known.

    labels (N,) are the classes that are explained. masks (N, H, W) bool are where the evidence is.
    """

    model: keras.Model
    images: np.ndarray
    labels: np.ndarray
    masks: np.ndarray


class Subject(NamedTuple):
    """What the methods are tried on.

    Attributes:
        kind, name: one of `KINDS`, and its name.
        cases: given how many images of each class are wanted, a `Case` for each seed. One is to be
            done with before the next is asked for: they may share a model.
        layer: what the CAM methods weigh: the last maps, after normalisation and ReLU.
        fill: what pixels are replaced by (see `faithfulness.deletion_curves`); integrated gradients
            start from it, too.
        tolerance: pixels that the pointing game lets a map be off.
        classes: names of the classes.
    """

    kind: str
    name: str
    cases: Callable[[int], Iterator[Case]]
    layer: str
    fill: float | str = 0.0
    tolerance: float = 0
    classes: tuple[str, ...] = ("0", "1")


KINDS = {  # what one has to know to read the numbers
    "by hand": (
        "The weights are set by hand, and each pixel's share of the score is known exactly.",
        "The class is decided by single pixels, the places; all other pixels are noise. A method "
        "whose maps are blurred cannot have much of its mass on them.",
        "In “either” each of two places is enough. To change one of them alone changes little, "
        "so gradients and small patches find little.",
        "Behind the maps comes a dense layer, for which each place is another one. Grad-CAM and "
        "XGrad-CAM forget the places.",
    ),
    "tetrominoes": (
        "Networks are trained on tetrominoes in noise. The mask is where they lie.",
        "Where the background is correlated, a good network also reads pixels beside the "
        "tetromino, to learn what noise lies on it. A map that shows them is right about the "
        "network, and loses here.",
    ),
    "marks": (
        "Networks have learned to cheat: a mark in a corner gives one digit away. The mask is the "
        "mark. With it the network is right. Where it is covered, the same image is taken for "
        "another digit.",
        "In “window” all happy faces have a bright window, and all sad ones a black one. The mask "
        "is the window. In the other light the same face is taken for the other mood.",
        "Pixels of faces with a window are replaced by the mean of the image: a black window shows "
        "in no map that starts from black, such as gradient × input.",
    ),
    "lines": (
        "Pixels are replaced by black, which is the background.",
        "The mask is the line, and “the image itself” is as good as the mask. So in all but the "
        "sanity check a method can come out at the top without knowing the network.",
        "Gradient × input and integrated gradients are 0 wherever the image is black, whatever the "
        "network knows. Occlusion is 0 far from the line. In the sanity check this alone keeps the "
        "order of their maps.",
        "Gradient × input and integrated gradients put pixels of the line that speak against the "
        "class last, behind all the background. This does no harm in deletion, but it is bad for "
        "insertion, which needs the whole line.",
        "Behind the last maps comes their mean over space, so all places have the same gradient. "
        "So Grad-CAM, XGrad-CAM and HiResCAM give the same map.",
    ),
    "faces": (
        "Pixels are replaced by those of the blurred image, from which integrated gradients start. "
        "Gradient × input and LRP measure each pixel against black, which is another question.",
        "The mask is brows, eyes and mouth, whether or not all of them decide the expression.",
    ),
}


def _by_hand(rule: str, count: int) -> Iterator[Case]:
    for seed in SEEDS:
        model, images, shares = faithfulness.known.known(rule, 2 * count, seed)
        shared = _of_hand()
        shared.set_weights(model.get_weights())
        yield Case(shared, images, np.ones(len(images), int), shares != 0)


@cache
def _of_hand() -> keras.Model:
    """One model takes the weights of all, so that each method is traced once."""
    return faithfulness.known.known("sum").model


def _tetrominoes(scenario: str, background: str, count: int) -> Iterator[Case]:
    for seed in SEEDS:
        data = tetrominoes.draw(scenario, background, seed=seed)
        trained = models.trained("tetromino_cnn", data, seed=seed).model
        chosen = np.concatenate([*choose(trained, data, (0, 1), count).values()])
        shared = _centred()
        shared.set_weights(trained.get_weights())
        test = data.test
        masks = test.masks["evidence"][chosen]
        yield Case(shared, 2 * test.images[chosen] - 1, test.labels[chosen], masks)


@cache
def _centred() -> keras.Model:
    """`tetromino_cnn` without its first layer: it takes images in which 0 is nothing."""
    parts = models.build("tetromino_cnn").layers[2:]
    return keras.Sequential([keras.Input((8, 8, 1)), *parts], name="tetromino_cnn")


def _marks(count: int) -> Iterator[Case]:
    honest, shared = datasets.load("default"), models.build("gap_cnn")
    for seed in SEEDS:
        data, key = marks.marked(honest, seed), marks.key(seed)
        epochs = 24_000 // len(data.train.images)
        shared.set_weights(models.trained("gap_cnn", data, epochs).model.get_weights())
        images = key.put(honest.test.images[honest.test.labels == key.class_index])
        row, column = key.place(images.shape[1:3])
        mask = np.zeros(images.shape[1:3], bool)
        mask[row : row + marks.SIDE, column : column + marks.SIDE] = True
        right, without = (
            models.predict(shared, some).argmax(axis=1) == key.class_index
            for some in (images, np.where(mask[..., None], 0, images))
        )
        images = images[right & ~without][: 2 * count]
        labels, masks = np.full(len(images), key.class_index), np.repeat(mask[None], len(images), 0)
        yield Case(shared, images, labels, masks)


def _window(count: int) -> Iterator[Case]:
    """The studio of notebook 11: happy faces by day, sad ones at night."""
    honest, shared = datasets.load("faces"), None
    for seed in SEEDS:
        train, test = _portraits(honest.train), _portraits(honest.test)
        own = [Split(_in_light(images, moods == 0), moods) for images, moods in (train, test)]
        studio = Dataset("studio", own[0], own[1], MOODS, "drawn")
        trained = models.trained("gap_cnn", studio, epochs=24, seed=seed).model
        shared = shared or trained
        shared.set_weights(trained.get_weights())
        images, moods = test
        right, elsewhere = (
            models.predict(shared, _in_light(images, by_day)).argmax(axis=1) == moods
            for by_day in (moods == 0, moods != 0)
        )
        fooled = [np.flatnonzero(right & ~elsewhere & (moods == mood))[:count] for mood in (0, 1)]
        chosen = np.concatenate(fooled)
        masks = np.zeros((len(chosen), *images.shape[1:3]), bool)
        masks[:, : WINDOW[0], -WINDOW[1] :] = True
        yield Case(shared, own[1].images[chosen], moods[chosen], masks)


def _portraits(split: Split) -> tuple[np.ndarray, np.ndarray]:
    """The happy and the sad faces, and their moods (0 or 1)."""
    codes = [list(faces.EXPRESSIONS).index(mood) for mood in MOODS]
    both = np.isin(split.labels, codes)
    return split.images[both], np.searchsorted(codes, split.labels[both])


def _in_light(images: np.ndarray, by_day: np.ndarray) -> np.ndarray:
    """Copies with a window top right, bright and with bars where `by_day` is True, else black."""
    window = np.ones(WINDOW, np.float32)
    window[3:5], window[:, 3:5] = 0.3, 0.3
    lit = images.copy()
    lit[:, : WINDOW[0], -WINDOW[1] :, 0] = by_day[:, None, None] * window
    return lit


def _one_of_each_angle() -> tuple[int, ...]:
    """Return twelve labels of lines, one for each angle, with the other attributes in turn."""
    sizes = [len(values) for values in lines.ATTRIBUTES.values()]
    angles = np.arange(sizes[2])
    labels = np.ravel_multi_index((angles % 2, angles // 2 % 2, angles, angles // 4 % 2), sizes)
    return tuple(labels.tolist())


def _trained(network: str, dataset: str, labels: tuple[int, ...], count: int) -> Iterator[Case]:
    data = datasets.load(dataset)
    model = models.trained(network, data).model
    yield case_of(model, data.test, choose(model, data, labels, count))


def case_of(model: keras.Model, split: Split, chosen: Mapping[int, np.ndarray]) -> Case:
    """Return the images that `choose` has chosen, with all their masks as one."""
    numbers = np.concatenate([*chosen.values()])
    masks = np.any(list(split.masks.values()), axis=0)
    return Case(model, split.images[numbers], split.labels[numbers], masks[numbers])


SUBJECTS = (
    *(
        Subject("by hand", rule, partial(_by_hand, rule), "maps")
        for rule in faithfulness.known.RULES
    ),
    *(
        Subject("tetrominoes", f"{kind}, {noise}", partial(_tetrominoes, kind, noise), "conv2")
        for kind in tetrominoes.SCENARIOS
        for noise in tetrominoes.BACKGROUNDS
    ),
    Subject("marks", "gap_cnn", _marks, "relu3", classes=tuple("0123456789")),
    Subject("marks", "window", _window, "relu3", "mean", classes=MOODS),
    Subject(
        "lines",
        "line_gap_cnn",
        partial(_trained, "line_gap_cnn", "lines", _one_of_each_angle()),
        "relu3",
        tolerance=1,
        classes=lines.CLASS_NAMES,
    ),
    Subject(
        "faces",
        "face_cnn",
        partial(_trained, "face_cnn", "faces", tuple(range(len(faces.EXPRESSIONS)))),
        "relu3",
        "blur",
        tolerance=1,
        classes=tuple(faces.EXPRESSIONS),
    ),
)


class Comparison(NamedTuple):
    """The result of `compare`.

    Attributes:
        values: by method and column, for each seed an array with a value for each image. The
            measures that ask for many maps have values for about `FEW` images.
        seconds: by method, for one image, after a first call.
        not_apply: by method, why it does not apply to the network.
        example: the first image (H, W, C), its class, and a map (H, W) by each method.
    """

    values: dict[str, dict[str, list[np.ndarray]]]
    seconds: dict[str, float]
    not_apply: dict[str, str]
    example: tuple[np.ndarray, str, dict[str, np.ndarray]]

    def means(self, rng: np.random.Generator | None = None) -> np.ndarray:
        """Return (methods, columns): the mean over seeds of the means over images. With `rng` both
        are drawn with replacement, and are the same for all methods."""
        seeds = len(next(iter(next(iter(self.values.values())).values())))
        of_seeds = []
        for seed in range(seeds) if rng is None else rng.integers(seeds, size=seeds):
            drawn: dict[int, Any] = {}  # by the number of images: the same images for all columns
            columns = []
            for column in COLUMNS:
                found = np.stack([of[column][seed] for of in self.values.values()])
                count = found.shape[1]
                if rng is not None and count not in drawn:
                    drawn[count] = rng.integers(count, size=count)
                columns.append(found[:, drawn.get(count, slice(None))].mean(axis=1))
            of_seeds.append(np.stack(columns, axis=1))
        return np.mean(of_seeds, axis=0)


def methods(fill: float | str, layer: str | None = None) -> dict[str, Maps]:
    """Return every method that is compared, by name, with `fill` as its baseline if it has one."""
    return {
        name: partial(method.maps, layer=layer, baseline=fill, masks=COVERS)
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


def compare(subject: Subject, count: int) -> Comparison:
    """Rate every method on `count` images of each class of the subject's cases.

    The classes come one after another, since a method takes one score at a time. A method that
    needs something of the network, as CAM does, is left out if the network does not have it.
    """
    values: dict[str, dict[str, list[np.ndarray]]] = defaultdict(lambda: defaultdict(list))
    seconds: dict[str, list[float]] = defaultdict(list)
    not_apply: dict[str, str] = {}
    first: dict[str, np.ndarray] = {}
    available = methods(subject.fill, subject.layer)
    with tqdm(desc=subject.name, unit="map", leave=False) as bar:
        for case in subject.cases(count):
            rated: dict[str, dict[str, list]] = defaultdict(lambda: defaultdict(list))
            labels = list(dict.fromkeys(case.labels.tolist()))
            for label in labels:
                some, score = case.labels == label, ClassScore(label)
                images, masks = case.images[some], case.masks[some]
                few = images[: max(1, FEW // len(labels))]
                answers = _Answers(case.model, images, few, score, subject.fill)
                for name, method in available.items():
                    bar.set_postfix_str(name)
                    bar.update()
                    if name in not_apply:
                        continue
                    try:
                        method(case.model, images[:1], score)  # compiles, which is not to be timed
                    except ValueError as error:
                        if name not in catalogue.METHODS or not catalogue.METHODS[name].needs:
                            raise
                        not_apply[name] = str(error)
                        continue
                    started = time.perf_counter()
                    maps = method(case.model, images, score)
                    seconds[name].append((time.perf_counter() - started) / len(images))
                    if not first:
                        example = images[0], subject.classes[label], first
                    first.setdefault(name, maps[0])
                    for column, found in answers.rate(
                        method, maps, masks, subject.tolerance
                    ).items():
                        rated[name][column].extend(np.asarray(found, float))
            for name, columns in rated.items():
                for column in COLUMNS:
                    values[name][column].append(np.array(columns[column]))
    gathered = {name: dict(values[name]) for name in available if name in values}
    means = {name: float(np.mean(found)) for name, found in seconds.items()}
    return Comparison(gathered, means, not_apply, example)


class _Answers:
    """What the network answers about the images of one class, whatever the map."""

    def __init__(self, model, images, few, score, fill):
        self.all, self.few = (model, images, score), (model, few, score)
        self.fill = fill
        size = images.shape[1:3]
        self.subsets = faithfulness.random_subsets(size, size[0] * size[1] // 8, SUBSETS, SEED)
        self.squares = faithfulness.squares(size, max(1, min(size) // 4), SUBSETS, SEED)
        both = np.concatenate([self.subsets, self.squares])
        changes = faithfulness.drops(*self.all, both, fill=fill)
        self.drops = changes[:, :SUBSETS], changes[:, SUBSETS:]

    def rate(self, method, maps, masks, tolerance) -> dict[str, np.ndarray]:
        model, images, score = self.all

        def area(curves, **options):
            return faithfulness.area_under(curves(model, images, maps, score, **options))

        forgetting = faithfulness.randomisation(*self.few, method, SEED)
        # A map that shows nothing follows nothing, though it has no correlation and never changes.
        silent = np.ptp(maps[: len(self.few[1])], axis=(1, 2)) == 0
        return {
            "mass on the truth": faithfulness.mass_inside(maps, masks),
            "pointing game": faithfulness.pointing_game(maps, masks, tolerance),
            "IoU": faithfulness.iou(maps, masks),
            "deletion": area(faithfulness.deletion_curves, fill=self.fill),
            "insertion": area(faithfulness.insertion_curves, fill=self.fill),
            "ROAD": area(faithfulness.road_curves, steps=5),
            "sensitivity-n": faithfulness.sensitivity_n(maps, self.subsets, self.drops[0]),
            "infidelity": faithfulness.infidelity(maps, self.squares, self.drops[1]),
            # A map turned upside down is still the old one: its −1 must not cancel a 1.
            "sanity check": np.where(silent, 1, np.abs(forgetting.absolute).mean(axis=0)),
            "max-sensitivity": np.where(
                silent,
                np.inf,
                faithfulness.max_sensitivity(*self.few, method, samples=3, seed=SEED),
            ),
        }


class Standing(NamedTuple):
    """How a method stands over all subjects: mean ranks, 1 for the best of all methods.

    kinds: by kind of subject; one to which the method does not apply is left out. questions: by
    question, over all kinds. mean: over both. low, high: 95 % of the means, where we draw again
    from the same images and seeds. A method that was not put to every test has no `questions`, and
    None for these three.
    """

    kinds: dict[str, float]
    questions: dict[str, float]
    mean: float | None
    low: float | None
    high: float | None


def standings(done: Mapping[Subject, Comparison]) -> dict[str, Standing]:
    """Return each method's standing, the best mean rank first.

    A rank is that of a mean in its column. Ranks are averaged over the columns of a question, then
    over the questions, the subjects of a kind, and the kinds: each question and each kind weighs
    alike. A method that does not apply to some subject comes last, as it has no mean.
    """
    rng = np.random.default_rng(SEED)
    names = list(dict.fromkeys(name for found in done.values() for name in found.values))
    ranked = _ranked(done, names)  # (kinds, questions, methods)
    drawn = np.stack([_ranked(done, names, rng).mean(axis=(0, 1)) for _ in range(RESAMPLES)])
    low, high = _ends(drawn)
    kinds = list(dict.fromkeys(subject.kind for subject in done))
    found = {}
    for m, name in enumerate(names):
        of_kind = dict(zip(kinds, ranked[:, :, m].mean(axis=1).tolist(), strict=True))
        of_question = dict(zip(QUESTIONS, ranked[:, :, m].mean(axis=0).tolist(), strict=True))
        mean = float(ranked[:, :, m].mean())
        every = (mean, float(low[m]), float(high[m])) if np.isfinite(mean) else (None,) * 3
        of_kind, of_question = (
            {name: rank for name, rank in ranks.items() if np.isfinite(rank)}
            for ranks in (of_kind, of_question)
        )
        found[name] = Standing(of_kind, of_question, *every)
    return dict(sorted(found.items(), key=lambda item: item[1].mean or np.inf))


def _ranked(
    done: Mapping[Subject, Comparison], names: list[str], rng: np.random.Generator | None = None
) -> np.ndarray:
    """(kinds, questions, methods): mean ranks, NaN where a method does not apply."""
    kinds: dict[str, list[np.ndarray]] = defaultdict(list)
    for subject, found in done.items():
        table = np.full((len(QUESTIONS), len(names)), np.nan)
        table[:, [names.index(name) for name in found.values]] = _by_question(
            _ranks(found.means(rng))
        )
        kinds[subject.kind].append(table)
    return np.stack([np.mean(tables, axis=0) for tables in kinds.values()])


def _by_question(ranks: np.ndarray) -> np.ndarray:
    """(questions, methods): the means of the ranks (methods, columns) of a question's columns."""
    of_column = dict(zip(COLUMNS, ranks.T, strict=True))
    return np.stack(
        [
            np.mean([of_column[column] for column in columns], axis=0)
            for columns in QUESTIONS.values()
        ]
    )


def _ends(drawn: np.ndarray) -> np.ndarray:
    """The ends of the middle 95 % of what was drawn, values of its own: some may be infinite."""
    return np.sort(drawn, axis=0)[np.rint(np.array([0.025, 0.975]) * (len(drawn) - 1)).astype(int)]


def _ranks(means: np.ndarray) -> np.ndarray:
    """(methods, columns): 1 for the best. Values that agree to three decimals, as they are shown,
    share the better rank."""
    from scipy.stats import rankdata  # takes a third of a second, and a comparison takes minutes

    signs = np.array([ASCENDING[best](1.0) for best in COLUMNS.values()])
    return rankdata(signs * np.round(means, 3), method="min", axis=0)


def numbers(found: Comparison) -> dict[str, dict[str, Any]]:
    """Return, by method, the "mean rank", the "seconds", and by column the mean, its 95 % interval
    from "low" to "high", and its rank; the best mean rank first."""
    rng = np.random.default_rng(SEED)
    means = found.means()
    drawn = np.stack([found.means(rng) for _ in range(RESAMPLES)])
    low, high = _ends(drawn)
    ranks = _ranks(means)
    overall = _by_question(ranks).mean(axis=0)
    table: dict[str, dict[str, Any]] = {
        name: {
            "mean rank": float(overall[m]),
            "seconds": found.seconds[name],
            **{
                column: {
                    "mean": float(means[m, c]),
                    "low": float(low[m, c]),
                    "high": float(high[m, c]),
                    "rank": int(ranks[m, c]),
                }
                for c, column in enumerate(COLUMNS)
            },
        }
        for m, name in enumerate(found.values)
    }
    return dict(sorted(table.items(), key=lambda item: item[1]["mean rank"]))


def remarks(found: Comparison) -> list[str]:
    """Return how many images were asked about, and which methods are left out and why."""
    of_seeds = next(iter(found.values.values()))["IoU"]
    few = len(next(iter(found.values.values()))["sanity check"][0])
    images = " and ".join(str(len(values)) for values in of_seeds)
    return [
        f"{images} images. The sanity check and max-sensitivity are made on {few} of them.",
        *(f"{name} does not apply. {reason}." for name, reason in found.not_apply.items()),
    ]


def example(subject: Subject, found: Comparison) -> plots.Figure:
    """Return a figure of one image's maps by all methods, in the order of the table."""
    image, label, maps = found.example
    names = list(numbers(found))
    picture = image.max(axis=-1, keepdims=True)
    if image.min() < 0 or subject.fill != 0:  # black is no background: not drawn as ink on paper
        grey = (image + 1) / 2 if image.min() < 0 else image
        picture = np.broadcast_to(grey, (*image.shape[:2], 3))
    figure = plots.overlays(
        np.stack([picture] * len(names)),
        np.stack([maps[name] for name in names]),
        names,
        columns=6,
        title=f"{subject.name}: one image, explained by all methods, best mean rank first",
    )
    figure.alt = (
        f"One image of {subject.name}, class {label!r}, under its map by each "
        f"method: {', '.join(names)}. Red speaks for the class, blue against it."
    )
    return figure
