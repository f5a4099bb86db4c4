"""Checks of notebook 10."""

from __future__ import annotations

from functools import cache
from itertools import chain, permutations

import numpy as np

from helpers.checks import findings
from helpers.checks.adapters import as_bytes, predictor, with_predict
from helpers.checks.core import Case, Check, each_map, finding, same_values, shape_and_type
from helpers.checks.drawn import numbered_outputs, parcel_order, undecided_network
from helpers.checks.judges import columns, found, same_names, same_word
from helpers.own_work import solves

# file_kind(head): what a file is, by the bytes with which it starts


@solves("file_kind")
def _file_kind(head):
    text = head.lstrip().lower()
    if head.startswith("PK\x03\x04"):
        return "zip"
    if head.startswith("\x89HDF\r\n\x1a\n"):
        return "hdf5"
    if head.startswith("version https://git-lfs"):
        return "lfs pointer"
    if text.startswith(("<!doctype html", "<html")):
        return "html"
    return "json" if text.startswith("{") else "unknown"


def _draw_heads(rng, hidden):
    def some(count):
        return "".join(map(chr, rng.integers(0, 256, count)))

    number = int(rng.integers(10_000, 99_999_999))
    lfs = f"version https://git-lfs.github.com/spec/v1\noid sha256:{number:064x}\nsize {number}\n"
    keras, page, other = "what Keras writes", "a web page in its place", "neither"
    pointer = "a Git LFS pointer"
    heads = {
        keras: [
            "PK\x03\x04" + some(20),
            "\x89HDF\r\n\x1a\n" + some(20),
            f'{{"class_name": "Sequential", "config": {{"seed": {number}',  # the first bytes alone
            f'\n  {{"module": "keras", "seed": {number}}}',
            '{"doc": "<html> or PK\x03\x04, version https://git-lfs"}',
        ],
        page: [
            f"<!DOCTYPE html>\n<html lang='en'><title>{number}</title>",
            f"<html><body>{number}</body></html>",
            f"\r\n\n  <!doctype HTML><p>{number}",
            f'{{"html_url": "<!doctype html> {number}"}}',
        ],
        pointer: [lfs, f"<HTML>version https://git-lfs {number}", "version: 3\nservices:\n  web:"],
        other: [
            "",
            "PKI certificate " + some(9),
            "HDF is a format " + some(9),
            "\x80\x04\x95" + some(20),
            f"<?xml version='1.0'?><svg id='{number}'/>",
            f"[{number}]",
            f"backend: tensorflow # {{{number}}}",
            "PK\x03\x04" + some(9),
            # A signature after white space, or in other letters, is none
            " PK\x03\x04" + some(9),
            "\n\x89HDF\r\n\x1a\n" + some(9),
            f"\n{lfs}",
            "pk\x03\x04" + some(9),
            lfs.capitalize(),
            # The first bytes of one, and then others
            "PK\x03\x05" + some(9),
            "\x89HDF\n" + some(9),
            f"version https://example.org/{number}",
            f"<!doctype svg><svg id='{number}'/>",
            # All bytes of one but the last
            "\x89HDF\r\n\x1a\r" + some(9),
            f"version https://git-lf.example.org/{number}",
            f"<!doctype htmx>{number}",
            f"<htm>{number}",
        ],
    }
    if hidden:
        heads[keras] += ["PK\x03\x04<html>" + some(9), "\x89HDF\r\n\x1a\n{" + some(9)]
        heads[page] += [f"\t<HtMl lang='de'>{number}"]
        heads[pointer] += [
            lfs.replace("sha256", "sha512"),
            f"read me: version https://git-lfs {lfs}",
        ]
        heads[other] += ["\n\n", "\x89PNG\r\n\x1a\n" + some(9), f"{number} {{}}"]
    cases = [Case(step, {"head": head}, same_word) for step in heads for head in heads[step]]
    return [cases[i] for i in rng.permutation(len(cases))]


file_kind = Check(
    "file_kind",
    {
        "what Keras writes": 1,
        "a web page in its place": 1,
        "a Git LFS pointer": 1,
        "neither": 1,
    },
    _draw_heads,
    _file_kind,
    arguments=as_bytes,
)


# conv_names(saved, kinds)


@solves("conv_names")
def _conv_names(saved, kinds):
    names = []
    for layer in saved["config"]["layers"]:
        name = layer["config"]["name"]
        if layer["class_name"] in kinds:
            names.append(name)
        if "layers" in layer["config"]:
            names += [f"{name}/{inner}" for inner in _conv_names(layer, kinds)]
    return names


KINDS = ("Conv2D", "SeparableConv2D", "DepthwiseConv2D", "Conv2DTranspose")


