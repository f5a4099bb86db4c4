"""Wrong answers to the exercises of notebook 10."""

import numpy as np

from helpers.checks.misconceptions.registry import NOTEBOOKS, misconception


def kind_of(head, page=None, pointer=None, rest="unknown"):
    """What a file is, where nothing is wrong but what is given."""
    text = head.strip().lower()
    if head.startswith(b"PK\x03\x04"):
        return "zip"
    if head.startswith(b"\x89HDF\r\n\x1a\n"):
        return "hdf5"
    if head.startswith(b"version https://git-lfs") if pointer is None else pointer:
        return "lfs pointer"
    if text.startswith((b"<!doctype html", b"<html")) if page is None else page:
        return "html"
    return "json" if text.startswith(b"{") else rest


@misconception("file_kind", "A signature counts only where the file starts. Text may mention a signature anywhere, so `in` is not enough.", origin=NOTEBOOKS)  # fmt: skip
def signature_anywhere(head):
    for signature, kind in [
        (b"PK\x03\x04", "zip"),
        (b"\x89HDF", "hdf5"),
        (b"git-lfs", "lfs pointer"),
        (b"<html", "html"),
        (b"<!doctype html", "html"),
        (b"{", "json"),
    ]:
        if signature in head.lower() or signature in head:
            return kind
    return "unknown"


@misconception("file_kind", "Every file is called “unknown”. Bytes start with bytes only, and a text never equals bytes. The text that `str` makes of bytes starts with the letter b and a quotation mark.")  # fmt: skip
def written_as_text(head):
    text = str(head)
    for signature, kind in [("PK", "zip"), ("version https", "lfs pointer"), ("<", "html")]:
        if text.startswith(signature):
            return kind
    return "json" if text.lstrip().startswith("{") else "unknown"


@misconception("file_kind", "HTML may be written in capitals and in small letters. Compare `head.lower()`.", kind_of)  # fmt: skip
def html_in_one_case(head):
    return kind_of(head, page=head.lstrip().startswith((b"<!DOCTYPE html", b"<html")))


@misconception("file_kind", "White space may stand before a page or a JSON text. Strip white space from the left.", kind_of)  # fmt: skip
def white_space_in_the_way(head):
    kind = kind_of(head)
    return "unknown" if kind in ("html", "json") and head[:1].isspace() else kind


@misconception("file_kind", "A page need not start with a doctype. Many start with <html.", kind_of)
def doctype_alone(head):
    return kind_of(head, page=head.lstrip().lower().startswith(b"<!doctype html"))


@misconception("file_kind", "A page may start with its doctype, before <html.", kind_of)
def html_tag_alone(head):
    return kind_of(head, page=head.lstrip().lower().startswith(b"<html"))


@misconception("file_kind", "Not all that starts with < is a web page. XML and SVG start with <, too.", kind_of)  # fmt: skip
def every_tag_is_html(head):
    return kind_of(head, page=head.lstrip().startswith(b"<"))


@misconception("file_kind", "HDF5's signature has a byte before the letters. It is \\x89HDF and four more bytes.", kind_of)  # fmt: skip
def hdf_without_its_first_byte(head):
    kind = kind_of(head)
    return "hdf5" if head.startswith(b"HDF") else "unknown" if kind == "hdf5" else kind


@misconception("file_kind", "This never matches \\x89, for the first byte of HDF5's signature stands for no letter. Compare bytes, not a decoded text.", kind_of, origin=NOTEBOOKS)  # fmt: skip
def decoded_with_bytes_dropped(head):
    text = head.decode("ascii", "ignore")
    kind = kind_of(text.encode())
    return "unknown" if head.startswith(b"\x89HDF") else kind


@misconception("file_kind", "Binary files are no text, and `decode` fails. Compare bytes with bytes.", kind_of, origin=NOTEBOOKS)  # fmt: skip
def decoded_as_text(head):
    return kind_of(head.decode("utf-8").encode())


@misconception("file_kind", "`head[0]` is a number and never equal to '{'. Compare slices, or use `startswith`.", kind_of, origin=NOTEBOOKS)  # fmt: skip
def first_byte_as_a_letter(head):
    kind = kind_of(head)
    return "json" if len(head) and head[0] == "{" else "unknown" if kind == "json" else kind


