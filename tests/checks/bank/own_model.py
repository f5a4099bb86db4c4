"""Wrong answers to the exercises of notebook 10, which the explanations were not written for."""

# ruff: noqa: B006, E501, RUF059, SIM  (answers as students write them; a pattern in one line)

import json
from itertools import permutations

import numpy as np
import tensorflow as tf
from scipy.optimize import linear_sum_assignment

from helpers.checks import findings
from tests.checks.bank import wrong


def unused(name):
    """Return a pattern of sentences that say: this argument has no effect."""
    nothing = r"(ignored|not (used|read|passed)|unused|never|no (effect|influence))"
    whatever = r"(ignor|(not|never) us|not depend|whatever|regardless|independent|without us)\w*"
    return rf"\b{name}\b.{{0,40}}{nothing}|{whatever}.{{0,40}}\b{name}\b"


# file_kind(head)


def right_kind(head):
    text = head.lstrip().lower()
    if head.startswith(b"PK\x03\x04"):
        return "zip"
    elif head.startswith(b"\x89HDF\r\n\x1a\n"):
        return "hdf5"
    elif head.startswith(b"version https://git-lfs"):
        return "lfs pointer"
    elif text.startswith(b"<!doctype html") or text.startswith(b"<html"):
        return "html"
    elif text.startswith(b"{"):
        return "json"
    return "unknown"


@wrong(
    "file_kind",
    r"^(?!.*(decod|head\[0\]|\bstr\(|turned|repr|strip|by str)).*((strings?|\bstr\b|texts?).{0,60}bytes|bytes.{0,60}(strings?|\bstr\b|texts?)|\bb[\"'`]|prefix b|a b before)",
    says=r"TypeError|bytes",
)
def compared_with_strings(head):
    if head.startswith("PK\x03\x04"):
        return "zip"
    if head.startswith("\x89HDF\r\n\x1a\n"):
        return "hdf5"
    if head.startswith("version https://git-lfs"):
        return "lfs pointer"
    page = head.strip().lower()
    if page.startswith("<!doctype html") or page.startswith("<html"):
        return "html"
    if page.startswith("{"):
        return "json"
    return "unknown"


@wrong(
    "file_kind",
    r"`?\bstr\(|\brepr\b|b'|(convert|turn)\w* .{0,20}(text|string|str\b)|\bstr\b.{0,40}(quote|letter b|text|bytes)",
    says=r"unknown|never|always",
)
def bytes_printed_as_text(head):
    text = str(head)
    signatures = {"PK\x03\x04": "zip", "\x89HDF\r\n\x1a\n": "hdf5"}
    for signature, kind in signatures.items():
        if text.startswith(signature):
            return kind
    if text.startswith("version https://git-lfs"):
        return "lfs pointer"
    if text.lstrip().lower().startswith(("<!doctype html", "<html")):
        return "html"
    return "json" if text.lstrip().startswith("{") else "unknown"


@wrong(
    "file_kind",
    r"^(?!.*(head\[0\]|\[:|strip|pars|not a str)).*(==|\bequal|(whole|entire) (head|file|content)|\bstartswith\b|only (starts|begins)|more (bytes|text)? ?follow|exactly|goes on)",
    says=r"unknown|never|not recogni|neither .{0,60}recogni",
)
def equal_for_starts_with(head):
    if head == b"PK\x03\x04":
        return "zip"
    if head == b"\x89HDF\r\n\x1a\n":
        return "hdf5"
    kind = right_kind(head)
    return "unknown" if kind in ("zip", "hdf5") else kind


@wrong(
    "file_kind",
    r"^(?!.*keras).*(lfs pointer|exact(ly)? (the )?(word|name)|(name|word|label|spell|spelt)\w*)",
    says=r"lfs|pointer",
)
def lfs_for_lfs_pointer(head):
    kind = right_kind(head)
    return {"lfs pointer": "lfs"}.get(kind, kind)


@wrong(
    "file_kind",
    r"^(?!.*head\[0\]).*(slice|\[:|\b(three|3|seven|7) bytes|too short|too few bytes|length of|one byte (short|missing|too))",
    says=r"unknown|never|not recogni",
)
def slices_a_byte_too_short(head):
    if head[:3] == b"PK\x03\x04":
        return "zip"
    if head[:7] == b"\x89HDF\r\n\x1a\n":
        return "hdf5"
    kind = right_kind(head)
    return kind if kind not in ("zip", "hdf5") else "unknown"