def _draw_architectures(rng, hidden):
    words = [f"{word}_{i}" for word in ("amber", "coral", "lime") for i in range(200)]
    words = iter(rng.permutation(words).tolist())

    def layer(kind, name=None, **more):
        config = {"name": name or next(words), "dtype": "float32", **more}
        return {"class_name": str(kind), "config": config}

    def reads(*names):
        """Return what Keras writes beside a layer that reads what these layers give."""
        tensors = [
            {"class_name": "__keras_tensor__", "config": {"keras_history": [name, 0, 0]}}
            for name in names
        ]
        return [{"args": tensors if len(tensors) == 1 else [tensors], "kwargs": {}}]

    def model(layers, kind=None, branched=False):
        """Return a saved model. A functional one repeats each layer's name beside its config, and
        says what the layer reads, as Keras writes it. A branched one has two ways from its input to
        an Add."""
        name = next(words)
        kind = kind or str(rng.choice(["Sequential", "Functional"]))
        layers = [layer("InputLayer", f"{name}_input"), *layers]
        if kind == "Functional":
            layers += branched * [layer("Add")]
            names = [one["config"]["name"] for one in layers]
            before = [[], *([name] for name in names[:-1])]
            if branched:
                half = len(names) // 2
                before[half], before[-1] = [names[0]], [names[half - 1], names[-2]]
            layers = [
                {**one, "name": name, "inbound_nodes": reads(*read) if read else []}
                for one, name, read in zip(layers, names, before, strict=True)
            ]
        return {"class_name": kind, "config": {"name": name, "layers": layers}}

    def plain():
        some = [layer("Conv2D") for _ in range(int(rng.integers(2, 5)))]
        others = [layer("MaxPooling2D", "conv_pool"), layer("Dense", "conv2d_9")]
        return model([*some, *others], "Functional"), KINDS

    def every_kind():
        kinds = rng.permutation([*KINDS, *KINDS, "ConvLSTM2D", "Conv1D", "ReLU"])
        return model([*map(layer, kinds), layer("Flatten", "conv_end")], "Sequential"), KINDS

    def other_kinds():
        """Return classes whose names are parts of one another, on two ways."""
        kinds = ("Conv2D", "MyConv") if rng.random() < 0.5 else ("MyConv", "Conv2D")
        near = ["Conv2DTranspose", "SeparableConv2D", "DepthwiseConv2D", "MyConv2D", "Conv"]
        wrapped = layer("TimeDistributed", layer=layer("Conv2D"))
        layers = [wrapped, *map(layer, rng.permutation([*kinds, *kinds, *near]))]
        order = rng.permutation(len(layers))
        ways = [layer("Conv2D"), *(layers[i] for i in order), layer("MyConv")]
        return model(ways, "Functional", branched=True), kinds

    def nested(depth):
        """Return a model with two models among its convolutions, whose own have the same names. The
        class of one of them is nobody else's."""
        inside = [nested(depth - 1)] if depth > 1 else []
        own = str(rng.choice(["Backbone", "Model", "Stage"]))
        one = model([layer("Conv2D", "conv"), *inside, layer("DepthwiseConv2D")], own)
        other = model([layer("Conv2D", "conv"), layer("ReLU")])
        return model([one, layer("SeparableConv2D"), layer("Dense"), other, layer("Conv2D")])

    def some_kinds():
        left_out = rng.choice(["DepthwiseConv2D", "SeparableConv2D"])
        return tuple(kind for kind in KINDS if kind != left_out)

    every = "every kind, whatever its name"
    steps = [
        ("convolutions in a row", plain),
        (every, every_kind),
        (every, other_kinds),
        ("models inside the model", lambda: (nested(1), some_kinds())),
        ("models inside models", lambda: (nested(int(rng.integers(2, 4))), some_kinds())),
    ]
    if hidden:
        steps = [*steps, *steps, *steps, (every, lambda: (plain()[0], ("Conv3D",)))]
    drawn = [(step, *draw()) for step, draw in steps]
    return [
        Case(step, {"saved": saved, "kinds": kinds}, same_names) for step, saved, kinds in drawn
    ]


conv_names = Check(
    "conv_names",
    {
        "convolutions in a row": 1,
        "every kind, whatever its name": 1,
        "models inside the model": 1,
        "models inside models": 1,
    },
    _draw_architectures,
    _conv_names,
)


# preprocess(pictures, size, low, high)


@solves("preprocess")
def _preprocess(pictures, size, low, high):
    n, height, width, _ = pictures.shape
    block = min(height, width) // size
    top, left = (height - size * block) // 2, (width - size * block) // 2
    middle = pictures[:, top : top + size * block, left : left + size * block]
    grey = middle.astype(np.float64) @ [0.299, 0.587, 0.114]
    small = grey.reshape(n, size, block, size, block).mean(axis=(2, 4))
    return (low + small[..., None] / 255 * (high - low)).astype(np.float32)