@misconception("file_kind", "PK alone may start any text. The signature of a ZIP file is PK\\x03\\x04.", kind_of)  # fmt: skip
def two_letters_are_a_zip(head):
    return "zip" if head.startswith(b"PK") else kind_of(head)


@misconception("file_kind", "Many texts start with “version”, but a pointer starts with “version https://git-lfs”.", kind_of)  # fmt: skip
def every_version_is_a_pointer(head):
    return kind_of(head, pointer=head.startswith(b"version"))


@misconception("file_kind", "Only a page and JSON may follow white space: compare the other signatures with `head` itself.", kind_of)  # fmt: skip
def stripped_everywhere(head):
    return kind_of(head.strip())


@misconception("file_kind", "Small letters and capitals are the same for a page only. Only a page and JSON may follow white space.", kind_of)  # fmt: skip
def stripped_and_lowered_everywhere(head):
    text = head.lstrip().lower()
    if text.startswith(b"pk\x03\x04"):
        return "zip"
    if text.startswith(b"\x89hdf\r\n\x1a\n"):
        return "hdf5"
    return kind_of(text)


@misconception("file_kind", "A signature is all of its bytes. The first three or four may start something else.", kind_of)  # fmt: skip
def signatures_cut_short(head):
    if head.startswith(b"PK\x03"):
        return "zip"
    if head.startswith(b"\x89HDF"):
        return "hdf5"
    page = head.lstrip().lower().startswith((b"<!doctype", b"<html"))
    return kind_of(head, page=page, pointer=head.startswith(b"version https"))


@misconception("file_kind", "HDF5's signature has four more bytes after \\x89HDF. Compare all eight.", kind_of)  # fmt: skip
def half_of_the_hdf_signature(head):
    return "hdf5" if head.startswith(b"\x89HDF") else kind_of(head)


@misconception("file_kind", "Other documents have a doctype, too. A page starts with <!doctype html.", kind_of)  # fmt: skip
def every_doctype_is_html(head):
    return kind_of(head, page=head.lstrip().lower().startswith((b"<!doctype", b"<html")))


@misconception("file_kind", "What matches nothing is “unknown”, not JSON.", kind_of)
def all_else_is_json(head):
    return kind_of(head, rest="json")


@misconception("file_kind", "What matches nothing is “unknown”, not HDF5. Else a web page is opened by h5py.", kind_of)  # fmt: skip
def all_else_is_hdf5(head):
    return kind_of(head, rest="hdf5")


@misconception("file_kind", "A list is JSON, but no architecture. The exercise calls only what starts with { “json”.", kind_of)  # fmt: skip
def lists_are_json(head):
    return "json" if head.lstrip().startswith(b"[") else kind_of(head)


@misconception("file_kind", "Return the names of the exercise. “zip”, not “keras”, for a file may be any archive.", kind_of)  # fmt: skip
def zip_called_keras(head):
    kind = kind_of(head)
    return "keras" if kind == "zip" else kind


def walk(saved, kinds, deeper=True, join="{}/{}"):
    """The names of the layers of these kinds, in order."""
    names = []
    for layer in saved["config"]["layers"]:
        name = layer["config"]["name"]
        if layer["class_name"] in kinds:
            names.append(name)
        if deeper and "layers" in layer["config"]:
            names += [join.format(name, inner) for inner in walk(layer, kinds, join=join)]
    return names


@misconception("conv_names", "Models among the layers are left out. A layer that has layers of its own is a model. Look into such models, too.", walk, origin=NOTEBOOKS)  # fmt: skip
def models_inside_passed_over(saved, kinds):
    return walk(saved, kinds, deeper=False)


@misconception("conv_names", "A layer inside a model is named after it as well: backbone/conv.", walk)  # fmt: skip
def names_without_their_model(saved, kinds):
    return [name.split("/")[-1] for name in walk(saved, kinds)]


@misconception("conv_names", "Only the innermost model is in the name. Each level adds its own name, outer/inner/conv.", walk)  # fmt: skip
def innermost_model_alone(saved, kinds):
    return ["/".join(name.split("/")[-2:]) for name in walk(saved, kinds)]


