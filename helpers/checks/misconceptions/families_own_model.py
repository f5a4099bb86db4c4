"""Families of wrong answers to the exercises of notebook 10."""

import json
from itertools import combinations, pairwise, permutations

import numpy as np

from helpers.checks import findings
from helpers.checks.adapters import predictor
from helpers.checks.drawn import numbered_outputs, parcel_order
from helpers.checks.misconceptions.registry import family

ZIP, HDF5, POINTER = "PK\x03\x04", "\x89HDF\r\n\x1a\n", "version https://git-lfs"
PAGE = "<!doctype html", "<html"


def _starts(text, mode, *signatures):
    """Whether a text starts with one of these, in one of several wrong ways."""
    if mode == "anywhere":
        return any(s in text for s in signatures)
    if mode == "stripped":
        text = text.lstrip()
    elif mode == "lowered":
        return text.lower().startswith(tuple(s.lower() for s in signatures))
    elif mode == "whole":
        return text in signatures
    elif mode == "never":
        return False
    return text.startswith(signatures)


@family(
    "file_kind",
    in_pairs=False,
    zipped={
        "lowered": "Capitals do not count for a zip archive: it starts with PK in capitals.",
        "three bytes": "Three bytes are compared for a zip archive: its signature has four.",
        "at least 20": "A short zip archive is not recognised: its four bytes are enough.",
        "whole": "A zip archive is only recognised if nothing follows the signature. Compare the "
        "start.",
        "never": "A zip archive is never recognised. Bytes are equal to bytes only, never to text.",
    },
    hdf={
        "letters": "HDF5 files are recognised by the letters HDF at the start: a byte \\x89 comes "
        "before them.",
        "letters after a byte": "HDF5 files are recognised by the letters HDF after any byte. "
        "Compare all eight bytes.",
        "whole": "An HDF5 file is only recognised if nothing follows the signature. Compare the "
        "start.",
        "byte": "An HDF5 file is recognised by its first byte. Compare all eight.",
    },
    pointer={
        "https": "Every “version https” is a pointer here, but a pointer starts with “version "
        "https://git-lfs”.",
        "git-lfs": "“git-lfs” anywhere makes a pointer here, but a pointer starts with “version "
        "https://git-lfs”.",
        "lowered": "Capitals do not count for a pointer: it starts with “version https://git-lfs” "
        "in small letters.",
        "whole": "A pointer is only recognised if nothing follows “version https://git-lfs”: "
        "compare the start.",
        "never": "A pointer is never recognised: it starts with “version https://git-lfs”.",
        "sha256": "A pointer is only recognised with “sha256”: its start is enough.",
    },
    page={
        "doctype only": "Only a doctype makes a page here. A page may also start with <html.",
        "lower not stripped": "White space before a page is not stripped. Strip white space from the left.",
        "case of doctype": "The doctype is only recognised in capitals: neither capitals nor "
        "small letters count.",
        "capitals": "A page is only recognised in capitals: neither capitals nor small letters "
        "count.",
        "never": "A page is never recognised: it starts with <!doctype html or <html.",
        "closed": "A page must start with “<html>” here. The tag may hold more, such as a "
        "language.",
        "newlines": "Only line breaks are stripped before a page. Any white space may stand there.",
        "spaces": "Only spaces are stripped before a page. Any white space may stand there.",
    },
    text={
        "spaces": "Only spaces are stripped before JSON. Any white space may stand there.",
        "newlines": "Only line breaks are stripped before JSON. Any white space may stand there.",
        "parsed": "The text is parsed as JSON: only its first character counts, “{” after white "
        "space.",
        "never": "JSON is never recognised: it starts with “{” after white space.",
        "closed": "JSON is only recognised if it ends with “}”: these are the first bytes of a file, "
        "which may end anywhere.",
    },
    else_={
        "lfs pointer": "What matches nothing is called “lfs pointer”, but it should be “unknown”.",
        "text": "What matches nothing is called “text”, but it should be “unknown”.",
        "capital": "What matches nothing is called “Unknown”. Write “unknown”.",
        "other": "What matches nothing is called “other”, but it should be “unknown”.",
        "binary": "What matches nothing is called “binary”, but it should be “unknown”.",
        "empty": "What matches nothing gives an empty text, but it should be “unknown”.",
        "empty head": "An empty file is called “empty”, but it should be “unknown”.",
        "none for empty": "An empty file gives None, but it should be “unknown”.",
        "index": "An empty file raises an error: `head[0]` does not exist there.",
    },
    names={
        "h5": "An HDF5 file is called “h5”, but it should be “hdf5”.",
        "lfs": "A pointer is called “lfs”, but it should be “lfs pointer”.",
        "lfs_pointer": "A pointer is called “lfs_pointer”, but it should be “lfs pointer”.",
        "git lfs pointer": "A pointer is called “git lfs pointer”, but it should be “lfs pointer”.",
        "keras": "A zip archive is called “keras”, but it should be “zip”.",
        "capitals": "The kinds are written in capitals: write them in small letters.",
    },
    all_={
        "lowered": "Small letters and capitals are the same for every kind here. They are the same "
        "for a page only.",
        "newlines": "Line breaks before any kind are stripped. Only a page and JSON may follow "
        "white space.",
        "written out": "Neither a zip archive nor an HDF5 file is recognised. Is a slice of `head` "
        "as long as the signature, and are both bytes? In a raw string, and in what `str` writes, "
        "\\x03 is four letters.",
        "first byte": "Only the first byte decides. Compare as many bytes as the signature has.",
    },
)
@family(
    "file_kind",
    zipped={
        "PK": "PK alone makes a zip archive here: its signature is PK and the bytes 3 and 4.",
        "anywhere": "The zip signature counts anywhere in the file. The file has to start with the "
        "signature.",
        "stripped": "White space before a zip archive is stripped: only a page and JSON may "
        "follow it.",
    },
    hdf={
        "four bytes": "Only four bytes of HDF5's signature are compared, the first ones, but it "
        "has eight.",
        "anywhere": "HDF5's signature counts anywhere in the file. The file has to start with the "
        "signature.",
        "stripped": "White space before an HDF5 file is stripped: only a page and JSON may follow "
        "it.",
        "never": "An HDF5 file is never recognised: its first byte, \\x89, is no letter. Compare "
        "bytes, not decoded text.",
    },
    pointer={
        "version": "“version” alone makes a pointer here, but a pointer starts with “version "
        "https://git-lfs”.",
        "anywhere": "The pointer's words count anywhere in the file. The file has to start with "
        "these words.",
        "stripped": "White space before a pointer is stripped: only a page and JSON may follow it.",
    },
    page={
        "case": "A page is only recognised in one way of writing: neither capitals nor small "
        "letters count.",
        "not stripped": "White space before a page is not stripped. Strip white space from the left.",
        "doctype": "Every doctype makes a page here, but a page starts with <!doctype html.",
        "tag": "Every “<” makes a page here, but a page starts with <!doctype html or <html.",
        "anywhere": "A page's tag counts anywhere in the file. The file has to start with the tag, "
        "after white space.",
        "html only": "Only <html makes a page here. A page may also start with <!doctype html.",
    },
    text={
        "not stripped": "White space before JSON is not stripped. Strip white space from the left.",
        "list": "A list is called JSON, too. Only what starts with “{” is.",
        "anywhere": "A “{” counts anywhere in the file. The file has to start with “{”, after "
        "white space.",
    },
    else_={
        "json": "What matches nothing is called “json”, but it should be “unknown”.",
        "hdf5": "What matches nothing is called “hdf5”, but it should be “unknown”.",
        "none": "What matches nothing gives None, but it should be “unknown”.",
    },
    all_={
        "stripped": "White space is stripped before every kind: only a page and JSON may follow "
        "it.",
        "page first": "A page or JSON is looked for first, anywhere. The start of the file "
        "decides.",
    },
)
def file_kind(
    head,
    zipped="start",
    hdf="start",
    pointer="start",
    page="start",
    text="start",
    else_="unknown",
    names="right",
    all_="",
):
    if not head and else_ in ("empty head", "none for empty", "index"):
        return {"empty head": "empty", "none for empty": None}[else_]
    if all_ == "stripped":
        head = head.lstrip()
    elif all_ == "newlines":
        head = head.lstrip("\r\n")
    elif all_ == "written out":
        head = str(head.encode("latin-1"))[2:-1]
    elif all_ == "first byte":
        first = {"P": "zip", "\x89": "hdf5", "v": "lfs pointer", "<": "html", "{": "json"}
        return first.get(head[:1], "unknown")
    low = head.lower() if all_ == "lowered" else head
    archive, storage = (ZIP.lower(), HDF5.lower()) if all_ == "lowered" else (ZIP, HDF5)
    archive = {"PK": archive[:2], "three bytes": archive[:3]}.get(zipped, archive)
    storage = {"four bytes": storage[:4], "letters": storage[1:4], "byte": storage[:1]}.get(
        hdf, storage
    )
    git = {"version": "version", "https": "version https"}.get(pointer, POINTER)
    stripped = head.lstrip({"newlines": "\r\n", "spaces": " "}.get(page, " \t\r\n\f\v"))
    if page in ("not stripped", "lower not stripped"):
        stripped = head
    tags = {
        "doctype": ("<!doctype", "<html"),
        "doctype only": PAGE[:1],
        "tag": ("<",),
        "html only": PAGE[1:],
        "closed": ("<!doctype html", "<html>"),
        "case": ("<!DOCTYPE html", "<html"),
        "case of doctype": ("<!DOCTYPE", "<html", "<HTML"),
        "capitals": ("<!DOCTYPE HTML", "<HTML"),
        "never": (),
    }.get(page, PAGE)
    if not page.startswith("ca"):
        stripped = stripped.lower()
    body = head.lstrip({"newlines": "\r\n", "spaces": " "}.get(text, " \t\r\n\f\v"))
    is_page = (page == "anywhere" and any(tag in stripped for tag in tags)) or (
        stripped.startswith(tags)
    )
    brackets = {"list": ("{", "["), "never": ()}.get(text, ("{",))
    is_text = (head if text == "not stripped" else body).startswith(brackets)
    if text == "anywhere":
        is_text = "{" in head
    elif text == "closed":
        is_text = is_text and body.rstrip().endswith("}")
    elif text == "parsed":
        try:
            is_text = bool(json.loads(head)) or True
        except ValueError:
            is_text = False
    is_zip = _starts(low, zipped, archive) and (zipped != "at least 20" or len(head) > 20)
    is_hdf = head[1:4] == "HDF" if hdf == "letters after a byte" else _starts(low, hdf, storage)
    is_git = "git-lfs" in head if pointer == "git-lfs" else _starts(low, pointer, git)
    if pointer == "sha256":
        is_git = is_git and "sha256" in head
    found = [
        kind
        for kind, holds in {
            "zip": is_zip,
            "hdf5": is_hdf,
            "lfs pointer": is_git,
            "html": is_page,
            "json": is_text,
        }.items()
        if holds
    ]
    if all_ == "page first":
        found = (["html"] if "<html" in low or PAGE[0] in low else []) + found
    rest = {"capital": "Unknown", "none": None, "empty": ""}
    rest |= {"empty head": "unknown", "none for empty": "unknown", "index": "unknown"}
    kind = found[0] if found else rest.get(else_, else_)
    renamed = {
        "h5": {"hdf5": "h5"},
        "keras": {"zip": "keras"},
        "capitals": {kind: str(kind).upper()},
    }.get(names, {"lfs pointer": names} if "lfs" in names else {})
    return renamed.get(kind, kind)