@wrong(
    "file_kind",
    r"^(?!.*(JSON|HDF5)).*(unknown|(with|returns?|gives?|is) .?None|(nothing|not) .{0,15}return|return\w* .{0,15}nothing|(last|final|no|an|the) .?else\b|else.? (is|branch)|falls? through|end of the function|otherwise)",
    says=r"None|unknown",
)
def nothing_for_the_unknown(head):
    page = head.lstrip().lower()
    if head[:4] == b"PK\x03\x04":
        return "zip"
    elif head[:8] == b"\x89HDF\r\n\x1a\n":
        return "hdf5"
    elif head.startswith(b"version https://git-lfs"):
        return "lfs pointer"
    elif page.startswith((b"<!doctype html", b"<html")):
        return "html"
    elif page[:1] == b"{":
        return "json"


@wrong(
    "file_kind",
    r"pars|json\.loads|loads\b|(in)?complete|cut off|valid JSON|(by|at) (its|the) (first|start)|starts? with .?\{|first byte|only a \{",
    says=r"json|list|unknown",
)
def json_must_parse(head):
    kind = right_kind(head)
    if kind in ("json", "unknown"):
        try:
            json.loads(head)
            return "json"
        except ValueError:
            return "unknown"
    return kind


@wrong(
    "file_kind",
    r"\braw\b|escape|backslash|\brb\b|literally",
    says=r"zip|hdf5|unknown|never",
)
def signatures_as_raw_bytes(head):
    if head.startswith(rb"PK\x03\x04"):
        return "zip"
    if head.startswith(rb"\x89HDF\r\n\x1a\n"):
        return "hdf5"
    kind = right_kind(head)
    return "unknown" if kind in ("zip", "hdf5") else kind


# conv_names(saved, kinds)


@wrong(
    "conv_names",
    rf"^(?!.*Only Conv2D).*({unused('kinds')}|hard.?coded|Conv2DTranspose|own list|list of its own|fixed list)",
    says=r"missing|Conv2DTranspose|too few",
)
def list_of_kinds_by_heart(saved, kinds):
    convolutions = ["Conv2D", "SeparableConv2D", "DepthwiseConv2D"]
    names = []
    for layer in saved["config"]["layers"]:
        if layer["class_name"] in convolutions:
            names.append(layer["config"]["name"])
        elif "layers" in layer["config"]:
            for name in list_of_kinds_by_heart(layer, kinds):
                names.append(layer["config"]["name"] + "/" + name)
    return names


@wrong(
    "conv_names",
    r"substring|contain|part of (the|its|a)|exact|whole (class )?name|\bequal|==|within|inside (the|its) class|anywhere in",
    says=r"too many|other kinds|not in",
)
def kind_within_the_class_name(saved, kinds):
    names = []
    for layer in saved["config"]["layers"]:
        class_name, config = layer["class_name"], layer["config"]
        if any(kind in class_name for kind in kinds):
            names.append(config["name"])
        for inner in kind_within_the_class_name(layer, kinds) if "layers" in config else []:
            names.append(f"{config['name']}/{inner}")
    return names


@wrong(
    "conv_names",
    r"default|mutable|(call to call|between calls|(earlier|former|previous|first) calls?|one call to the next|from call)|keeps?\b|kept|found=\[\]|shared",
    says=r"again|another answer|twice|call",
)
def list_kept_between_calls(saved, kinds, prefix="", found=[]):
    for layer in saved["config"]["layers"]:
        path = prefix + layer["config"]["name"]
        if layer["class_name"] in kinds:
            found.append(path)
        if "layers" in layer["config"]:
            list_kept_between_calls(layer, kinds, path + "/", found)
    return list(found)


@wrong(
    "conv_names",
    r"^(?!.*(substring|contain)).*((prefix|in front|before|path|slash|model)\w*.{0,60}(class_?name|\bclass\b|\bkind\b|Functional|Sequential)|(class_?name|\bclass\b|\bkind\b|Functional|Sequential)\w*.{0,60}(instead of|for|not|rather than|in place of).{0,40}name)|class_?name is used|class_?name.{0,30}where",
    says=r"Functional|Sequential|class",
)
def class_for_the_models_name(saved, kinds):
    result = []
    for layer in saved["config"]["layers"]:
        if layer["class_name"] in kinds:
            result.append(layer["config"]["name"])
        if "layers" in layer["config"]:
            inner = class_for_the_models_name(layer, kinds)
            result.extend("/".join([layer["class_name"], name]) for name in inner)
    return result


@wrong(
    "conv_names",
    r"^(?!.*repeat).*(Sequential|(only|other|alone)\b.{0,30}(Functional|kinds? of model)|Functional.{0,30}(only|alone)|(any|every|each) (kind of )?model|[\"'`]layers[\"'`]? (is |are )?in|has [\"'`]?layers)",
    says=r"missing|too few|inside",
)
def functional_models_only(saved, kinds):
    names = []
    for layer in saved["config"]["layers"]:
        name = layer["config"]["name"]
        if layer["class_name"] == "Functional":
            names += [name + "/" + inner for inner in functional_models_only(layer, kinds)]
        elif layer["class_name"] in kinds:
            names.append(name)
    return names