@misconception("conv_names", "Only the outermost model is in the name. Each level adds its own name, outer/inner/conv.", walk)  # fmt: skip
def outermost_model_alone(saved, kinds):
    return ["/".join({parts[0]: 0, parts[-1]: 0}) for parts in (n.split("/") for n in walk(saved, kinds))]  # fmt: skip


@misconception("conv_names", "The name of the whole model does not belong in front.", walk)
def whole_model_in_the_name(saved, kinds):
    return [f"{saved['config']['name']}/{name}" for name in walk(saved, kinds)]


@misconception("conv_names", "The parts are joined with a slash, not with a dot.", walk)
def joined_with_a_dot(saved, kinds):
    return walk(saved, kinds, join="{}.{}")


@misconception("conv_names", "This goes one level down only: the function must call itself.", walk)
def one_level_down(saved, kinds):
    return [name for name in walk(saved, kinds) if name.count("/") < 2]


@misconception(
    "conv_names", "The names that the function finds inside are lost. Add them to the names."
)
def inner_names_thrown_away(saved, kinds):
    names = []
    for layer in saved["config"]["layers"]:
        if "layers" in layer["config"]:
            inner_names_thrown_away(layer, kinds)
            names.append(layer["config"]["name"])
        elif layer["class_name"] in kinds:
            names.append(layer["config"]["name"])
    return names


def _layers_of(saved):
    for layer in saved["config"].get("layers", ()):
        yield layer
        yield from _layers_of(layer)


@misconception("conv_names", "A name says nothing about a layer. A pooling may be called conv_pool, and a convolution may be called coral. Look at class_name.", walk, _layers_of, origin=NOTEBOOKS)  # fmt: skip
def by_the_name(saved, kinds):
    every = {layer["class_name"] for layer in _layers_of(saved)}
    return [name for name in walk(saved, every) if "conv" in name.split("/")[-1]]


@misconception("conv_names", "Not each class with Conv in its name is among `kinds`. ConvLSTM2D and Conv1D are not among them.", walk, _layers_of, origin=NOTEBOOKS)  # fmt: skip
def by_conv_in_the_class(saved, kinds):
    every = {layer["class_name"] for layer in _layers_of(saved)}
    return walk(saved, [name for name in every if "Conv" in name])


@misconception("conv_names", "Only Conv2D is found: DepthwiseConv2D, SeparableConv2D and Conv2DTranspose convolve, too.", walk, origin=NOTEBOOKS)  # fmt: skip
def conv2d_alone(saved, kinds):
    return walk(saved, ("Conv2D",))


@misconception("conv_names", "SeparableConv2D and DepthwiseConv2D do not start with Conv. Compare with `kinds`.", walk)  # fmt: skip
def by_the_start_of_the_class(saved, kinds):
    return walk(saved, [kind for kind in kinds if kind.startswith("Conv")])


@misconception("conv_names", "A class counts if it is one of `kinds`, not if its name contains one of them. SeparableConv2D does not count where `kinds` is Conv2D alone.", walk, _layers_of)  # fmt: skip
def a_kind_in_the_class(saved, kinds):
    every = {layer["class_name"] for layer in _layers_of(saved)}
    return walk(saved, [name for name in every if any(kind in name for kind in kinds)])


@misconception("conv_names", "A class counts if it is one of `kinds`, not if its name is part of one of them. Conv is part of Conv2D.", walk)  # fmt: skip
def the_class_in_a_kind(saved, kinds):
    return walk(saved, " ".join(kinds))


@misconception("conv_names", "`kinds` is not used, but it says which classes count. These classes are not always the same.", walk)  # fmt: skip
def kinds_not_used(saved, kinds):
    return walk(saved, ("Conv2D", "SeparableConv2D", "DepthwiseConv2D", "Conv2DTranspose"))


@misconception("conv_names", "Inside a model other kinds are looked for. Pass `kinds` on.", walk)
def kinds_not_passed_on(saved, kinds):
    every, names = ("Conv2D", "SeparableConv2D", "DepthwiseConv2D", "Conv2DTranspose"), []
    for layer in saved["config"]["layers"]:
        name = layer["config"]["name"]
        if layer["class_name"] in kinds:
            names.append(name)
        if "layers" in layer["config"]:
            names += [f"{name}/{inner}" for inner in walk(layer, every)]
    return names