def _inner(layer):
    return layer["config"].get("layers", ())


def _paths(saved, before=()):
    """Yield each layer, before its own layers, with the models that it lies in."""
    for layer in _inner(saved):
        yield layer, before
        yield from _paths(layer, (*before, layer))


@family(
    "conv_names",
    in_pairs=False,
    kinds_={
        "ends with 2D": "Layers are taken whose class ends with 2D, or holds it. Compare with "
        "`kinds`.",
        "ends with a kind": "A class counts if its name ends with one of `kinds`, but it has to be "
        "one of them, as a whole.",
        "starts with a kind": "A class counts if its name starts with one of `kinds`, but it has "
        "to be one of them, as a whole.",
        "ends with Conv2D": "Layers are taken whose class ends with Conv2D: Conv2DTranspose is "
        "among `kinds`, too.",
        "first kind": "Only the first of `kinds` is looked for: a layer may be of any of them.",
        "last kind": "Only the last of `kinds` is looked for: a layer may be of any of them.",
        "not": "Layers of other classes are listed: take those whose class is in `kinds`.",
        "leaves": "All layers but the models are listed: take those whose class is in `kinds`.",
        "weights": "Dense layers are listed, too: take those whose class is in `kinds`.",
        "no transposed": "Conv2DTranspose is left out: it is among `kinds`.",
        "no depthwise": "DepthwiseConv2D is left out: it is among `kinds`.",
        "no separable": "SeparableConv2D is left out: it is among `kinds`.",
        "starts with conv": "The name decides: a layer may be called anything, look at its class.",
    },
    deep={
        "Sequential": "Only models of the class Sequential are looked into: every layer with "
        "layers in its config is a model.",
        "Functional": "Only models of the class Functional are looked into: every layer with "
        "layers in its config is a model.",
        "only models": "Only the convolutions inside models are listed: list those beside them, "
        "too.",
        "two levels": "Models are looked into two levels deep only. Go to any depth.",
        "first model": "Only the first model among the layers is looked into: look into all of "
        "them.",
        "last model": "Only the last model among the layers is looked into: look into all of them.",
        "stops": "The list ends with the first model: go on with the layers behind it.",
        "deepest": "Only the convolutions at the deepest level are listed: list those of all "
        "levels.",
    },
    name={
        "underscore": "The names are joined with an underscore: join them with a slash.",
        "backslash": "The names are joined with a backslash: join them with a slash.",
        "colon": "The names are joined with a colon: join them with a slash.",
        "turned round": "The model's name stands behind the layer's: it stands in front, "
        "“body/name”.",
        "class": "The class of the model stands in front, not its name.",
        "classes": "The classes of the layers are listed: list their names.",
        "space": "There are spaces around the slash. Write “body/name”.",
        "no slash": "There is nothing between the names: join them with a slash.",
        "slash in front": "Every name starts with a slash. The model that is given has no part in "
        "the names.",
        "slash before models": "A slash stands in front of each model's name. Write “body/name”.",
        "grows": "A model's name stays in front of the layers that come behind the model: each model "
        "has a path of its own.",
        "index": "The layers are listed by their numbers: list their names.",
        "doubled": "The model's name stands in front twice.",
        "reversed": "The models' names stand in reversed order. The outermost comes first.",
    },
    order={
        "reversed": "The names are in reversed order. Keep the order of the layers.",
        "models first": "The convolutions inside models come first. Keep the order of the layers.",
        "by kind": "The names are ordered by their class. Keep the order of the layers.",
        "by length": "The names are ordered by their length. Keep the order of the layers.",
        "by kind, models last": "In each model the names are ordered by their class, and models come "
        "last. Keep the order of the layers.",
    },
    listed={
        "count": "The number of convolutions is returned: return their names.",
        "first": "Only the first convolution is returned: return all of them.",
        "last": "Only the last convolution is returned: return all of them.",
        "models": "The models are listed, too: list the convolutions only.",
        "nothing": "The list stays empty: is what the function finds added to it?",
        "overwritten": "What a model holds replaces the names found before it: add to them (`+=`).",
        "nested": "The convolutions of a model come as a list inside the list. Put all names into "
        "one list.",
        "text": "The names come as one text. Return a list.",
        "without last": "The last layer is left out: does a loop end one too early?",
        "unique": "Each name of a layer is listed once, whatever its model is: list all of them.",
        "first of each model": "Only the first convolution of each model is listed: list all of "
        "them.",
        "twice": "Convolutions inside models are listed twice.",
        "models only": "The models are listed, not what is inside: list the convolutions.",
    },
)
@family(
    "conv_names",
    kinds_={
        "Conv2D": "Only Conv2D is looked for. A layer may be of any of `kinds`.",
        "contains Conv": "Layers are taken whose class contains Conv. Compare with `kinds`.",
        "starts with Conv": "Layers are taken whose class starts with Conv. Compare with `kinds`.",
        "by name": "Layers are taken whose name contains “conv”: a layer may be called anything, "
        "look at its class.",
        "all": "All layers are listed: take those whose class is in `kinds`.",
    },
    deep={
        "never": "Models among the layers are not looked into: look into their layers, too.",
        "one level": "Models are looked into one level deep only. Go to any depth.",
    },
    name={
        "alone": "Only the layer's own name is listed: inside a model the model's name and a "
        "slash come before it.",
        "innermost": "Only the innermost model is in the name. Every model around the layer "
        "belongs in the name, the outermost first.",
        "outermost": "Only the outermost model is in the name. Every model around the layer "
        "belongs in the name, the outermost first.",
        "whole": "The name of the model that is given stands in front: only models inside it do.",
        "dot": "The names are joined with a dot: join them with a slash.",
    },
    order={
        "sorted": "The names are sorted. Keep the order of the layers.",
        "models last": "The convolutions inside models come last. Keep the order of the layers.",
        "own first": "The convolutions inside models come last. Keep the order of the layers.",
    },
    listed={
        "model names": "Models are listed by their own names: list the convolutions inside them.",
    },
)
def conv_names(saved, kinds, kinds_="in", deep="all", name="path", order="kept", listed="names"):
    def fits(layer):
        kind, called = layer["class_name"], layer["config"]["name"]
        model = "layers" in layer["config"]
        return {
            "Conv2D": kind == "Conv2D",
            "contains Conv": "Conv" in kind,
            "starts with Conv": kind.startswith("Conv"),
            "by name": "conv" in called.lower(),
            "starts with conv": called.lower().startswith("conv"),
            "all": True,
            "ends with 2D": "2D" in kind,
            "ends with Conv2D": kind.endswith("Conv2D"),
            "ends with a kind": kind.endswith(tuple(kinds)),
            "starts with a kind": kind.startswith(tuple(kinds)),
            "first kind": kind == kinds[0],
            "last kind": kind == kinds[-1],
            "not": kind not in kinds,
            "leaves": not model,
            "weights": kind in (*kinds, "Dense"),
            "no transposed": kind in kinds and kind != "Conv2DTranspose",
            "no depthwise": kind in kinds and kind != "DepthwiseConv2D",
            "no separable": kind in kinds and kind != "SeparableConv2D",
        }.get(kinds_, kind in kinds)

    found = [*_paths(saved)]
    if listed == "overwritten":
        found = [*_left(saved)]
    elif name == "grows":
        found = [*_grown(saved)]
    elif order == "own first":
        found = [*_own_first(saved)]
    elif order == "by kind, models last":
        found = [*_by_kind(saved, kinds)]
    top = [layer for layer in _inner(saved) if "layers" in layer["config"]]
    deepest = max(len(before) for _, before in found)
    seen = []
    if deep == "stops" and top:
        inside = [layer for layer, before in found if not before]
        kept = inside[: inside.index(top[0]) + 1]
        found = [(one, b) for one, b in found if (b[0] if b else one) in kept]
    last = _inner(saved)[-1]
    names = []
    for layer, before in found:
        reach = {
            "never": not before,
            "one level": len(before) < 2,
            "two levels": len(before) < 3,
            "Sequential": all(m["class_name"] == "Sequential" for m in before),
            "Functional": all(m["class_name"] == "Functional" for m in before),
            "only models": bool(before),
            "first model": not before or before[0] is top[0],
            "last model": not before or before[0] is top[-1],
            "deepest": len(before) == deepest,
        }.get(deep, True)
        model = "layers" in layer["config"]
        chosen = fits(layer) or (listed in ("models", "model names", "models only") and model)
        if listed in ("model names", "models only") and before:
            chosen = False
        if listed == "models only" and not model:
            chosen = False
        if listed == "without last" and layer is last:
            chosen = False
        if not (reach and chosen):
            continue
        own = layer["config"]["name"]
        outer = [m["config"]["name"] for m in before]
        parts = {
            "alone": [own],
            "innermost": [*outer[-1:], own],
            "outermost": [*outer[:1], own],
            "whole": [saved["config"]["name"], *outer, own],
            "turned round": [own, *outer[::-1]],
            "reversed": [*outer[::-1], own],
            "class": [*(m["class_name"] for m in before), own],
            "classes": [layer["class_name"]],
            "slash in front": ["", *outer, own],
            "slash before models": [*(f"/{one}" for one in outer), own],
            "doubled": [*outer, *outer[-1:], own],
        }.get(name, [*outer, own])
        joined = {
            "dot": ".",
            "underscore": "_",
            "backslash": "\\",
            "colon": ":",
            "space": " / ",
            "no slash": "",
        }.get(name, "/").join(parts)
        if listed == "unique" and own in seen:
            continue
        if listed == "first of each model":
            if before[-1:] in seen:
                continue
            seen.append(before[-1:])
        seen.append(own)
        names += [(joined, before, layer)] * (2 if listed == "twice" and before else 1)
    keys = {
        "sorted": lambda n: n[0],
        "models last": lambda n: len(n[1]),
        "models first": lambda n: -len(n[1]),
        "by kind": lambda n: kinds.index(n[2]["class_name"]),
        "by length": lambda n: len(n[0]),
    }
    if order in keys:
        names = sorted(names, key=keys[order])
    result = [n[0] for n in names]
    if order == "reversed":
        result = result[::-1]
    if name == "index":
        return [*range(len(result))]
    return {
        "count": lambda: len(result),
        "first": lambda: result[:1],
        "last": lambda: result[-1:],
        "nothing": lambda: [],
        "nested": lambda: _nested(names),
        "text": lambda: ", ".join(result),
    }.get(listed, lambda: result)()