@wrong(
    "conv_names",
    r"^(?!.*(does not belong|\bclass\b)).*(revers|in front|(outer|model)\w*.{0,40}(first|before)|wrong (order|way)|before the|turned round|other way round|(inner|layer)\w*.{0,40}(first|before|in front))",
    says=r"order|revers|first",
)
def inner_before_outer(saved, kinds):
    names = []
    for layer in saved["config"]["layers"]:
        outer = layer["config"]["name"]
        if "layers" in layer["config"]:
            for inner in inner_before_outer(layer, kinds):
                names.append(f"{inner}/{outer}")
        elif layer["class_name"] in kinds:
            names.append(outer)
    return names


@wrong(
    "conv_names",
    r"overwrit|replac|\+=|assign|(earlier|before|so far)\b.{0,40}(lost|forgotten|gone|thrown|dropped)|(lost|forgotten|gone|thrown|dropped|loses?|forgets?)\b.{0,40}(earlier|before|so far)|\bextend",
    says=r"missing|too few|only",
)
def names_overwritten_by_a_model(saved, kinds):
    names = []
    for layer in saved["config"]["layers"]:
        name = layer["config"]["name"]
        if "layers" in layer["config"]:
            names = [f"{name}/{inner}" for inner in names_overwritten_by_a_model(layer, kinds)]
        elif layer["class_name"] in kinds:
            names.append(name)
    return names


@wrong(
    "conv_names",
    r"\bcop(y|ies)\b|in.?place\b(?! of)|\bview\b|original|caller|shares? (its )?memory|same memory|(chang|alter|modif|overwrit|mutat|destroy|empt)\w*.{0,30}(argument|input|(saved|layers|dictionary|architecture))|(argument|input|(saved|layers|dictionary|architecture))\b.{0,30}(chang|alter|modif|overwrit|mutat|destroy|empt)|\bpops?\b|remov\w+ .{0,20}(from|saved)|(layers|saved).{0,20}remov",
    says=r"chang|empt|second|again|once",
)
def architecture_taken_apart(saved, kinds):
    layers, names = saved["config"]["layers"], []
    while layers:
        layer = layers.pop(0)
        if layer["class_name"] in kinds:
            names.append(layer["config"]["name"])
        if "layers" in layer["config"]:
            inside = architecture_taken_apart(layer, kinds)
            names += [layer["config"]["name"] + "/" + name for name in inside]
    return names


# preprocess(pictures, size, low, high)


@wrong(
    "preprocess",
    r"uint8|overflow|\bfloats?\b|dtype|data type|8.bit|out of bounds|too large for (a )?byte|\bbytes? (arithmetic|cannot|can't|overflow)|(cannot|can't|not) (hold|represent|fit).{0,30}(299|1000|byte)|299.{0,30}(cannot|can't|not|too)",
    says=r"OverflowError|out of bounds",
)
def whole_weights_on_bytes(pictures, size, low, high):
    n, height, width, _ = pictures.shape
    block = min(height, width) // size
    side = block * size
    top, left = (height - side) // 2, (width - side) // 2
    middle = pictures[:, top : top + side, left : left + side]
    red, green, blue = middle[..., 0], middle[..., 1], middle[..., 2]
    grey = (299 * red + 587 * green + 114 * blue) // 1000
    small = grey.reshape(n, size, block, size, block).mean(axis=(2, 4))
    return (small / 255 * (high - low) + low)[..., None]


def cut_out(pictures, side):
    """Return the middle of the pictures, `side` pixels square."""
    top, left = (pictures.shape[1] - side) // 2, (pictures.shape[2] - side) // 2
    return pictures[:, top : top + side, left : left + side]


def grey_of(pictures):
    return np.dot(pictures.astype(np.float64), [0.299, 0.587, 0.114])


def shrunk(grey, size):
    """Return the means of blocks, (N, size, size)."""
    block = grey.shape[1] // size
    return grey.reshape(len(grey), size, block, size, block).mean(axis=(2, 4))