@misconception("conv_names", "A model's class may have any name: what has \"layers\" in its config is a model.")  # fmt: skip
def models_known_by_their_class(saved, kinds):
    names = []
    for layer in saved["config"]["layers"]:
        name = layer["config"]["name"]
        if layer["class_name"] in kinds:
            names.append(name)
        if layer["class_name"] in ("Sequential", "Functional"):
            names += [f"{name}/{inner}" for inner in models_known_by_their_class(layer, kinds)]
    return names


@misconception("conv_names", "What a layer holds under \"layer\" is listed as well: a model's own layers are those in \"layers\".")  # fmt: skip
def wrapped_layers_too(saved, kinds):
    names = []
    for layer in saved["config"]["layers"]:
        config = layer["config"]
        if layer["class_name"] in kinds:
            names.append(config["name"])
        inside = config.get("layers", [config["layer"]] if "layer" in config else [])
        found = wrapped_layers_too({"config": {"layers": inside}}, kinds)
        names += [f"{config['name']}/{inner}" for inner in found]
    return names


@misconception("conv_names", "Only one way through the network is followed, and a network may branch: \"layers\" lists the layers of all ways.", walk)  # fmt: skip
def one_way_of_two(saved, kinds):
    layers = {layer["config"]["name"]: layer for layer in saved["config"]["layers"]}
    seen, name = set(), list(layers)[-1]
    while name:
        seen.add(name)
        nodes = layers[name].get("inbound_nodes")
        tensors = nodes[0]["args"] if nodes else []
        while isinstance(tensors, list) and tensors:
            tensors = tensors[0]
        name = tensors["config"]["keras_history"][0] if tensors else None
    if len(seen) == 1:  # a sequential model
        seen = set(layers)
    return [found for found in walk(saved, kinds) if found.split("/")[0] in seen]


@misconception(
    "conv_names", "The names are sorted. Leave the names in the order of the layers.", walk
)
def sorted_by_name(saved, kinds):
    return sorted(walk(saved, kinds))


@misconception("conv_names", "A model's own convolutions come where the model stands, not behind all others.", walk)  # fmt: skip
def inner_names_last(saved, kinds):
    return sorted(walk(saved, kinds), key=lambda name: name.count("/"))


@misconception("conv_names", "A layer's name lies in its config: only functional models repeat it outside.")  # fmt: skip
def name_outside_the_config(saved, kinds):
    return [layer["name"] for layer in saved["config"]["layers"] if layer["class_name"] in kinds]


@misconception("conv_names", "All layers are listed: take those whose class_name is in `kinds`.", walk, _layers_of)  # fmt: skip
def every_layer(saved, kinds):
    return walk(saved, {layer["class_name"] for layer in _layers_of(saved)})