def _grown(saved, before=()):
    """Yield the paths to which each model adds its name, for the layers behind it as well."""
    for layer in _inner(saved):
        yield layer, before
        if "layers" in layer["config"]:
            before = (*before, layer)
            yield from _grown(layer, before)


def _own_first(saved, before=()):
    """Yield the paths of a model's own layers, then those of the models among them."""
    yield from ((layer, before) for layer in _inner(saved))
    for layer in _inner(saved):
        yield from _own_first(layer, (*before, layer))


def _by_kind(saved, kinds, before=()):
    """Yield the paths of the layers that fit, kind by kind, then those of the models among them."""
    for kind in kinds:
        yield from ((one, before) for one in _inner(saved) if one["class_name"] == kind)
    for layer in _inner(saved):
        yield from _by_kind(layer, kinds, (*before, layer))


def _left(saved, before=()):
    """Return the paths of which each model's replace those before it."""
    paths = []
    for layer in _inner(saved):
        if "layers" in layer["config"]:
            paths = _left(layer, (*before, layer))
        else:
            paths.append((layer, before))
    return paths


def _nested(names):
    """Return the names of each model as a list of its own."""
    result = []
    for joined, before, _ in names:
        place, depth = result, 0
        while depth < len(before):
            if not place or not isinstance(place[-1], list):
                place.append([])
            place, depth = place[-1], depth + 1
        place.append(joined)
    return result


WEIGHTS = {
    "eye": (0.299, 0.587, 0.114),
    "blue first": (0.114, 0.587, 0.299),
    "red": (1, 0, 0),
    "green": (0, 1, 0),
    "blue": (0, 0, 1),
    "television": (0.2126, 0.7152, 0.0722),
    "rounded": (0.3, 0.59, 0.11),
    "sum": (1, 1, 1),
    "mean": (1 / 3, 1 / 3, 1 / 3),
    "red and green swapped": (0.587, 0.299, 0.114),
    "green and blue swapped": (0.299, 0.114, 0.587),
    "divided by 3": (0.299 / 3, 0.587 / 3, 0.114 / 3),
    "of TensorFlow": (0.2989, 0.587, 0.114),
}