def _draw_pictures(rng, hidden):
    def inputs(n, height, width, size, low=0.0, high=1.0):
        pictures = rng.integers(0, 256, (n, height, width, 3), dtype=np.uint8)
        return {"pictures": pictures, "size": size, "low": low, "high": high}

    grey, middle = "grey as the eye weighs the colours", "the middle, block by block"
    ranges = "the range that is asked for"
    low = float(rng.uniform(-3, -1))
    cases = [
        Case("shape and type", inputs(2, 8, 13, 3, 0.0, 1.0), shape_and_type),
        Case(grey, inputs(2, 4, 4, 4), same_values),
        Case(middle, inputs(2, 9, 16, 4), same_values),
        Case(middle, inputs(1, 15, 8, 3), same_values),
        Case(ranges, inputs(2, 5, 5, 5, -1.0, 1.0), same_values),
        Case(ranges, inputs(2, 5, 5, 5, low, 4.5), same_values),
        Case(ranges, inputs(2, 5, 5, 5, 1.0, -1.0), same_values),
    ]
    if hidden:
        cases += [
            Case(grey, inputs(3, 6, 6, 6), same_values),
            Case(middle, inputs(3, 23, 14, 3), same_values),
            Case(middle, inputs(2, 12, 25, 5), same_values),
            Case(middle, inputs(2, 5, 8, 1), same_values),
            Case(ranges, inputs(3, 7, 7, 7, 0.0, 255.0), same_values),
        ]
    return cases


preprocess = Check(
    "preprocess",
    {
        "shape and type": 1,
        "grey as the eye weighs the colours": 1,
        "the middle, block by block": 1,
        "the range that is asked for": 1,
    },
    _draw_pictures,
    _preprocess,
    maps=each_map,
)


# class_order(counts): what each output means


@cache
def _orders(classes):
    return np.array(list(permutations(range(classes))))


def _hits(counts):
    """Return how many images each order makes right."""
    return counts[_orders(len(counts)), np.arange(len(counts))].sum(axis=1)


@solves("class_order")
def _class_order(counts):
    # The oracle tries all orders.
    return _orders(len(counts))[_hits(counts).argmax()].copy()


def _draw_counts(rng, hidden):
    def order(classes):
        """Return an order that is not its own inverse, and moves every class, by unequal steps."""
        while True:
            drawn = rng.permutation(classes)
            moved = (drawn - np.arange(classes)) % classes
            if (drawn[drawn] != np.arange(classes)).any() and moved.all() and np.ptp(moved):
                return drawn

    def plain(classes):
        counts = rng.integers(0, 9, (classes, classes))
        counts[order(classes), range(classes)] += 30
        return counts

    def without_images(classes):
        """Return counts in which one class had no images: it gets the output that is left."""
        counts = plain(classes)
        counts[rng.integers(classes)] = 0
        return counts

    def puzzle(classes, sizes):
        """Return counts with one best order, which is found neither greedily nor from shares."""
        while True:
            meant = order(classes)
            counts = rng.integers(0, 10, (classes, classes))
            counts[meant, range(classes)] += rng.integers(0, 8, classes)
            counts = counts * rng.permutation(sizes)[:, None]
            right = counts[meant, range(classes)].sum()
            if np.sum(_hits(counts) >= right) == 1:
                wrong = chain([np.argsort(meant), np.arange(classes)], _shortcuts(counts))
                if not any(np.array_equal(meant, other) for other in wrong):
                    return counts

    plain_, shared = "an order plain to see", "two classes, one favourite output"
    unequal = "classes of unequal size"
    sizes = [5] + hidden * [6, 4]
    cases = [
        *(Case("shape and type", {"counts": plain(n + 1)}, shape_and_type) for n in sizes),
        *(Case(plain_, {"counts": plain(n)}, same_values) for n in sizes),
        *(Case(shared, {"counts": puzzle(n, np.ones(n, int))}, same_values) for n in sizes),
        *(Case(unequal, {"counts": puzzle(n, np.arange(1, n + 1))}, same_values) for n in sizes),
        *(Case(unequal, {"counts": without_images(n)}, same_values) for n in sizes),
    ]
    if hidden:
        two = rng.integers(0, 9, (2, 2)) + 30 * (1 - np.eye(2, dtype=int))
        cases.append(Case(plain_, {"counts": two}, same_values))
        as_listed = rng.integers(0, 9, (4, 4)) + 30 * np.eye(4, dtype=int)
        cases.append(Case(plain_, {"counts": as_listed}, same_values))
    return cases