def prepared(
    pictures, size, low, high, weights=(0.299, 0.587, 0.114), shrink=np.mean, corner=False
):
    """Grey, cut, shrunk and scaled."""
    n, height, width, _ = pictures.shape
    block = min(height, width) // size
    side = size * block
    top, left = (0, 0) if corner else ((height - side) // 2, (width - side) // 2)
    grey = pictures[:, top : top + side, left : left + side].astype(float) @ np.array(weights)
    blocks = grey.reshape(n, size, block, size, block)
    return (low + shrink(blocks, axis=(2, 4)) / 255 * (high - low))[..., None]


@misconception("preprocess", "Grey is no plain mean of the channels, for the eye sees green brightest. The weights are 0.299, 0.587, 0.114.", prepared, origin=NOTEBOOKS)  # fmt: skip
def plain_mean_of_channels(pictures, size, low, high):
    return prepared(pictures, size, low, high, weights=(1 / 3, 1 / 3, 1 / 3))


@misconception("preprocess", "Red and blue are swapped. These pictures are RGB, and only OpenCV reads BGR.", prepared, origin=NOTEBOOKS)  # fmt: skip
def weights_for_bgr(pictures, size, low, high):
    return prepared(pictures, size, low, high, weights=(0.114, 0.587, 0.299))


@misconception("preprocess", "One channel is no grey picture. In the red channel red things are bright and blue things black.", prepared)  # fmt: skip
def first_channel_only(pictures, size, low, high):
    return prepared(pictures, size, low, high, weights=(1, 0, 0))


@misconception("preprocess", "These are the weights of HDTV. The exercise asks for ITU-R 601: 0.299, 0.587, 0.114.", prepared)  # fmt: skip
def weights_of_hdtv(pictures, size, low, high):
    return prepared(pictures, size, low, high, weights=(0.2126, 0.7152, 0.0722))


@misconception("preprocess", "The corner is cut out, not the middle.", prepared, origin=NOTEBOOKS)
def upper_left_corner(pictures, size, low, high):
    return prepared(pictures, size, low, high, corner=True)


@misconception("preprocess", "Only every k-th pixel is taken. Take the mean of each block.", prepared, origin=NOTEBOOKS)  # fmt: skip
def every_kth_pixel(pictures, size, low, high):
    return prepared(pictures, size, low, high, shrink=lambda blocks, axis: blocks[:, :, 0, :, 0])


@misconception("preprocess", "The brightest pixel of each block is taken, as in a pooling. Take the mean.", prepared)  # fmt: skip
def brightest_of_the_block(pictures, size, low, high):
    return prepared(pictures, size, low, high, shrink=np.max)


@misconception("preprocess", "Nothing is cut: the picture is squeezed into the square, which changes its proportions.", prepared, origin=NOTEBOOKS, typical=True)  # fmt: skip
def squeezed(pictures, size, low, high):
    rows, columns = (np.arange(size) * length // size for length in pictures.shape[1:3])
    return prepared(pictures[:, rows][:, :, columns], size, low, high)


@misconception("preprocess", "The middle is cut out in its full resolution, never shrunk: only size × size pixels of it are left.", prepared)  # fmt: skip
def cut_but_not_shrunk(pictures, size, low, high):
    top, left = ((length - size) // 2 for length in pictures.shape[1:3])
    return prepared(pictures[:, top : top + size, left : left + size], size, low, high)


@misconception("preprocess", "The bytes were never scaled: 0..255 arrives where the model expects its own range.", prepared, origin=NOTEBOOKS)  # fmt: skip
def bytes_left_as_they_are(pictures, size, low, high):
    return prepared(pictures, size, 0, 255)


@misconception("preprocess", "The range is always 0..1. Use `low` and `high`.", prepared, origin=NOTEBOOKS)  # fmt: skip
def always_0_to_1(pictures, size, low, high):
    return prepared(pictures, size, 0, 1)


@misconception("preprocess", "`low` is left out. Black must become `low`, white `high`.", prepared)
def low_left_out(pictures, size, low, high):
    return prepared(pictures, size, 0, high)


@misconception("preprocess", "From `low` the scale must reach `high`. Multiply by (high − low), not by high.", prepared)  # fmt: skip
def shifted_but_not_stretched(pictures, size, low, high):
    return prepared(pictures, size, 0, high) + low


@misconception("preprocess", "The picture is clipped from `low` to `high`. Where black becomes the larger value, this makes everything `high`. Leave out the clipping.", prepared)  # fmt: skip
def clipped_to_the_range(pictures, size, low, high):
    return np.clip(prepared(pictures, size, low, high), low, high)


@misconception("preprocess", "The pictures are divided by 255 twice, and so they are almost black.", prepared, origin=NOTEBOOKS)  # fmt: skip
def divided_twice(pictures, size, low, high):
    return low + (prepared(pictures, size, low, high) - low) / 255


@misconception("preprocess", "Each picture is stretched to its own darkest and brightest pixel. Black is 0, white is 255.", prepared, origin=NOTEBOOKS)  # fmt: skip
def stretched_to_its_own_range(pictures, size, low, high):
    small = prepared(pictures, size, 0, 1)
    darkest, brightest = (f(small, axis=(1, 2, 3), keepdims=True) for f in (np.min, np.max))
    return low + (small - darkest) / (brightest - darkest) * (high - low)


@misconception("preprocess", "The grey values are rounded to bytes before they are averaged or scaled.", prepared)  # fmt: skip
def rounded_to_bytes(pictures, size, low, high):
    grey = (pictures @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)
    return prepared(np.repeat(grey[..., None], 3, axis=-1), size, low, high)


@misconception("preprocess", "A convolution needs a channel axis, even of length 1. Return (N, size, size, 1).", prepared, origin=NOTEBOOKS)  # fmt: skip
def channel_axis_missing(pictures, size, low, high):
    return prepared(pictures, size, low, high)[..., 0]


@misconception("preprocess", "Three channels are left. The model takes grey pictures, one channel.", prepared)  # fmt: skip
def channels_kept(pictures, size, low, high):
    return np.repeat(prepared(pictures, size, low, high), 3, axis=-1)


@misconception("preprocess", "The pictures are transposed. Rows come before columns.", prepared)
def pictures_transposed(pictures, size, low, high):
    return prepared(pictures, size, low, high).transpose(0, 2, 1, 3)


def assigned(counts):
    """The best class for each output, each class once."""
    from scipy.optimize import linear_sum_assignment

    return linear_sum_assignment(counts.T, maximize=True)[1]


@misconception("class_order", "This is the inverse, the output of each class. The class of each output is asked for.", assigned, origin=NOTEBOOKS, typical=True)  # fmt: skip
def output_of_each_class(counts):
    return assigned(counts).argsort()


@misconception("class_order", "Each column's largest count may lie in one row for two outputs: each class occurs once.", origin=NOTEBOOKS)  # fmt: skip
def largest_of_each_column(counts):
    return counts.argmax(axis=0)


@misconception("class_order", "Each row's largest count says where a class goes, not what an output means. One output may be named twice.", origin=NOTEBOOKS)  # fmt: skip
def largest_of_each_row(counts):
    return counts.argmax(axis=1)


@misconception("class_order", "Always taking the largest count that is left is greedy: an early choice can cost more than it brings.")  # fmt: skip
def greedy_by_count(counts):
    left, order = counts.astype(float), np.zeros(len(counts), int)
    for _ in order:
        row, column = np.unravel_index(left.argmax(), left.shape)
        order[column] = row
        left[row], left[:, column] = -1, -1
    return order


@misconception("class_order", "One output after the other takes the best class that is left. The first outputs may take a class that a later one needs more.")  # fmt: skip
def output_after_output(counts):
    left, order = counts.astype(float), []
    for column in range(len(counts)):
        order.append(int(left[:, column].argmax()))
        left[order[-1]] = -1
    return np.array(order)


@misconception("class_order", "`linear_sum_assignment` minimises unless you pass `maximize=True`.")
def least_for_most(counts):
    from scipy.optimize import linear_sum_assignment

    return linear_sum_assignment(counts.T)[1]


@misconception("class_order", "Shares of each class count a rare class as much as a frequent one. The order is asked for in which most images are right.", assigned)  # fmt: skip
def shares_of_each_class(counts):
    return assigned(counts / counts.sum(axis=1, keepdims=True))


@misconception("class_order", "Shares of each output count a rarely given answer as much as a frequent one. Count images.", assigned)  # fmt: skip
def shares_of_each_output(counts):
    return assigned(counts / counts.sum(axis=0, keepdims=True))


@misconception("class_order", "The order is taken as it is: class k for output k.")
def order_as_it_is(counts):
    return np.arange(len(counts))


@misconception("class_order", "The outputs are ordered by how often they are given, which says nothing about what they mean.")  # fmt: skip
def by_frequency(counts):
    return np.argsort(-counts.sum(axis=0))


@misconception("class_order", "Only shifts by a constant are tried. An order can be any permutation.")  # fmt: skip
def shifts_only(counts):
    outputs = np.arange(len(counts))
    orders = [(outputs + shift) % len(counts) for shift in outputs]
    return max(orders, key=lambda order: counts[order, outputs].sum())


@misconception("class_order", "Only one exchange of two classes is tried. An order can be any permutation.")  # fmt: skip
def one_exchange(counts):
    outputs, orders = np.arange(len(counts)), []
    for i in outputs:
        for j in outputs:
            order = outputs.copy()
            order[[i, j]] = j, i
            orders.append(order)
    return max(orders, key=lambda order: counts[order, outputs].sum())


@misconception("class_order", "Classes are counted from 0, not from 1.", assigned)
def counted_from_1(counts):
    return assigned(counts) + 1


@misconception("class_order", "This is the share of images that the best order gets right. Return the order.", assigned)  # fmt: skip
def share_for_order(counts):
    return counts[assigned(counts), range(len(counts))].sum() / counts.sum()


def curve_of(predict, images, order, class_index, steps, fill, cumulative=True, start=0):
    """The probability with ever more of the pixels, in `order` (N, H * W), painted over."""
    pixels, shown = order.shape[1], []
    for step in range(start, steps + 1):
        first = 0 if cumulative else pixels * max(step - 1, 0) // steps
        deleted = images.copy().reshape(len(images), pixels, -1)
        for image, places in enumerate(order[:, first : pixels * step // steps]):
            deleted[image, places] = fill
        shown.append(deleted.reshape(images.shape))
    answers = predict(np.concatenate(shown))[:, class_index]
    return answers.reshape(len(shown), len(images)).T


def most_first(maps):
    return np.argsort(-maps.reshape(len(maps), -1), axis=1)


@misconception("deletion_curve", "The least important pixels go first: sort from the largest value down.", curve_of, origin=NOTEBOOKS)  # fmt: skip
def least_important_first(predict, images, maps, class_index, steps, fill):
    order = np.argsort(maps.reshape(len(maps), -1), axis=1)
    return curve_of(predict, images, order, class_index, steps, fill)


@misconception("deletion_curve", "The absolute value turns evidence against the class into evidence for it: sort by the value.", curve_of, most_first)  # fmt: skip
def sorted_by_size(predict, images, maps, class_index, steps, fill):
    return curve_of(predict, images, most_first(np.abs(maps)), class_index, steps, fill)


@misconception("deletion_curve", "`argsort` gives places in the order of their values, not the rank of each place.", curve_of, most_first, origin=NOTEBOOKS)  # fmt: skip
def places_taken_for_ranks(predict, images, maps, class_index, steps, fill):
    order = np.argsort(most_first(maps), axis=1)
    return curve_of(predict, images, order, class_index, steps, fill)


@misconception("deletion_curve", "A class of 0 was taken for none. `if class_index` and `class_index or …` are false for 0. Compare with `None`.", curve_of, most_first)  # fmt: skip
def no_class_of_0(predict, images, maps, class_index, steps, fill):
    class_index = class_index or int(predict(images)[0].argmax())
    return curve_of(predict, images, most_first(maps), class_index, steps, fill)


@misconception("deletion_curve", "Only pixels above 0 are deleted one after the other: sort all of them, for a map may be negative everywhere.", curve_of)  # fmt: skip
def positive_pixels_first(predict, images, maps, class_index, steps, fill):
    rectified = np.maximum(maps.reshape(len(maps), -1), 0)
    order = np.argsort(-rectified, axis=1, kind="stable")
    return curve_of(predict, images, order, class_index, steps, fill)


@misconception("deletion_curve", "Each step deletes only its own pixels. Deleted pixels should stay deleted.", curve_of, most_first)  # fmt: skip
def each_step_alone(predict, images, maps, class_index, steps, fill):
    order = most_first(maps)
    return curve_of(predict, images, order, class_index, steps, fill, cumulative=False)


@misconception("deletion_curve", "All images lose the pixels of the first one's map, but each image has its own order.", curve_of, most_first)  # fmt: skip
def order_of_the_first_map(predict, images, maps, class_index, steps, fill):
    order = np.repeat(most_first(maps)[:1], len(maps), axis=0)
    return curve_of(predict, images, order, class_index, steps, fill)


@misconception("deletion_curve", "The pixels of all images are sorted together: sort each map by itself.", curve_of)  # fmt: skip
def sorted_over_all_images(predict, images, maps, class_index, steps, fill):
    curve, least = [], np.sort(maps.ravel())[::-1]
    for step in range(steps + 1):
        mask = np.isin(maps, least[: maps.size * step // steps])
        curve.append(predict(np.where(mask[..., None], fill, images))[:, class_index])
    return np.stack(curve, axis=1)


@misconception("deletion_curve", "The curve starts with the whole image. Step 0 is missing.", curve_of, most_first, origin=NOTEBOOKS)  # fmt: skip
def start_missing(predict, images, maps, class_index, steps, fill):
    return curve_of(predict, images, most_first(maps), class_index, steps, fill, start=1)


@misconception("deletion_curve", "The curve ends when every pixel is gone. The last step is missing.", curve_of, most_first, origin=NOTEBOOKS)  # fmt: skip
def end_missing(predict, images, maps, class_index, steps, fill):
    return curve_of(predict, images, most_first(maps), class_index, steps, fill)[:, :-1]


@misconception("deletion_curve", "`fill` is ignored. The pixels are painted black.", curve_of, most_first)  # fmt: skip
def painted_black(predict, images, maps, class_index, steps, fill):
    return curve_of(predict, images, most_first(maps), class_index, steps, 0)


@misconception("deletion_curve", "The pixels are multiplied by `fill`, not replaced by it.", most_first)  # fmt: skip
def multiplied_by_fill(predict, images, maps, class_index, steps, fill):
    rank, curve = np.argsort(most_first(maps), axis=1).reshape(maps.shape), []
    for step in range(steps + 1):
        mask = (rank < maps[0].size * step // steps)[..., None]
        curve.append(predict(np.where(mask, images * fill, images))[:, class_index])
    return np.stack(curve, axis=1)


@misconception("deletion_curve", "This is insertion: it starts from `fill` and puts the pixels back.", curve_of)  # fmt: skip
def insertion_for_deletion(predict, images, maps, class_index, steps, fill):
    order = np.argsort(maps.reshape(len(maps), -1), axis=1)
    return curve_of(predict, images, order, class_index, steps, fill)[:, ::-1]


@misconception("deletion_curve", "The class you were given is ignored: this follows each image's most probable one.", curve_of, most_first, origin=NOTEBOOKS)  # fmt: skip
def own_class_of_each_image(predict, images, maps, class_index, steps, fill):
    order, curves = most_first(maps), []
    for i, c in enumerate(predict(images).argmax(axis=1)):
        curves.append(curve_of(predict, images[i : i + 1], order[i : i + 1], c, steps, fill)[0])
    return np.stack(curves)


@misconception("deletion_curve", "The class is chosen anew at each step. Follow the one you were given.", curve_of, most_first)  # fmt: skip
def highest_probability(predict, images, maps, class_index, steps, fill):
    def top(batch):
        return predict(batch).max(axis=1, keepdims=True)

    return curve_of(top, images, most_first(maps), 0, steps, fill)


@misconception("deletion_curve", "These are drops. The curve shows the probability itself.", curve_of, most_first)  # fmt: skip
def drops_for_probabilities(predict, images, maps, class_index, steps, fill):
    curve = curve_of(predict, images, most_first(maps), class_index, steps, fill)
    return curve[:, :1] - curve


@misconception("deletion_curve", "The curves are divided by their start: the probability itself is asked for.", curve_of, most_first)  # fmt: skip
def shares_of_the_start(predict, images, maps, class_index, steps, fill):
    curve = curve_of(predict, images, most_first(maps), class_index, steps, fill)
    return curve / curve[:, :1]


@misconception("deletion_curve", "Only the first channel of a pixel is deleted: its colour stays.", most_first)  # fmt: skip
def first_channel_deleted(predict, images, maps, class_index, steps, fill):
    rank, curve = np.argsort(most_first(maps), axis=1).reshape(maps.shape), []
    for step in range(steps + 1):
        deleted = images.copy()
        deleted[..., 0][rank < maps[0].size * step // steps] = fill
        curve.append(predict(deleted)[:, class_index])
    return np.stack(curve, axis=1)


@misconception("deletion_curve", "The same number of pixels at each step leaves some over. At step s, pixels * s // steps are gone.", most_first, typical=True)  # fmt: skip
def some_pixels_left_over(predict, images, maps, class_index, steps, fill):
    rank, curve = np.argsort(most_first(maps), axis=1).reshape(maps.shape), []
    for step in range(steps + 1):
        mask = (rank < maps[0].size // steps * step)[..., None]
        curve.append(predict(np.where(mask, fill, images))[:, class_index])
    return np.stack(curve, axis=1)


@misconception("deletion_curve", "The curves are transposed. They should have a row per image and a column per step.", curve_of, most_first)  # fmt: skip
def curves_transposed(predict, images, maps, class_index, steps, fill):
    return curve_of(predict, images, most_first(maps), class_index, steps, fill).T


@misconception("deletion_curve", "The curves of all images are averaged: return one for each.", curve_of, most_first)  # fmt: skip
def mean_curve(predict, images, maps, class_index, steps, fill):
    return curve_of(predict, images, most_first(maps), class_index, steps, fill).mean(axis=0)