@family(
    "preprocess",
    in_pairs=False,
    grey={
        "rounded": "The weights are rounded, 0.3, 0.59, 0.11. Take 0.299, 0.587, 0.114.",
        "of TensorFlow": "The weights are TensorFlow's, 0.2989, 0.587, 0.114. Take 0.299 for red.",
        "sum": "The channels are added up: weigh them, 0.299 red, 0.587 green, 0.114 blue.",
        "maximum": "The brightest channel is taken: weigh them, 0.299 red, 0.587 green, 0.114 "
        "blue.",
        "minimum": "The darkest channel is taken: weigh them, 0.299 red, 0.587 green, 0.114 blue.",
        "lightness": "The mean of the brightest and the darkest channel is taken. Weigh all three.",
        "length": "The root of the summed squares is taken. Weigh the channels and add up.",
        "median": "The median of the channels is taken. Weigh all three.",
        "red and green swapped": "The weights of red and green are swapped: 0.299 red, 0.587 "
        "green, 0.114 blue.",
        "green and blue swapped": "The weights of green and blue are swapped: 0.299 red, 0.587 "
        "green, 0.114 blue.",
        "divided by 3": "The weighted sum is divided by 3. The weights add up to 1 already.",
        "blue": "Only the blue channel is taken. Weigh all three.",
    },
    cut={
        "right end": "The lower right corner is cut out. Take the middle.",
        "rounded up": "The middle starts a row or column too late. Halves are rounded down, `//`.",
        "whole square": "The largest square is cut out and shrunk from its corner. The middle is "
        "size × block pixels square.",
        "rows only": "Only the rows are centred. The columns start in the middle, too.",
        "columns only": "Only the columns are centred. The rows start in the middle, too.",
        "swapped": "The row and the column where the middle starts are swapped.",
        "one late": "The middle starts one row and one column too late.",
        "not halved": "What is cut off is all taken from the top and the left: half of it belongs "
        "there.",
    },
    shrunk={
        "median": "The median of each block is taken. Take the mean.",
        "sum": "The sum of each block is taken. Take the mean.",
        "last pixel": "The last pixel of each block is taken. Take the mean of the block.",
        "middle pixel": "The middle pixel of each block is taken. Take the mean of the block.",
        "darkest": "The darkest pixel of each block is taken. Take the mean.",
        "rows": "Only the rows of each block are averaged, and its first column is taken: take "
        "the mean over both.",
        "columns": "Only the columns of each block are averaged, and its first row is taken: take "
        "the mean over both.",
        "strided": "Pixels that lie far apart, every `size`-th one, are averaged. A block is made "
        "of `block` by `block` neighbouring pixels. Are `size` and `block` swapped in a reshape?",
        "height": "The block is taken from the height alone, but it should be the smaller side "
        "divided by `size`.",
        "width": "The block is taken from the width alone, but it should be the smaller side "
        "divided by `size`.",
        "longer side": "The block is taken from the longer side, but it should be the smaller side "
        "divided by `size`.",
        "one less": "The blocks are one pixel too small. A block has `min(H, W) // size` pixels on "
        "each side.",
    },
    scaled={
        "256": "The grey values are divided by 256. White is 255.",
        "128": "The range is that of dividing by 127.5 and subtracting 1. Use `low` and `high`.",
        "turned round": "`low` and `high` are swapped: 0 becomes `low`, 255 becomes `high`.",
        "high subtracted": "The range is taken as `low` − `high`, but it is `high` − `low`.",
        "low added twice": "`low` is added twice.",
        "low subtracted": "`low` is subtracted: add it.",
        "sum": "The values are multiplied by `high` + `low`. Multiply by the distance, `high` − "
        "`low`.",
        "clipped": "The values are clipped to `low` … `high`: stretch them.",
        "own maximum": "Each picture is divided by its own maximum. Divide by 255.",
        "batch maximum": "All pictures are divided by the largest value of all. Divide by 255.",
        "batch range": "The pictures are stretched to their common minimum and maximum: 0 becomes "
        "`low`, 255 `high`.",
        "standardised": "Each picture is brought to mean 0 and deviation 1: 0 becomes `low`, 255 "
        "`high`.",
        "low first": "`low` is added before the values are stretched. Stretch first.",
        "backwards": "`low` is subtracted and the rest divided by `high` − `low`, which leads from "
        "that range to 0 … 1. Multiply by `high` − `low`, then add `low`.",
        "not divided": "The values are not divided by 255 before they are stretched.",
    },
    whole={
        "rounded": "The grey values are rounded before they are averaged. Keep the fractions.",
        "rounded after": "The averages are rounded to whole numbers. Keep the fractions.",
        "truncated after": "The averages are rounded down to whole numbers. Keep the fractions.",
        "result": "The result is rounded to whole numbers. Keep the fractions.",
        "channels": "Each weighted channel is rounded down before the channels are added up. Keep "
        "the fractions.",
    },
    shape={
        "front": "The channel axis stands in front of the rows, but it should be the last axis.",
        "three": "The result has three channels, but it should have one.",
        "upside down": "The pictures are upside down.",
        "mirrored": "The pictures are mirrored left to right.",
        "first": "Only the first picture is returned: return all of them.",
        "flat": "The pictures are flattened. Return (N, size, size, 1).",
        "twice": "There is a channel axis too many. Return (N, size, size, 1).",
        "first everywhere": "Every picture is the first one.",
        "last everywhere": "Every picture is the last one.",
        "mean": "The mean of all pictures is returned: return each of them.",
    },
)
@family(
    "preprocess",
    grey={
        "mean": "The mean of the channels is taken: weigh them, 0.299 red, 0.587 green, 0.114 "
        "blue.",
        "blue first": "The weights of red and blue are swapped: 0.299 red, 0.587 green, 0.114 "
        "blue.",
        "red": "Only the red channel is taken. Weigh all three.",
        "green": "Only the green channel is taken. Weigh all three.",
        "television": "The weights are those of HDTV. Take 0.299, 0.587, 0.114.",
    },
    cut={
        "corner": "The upper left corner is cut out. Take the middle.",
        "squeezed": "Nothing is cut off, the whole picture is squeezed into the square. Cut out "
        "the middle first.",
    },
    shrunk={
        "first pixel": "The first pixel of each block is taken. Take the mean of the block.",
        "brightest": "The brightest pixel of each block is taken. Take the mean.",
        "not": "The middle is cut out and not shrunk: take the mean of each block.",
    },
    scaled={
        "0 to 1": "The range is always 0 … 1. Use `low` and `high`.",
        "bytes": "The values still run from 0 to 255: 0 becomes `low`, 255 becomes `high`.",
        "to high": "The values run from 0 to `high`, but they should start at `low`.",
        "high and low": "The values are multiplied by `high`, and `low` is added. Multiply by "
        "`high` − `low`.",
        "low left out": "`low` is not added.",
        "twice": "The values are divided by 255 twice.",
        "own range": "Each picture is stretched to its own darkest and brightest pixel: 0 becomes "
        "`low`, 255 `high`.",
        "-1 to 1": "The range is always −1 … 1. Use `low` and `high`.",
    },
    whole={
        "truncated": "The grey values are rounded down to whole numbers before they are averaged. "
        "Keep the fractions.",
    },
    shape={
        "none": "The channel axis is missing. Return (N, size, size, 1).",
        "transposed": "Rows and columns of the pictures are swapped.",
    },
)
def preprocess(
    pictures,
    size,
    low,
    high,
    grey="eye",
    cut="middle",
    shrunk="mean",
    scaled="low to high",
    whole="not",
    shape="right",
):
    n, height, width, _ = pictures.shape
    x = pictures.astype(np.float64)
    if whole == "channels":
        x = np.trunc(x * WEIGHTS["eye"]).sum(axis=-1)
    else:
        x = {
            "maximum": lambda: x.max(axis=-1),
            "minimum": lambda: x.min(axis=-1),
            "lightness": lambda: (x.max(axis=-1) + x.min(axis=-1)) / 2,
            "length": lambda: np.sqrt((x**2).sum(axis=-1)),
            "median": lambda: np.median(x, axis=-1),
        }.get(grey, lambda: x @ np.array(WEIGHTS[grey]))()
    x = {"rounded": np.rint, "truncated": np.trunc}.get(whole, lambda v: v)(x)
    if cut == "squeezed":
        rows, columns = (np.arange(size) * length // size for length in (height, width))
        x = x[:, rows][:, :, columns]
        height = width = size
    side = {"height": height, "width": width, "longer side": max(height, width)}
    block = side.get(shrunk, min(height, width)) // size
    if shrunk == "one less":
        block = max(block - 1, 1)
    side = size if shrunk == "not" else size * block
    down, right = height - side, width - side
    top, left = {
        "corner": (0, 0),
        "right end": (down, right),
        "not halved": (down, right),
        "rounded up": ((down + 1) // 2, (right + 1) // 2),
        "whole square": ((height - min(height, width)) // 2, (width - min(height, width)) // 2),
        "rows only": (down // 2, 0),
        "columns only": (0, right // 2),
        "swapped": (right // 2, down // 2),
        "one late": (down // 2 + 1, right // 2 + 1),
    }.get(cut, (down // 2, right // 2))
    middle = x[:, top : top + side, left : left + side]
    if shrunk == "not":
        small = middle
    elif shrunk == "strided":
        small = middle.reshape(n, block, size, block, size).mean(axis=(1, 3))
    else:
        five = middle.reshape(n, size, block, size, block)
        small = {
            "median": lambda: np.median(five, axis=(2, 4)),
            "sum": lambda: five.sum(axis=(2, 4)),
            "first pixel": lambda: five[:, :, 0, :, 0],
            "last pixel": lambda: five[:, :, -1, :, -1],
            "middle pixel": lambda: five[:, :, block // 2, :, block // 2],
            "brightest": lambda: five.max(axis=(2, 4)),
            "darkest": lambda: five.min(axis=(2, 4)),
            "rows": lambda: five.mean(axis=2)[..., 0],
            "columns": lambda: five.mean(axis=4)[:, :, 0],
        }.get(shrunk, lambda: five.mean(axis=(2, 4)))()
    small = {"rounded after": np.rint, "truncated after": np.trunc}.get(whole, lambda v: v)(small)
    least, most = (f(small, axis=(1, 2), keepdims=True) for f in (np.min, np.max))
    result = {
        "0 to 1": lambda: small / 255,
        "bytes": lambda: small,
        "to high": lambda: small / 255 * high,
        "high and low": lambda: low + small / 255 * high,
        "low left out": lambda: small / 255 * (high - low),
        "twice": lambda: low + small / 255 / 255 * (high - low),
        "own range": lambda: low + (small - least) / (most - least) * (high - low),
        "-1 to 1": lambda: small / 127.5 - 1,
        "256": lambda: low + small / 256 * (high - low),
        "128": lambda: small / 128 - 1,
        "turned round": lambda: high + small / 255 * (low - high),
        "high subtracted": lambda: low + small / 255 * (low - high),
        "backwards": lambda: (small / 255 - low) / (high - low),
        "low added twice": lambda: 2 * low + small / 255 * (high - low),
        "low subtracted": lambda: small / 255 * (high - low) - low,
        "sum": lambda: low + small / 255 * (high + low),
        "clipped": lambda: np.clip(small / 255, low, high),
        "own maximum": lambda: low + small / most * (high - low),
        "batch maximum": lambda: low + small / small.max() * (high - low),
        "batch range": lambda: low + (small - small.min()) / np.ptp(small) * (high - low),
        "standardised": lambda: (
            (small - small.mean(axis=(1, 2), keepdims=True)) / small.std(axis=(1, 2), keepdims=True)
        ),
        "low first": lambda: (low + small / 255) * (high - low),
        "not divided": lambda: low + small * (high - low),
    }.get(scaled, lambda: low + small / 255 * (high - low))()
    if whole == "result":
        result = np.rint(result)
    result = result[..., None].astype(np.float32)
    return {
        "none": lambda: result[..., 0],
        "transposed": lambda: result.transpose(0, 2, 1, 3),
        "front": lambda: np.moveaxis(result, -1, 1),
        "three": lambda: np.repeat(result, 3, axis=-1),
        "upside down": lambda: result[:, ::-1],
        "mirrored": lambda: result[:, :, ::-1],
        "first": lambda: result[:1],
        "flat": lambda: result.reshape(n, -1),
        "twice": lambda: result[..., None],
        "first everywhere": lambda: result[:1] + 0 * result,
        "last everywhere": lambda: result[-1:] + 0 * result,
        "mean": lambda: result.mean(axis=0, keepdims=True) + 0 * result,
    }.get(shape, lambda: result)()


def _assigned(counts):
    from scipy.optimize import linear_sum_assignment

    return linear_sum_assignment(counts.T, maximize=True)[1]


def _greedy(counts):
    left, order = counts.astype(float), np.zeros(len(counts), int)
    for _ in order:
        row, column = np.unravel_index(left.argmax(), left.shape)
        order[column] = row
        left[row], left[:, column] = -np.inf, -np.inf
    return order


def _first(keys):
    """Return places, those of the largest keys first."""
    return np.argsort(-keys, kind="stable")


def _in_turn(counts, columns, taken=-np.inf):
    left, order = counts.astype(float), np.zeros(len(counts), int)
    for column in columns:
        order[column] = left[:, column].argmax()
        left[order[column]] = taken
    return order


def _exchanged(counts, pairs):
    """Return an order in which each of the pairs was exchanged once where that helps."""
    order = np.arange(len(counts))
    for i, j in pairs:
        other = order.copy()
        other[[i, j]] = order[[j, i]]
        if counts[other, range(len(order))].sum() > counts[order, range(len(order))].sum():
            order = other
    return order


def _kept_best(counts):
    """Return an order in which of columns with the same largest row the largest count keeps it."""
    best, order = counts.argmax(axis=0), np.full(len(counts), -1)
    for column in _first(counts.max(axis=0)):
        if best[column] not in order:
            order[column] = best[column]
    order[order < 0] = [row for row in range(len(counts)) if row not in order]
    return order


def _stable(counts):
    """Return an order in which no row and column would both rather have each other."""
    order, free, asked = {}, [*range(len(counts))], np.zeros(len(counts), int)
    wishes = np.argsort(-counts, axis=0, kind="stable")
    while free:
        column = free.pop(0)
        row = wishes[asked[column], column]
        asked[column] += 1
        other = order.get(row)
        if other is None or counts[row, column] > counts[row, other]:
            order[row] = column
            free += [] if other is None else [other]
        else:
            free.append(column)
    return np.array([order[row] for row in range(len(counts))]).argsort()


def _unique(best):
    """Return an order of which later entries that occur already are the first class left."""
    order = []
    for c in best.tolist():
        left = [k for k in range(len(best)) if k not in order]
        order.append(c if c in left else left[0])
    return np.array(order)


@family(
    "class_order",
    in_pairs=False,
    by={
        "largest count's output first": "The outputs with the largest count choose first. Try the order as a whole.",
        "largest count's class first": "The classes with the largest count choose first. Try the order as a whole.",
        "smallest count's output first": "The outputs whose largest count is smallest choose first. Try the order as a whole.",
        "smallest count's class first": "The classes whose largest count is smallest choose first. Try the order as a whole.",
        "rarest output first": "The outputs that are given least often choose first. Try the order as a whole.",
        "largest lead of an output first": "The outputs choose first whose best class leads most over the second. Try the order as a whole.",
        "largest lead of a class first": "The classes choose first whose best output leads most over the second. Try the order as a whole.",
        "one round of exchanges": "Two classes at a time are exchanged where that helps, in one round. That can end before the best order.",
        "neighbours exchanged": "Only neighbours are exchanged where that helps. That can end before the best order.",
        "zeroed, output after output": "One output after the other takes its largest count, and the rows taken are made 0. The first outputs may take a class that a later one needs more.",
        "rows zeroed": "One class after the other takes its largest count, and the columns taken are made 0. Try the order as a whole.",
        "missing at the first": "Each output takes its largest count, and what occurs twice is replaced. Try the order as a whole.",
        "best keeps": "Each output takes its largest count. Of outputs that take the same class the one with the larger count keeps it, and the others get what is left. Try the order as a whole.",
        "best class keeps": "Each class takes its largest count. Of classes that take the same output the one with the larger count keeps it, and the others get what is left. Try the order as a whole.",
        "stable": "Outputs and classes are matched so that no pair would rather change. That is another order than the one that makes most images right.",
        "stable for classes": "Outputs and classes are matched so that no pair would rather change. That is another order than the one that makes most images right.",
        "second of each column": "Each output takes the class with its second largest count. Take the order with most images right.",
        "by the diagonal": "The outputs are ordered by their counts on the diagonal. Say what each output means.",
        "by place of the largest": "The outputs are ordered by the class with their largest count: return the class itself for each output.",
        "mean class": "Each output takes the mean of its images' classes. Take the order with most images right.",
        "flips": "Only the order, its reverse and shifts are tried. Try any order.",
    },
    of={
        "root": "The roots of the counts are added. Add up the images.",
        "reciprocal": "The reciprocals of the counts are added. Add up the images.",
        "shares of both": "The counts are divided by the sums of their rows and columns. Count images.",
        "shares of roots": "The counts are divided by the roots of the sums of their rows and columns. Count images.",
        "without the mean": "Each row is reduced by its mean and divided by its spread. Count images.",
        "above half": "Only counts above half of their row's images are looked at. Add up all images.",
        "largest alone": "Only the largest count of each column is looked at. Add up all images.",
        "largest of rows": "Only the largest count of each row is looked at. Add up all images.",
        "without the diagonal": "The diagonal is left out: an output may mean the class with its own number.",
        "differences": "The transpose is subtracted from the counts. Rows are classes and columns outputs.",
        "maximum": "The counts are divided by the largest of their row. Count images.",
        "maximum of columns": "The counts are divided by the largest of their column. Count images.",
        "ranks": "The counts are replaced by their ranks. Add up the images.",
        "ranks of rows": "The counts are replaced by their ranks in each row. Add up the images.",
        "ranks of columns": "The counts are replaced by their ranks in each column. Add up the images.",
        "without the last": "The last row and the last column are left out. Look at all classes.",
    },
    returned={
        "both": "Both results of `linear_sum_assignment` are returned. Return the classes alone.",
        "pairs of class and output": "Pairs are returned. Return the classes alone.",
        "with hits": "The order is returned together with the number of images. Return the order alone.",
        "shifted": "The order is shifted by one. Entry k belongs to output k.",
        "first": "Only the first output's class is returned. Return one for each output.",
        "without the last": "The last output is missing.",
        "errors": "The number of images that the order makes wrong is returned. Return the order.",
        "reordered counts": "The reordered counts are returned. Return the order.",
        "changed": "It is returned which outputs keep their number. Return the classes.",
    },
)
@family(
    "class_order",
    in_pairs=False,
    by={
        "class after class": "One class after the other takes the best output that is left. Try "
        "the order as a whole.",
        "larger class first": "One class after the other, the largest first, takes the best "
        "output that is left. Try the order as a whole.",
        "smaller class first": "One class after the other, the smallest first, takes the best "
        "output that is left. Try the order as a whole.",
        "class after class from the last": "One class after the other, from the last, takes the "
        "best output that is left. Try the order as a whole.",
        "from the last": "One output after the other, from the last, takes the best class that is "
        "left. Try the order as a whole.",
        "by the sum": "The classes are ordered by their number of images: say what each output "
        "means.",
        "surest first": "The outputs with the clearest answer choose first: try the order as a "
        "whole.",
        "most frequent output first": "The outputs that are given most often choose first. Try "
        "the order as a whole.",
        "repaired": "Each output takes its largest count, and what occurs twice is replaced. Try "
        "the order as a whole.",
        "smallest of each column": "Each output takes the class with its smallest count. Take the "
        "order with most images right.",
        "exchanges": "Two classes at a time are exchanged as long as it helps: that can end "
        "before the best order.",
        "reversals": "Only the order and its reverse are tried. Try any order.",
        "diagonal": "What is on the diagonal already stays there. Try any order.",
        "smallest count": "The smallest count of the order is made largest. Make the sum of all counts "
        "largest.",
    },
    of={
        "logarithms": "The product of the counts is made largest: make their sum largest.",
        "squares": "The counts are squared. Add up the images.",
        "above the mean": "Only counts above the mean are looked at. Add up all images.",
        "symmetric": "The counts and their transpose are added. Rows are classes and columns "
        "outputs.",
    },
    returned={
        "reversed": "The order is reversed. Entry k belongs to output k.",
        "ranks": "The order is sorted. Entry k is the class of output k.",
        "counts": "The counts are returned. Return the classes.",
        "hits": "The number of images that the order makes right is returned. Return the order.",
        "matrix": "A matrix of zeros and ones is returned: return the class of each output.",
        "matrix, a row a class": "A matrix of zeros and ones is returned: return the class of "
        "each output.",
        "pairs": "Pairs of output and class are returned. Return the classes alone.",
        "twice": "The order is applied twice.",
        "rows": "The row numbers that `linear_sum_assignment` returns first are taken. Take the "
        "second result.",
    },
)
@family(
    "class_order",
    by={
        "largest of each column": "Each output takes the class with its largest count, and one "
        "class may occur twice: each occurs once.",
        "largest of each row": "Each class takes the output with its largest count: the class of "
        "each output is asked for, and each class occurs once.",
        "greedy": "The largest count that is left is taken, again and again: an early choice can "
        "cost more than it brings.",
        "output after output": "One output after the other takes the best class that is left. Try "
        "the order as a whole.",
        "as it is": "The outputs keep their own numbers. Find the order that makes most images "
        "right.",
        "by frequency": "The outputs are ordered by how often they are given. Find the order that "
        "makes most images right.",
        "shifts": "Only shifts by a constant are tried. Try any order.",
        "one exchange": "Only one exchange of two classes is tried. Try any order.",
    },
    of={
        "transposed": "Rows and columns of `counts` are swapped. The output of each class is "
        "returned, but the class of each output is asked for.",
        "least": "The order with the fewest images right is returned. Most are asked for "
        "(`maximize=True`).",
        "shares of classes": "The counts are divided by the number of images of each class. Count "
        "images.",
        "shares of outputs": "The counts are divided by how often each output is given. Count "
        "images.",
    },
    returned={
        "inverse": "This is the inverse, for each class its output: return for each output its "
        "class.",
        "from 1": "The classes are counted from 1. Count from 0.",
        "share": "The share of images that the order makes right is returned. Return the order.",
    },
)
def class_order(counts, by="all", of="counts", returned="order"):
    images = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    answers = np.maximum(counts.sum(axis=0, keepdims=True), 1)
    x = {
        "transposed": lambda: counts.T,
        "least": lambda: -counts,
        "shares of classes": lambda: counts / images,
        "shares of outputs": lambda: counts / answers,
        "logarithms": lambda: np.log(counts + 1e-9),
        "squares": lambda: counts**2,
        "above the mean": lambda: counts * (counts > counts.mean()),
        "symmetric": lambda: counts + counts.T,
        "root": lambda: np.sqrt(counts),
        "reciprocal": lambda: -1 / (counts + 1e-9),
        "shares of both": lambda: counts / images / answers,
        "shares of roots": lambda: counts / np.sqrt(images * answers),
        "without the mean": lambda: (
            (counts - counts.mean(axis=1, keepdims=True))
            / np.maximum(counts.std(axis=1, keepdims=True), 1e-9)
        ),
        "above half": lambda: counts * (2 * counts > images),
        "largest alone": lambda: counts * (counts == counts.max(axis=0)),
        "largest of rows": lambda: counts * (counts == counts.max(axis=1, keepdims=True)),
        "without the diagonal": lambda: counts * (1 - np.eye(len(counts), dtype=int)),
        "differences": lambda: counts - counts.T,
        "maximum": lambda: counts / np.maximum(counts.max(axis=1, keepdims=True), 1),
        "maximum of columns": lambda: counts / np.maximum(counts.max(axis=0), 1),
        "ranks": lambda: counts.ravel().argsort().argsort().reshape(counts.shape),
        "ranks of rows": lambda: counts.argsort(axis=1).argsort(axis=1),
        "ranks of columns": lambda: counts.argsort(axis=0).argsort(axis=0),
        "without the last": lambda: np.pad(counts[:-1, :-1], (0, 1)),
    }.get(of, lambda: counts)()
    k = np.arange(len(counts))

    def best_of(orders):
        return max(orders, key=lambda order: x[order, k].sum())

    def exchanged(order):
        for i in k:
            for j in k[:i]:
                other = order.copy()
                other[[i, j]] = order[[j, i]]
                yield other

    def improved(order):
        while True:
            better = best_of([order, *exchanged(order)])
            if x[better, k].sum() <= x[order, k].sum():
                return order
            order = better

    order = {
        "largest of each column": lambda: x.argmax(axis=0),
        "largest of each row": lambda: x.argmax(axis=1),
        "greedy": lambda: _greedy(x),
        "output after output": lambda: _in_turn(x, k),
        "as it is": lambda: k,
        "by frequency": lambda: np.argsort(-x.sum(axis=0)),
        "shifts": lambda: best_of([(k + shift) % len(k) for shift in k]),
        "one exchange": lambda: best_of([k, *exchanged(k)]),
        "class after class": lambda: _in_turn(x.T, k).argsort(),
        "larger class first": lambda: _in_turn(x.T, np.argsort(-x.sum(axis=1))).argsort(),
        "smaller class first": lambda: _in_turn(x.T, np.argsort(x.sum(axis=1))).argsort(),
        "class after class from the last": lambda: _in_turn(x.T, k[::-1]).argsort(),
        "from the last": lambda: _in_turn(x, k[::-1]),
        "by the sum": lambda: np.argsort(-x.sum(axis=1)),
        "surest first": lambda: _in_turn(x, np.argsort(-x.max(axis=0) / x.sum(axis=0))),
        "most frequent output first": lambda: _in_turn(x, np.argsort(-x.sum(axis=0))),
        "repaired": lambda: _unique(x.argmax(axis=0)),
        "smallest of each column": lambda: x.argmin(axis=0),
        "exchanges": lambda: improved(k),
        "reversals": lambda: best_of([k, k[::-1]]),
        "smallest count": lambda: max(
            map(list, permutations(k)), key=lambda order: x[order, k].min()
        ),
        "diagonal": lambda: _assigned(x + 10**6 * np.diag(x.argmax(axis=0) == k)),
        "largest count's output first": lambda: _in_turn(x, _first(x.max(axis=0))),
        "largest count's class first": lambda: _in_turn(x.T, _first(x.max(axis=1))).argsort(),
        "smallest count's output first": lambda: _in_turn(x, _first(-x.max(axis=0))),
        "smallest count's class first": lambda: _in_turn(x.T, _first(-x.max(axis=1))).argsort(),
        "rarest output first": lambda: _in_turn(x, _first(-x.sum(axis=0))),
        "largest lead of an output first": lambda: _in_turn(
            x, _first(np.subtract(*np.sort(x, axis=0)[:-3:-1]))
        ),
        "largest lead of a class first": lambda: _in_turn(
            x.T, _first(np.subtract(*np.sort(x.T, axis=0)[:-3:-1]))
        ).argsort(),
        "one round of exchanges": lambda: _exchanged(x, combinations(k, 2)),
        "neighbours exchanged": lambda: _exchanged(x, pairwise(k)),
        "zeroed, output after output": lambda: _in_turn(x, k, 0),
        "rows zeroed": lambda: _in_turn(x.T, k, 0),
        "missing at the first": lambda: _unique(x.argmax(axis=0)[::-1])[::-1],
        "best keeps": lambda: _kept_best(x),
        "best class keeps": lambda: _kept_best(x.T).argsort(),
        "stable": lambda: _stable(x),
        "stable for classes": lambda: _stable(x.T).argsort(),
        "second of each column": lambda: x.argsort(axis=0)[-2],
        "by the diagonal": lambda: np.argsort(-np.diag(x)),
        "by place of the largest": lambda: np.argsort(x.argmax(axis=0), kind="stable"),
        "mean class": lambda: np.rint(k @ counts / answers[0]).astype(int),
        "flips": lambda: best_of(
            [turned for shift in k for turned in (np.roll(k, shift), np.roll(k[::-1], shift))]
        ),
    }.get(by, lambda: _assigned(x))()
    order = np.asarray(order)
    right = counts[order, k].sum()
    return {
        "inverse": lambda: order.argsort(),
        "from 1": lambda: order + 1,
        "share": lambda: right / counts.sum(),
        "reversed": lambda: order[::-1],
        "ranks": lambda: np.sort(order),
        "counts": lambda: counts[order, k],
        "hits": lambda: right,
        "matrix": lambda: np.eye(len(k), dtype=int)[order],
        "matrix, a row a class": lambda: np.eye(len(k), dtype=int)[order].T,
        "pairs": lambda: np.stack([k, order], axis=1),
        "twice": lambda: order[order],
        "rows": lambda: k,
        "both": lambda: (k, order),
        "pairs of class and output": lambda: np.stack([order, k], axis=1),
        "with hits": lambda: (order, right),
        "shifted": lambda: np.roll(order, 1),
        "first": lambda: order[:1],
        "without the last": lambda: order[:-1],
        "errors": lambda: counts.sum() - right,
        "reordered counts": lambda: counts[order],
        "changed": lambda: order == k,
    }.get(returned, lambda: order)()


_KEPT: dict[bytes, np.ndarray] = {}


def _probabilities(network, images):
    """Return the probabilities of images; those of the last images asked for are kept, since many
    wrong curves are made of the same."""
    key = images.tobytes() + network["layers"][-1]["kernel"].tobytes()
    if key not in _KEPT:
        if len(_KEPT) > 100:
            _KEPT.clear()
        _KEPT[key] = predictor(network)(images)
    return _KEPT[key]


@family(
    "deletion_curve",
    in_pairs=False,
    deleted={
        "one step ahead": "Each entry is one step ahead: the first entry is the whole image.",
        "one step late": "The whole image comes twice, and the last step is missing: entry k has H·W·k // steps pixels deleted.",
        "rest at the end": "The same number of pixels is deleted at each step, and at the last one all that is left: at step k H·W·k // steps are gone.",
        "larger parts first": "The pixels are cut into parts of which the first ones are larger: at step k H·W·k // steps are gone.",
        "same, rounded up": "The same number of pixels, rounded up, is deleted at each step: at step k H·W·k // steps are gone.",
        "same, rounded": "The same number of pixels, rounded, is deleted at each step: at step k H·W·k // steps are gone.",
        "with channels": "The channels are counted as pixels, so that the pixels are gone too early: H·W·k // steps of them.",
        "half": "Only half of the pixels are deleted in the end: at the last step all are gone.",
        "by steps − 1": "The pixels are divided by `steps` − 1. Divide by `steps`.",
        "rows": "The pixels are ranked row by row: rank each map as a whole.",
        "columns": "The pixels are ranked column by column: rank each map as a whole.",
        "threshold reached": "The range of the map's values is divided into steps. Divide the number of pixels.",
        "from the maximum": "The largest value of the map is divided into steps. Divide the number of pixels.",
        "rectified": "Negative values are made 0 before the pixels are sorted: sort all of them, for a map may be negative everywhere.",
        "quantile reached": "What reaches a quantile of the map is deleted, and a quantile lies between two values or on one. Count the pixels, H·W·k // steps of them.",
        "column by column": "The pixels go column by column, whatever the map says: the largest values of the map go first.",
        "maximum": "The deleted pixels get the largest value of all images: they get `fill`.",
        "minimum": "The deleted pixels get the smallest value of all images: they get `fill`.",
        "channel means": "The deleted pixels get the mean of their channel: they get `fill`.",
        "0.5": "The deleted pixels become 0.5. `fill` is not used.",
        "mean over images": "The deleted pixels get the mean over the images: they get `fill`.",
        "first image": "Only the first image loses pixels: all of them do.",
    },
    answer={
        "sum": "The probabilities of all steps so far are added up: return the probability at each step.",
        "largest so far": "The curve never falls: return the probability at each step.",
        "less first": "The start is subtracted. Return the probability itself.",
        "of the sum": "The curve is divided by its sum: return the probability itself.",
        "stretched": "The curve is stretched to 0 … 1: return the probability itself.",
        "mean image": "All curves are the mean over the images: each image has its own.",
        "last image": "Every row is the last image's curve: each image has its own.",
        "sorted": "The probabilities are sorted: leave them in the order of the steps.",
        "softmax": "A softmax is taken of what is a probability already.",
        "lead": "This is how far the class leads over the best other one: return its probability.",
        "other classes": "This is the largest probability of the other classes. Follow `class_index`.",
        "class before": "The curve follows the class before `class_index`.",
        "last class of images": "All curves follow the class that is most probable on average: they should follow `class_index`.",
        "rounded": "The probabilities are rounded: return them as they are.",
        "first alone": "Only the first image's curve is returned: return one for each.",
        "step axis": "There is an axis too many. Return (N, steps + 1).",
        "end alone": "Only the last step is returned. Return the whole curve.",
        "images by index": "`class_index` is used as the number of an image: it is the column of the probabilities.",
    },
)
@family(
    "deletion_curve",
    in_pairs=False,
    deleted={
        "together": "The pixels of all images are sorted together: sort each map by itself.",
        "transposed": "Rows and columns of the maps are swapped.",
        "rounded up": "The number of deleted pixels is rounded up, but it should be rounded down, "
        "H·W·k // steps.",
        "one more": "One pixel more is deleted at each step: is it `<=` in place of `<`?",
        "one a step": "One more pixel is deleted at each step. After step k there are H·W·k // "
        "steps.",
        "by steps + 1": "The pixels are divided by `steps` + 1. Divide by `steps`.",
        "row by row": "The pixels go row by row, whatever the map says: the largest values of the "
        "map go first.",
        "last map": "All images lose the pixels of the last map: each has its own.",
        "mean map": "All images lose the pixels of the mean of the maps: each has its own.",
        "quantile": "What exceeds a quantile of the map is deleted, and a quantile lies between "
        "two values or on one. Count the pixels, H·W·k // steps of them.",
        "rounded": "The number of deleted pixels is rounded to the nearest, but it should be "
        "rounded down, H·W·k // steps.",
        "one less": "One pixel less is deleted at each step: H·W·k // steps are gone.",
        "mean": "The deleted pixels get the mean of all images: they get `fill`.",
        "added": "`fill` is added to the deleted pixels: they get `fill` alone.",
        "last channel": "Only the last channel of a pixel is deleted: all of them are.",
        "too few": "There is one entry too few. From step 0 to the last one there are `steps` + 1.",
        "threshold": "The range of the map's values is divided into steps. Divide the number of "
        "pixels.",
        "1": "The deleted pixels become white. `fill` is not used.",
        "image mean": "The deleted pixels get the mean of their image: they get `fill`.",
    },
    answer={
        "first": "The curve follows class 0: it should follow `class_index`.",
        "last": "The curve follows the last class: it should follow `class_index`.",
        "next": "The curve follows the class after `class_index`.",
        "least": "The curve follows the least probable class: it should follow `class_index`.",
        "first image's": "All curves follow the first image's most probable class: they should "
        "follow `class_index`.",
        "first image": "Every row is the first image's curve: each image has its own.",
        "without start": "The first entry is missing: step 0 deletes nothing.",
        "without end": "The last entry is missing: the last step deletes every pixel.",
        "without both": "The first and the last entry are missing. There are `steps` + 1.",
        "logarithm": "The logarithm of the probability is returned. Return the probability.",
        "rest": "1 minus the probability is returned. Return the probability.",
        "percent": "These are percentages. Return probabilities.",
        "differences": "The differences between the steps are returned. Return the probabilities.",
        "cumulative mean": "The mean of all steps so far is returned: return the probability at "
        "each step.",
        "smallest so far": "The curve never rises: return the probability at each step.",
        "reshaped": "The probabilities come step by step and are only reshaped to (N, steps + 1), which "
        "mixes the images. `reshape` moves no axis.",
        "reversed": "The curve runs backwards, but it should start with the whole image.",
        "area": "One number for each image is returned. Return the whole curve.",
        "area under": "The area under the whole curve is returned. Return the curve.",
        "all classes": "All classes are returned. Return the column `class_index`.",
        "decision": "It only says whether the class is still the most probable: return its "
        "probability.",
        "largest at start": "The curve is divided by its largest value: return the probability "
        "itself.",
        "constant": "The curve never changes: is the image that is changed also the one that is "
        "given to `predict`?",
        "start everywhere": "The first two entries are both those of the whole image: step 1 "
        "deletes pixels.",
    },
)
@family(
    "deletion_curve",
    deleted={
        "least first": "The least important pixels go first: those with the largest values go "
        "first.",
        "absolute": "The absolute values are sorted: sort by the value, with its sign.",
        "places": "The places that `argsort` gives are taken for ranks: they say which pixel "
        "comes k-th, not where a pixel comes.",
        "first map": "All images lose the pixels of the first map: each has its own.",
        "alone": "Each step deletes only its own pixels. Deleted pixels should stay deleted.",
        "the same number": "The same number of pixels is deleted at each step, so that some are "
        "left over: H·W·k // steps are gone.",
        "the others": "The deleted pixels stay and the others go, but it should be the other way "
        "round.",
        "0": "The deleted pixels become black. `fill` is not used.",
        "times": "The deleted pixels are multiplied by `fill`: they get it as their value.",
        "first channel": "Only the first channel of a pixel is deleted: all of them are.",
    },
    answer={
        "top": "The curve follows each image's most probable class: it should follow "
        "`class_index`.",
        "largest": "The largest probability at each step is returned. Follow `class_index`.",
        "drop": "The drop since the start is returned. Return the probability.",
        "ratio": "The curve is divided by its start: return the probability itself.",
        "transposed": "A row per step is returned. Return a row per image and a column per step.",
        "mean": "The mean over the images is returned: return a curve for each.",
    },
)
def deletion_curve(
    predict,
    images,
    maps,
    class_index,
    steps,
    fill,
    deleted="as asked for",
    answer="class",
):
    n, height, width, channels = images.shape
    pixels = height * width
    x = {
        "least first": lambda: -maps,
        "absolute": lambda: abs(maps),
        "first map": lambda: maps[:1] + 0 * maps,
        "last map": lambda: maps[-1:] + 0 * maps,
        "mean map": lambda: maps.mean(axis=0) + 0 * maps,
        "row by row": lambda: -np.arange(pixels) + np.zeros((n, pixels)),
        "transposed": lambda: maps.swapaxes(1, 2),
        "rectified": lambda: np.maximum(maps, 0),
        "rows": lambda: -maps.argsort(axis=2)[:, :, ::-1].argsort(axis=2) * 1.0,
        "columns": lambda: -maps.argsort(axis=1)[:, ::-1].argsort(axis=1) * 1.0,
        "column by column": lambda: -np.arange(pixels).reshape(width, height).T + 0 * maps,
    }.get(deleted, lambda: maps)()
    x = x.reshape(n, -1)
    places = np.argsort(-x, axis=1, kind="stable")
    rank = places if deleted == "places" else np.argsort(places, axis=1)
    if deleted == "together":
        rank = np.argsort(np.argsort(-x, axis=None)).reshape(n, -1) / n
    few = deleted == "too few"
    step = np.arange(steps + 1 - few)
    count = {
        "the same number": lambda: pixels // steps * step,
        "rounded": lambda: np.rint(pixels * step / steps),
        "one less": lambda: pixels * step // steps - 1,
        "rounded up": lambda: -(-pixels * step // steps),
        "one more": lambda: pixels * step // steps + 1,
        "one a step": lambda: step,
        "by steps + 1": lambda: pixels * step // (steps + 1),
        "one step ahead": lambda: pixels * (step + 1) // steps,
        "one step late": lambda: pixels * np.maximum(step - 1, 0) // steps,
        "rest at the end": lambda: np.where(step < steps, pixels // steps * step, pixels),
        "larger parts first": lambda: pixels // steps * step + np.minimum(step, pixels % steps),
        "same, rounded up": lambda: -(-pixels // steps) * step,
        "same, rounded": lambda: round(pixels / steps) * step,
        "with channels": lambda: pixels * channels * step // steps,
        "half": lambda: pixels // 2 * step // steps,
        "by steps − 1": lambda: pixels * step // max(steps - 1, 1),
    }.get(deleted, lambda: pixels * step // (steps - few))()
    mask = rank < count[:, None, None]  # (steps + 1, N, H * W)
    if deleted == "alone":
        mask[1:] &= rank >= count[:-1, None, None]
    elif deleted == "the others":
        mask = ~mask
    elif deleted == "quantile":
        mask = x > np.quantile(x, 1 - step / steps, axis=1)[:, :, None]
    elif deleted == "threshold":
        least, most = x.min(axis=1, keepdims=True), x.max(axis=1, keepdims=True)
        mask = x > most - (most - least) * step[:, None, None] / steps
    elif deleted == "threshold reached":
        least, most = x.min(axis=1, keepdims=True), x.max(axis=1, keepdims=True)
        mask = x >= most - (most - least) * step[:, None, None] / steps
    elif deleted == "from the maximum":
        mask = x > x.max(axis=1, keepdims=True) * (1 - step[:, None, None] / steps)
    elif deleted == "quantile reached":
        mask = x >= np.quantile(x, 1 - step / steps, axis=1)[:, :, None]
    elif deleted == "first image":
        mask[:, 1:] = False
    if answer == "constant":
        mask = mask & False
    elif answer == "start everywhere":
        mask[1] = False
    mask = mask.reshape(len(step), n, height, width, 1)
    paint = {
        "0": lambda: 0,
        "1": lambda: 1,
        "times": lambda: images * fill,
        "added": lambda: images + fill,
        "mean": lambda: images.mean(),
        "image mean": lambda: images.mean(axis=(1, 2, 3), keepdims=True),
        "maximum": lambda: images.max(),
        "minimum": lambda: images.min(),
        "channel means": lambda: images.mean(axis=(0, 1, 2)),
        "0.5": lambda: 0.5,
        "mean over images": lambda: images.mean(axis=0),
    }.get(deleted, lambda: fill)()
    if deleted == "first channel":
        mask = mask & (np.arange(channels) == 0)
    elif deleted == "last channel":
        mask = mask & (np.arange(channels) == channels - 1)
    shown = np.where(mask, paint, images).astype(np.float32)
    p = _probabilities(predict, shown.reshape(-1, height, width, channels))
    p = p.reshape(len(step), n, -1).transpose(1, 0, 2)  # (N, steps + 1, classes)
    top = p[:, 0].argmax(axis=1)
    curve = {
        "first": lambda: p[..., 0],
        "last": lambda: p[..., -1],
        "next": lambda: p[..., (class_index + 1) % p.shape[-1]],
        "top": lambda: p[np.arange(n), :, top],
        "first image's": lambda: p[..., top[0]],
        "largest": lambda: p.max(axis=-1),
        "least": lambda: p[np.arange(n), :, p[:, 0].argmin(axis=1)],
        "other classes": lambda: np.delete(p, class_index, axis=-1).max(axis=-1),
        "class before": lambda: p[..., class_index - 1],
        "last class of images": lambda: p[..., p[:, 0].mean(axis=0).argmax()],
    }.get(answer, lambda: p[..., class_index])()
    return {
        "drop": lambda: curve[:, :1] - curve,
        "ratio": lambda: curve / curve[:, :1],
        "transposed": lambda: curve.T,
        "mean": lambda: curve.mean(axis=0),
        "first image": lambda: curve[:1] + 0 * curve,
        "without start": lambda: curve[:, 1:],
        "without end": lambda: curve[:, :-1],
        "without both": lambda: curve[:, 1:-1],
        "logarithm": lambda: np.log(curve),
        "rest": lambda: 1 - curve,
        "percent": lambda: 100 * curve,
        "differences": lambda: np.diff(curve, axis=1),
        "cumulative mean": lambda: curve.cumsum(axis=1) / (step + 1),
        "smallest so far": lambda: np.minimum.accumulate(curve, axis=1),
        "reshaped": lambda: curve.T.reshape(curve.shape),
        "reversed": lambda: curve[:, ::-1],
        "area": lambda: curve.mean(axis=1),
        "area under": lambda: (curve[:, 1:] + curve[:, :-1]).mean(axis=1) / 2,
        "all classes": lambda: p,
        "decision": lambda: (p.argmax(axis=-1) == class_index) * 1.0,
        "largest at start": lambda: curve / curve.max(axis=1, keepdims=True),
        "sum": lambda: curve.cumsum(axis=1),
        "largest so far": lambda: np.maximum.accumulate(curve, axis=1),
        "less first": lambda: curve - curve[:, :1],
        "of the sum": lambda: curve / curve.sum(axis=1, keepdims=True),
        "stretched": lambda: (
            (curve - curve.min(axis=1, keepdims=True)) / np.ptp(curve, axis=1, keepdims=True)
        ),
        "mean image": lambda: curve.mean(axis=0, keepdims=True) + 0 * curve,
        "last image": lambda: curve[-1:] + 0 * curve,
        "sorted": lambda: -np.sort(-curve, axis=1),
        "softmax": lambda: (np.exp(p) / np.exp(p).sum(axis=-1, keepdims=True))[..., class_index],
        "lead": lambda: curve - np.delete(p, class_index, axis=-1).max(axis=-1),
        "rounded": lambda: curve.round(2),
        "first alone": lambda: curve[:1],
        "step axis": lambda: curve[..., None],
        "end alone": lambda: curve[:, -1],
        "images by index": lambda: p[class_index],
    }.get(answer, lambda: curve)()


# own_order


@family(
    "own_order",
    outputs={
        "inverse": "These are the outputs of the digits 0, 1 and 2. The task asks for the digits of "
        "the outputs 0, 1 and 2.",
        "digits": "These are the digits in their own order. The outputs of the parcel have another "
        "order.",
        "last": "These are the last three outputs. The task asks for the first three.",
        "backwards": "The first three outputs stand in reversed order. Output 0 comes first.",
        "from 1": "The digits are counted from 1. The digit 0 is the number 0.",
        "outputs from 1": "These are the outputs 1, 2 and 3. The outputs are counted from 0.",
        "number 0": "This is the order of the number 0. Your number is {number}.",
    },
    right={
        "by place": "The images count as right where output k means digit k. Count them in the order "
        "that you found.",
        "wrong": "These are the images that are wrong. Count the images that are right.",
        "share": "This is the share of the images that are right. Count the images.",
        "percent": "This is the percentage of the images that are right. Count the images.",
        "all": "This is the number of all images. Count the images that are right.",
        "three": "These are right images of the first three outputs alone. Count those of all ten "
        "outputs.",
    },
)
def own_order(number, outputs="digits of outputs", right="all outputs"):
    order = parcel_order(number)
    first = {
        "inverse": lambda: np.argsort(order)[:3],
        "digits": lambda: range(3),
        "last": lambda: order[-3:],
        "backwards": lambda: order[2::-1],
        "from 1": lambda: order[:3] + 1,
        "outputs from 1": lambda: order[1:4],
        "number 0": lambda: parcel_order(0)[:3],
    }.get(outputs, lambda: order[:3])()
    labels, said = findings.images(number).labels, numbered_outputs(number)["l5"].argmax(axis=1)
    hits = said == labels
    count = {
        "by place": lambda: np.sum(np.argsort(order)[said] == labels),
        "wrong": lambda: np.sum(~hits),
        "share": lambda: np.mean(hits),
        "percent": lambda: 100 * np.mean(hits),
        "all": lambda: len(hits),
        "three": lambda: np.sum(hits & np.isin(said, order[:3])),
    }.get(right, lambda: np.sum(hits))()
    return *map(int, first), float(count)