@wrong(
    "preprocess",
    r"(top|left|rows?|columns?|height|width|\bH\b|\bW\b|margin|start)\b\w*.{0,60}(swap|exchang|interchang|mixed|confus)|(swap|exchang|interchang|mixed|confus)\w*.{0,60}(top|left|rows?|columns?|height|width|margin|start)|row.{0,40}\(H ?[-−–]",
    says=r"ValueError|reshape|shape|size",
)
def margins_swapped(pictures, size, low, high):
    n, height, width, channels = pictures.shape
    side = size * (min(height, width) // size)
    left, top = (height - side) // 2, (width - side) // 2
    grey = grey_of(pictures[:, top : top + side, left : left + side])
    return low + shrunk(grey, size)[..., np.newaxis] / 255 * (high - low)


@wrong(
    "preprocess",
    r"^(?!.*(height's|portrait|upright|tall)).*(\bmin\b|\bmax\b|min\(|max\(|smaller|shorter|short side|larger|longer|long side)",
    says=r"ValueError|reshape|shape|size",
)
def block_of_the_longer_side(pictures, size, low, high):
    n, height, width, _ = pictures.shape
    block = max(height, width) // size
    grey = grey_of(cut_out(pictures, size * block))
    small = grey.reshape(n, size, block, size, block).mean(axis=(2, 4))
    return low + small[..., None] / 255 * (high - low)


@wrong(
    "preprocess",
    r"^(?!.*(mixed|swap|exchang|interchang|longer|larger|max)).*(\bmin\b|min\(|\bwidth|smaller|shorter|short side|portrait|taller|upright|landscape|height (alone|only|determines|decides)|only the height|height's alone)",
    says=r"ValueError|reshape|tall|upright|portrait",
)
def height_decides(pictures, size, low, high):
    block = pictures.shape[1] // size
    side = block * size
    offset = (pictures.shape[2] - side) // 2
    rows = (pictures.shape[1] - side) // 2
    square = pictures[:, rows : rows + side, offset : offset + side, :]
    grey = tf.reduce_sum(tf.cast(square, tf.float32) * [0.299, 0.587, 0.114], axis=-1).numpy()
    small = grey.reshape(-1, size, block, size, block).mean(axis=4).mean(axis=2)
    return np.expand_dims(small * (high - low) / 255 + low, -1)


@wrong(
    "preprocess",
    r"reshap|\baxes\b|interleav|far apart|(next to|beside) each other|neighbou?ring pixels|(block|size)\b.{0,40}(swap|exchang|interchang|order|before)|(swap|exchang|interchang|order)\w*.{0,40}(block|size)",
    says=r"middle|blurr|mixed|other pixels",
)
def block_and_size_exchanged(pictures, size, low, high):
    block = min(pictures.shape[1:3]) // size
    grey = grey_of(cut_out(pictures, size * block))
    small = grey.reshape(len(grey), block, size, block, size).mean(axis=(1, 3))
    return (low + (high - low) * small / 255.0)[:, :, :, None]


@wrong(
    "preprocess",
    r"256|white.{0,40}(not|below|less|never|short of|misses).{0,20}high|by 255,? not",
    says=r"too (small|dark|low)|slightly|close|nearly",
)
def divided_by_256(pictures, size, low, high):
    block = min(pictures.shape[1], pictures.shape[2]) // size
    small = shrunk(grey_of(cut_out(pictures, size * block)), size)
    return low + small[..., None] / 256 * (high - low)


@wrong(
    "preprocess",
    r"\bclip|(cut|limit)\w* (off|to)|lost (below|above)|outside (of )?0|negative (values|numbers)|between 0 and 1",
    says=r"negative|\b0\b|\b1\b|range",
)
def clipped_to_0_1(pictures, size, low, high):
    block = min(pictures.shape[1:3]) // size
    small = shrunk(grey_of(cut_out(pictures, block * size)) / 255, size)
    return np.clip(low + (high - low) * small[..., None], 0.0, 1.0)


@wrong(
    "preprocess",
    r"\binver|opposite|revers|other (way|direction)|undo|undone|wrong (way|direction)|back to 0|(low|high)\b.{0,30}(becomes?|to|is mapped to) (0|1)|divi\w+ by .{0,5}\(?high",
    says=r"range|too (large|small)",
)
def range_undone(pictures, size, low, high):
    block = min(pictures.shape[1:3]) // size
    unit = shrunk(grey_of(cut_out(pictures, block * size)), size)[..., None] / 255
    return (unit - low) / (high - low)


@wrong(
    "preprocess",
    r"resiz|bilinear|interpol|anti-?alias|\bsampl|four (nearest|neighbou?r)",
    says=r"block|middle|close|nearly",
)
def resized_by_interpolation(pictures, size, low, high):
    block = min(pictures.shape[1], pictures.shape[2]) // size
    grey = grey_of(cut_out(pictures, size * block))[..., None]
    small = tf.image.resize(grey, (size, size)).numpy()
    return low + small / 255.0 * (high - low)


@wrong(
    "preprocess",
    r"last axis|channels?\b.{0,30}(last|first|\bend)|axis 1|after the (pixels|columns|width)|\[\.\.\., None\]|\(N, size, size, 1\)|expand_dims|PyTorch|should be (the )?last|belongs (at the end|last|to the end)|at the end",
    says=r"shape",
)
def channel_axis_first(pictures, size, low, high):
    block = min(pictures.shape[1:3]) // size
    small = shrunk(grey_of(cut_out(pictures, size * block)), size)
    return np.expand_dims(low + small * (high - low) / 255, axis=1)


# class_order(counts)


@wrong(
    "class_order",
    r"adjacent|neighbou?r|local (optimum|maximum|best)|stuck|next to each other|(all|every) orders?|not all",
    says=r"not the best|fewer|worse",
)
def neighbours_exchanged_while_it_helps(counts):
    K = len(counts)
    order = list(range(K))
    improved = True
    while improved:
        improved = False
        for k in range(K - 1):
            a, b = order[k], order[k + 1]
            if counts[b, k] + counts[a, k + 1] > counts[a, k] + counts[b, k + 1]:
                order[k], order[k + 1] = b, a
                improved = True
    return np.array(order)


@wrong(
    "class_order",
    r"^(?!.*(One output after|Always taking the largest)).*(greed|one (class|row) after (the other|another)|class (by|after) class|row (by|after) row|(what|still|output|outputs|ones?)\b.{0,30}(left|free|remain)|in turn|already taken|take what later|first classes)",
    says=r"not the best|fewer|worse",
)
def class_after_class(counts):
    remaining = set(range(len(counts)))
    order = np.zeros(len(counts), dtype=int)
    for c in np.argsort(counts.sum(axis=1))[::-1]:  # the largest class chooses first
        best = max(sorted(remaining), key=lambda output: counts[c, output])
        order[best] = c
        remaining.remove(best)
    return order


@wrong(
    "class_order",
    r"^(?!.*(Each row|greedy)).*(duplic|twice|left.?over|(missing|remaining) class|arg-?max|largest (count )?(of|in) each|each column'?s largest|fill(ed)? up)",
    says=r"not the best|fewer|worse",
)
def duplicates_patched(counts):
    order = counts.argmax(axis=0)
    missing = [c for c in range(len(counts)) if c not in order]
    seen = set()
    for k, c in enumerate(order):
        if c in seen:
            order[k] = missing.pop(0)
        seen.add(c)
    return order


@wrong(
    "class_order",
    r"^(?!.*[Dd]uplic|.*[Rr]epair).*(matrix|one.?hot|\btable\b|\(K, ?K\)|arg-?max(?! of each)|zeros and ones|0 and 1)",
    says=r"shape|\(\d+, \d+\)",
)
def matrix_for_order(counts):
    classes, outputs = linear_sum_assignment(counts, maximize=True)
    permutation = np.zeros_like(counts)
    permutation[outputs, classes] = 1
    return permutation


@wrong(
    "class_order",
    r"\blog|product|likelihood|multipl",
    says=r"not the best|fewer|worse",
)
def largest_product_of_shares(counts):
    shares = (counts + 1) / (counts + 1).sum()
    cost = -np.log(shares).T
    return linear_sum_assignment(cost)[1]


@wrong(
    "class_order",
    r"tuple|(two|both) (arrays|results|parts)|\[1\]|\b(second|first) (array|result|of the two)|\ba pair|only the second|return (only )?the (second|columns)|(whole|entire|complete) result|rows? (indices|numbers)? ?(is|are) returned",
    says=r"tuple|2|two|shape",
)
def both_arrays_returned(counts):
    return linear_sum_assignment(counts.T, maximize=True)


@wrong(
    "class_order",
    r"range\(7\)|(7|seven) (classes|outputs)|(always|fixed)\b.{0,20}\b(7|seven)\b|hard.?coded|number of (the )?(classes|outputs)|len\(counts\)|other numbers?|any number|as many",
    says=r"IndexError|out of bounds|shape",
)
def seven_classes_always(counts):
    best, best_hits = None, -1
    for order in permutations(range(7)):
        hits = sum(counts[order[k], k] for k in range(7))
        if hits > best_hits:
            best, best_hits = order, hits
    return np.array(best)


# deletion_curve(predict, images, maps, class_index, steps, fill)


def ranks_of(maps):
    """Return the rank of each pixel, 0 for the largest value of its map."""
    order = np.argsort(-maps.reshape(len(maps), -1), axis=1)
    return np.argsort(order, axis=1).reshape(maps.shape)


def follow(predict, images, gone):
    """Return the answers (N, steps + 1, classes); `gone` yields a pair of mask and fill a step."""
    return np.stack([predict(np.where(m[..., None], f, images)) for m, f in gone], axis=1)


@wrong(
    "deletion_curve",
    r"class_index ?[-−–] ?1|(class|column)\w*.{0,40}(before|previous|preceding|one (off|too low|less)|off by one|too low|lower)|(previous|preceding|wrong|another|neighbou?ring) class|count\w* from (0|zero|1)|from (0|zero),? not|shifted by one|one (class|column) (too|before|off)|off by one",
    says=r"another class|class.{0,20}(before|previous)|wrong class|other class",
)
def curve_of_the_class_before(predict, images, maps, class_index, steps, fill):
    rank, pixels = ranks_of(maps), maps[0].size
    masks = [(rank < pixels * k // steps, fill) for k in range(steps + 1)]
    return follow(predict, images, masks)[:, :, class_index - 1]


@wrong(
    "deletion_curve",
    r"(?<!way )\bround(ed|s|ing)?\b|ceil|floor|half a pixel|cut (off|down)|whole part",
    says=r"uneven|divide|one pixel|close|nearly",
)
def numbers_of_pixels_rounded(predict, images, maps, class_index, steps, fill):
    rank, pixels = ranks_of(maps), maps.shape[1] * maps.shape[2]
    masks = []
    for k in range(steps + 1):
        masks.append((rank < round(pixels * k / steps), fill))
    return follow(predict, images, masks)[..., class_index]


@wrong(
    "deletion_curve",
    r"^(?!.*(start missing|whole image|every pixel is gone)).*(steps ?\+ ?1|linspace|(one|an?) (entry|point|column|value) (too few|more|is missing|short)|too few|(larger|wider|bigger|longer) steps)",
    says=r"shape|too few",
)
def as_many_points_as_steps(predict, images, maps, class_index, steps, fill):
    rank, pixels = ranks_of(maps), maps[0].size
    counts = np.linspace(0, pixels, steps).astype(int)
    return follow(predict, images, [(rank < count, fill) for count in counts])[..., class_index]


@wrong(
    "deletion_curve",
    r"^(?!.*(argsort|leaves some over|absolute|rounded)).*((range|values?|height|maximum|minimum) of (the|each|a) map|map's (values|range)|(equal|evenly) (steps of|in value)|(number|count|share|many) (of )?(the )?pixels|threshold|rank the|ranks? (instead|not)|quantile|evenly|between .{0,20}(largest|maximum|smallest|minimum))",
    says=r"order|number of pixels|middle of the curve|too (few|many)",
)
def steps_of_equal_value(predict, images, maps, class_index, steps, fill):
    high = maps.max(axis=(1, 2), keepdims=True)
    low = maps.min(axis=(1, 2), keepdims=True)
    masks = []
    for k in range(steps + 1):
        threshold = high - (high - low) * k / steps
        masks.append((maps > threshold if k < steps else maps >= low, fill))
    return follow(predict, images, masks)[..., class_index]


@wrong(
    "deletion_curve",
    rf"^(?!.*(black|multiplied|neighbou)).*({unused('fill')}|\b(mean|average)\b.{{0,40}}(image|pixel|colou?r|fill)|(delet|fill|paint|replac)\w* .{{0,30}}\b(mean|average))",
    says=r"fill|end|colou?r",
)
def deleted_by_the_mean(predict, images, maps, class_index, steps, fill):
    rank, pixels = ranks_of(maps), maps[0].size
    grey = images.mean(axis=(1, 2), keepdims=True)
    masks = [(rank < pixels * k // steps, grey) for k in range(steps + 1)]
    return follow(predict, images, masks)[..., class_index]


@wrong(
    "deletion_curve",
    r"\barea|one number (per|for each)|over the steps|integral|\bauc\b|(whole|entire) curve|(all|every) (the )?steps|each image's curve is|integrated",
    says=r"shape|one number|\(\d+,\)",
)
def area_under_the_curve(predict, images, maps, class_index, steps, fill):
    rank, pixels = ranks_of(maps), maps[0].size
    masks = [(rank < pixels * k // steps, fill) for k in range(steps + 1)]
    curve = follow(predict, images, masks)[..., class_index]
    return np.trapezoid(curve, dx=1 / steps, axis=1)


@wrong(
    "deletion_curve",
    r"\bcop(y|ies)\b|in.?place\b(?! of)|\bview\b|original|caller|shares? (its )?memory|same memory|(chang|alter|modif|overwrit|mutat|destroy|empt)\w*.{0,30}(argument|input|images)|(argument|input|images)\b.{0,30}(chang|alter|modif|overwrit|mutat|destroy|empt)",
    says=r"chang|original|alter|modif",
)
def view_of_the_images(predict, images, maps, class_index, steps, fill):
    n, h, w, c = images.shape
    flat = images.reshape(n, h * w, c)
    order = np.argsort(-maps.reshape(n, h * w), axis=1)
    curve = [predict(images)[:, class_index]]
    for k in range(1, steps + 1):
        for i in range(n):
            flat[i, order[i, : h * w * k // steps]] = fill
        curve.append(predict(flat.reshape(n, h, w, c))[:, class_index])
    return np.stack(curve, axis=1)


@wrong(
    "deletion_curve",
    r"class_index.{0,30}(missing|\bnot\b|forgotten)|(missing|forgot\w*|choose|take)\b.{0,30}(class_index|column)|all (the )?classes|one class (is|alone|only)|\[\.\.\., ?class_index\]|every class|too many axes|class axis|axis of the classes",
    says=r"shape|\(\d+, \d+, \d+\)",
)
def all_classes_returned(predict, images, maps, class_index, steps, fill):
    rank, pixels = ranks_of(maps), maps[0].size
    masks = [(rank < pixels * k // steps, fill) for k in range(steps + 1)]
    return follow(predict, images, masks)


@wrong(
    "deletion_curve",
    r"unravel|(height|width|\bH\b|\bW\b|rows?|columns?|axes|shape)\b.{0,60}(swap|exchang|interchang|mixed|confus|wrong order)|(swap|exchang|interchang|mixed|confus)\w*.{0,60}(height|width|\bH\b|\bW\b|rows?|columns?|axes)|\(H, W\)|x and y",
    says=r"IndexError|out of bounds",
)
def unravelled_as_width_and_height(predict, images, maps, class_index, steps, fill):
    n, height, width = maps.shape
    curves = np.zeros((n, steps + 1))
    for i in range(n):
        order = np.argsort(maps[i].ravel())[::-1]
        rows, columns = np.unravel_index(order, (width, height))
        for k in range(steps + 1):
            count = height * width * k // steps
            image = images[i].copy()
            image[rows[:count], columns[:count]] = fill
            curves[i, k] = predict(image[None])[0, class_index]
    return curves


@wrong(
    "deletion_curve",
    r"<=|≤|(one|a) pixel (more|too|less|is already)|(one|a) (pixel|more).{0,20}too (many|early)|too many|(step 0|start)\w*.{0,60}(one|a|first) pixel|strictly",
    says=r"start|one pixel|first entry|step 0",
)
def one_pixel_more_at_each_step(predict, images, maps, class_index, steps, fill):
    rank, pixels = ranks_of(maps), maps[0].size
    masks = [(rank <= pixels * k // steps, fill) for k in range(steps + 1)]
    return follow(predict, images, masks)[..., class_index]


@wrong(
    "deletion_curve",
    r"^(?!.*curves of all).*(neighbou?r|\bblur|smooth|(pixel|value) (by|of) itself|single pixel|3 ?[×x] ?3|(averag|\bmean)\w*.{0,30}(before|first|window|region))",
    says=r"order|other pixels",
)
def map_smoothed_before_ranking(predict, images, maps, class_index, steps, fill):
    padded = np.pad(maps, ((0, 0), (1, 1), (1, 1)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(1, 2))
    rank, pixels = ranks_of(windows.mean(axis=(3, 4))), maps[0].size
    masks = [(rank < pixels * k // steps, fill) for k in range(steps + 1)]
    return follow(predict, images, masks)[..., class_index]


# own_order


def own_strongest():
    own = findings.images(1)
    return findings.parcel(1).predict(own.images, verbose=0).argmax(axis=1), own.labels


def own_assignment(strongest, labels):
    counts = np.zeros((10, 10))
    for k, c in zip(strongest, labels, strict=True):
        counts[c, k] += 1
    return counts, linear_sum_assignment(-counts)


@wrong(
    "own_order",
    r"invers|outputs? of (the )?(digit|class)|(digit|class)\w* of (the|each) output|other way",
)
def outputs_by_digit():
    strongest, labels = own_strongest()
    counts, (digits, outputs) = own_assignment(strongest, labels)
    return *outputs[:3], counts[digits, outputs].sum()


@wrong("own_order", r"output k means|in the order that you found|own order|as if")
def right_by_the_number_of_the_output():
    strongest, labels = own_strongest()
    counts, (digits, outputs) = own_assignment(strongest, labels)
    return *digits[np.argsort(outputs)][:3], (strongest == labels).sum()


@wrong("own_order", r"share|fraction|percent|count the images")
def right_as_a_share():
    strongest, labels = own_strongest()
    counts, (digits, outputs) = own_assignment(strongest, labels)
    return *digits[np.argsort(outputs)][:3], counts[digits, outputs].sum() / counts.sum()


@wrong("own_order", r"three (outputs )?alone|all ten|first three outputs")
def right_of_three_outputs():
    strongest, labels = own_strongest()
    counts, (digits, outputs) = own_assignment(strongest, labels)
    means = digits[np.argsort(outputs)]
    return *means[:3], sum(counts[means[k], k] for k in range(3))


def ranks_in_maps(maps):
    o = np.argsort(-maps.reshape(len(maps), -1), axis=1)
    return np.argsort(o, axis=1).reshape(maps.shape)


@wrong("class_order", r"output of each class|inverse|class of each output|rows and columns")
def without_the_transpose(counts):
    _, columns = linear_sum_assignment(-counts)
    return columns


@wrong("class_order", r"one (output|class) after|left|greedy|taken")
def greedy_with_a_set(counts):
    free = list(range(len(counts)))
    order = []
    for k in range(len(counts)):
        best = free[0]
        for i in free:
            if counts[i][k] > counts[best][k]:
                best = i
        order.append(best)
        free.remove(best)
    return np.array(order)


@wrong("class_order", r"share|divided|normal")
def confusion_matrix_normalised(counts):
    rates = counts / counts.sum(axis=1, keepdims=True).clip(1)
    return linear_sum_assignment(1 - rates.T)[1]


@wrong("class_order", r"keeps|twice|occurs once|each class|left")
def duplicates_get_the_rest(counts):
    best = counts.argmax(axis=0)
    strength = counts.max(axis=0)
    order = np.full(len(counts), -1)
    for i in range(len(counts)):
        takers = np.flatnonzero(best == i)
        if len(takers):
            order[takers[strength[takers].argmax()]] = i
    rest = [i for i in range(len(counts)) if i not in order]
    order[order < 0] = rest
    return order


@wrong("class_order", r"two|exchange|neighbour|round|swap")
def bubble_once(counts):
    order = np.arange(len(counts))
    for k in range(len(order) - 1):
        now = counts[order[k], k] + counts[order[k + 1], k + 1]
        then = counts[order[k + 1], k] + counts[order[k], k + 1]
        if then > now:
            order[k], order[k + 1] = order[k + 1], order[k]
    return order


@wrong("deletion_curve", r"left over|same number|all pixels|steps")
def same_number_each_step(predict, images, maps, class_index, steps, fill):
    per = maps[0].size // steps
    x = images.copy()
    flat = x.reshape(len(x), -1, x.shape[-1])
    order = np.argsort(maps.reshape(len(maps), -1), axis=1)[:, ::-1]
    curve = [predict(x)[:, class_index]]
    for k in range(steps):
        for i in range(len(x)):
            flat[i, order[i, k * per : (k + 1) * per]] = fill
        curve.append(predict(x)[:, class_index])
    return np.stack(curve, axis=1)


@wrong("deletion_curve", r"own pixels|stay deleted|alone|each step")
def fresh_copy_every_time(predict, images, maps, class_index, steps, fill):
    r, n = ranks_in_maps(maps), maps[0].size
    curve = [predict(images)[:, class_index]]
    for k in range(1, steps + 1):
        x = images.copy()
        x[(r >= n * (k - 1) // steps) & (r < n * k // steps)] = fill
        curve.append(predict(x)[:, class_index])
    return np.stack(curve, axis=1)


@wrong("deletion_curve", r"chunk|parts?|larger|split")
def array_split_parts(predict, images, maps, class_index, steps, fill):
    out = []
    for image, m in zip(images, maps, strict=True):
        x = image.copy()
        probs = [predict(x[None])[0, class_index]]
        for part in np.array_split(np.argsort(-m, axis=None), steps):
            x.reshape(-1, x.shape[-1])[part] = fill
            probs.append(predict(x[None])[0, class_index])
        out.append(probs)
    return np.array(out)


@wrong("deletion_curve", r"image.*class|most probable|class_index")
def follows_the_prediction(predict, images, maps, class_index, steps, fill):
    r, n = ranks_in_maps(maps), maps[0].size
    c = predict(images).argmax(axis=1)
    curve = [
        predict(np.where((r < n * k // steps)[..., None], fill, images))[np.arange(len(images)), c]
        for k in range(steps + 1)
    ]
    return np.stack(curve, axis=1)


@wrong("deletion_curve", r"range|value|threshold|number of pixels")
def thresholds_from_linspace(predict, images, maps, class_index, steps, fill):
    curve = []
    for k in range(steps + 1):
        limit = maps.max(axis=(1, 2)) + k / steps * (maps.min(axis=(1, 2)) - maps.max(axis=(1, 2)))
        gone = maps > limit[:, None, None]
        curve.append(predict(np.where(gone[..., None], np.float32(fill), images))[:, class_index])
    return np.stack(curve, axis=1)