def _shortcuts(counts):
    """Yield orders that are wrong where classes are hard to tell apart."""
    yield counts.argmax(axis=0)
    yield counts.argmax(axis=1).argsort()
    for left in (counts.astype(float), counts.T.astype(float)):
        pairs: dict[int, int] = {}
        while len(pairs) < len(counts):
            row, column = np.unravel_index(left.argmax(), left.shape)
            pairs[column] = row
            left[row], left[:, column] = -1, -1
        yield np.array([pairs[k] for k in range(len(counts))])
    yield _class_order(counts / np.maximum(counts.sum(axis=0), 1))
    if np.ptp(counts.sum(axis=1)):
        images = np.maximum(counts.sum(axis=1, keepdims=True), 1)  # a class may have none
        yield _class_order(counts / images)


class_order = Check(
    "class_order",
    {
        "shape and type": 1,
        "an order plain to see": 1,
        "two classes, one favourite output": 1,
        "classes of unequal size": 1,
    },
    _draw_counts,
    _class_order,
)


# deletion_curve(predict, images, maps, class_index, steps, fill)


@solves("deletion_curve")
def _deletion_curve(predict, images, maps, class_index, steps, fill):
    answer, pixels = predictor(predict), maps[0].size
    rank = np.argsort(np.argsort(-maps.reshape(len(maps), -1))).reshape(maps.shape)
    curve = [
        answer(np.where((rank < pixels * step // steps)[..., None], np.float32(fill), images))
        for step in range(steps + 1)
    ]
    return np.stack(curve, axis=1)[..., class_index].astype(np.float32)


def _draw_curves(rng, hidden):
    def inputs(n, shape, steps, index=None, fill=None):
        """Return inputs with curves that move, and a class that is not the first image's most
        probable one. Of several maps the last is below 0 everywhere, and some pixels are where the
        fill is."""
        fill = float(rng.uniform(0.2, 0.8)) if fill is None else fill
        while True:
            network = undecided_network(rng, shape)
            images = rng.uniform(0.05, 0.95, (n, *shape)).astype(np.float32)
            images -= np.float32(fill < 0) / 2
            class_index = int(predictor(network)(images)[0].argsort()[1])
            if index not in (None, class_index):
                continue
            maps = rng.normal(0, 1, (n, *shape[:2]))
            if n > 1:
                maps[-1] -= maps[-1].max() + 0.1
            drawn = {
                "predict": network,
                "images": images,
                "maps": maps.astype(np.float32),
                "class_index": class_index,
                "steps": steps,
                "fill": fill,
            }
            curves = _deletion_curve(**drawn)
            if np.ptp(curves, axis=1).min() > 0.05:
                return drawn

    ends, order = "where the curve starts and ends", "the most important pixels first"
    several, uneven = "several images", "colour; steps that do not divide the pixels"
    cases = [
        Case("shape and type", inputs(2, (6, 8, 1), 4), shape_and_type),
        Case(ends, inputs(1, (6, 8, 1), 6), columns([0, -1])),
        Case(order, inputs(1, (6, 8, 1), 6), same_values),
        Case(several, inputs(3, (8, 6, 1), 4, index=0, fill=0.0), same_values),
        Case(uneven, inputs(2, (7, 9, 3), 5), same_values),
    ]
    if hidden:
        cases += [
            Case(ends, inputs(1, (8, 7, 1), 7), columns([0, -1])),
            Case(order, inputs(1, (9, 6, 1), 9), same_values),
            Case(several, inputs(4, (6, 10, 1), 5), same_values),
            Case(uneven, inputs(2, (9, 7, 2), 10), same_values),
            Case(order, inputs(1, (6, 8, 1), 1), same_values),
            Case(uneven, inputs(2, (4, 8, 1), 40, fill=-0.5), same_values),
        ]
    return cases


deletion_curve = Check(
    "deletion_curve",
    {
        "shape and type": 1,
        "where the curve starts and ends": 1,
        "the most important pixels first": 1,
        "several images": 1,
        "colour; steps that do not divide the pixels": 1,
    },
    _draw_curves,
    _deletion_curve,
    arguments=with_predict,
)


# own_order()


@solves("own_order")
def _own_order(number):
    first, second, third, *_ = map(int, parcel_order(number))
    said = numbered_outputs(number)["l5"].argmax(axis=1)
    return first, second, third, int(np.sum(said == findings.images(number).labels))


own_order = finding(
    "own_order",
    {
        "the first output": found(0),
        "the first three outputs": found(0, 1, 2),
        "these outputs, and the right images to 1 %": found(0, 1, 2, 3, within=0.01),
    },
    _own_order,
    number=1,
)
