# %% [markdown]
# # 06 · Cover a part and see what changes
#
# **You will** slide a patch over an image, watch the network's answer drop, and turn the drops into
# a map of what matters. You will also see how much such a map owes to your own choices: the size
# of the patch, the paint, the number you follow. At the end the network is one for photographs.
#
# **Time:** about 120 minutes. **You need:** notebooks 01 and 05.
#
# Five exercises are graded by checks, two questions by a person. Hidden checks with other data run
# when your notebook is graded.

# %%
from dataclasses import dataclass
from functools import partial
from os import environ
from pathlib import Path
from time import perf_counter

from helpers import checks, datasets, explorers, models, plots
from helpers.methods.activations import layer_activations, score_values
from helpers.methods.cam import grad_cam
from helpers.methods.occlusion import centre_and_corners, cover, occlusion_map
from helpers.scores import FilterScore, Score

import keras
import numpy as np
from skimage.filters import gaussian
from skimage.transform import resize

# %%
data = datasets.load("default")
model, _ = models.trained("course_cnn", data)
images, labels, names = data.test.images, data.test.labels, data.class_names
predict = partial(models.predict, model)  # images (N, H, W, C) -> probabilities (N, classes)
probabilities = predict(images)

# %% [markdown]
# Our examples are ten test images, one of each digit, that the network classifies rightly.

# %%
right = np.flatnonzero(probabilities.argmax(axis=1) == labels)
chosen = np.array([right[labels[right] == c][1] for c in range(10)])
examples = images[chosen]
titles = [
    f"{name}: {p:.2%}" for name, p in zip(names, probabilities[chosen].max(axis=1), strict=True)
]
plots.images(examples, titles, columns=5, title="What the network says, and how surely")

# %% [markdown]
# ## 1 · Cover something
#
# Gradients tell what an infinitely small change of the input would do. Occlusion asks a question
# that anybody understands: *what happens if this part of the image is not there?* It needs no
# layers and no gradients, only a function that predicts, so it works on any classifier at all. Zeiler
# and Fergus showed such maps in 2014.
#
# ### Exercise 1 · One patch
#
# *Easy, 10 minutes, 3 points.*


# %% nbgrader={"grade_id": "cover_patch", "solution": true}
def cover_patch(
    images: np.ndarray, row: int, column: int, patch: tuple[int, int], fill: float
) -> np.ndarray:
    """Cover the same rectangle of every image.

    images: (N, H, W, C) float; they must stay as they are
    row, column: the upper left corner of the rectangle
    patch: (height, width) of the rectangle
    fill: the value that all its pixels get, in all channels
    returns: (N, H, W, C), covered copies
    """
    ### BEGIN SOLUTION
    covered = images.copy()
    covered[:, row : row + patch[0], column : column + patch[1]] = fill
    return covered
    ### END SOLUTION


# %% nbgrader={"grade_id": "cover_patch_check", "grade": true}
checks.cover_patch(cover_patch)  # at grading, hidden checks use other images
### BEGIN HIDDEN TESTS
checks.cover_patch(cover_patch, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# <code>images[:, 2:5, 3:7]</code> are rows 2 to 4 and columns 3 to 6 of all images. Such a slice
# can be assigned to.
# </details>
# <details><summary>Hint 2</summary>
#
# Assigning to a slice of <code>images</code> changes the caller's images. Work on
# <code>images.copy()</code>.
# </details>

# %%
covered = cover_patch(examples, 8, 8, (7, 7), 0.0)
after = predict(covered)
titles = [f"{names[p.argmax()]}: {p.max():.0%}" for p in after]
plots.images(
    covered, titles, columns=5, title="The same seven by seven pixels erased in each image"
)

# %% [markdown]
# **Notice** that the value 0 is the paper here, so the patch erases ink rather than covering it.
# Where there was no ink, nothing changes at all. Some digits are recognised as before, others
# become less certain or are taken for another digit. Is it the place that counts?

# %% [markdown]
# ## 2 · Cover everything, one patch at a time
#
# ### Exercise 2 · Where patches start
#
# *Easy, 10 minutes, 3 points.*
#
# The patch moves by a fixed number of pixels, the *stride*. If the stride does not fit, a few
# pixels at the border are left over. Such pixels are never covered and seem not to matter. So add a
# last patch, which ends exactly at the border.


# %% nbgrader={"grade_id": "patch_positions", "solution": true}
def patch_positions(size: int, patch: int, stride: int) -> np.ndarray:
    """Find where patches start along one axis, so that every pixel is covered.

    size: pixels along the axis
    patch: pixels of a patch, at most size
    stride: from one start to the next, from 1 to patch
    returns: (patches,) int, increasing, without repetition: 0, stride, 2 * stride and so on as long
      as the patch fits, and a last one that ends at the border
    """
    ### BEGIN SOLUTION
    last = size - patch
    return np.unique(np.append(np.arange(0, last + 1, stride), last))
    ### END SOLUTION


# %% nbgrader={"grade_id": "patch_positions_check", "grade": true}
checks.patch_positions(patch_positions)  # at grading, hidden checks use other sizes
### BEGIN HIDDEN TESTS
checks.patch_positions(patch_positions, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# A patch that starts at <code>s</code> covers the pixels <code>s</code> to
# <code>s + patch - 1</code>. Which is the last start that fits?
# </details>
# <details><summary>Hint 2</summary>
#
# <code>np.arange(0, last + 1, stride)</code> may or may not end with <code>last</code>. Append it,
# and let <code>np.unique</code> remove it where it occurs twice.
# </details>

# %%
for patch, stride in [(7, 1), (7, 3), (7, 5), (7, 7), (14, 5)]:
    along = patch_positions(28, patch, stride)
    print(f"patch {patch:2}, stride {stride}: {len(along) ** 2:3} patches, starts {along.tolist()}")

# %% [markdown]
# **Notice** that the number of patches, and with it the number of forward passes, grows with the
# square of the image's side divided by the stride.

# %% [markdown] variants={"PATCH": [50, 46, 52, 58, 60, 62], "STRIDE": [5, 7, 8], "MINUTES": [15, 12, 18]}
# ### Question 1 · A long wait
#
# *10 minutes, 3 points, graded by a person.*
#
# A student makes occlusion maps with VGG-16: an image of 224×224 pixels, a patch of
# {{ PATCH }}×{{ PATCH }}, a stride of {{ STRIDE }}, and no extra patch at the border. One map takes {{ MINUTES }} minutes.
#
# (a) How many forward passes is that, and how many seconds does each take?
# (b) Which pixels are never covered? How many passes are needed to cover them as well?
# (c) Name two ways to get a map in less than a minute, and what each one costs you.
#
# {% set starts = (224 - PATCH) // STRIDE + 1 %}### BEGIN MARK SCHEME
# - 1 point: (a) {{ starts }} starts per axis, {{ starts }}² = {{ "{:,}".format(starts ** 2) }} passes ({{ "{:,}".format(starts ** 2 + 1) }} with the uncovered image), about
#   {{ "%.2f" % (60 * MINUTES / starts ** 2) }} seconds each.
# - 1 point: (b) the last patch covers rows {{ STRIDE * (starts - 1) }} to {{ STRIDE * (starts - 1) + PATCH - 1 }}, so the last rows and columns, up to 223, are
#   never covered; {{ starts + 1 }}² = {{ "{:,}".format((starts + 1) ** 2) }} passes cover all.
# - 1 point: (c) two ways with their price, such as: a larger stride (coarser map, 20 gives 10² = 100
#   passes); larger batches (memory); a smaller input (another network); a GPU (money). A larger
#   patch at the same stride saves little: it does not count alone.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "cost_question", "grade": true, "solution": true, "points": 3}
# (a) The starts are 0, 5, …, 170: 35 of them, so 35² = 1,225 passes. 900 s / 1,225 = 0.73 s each.
#
# (b) The last patch ends with pixel 219. Rows and columns 220 to 223 are never covered. With one
# more start, 174, there are 36² = 1,296 passes.
#
# (c) A stride of 20 needs 10² = 100 passes, about 73 s, and 25 needs 8² = 64, about 47 s; the map
# is coarser. Many covered images in one batch use the processor better, but need more memory.

# %% [markdown]
# ## 3 · From drops to a map
#
# Every patch gives one number: by how much the probability drops. A pixel lies under many patches.
# Its value in the map is the mean of their drops.
#
# ### Exercise 3 · Average where patches overlap
#
# *Medium, 15 minutes, 4 points.*


# %% nbgrader={"grade_id": "average_overlaps", "solution": true}
def average_overlaps(
    drops: np.ndarray,
    rows: np.ndarray,
    columns: np.ndarray,
    patch: tuple[int, int],
    size: tuple[int, int],
) -> np.ndarray:
    """Give each pixel the mean drop of the patches that cover it.

    drops: (N, R, C) float; drops[n, i, j] belongs to the patch that starts at rows[i], columns[j]
    rows, columns: (R,) and (C,) int; together the patches cover every pixel
    patch: (height, width) of a patch
    size: (H, W) of the image
    returns: (N, H, W) float
    """
    ### BEGIN SOLUTION
    total, count = np.zeros((len(drops), *size)), np.zeros(size)
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            window = np.s_[..., row : row + patch[0], column : column + patch[1]]
            total[window] += drops[:, i, j, None, None]
            count[window] += 1
    return total / count
    ### END SOLUTION


# %% nbgrader={"grade_id": "average_overlaps_check", "grade": true}
checks.average_overlaps(average_overlaps)  # at grading, hidden checks use other drops
### BEGIN HIDDEN TESTS
checks.average_overlaps(average_overlaps, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Keep two arrays: the sum of the drops at each pixel, and how many patches cover it.
# </details>
# <details><summary>Hint 2</summary>
#
# The drops of one patch are <code>drops[:, i, j]</code>, one per image. To add them to a window
# of shape (N, height, width) they need two more axes: <code>drops[:, i, j, None, None]</code>.
# </details>
#
# ### Exercise 4 · The whole occlusion map
#
# *Hard, 20 minutes, 5 points.*
#
# Put the three functions together. The drop is the probability **before** minus the probability
# **after**: positive where the patch hides evidence, negative where it hides something that speaks
# against the class. Keep the sign. (The check takes the three functions as right: a mistake in one
# of them costs nothing here.)


# %% nbgrader={"grade_id": "drop_map", "solution": true}
def drop_map(
    predict,
    images: np.ndarray,
    class_index: int,
    patch: tuple[int, int],
    stride: tuple[int, int],
    fill: float,
) -> np.ndarray:
    """Map by how much covering each pixel lowers the probability of one class.

    predict: a function from images (N, H, W, C) to probabilities (N, classes)
    images: (N, H, W, C) float
    class_index: the class to follow, in all images and under all patches
    patch, stride: (height, width) and (down, across), in pixels
    fill: the value under the patch
    returns: (N, H, W) float, the mean drop over the patches that cover a pixel
    """
    ### BEGIN SOLUTION
    size = images.shape[1:3]
    rows, columns = map(patch_positions, size, patch, stride)
    before = predict(images)[:, class_index]
    drops = np.empty((len(images), len(rows), len(columns)))
    for i, row in enumerate(rows):
        for j, column in enumerate(columns):
            covered = cover_patch(images, row, column, patch, fill)
            drops[:, i, j] = before - predict(covered)[:, class_index]
    return average_overlaps(drops, rows, columns, patch, size)
    ### END SOLUTION


# %% nbgrader={"grade_id": "drop_map_check", "grade": true}
checks.drop_map(drop_map)  # at grading, hidden checks use other networks
### BEGIN HIDDEN TESTS
checks.drop_map(drop_map, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Predict the uncovered images once, before the loops. Then one prediction per patch, always from a
# fresh copy, always for the same column <code>class_index</code>.
# </details>
# <details><summary>Hint 2</summary>
#
# Collect <code>before - after</code> in an array (N, rows, columns) and hand it to
# <code>average_overlaps</code>. <code>patch_positions</code> is called once per axis.
# </details>

# %%
four, nine = examples[4:5], examples[9:10]
started = perf_counter()
by_you = drop_map(predict, np.concatenate([four, nine]), 4, (7, 7), (1, 1), 0.0)
print(f"two maps of {22 * 22} patches in {perf_counter() - started:.1f} s")
print(f"the nine's probability of a four falls by {by_you[1].min():.3f} to {by_you[1].max():.3f}")
plots.overlays(
    np.concatenate([four, nine]),
    by_you,
    ["a four", "a nine"],
    one_scale=True,
    label="drop of the probability",
    title="Drop of the probability of a four, by your function",
)

# %% [markdown]
# **Notice** that the red of the four lies on its strokes. The nine has no red to be seen: its
# probability of being a four is nearly zero and cannot drop. It can rise, though (the number with a
# minus). On MNIST there is a blue spot on the nine's upper stroke: without that stroke, the network
# begins to see a four.
#
# The helper `occlusion_map` computes the same. It builds the covered images inside the compiled
# network, hundreds at a time, which saves most of the waiting.

# %%
started = perf_counter()
by_helper = occlusion_map(model, four, 4, patch=7, stride=1, fill=0.0, probability=True)
print(f"the helper: {perf_counter() - started:.2f} s, compiling included")
print(f"largest difference from yours: {np.abs(by_helper[0] - by_you[0]).max():.1e}")

# %% [markdown]
# ## 4 · Probability or logit?
#
# Here is the map of each digit for its own class, on one scale.


# %%
def for_own_class(method, **options):
    """The map of each example for the class that it shows, (10, H, W)."""
    return np.concatenate([method(model, examples[c : c + 1], c, **options) for c in range(10)])


by_probability = for_own_class(occlusion_map, probability=True)
print("largest drop of the probability:", by_probability.max(axis=(1, 2)).round(2))
plots.overlays(
    examples,
    by_probability,
    names,
    columns=5,
    one_scale=True,
    label="drop of the probability",
    title="Probability: what a 7×7 patch takes away",
)

# %% [markdown]
# **Notice** that some maps are far paler than others, if not empty. Does nothing in those digits
# matter? It does, but the softmax hides it: where the class leads by a wide margin, its probability
# stays near 1 even when a patch takes a good part of the lead away. The logit, before the softmax,
# has no ceiling.

# %%
logit_maps = for_own_class(occlusion_map)  # logits are what the helper follows by default
print("largest drop of the logit:", logit_maps.max(axis=(1, 2)).round(1))
plots.overlays(
    examples,
    logit_maps,
    names,
    columns=5,
    one_scale=True,
    label="drop of the logit",
    title="Logit: what a 7×7 patch takes away",
)

# %% [markdown]
# **Notice** that every digit has its place now, also those whose maps were pale. The network and
# the patches are the same. Only the number that we follow has changed.
#
# There is a price. A logit is no probability: a large drop may leave the prediction as it was, if the
# class led by more, and a small one may overturn it.
#
# ### Evidence for and against
#
# An occlusion map has a sign, and the map depends on the class that we ask about. Two images, two
# classes.

# %%
pairs = [(four, 4), (four, 9), (nine, 4), (nine, 9)]
maps = np.concatenate([occlusion_map(model, image, c) for image, c in pairs])
plots.overlays(
    np.concatenate([image for image, _ in pairs]),
    maps,
    ["a four, for 4", "a four, for 9", "a nine, for 4", "a nine, for 9"],
    columns=4,
    one_scale=True,
    label="drop of the logit",
    title="What speaks for a four, what for a nine",
)

# %% [markdown]
# **Notice** the third picture. The upper stroke of the nine is blue: it closes the loop, and
# without it the image would be *more* of a four. Whoever takes the absolute value, or cuts off at
# zero as Grad-CAM does, never sees such a blue stroke.

# %% [markdown]
# ## 5 · How large a patch?

# %%
sizes = [1, 3, 5, 7, 10, 14]
maps, captions = [], []
for size in sizes:
    started = perf_counter()
    maps.append(occlusion_map(model, four, 4, patch=size)[0])
    milliseconds = 1000 * (perf_counter() - started)
    captions.append(f"{size}×{size}: {(29 - size) ** 2} patches\n{milliseconds:.0f} ms")
    low, high = maps[-1].min(), maps[-1].max()
    print(f"patch {size:2}: the drop of the logit lies between {low:5.2f} and {high:5.2f}")
plots.overlays(
    np.repeat(four, len(sizes), axis=0),
    maps,
    captions,
    columns=6,
    title="The same four under patches of growing size, each map on its own scale",
)

# %% [markdown]
# **Notice** three things. A single pixel changes little, as the numbers say: its neighbours tell
# the network nearly the same. A patch of half the image's height and width hides something
# important almost wherever it lies, so that most of its map is red and the map hardly tells one
# place from another. In between, the patch has the size of the parts that you would name yourself:
# a stroke, a corner, a loop.
#
# A larger stride is the cheap way. Smoothing makes its steps less ugly. Does it also bring the map
# nearer to the fine one?

# %%
ways = {
    "stride 1": {"stride": 1},
    "stride 3": {"stride": 3},
    "stride 3, smoothed": {"stride": 3, "smooth": 1.5},
    "stride 7": {"stride": 7},
    "stride 7, smoothed": {"stride": 7, "smooth": 3},
}
maps = np.concatenate([occlusion_map(model, four, 4, patch=7, **way) for way in ways.values()])
for name, alike in zip(ways, np.corrcoef(maps.reshape(len(maps), -1))[0], strict=True):
    print(f"{name}: correlation {alike:.2f} with the map of stride 1")
plots.overlays(
    np.repeat(four, len(ways), axis=0),
    maps,
    list(ways),
    columns=5,
    one_scale=True,
    label="drop of the logit",
    title="The same map with 484, 64, 64, 16 and 16 patches",
)

# %% [markdown]
# **Notice** that 64 patches show nearly what 484 show, and 16 patches show less. Smoothing brings the
# map of 16 patches nearer to the fine one, since the fine map is smooth itself: neighbouring pixels
# lie under nearly the same patches.

# %% [markdown]
# ## 6 · What colour is "nothing"?
#
# To take something away we must put something else in its place. Six fills, and how they look:

# %%
fills = {
    "paper (0)": 0.0,
    "grey (0.5)": 0.5,
    "ink (1)": 1.0,
    "its own mean": "mean",
    "its own blur": "blur",
    "its own noise": "noise",
}
seven = examples[7:8]
plots.images(
    np.concatenate([cover(seven, (7, 9), 7, fill) for fill in fills.values()]),
    list(fills),
    columns=6,
    title="One patch in a seven, six fills",
)

# %%
maps = np.concatenate([occlusion_map(model, seven, 7, fill=fill) for fill in fills.values()])
for name, alike, one in zip(fills, np.corrcoef(maps.reshape(6, -1))[0], maps, strict=True):
    print(f"{name:13} correlation {alike:5.2f} with paper, largest drop {one.max():5.2f}")
plots.overlays(
    np.repeat(seven, len(fills), axis=0),
    maps,
    list(fills),
    columns=6,
    one_scale=True,
    label="drop of the logit",
    title="Six maps of one seven, one network, one class",
)

# %% [markdown]
# **Notice** that paper, mean, blur and noise agree on the strokes that matter. Blur is the
# mildest: it leaves some ink where ink was. Grey and ink say something else altogether. They
# colour the empty background, because a square of ink on empty paper *adds* a stroke: those maps
# show where ink would hurt the seven, which is a fair question, but not "what do you look at?".
# Where there is blue, ink would even help it.
#
# A network for photographs has hardly seen a grey square in its training. So part of the drop may be
# surprise at the square, wherever it lies.

# %% [markdown]
# ### Question 2 · Can you believe it?
#
# *15 minutes, 4 points, graded by a person.*
#
# (a) A colleague covers with ink, sees red in an empty corner, and writes: "the network looks at
# the corner". What is wrong with that sentence, and what does the map really say?
# (b) An X-ray classifier gives a map that is zero everywhere with a 10×10 patch. Give two different
# reasons, and one test for each.
# (c) In one of *your* pictures above, find a blue spot and say in a sentence what it means there.
#
# ### BEGIN MARK SCHEME
# - 1 point: (a) the patch adds evidence that was not there (or is unlike the training data); red
#   says that ink there would lower the score, not that the empty corner is used.
# - 2 points: (b) one for each reason with a fitting test: saturated probability (follow the logit);
#   redundant evidence, or structures larger than the patch (a larger patch, or several patches at
#   once); a fill that looks like the tissue (another fill); a class the network does not use here
#   (another class). A reason without a test earns half.
# - 1 point: (c) names picture and place, and says that hiding it raises that class's score.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "belief_question", "grade": true, "solution": true, "points": 4}
# (a) There is nothing in the corner to look at. The map says that the score would fall if ink
# *were* there: the patch brings something in instead of taking something away.
#
# (b) The probability may be saturated: follow the logit and see whether the map stays empty. Or the
# sign of the disease is larger than the patch, or there is more than one: use a larger patch.
#
# (c) In the map of the nine for class 4, the upper stroke is blue: without it the loop is open at
# the top and the logit of a four rises.

# %% [markdown]
# ## 7 · Centre and corners
#
# A coarse question sometimes says more than a fine map: is the network blind without the centre?
# Without a corner?
#
# ### Exercise 5 · A table of five places
#
# *Medium, 15 minutes, 3 points.*


# %% nbgrader={"grade_id": "covered_places", "solution": true}
def covered_places(
    predict, images: np.ndarray, patch: tuple[int, int], fill: float
) -> tuple[np.ndarray, np.ndarray]:
    """Predict with the centre and with each corner covered.

    predict: a function from images (N, H, W, C) to probabilities (N, classes)
    images: (N, H, W, C) float
    patch: (height, width); the one in the centre starts at ((H - height) // 2, (W - width) // 2)
    fill: the value under the patch
    returns: the predicted class (N, 5) int, and its probability (N, 5) float; the columns are
      centre, top left, top right, bottom left, bottom right
    """
    ### BEGIN SOLUTION
    bottom, right = images.shape[1] - patch[0], images.shape[2] - patch[1]
    places = [(bottom // 2, right // 2), (0, 0), (0, right), (bottom, 0), (bottom, right)]
    answers = [predict(cover_patch(images, *place, patch, fill)) for place in places]
    answers = np.stack(answers, axis=1)  # (N, places, classes)
    return answers.argmax(axis=2), answers.max(axis=2)
    ### END SOLUTION


# %% nbgrader={"grade_id": "covered_places_check", "grade": true}
checks.covered_places(covered_places)  # at grading, hidden checks use other networks
### BEGIN HIDDEN TESTS
checks.covered_places(covered_places, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Write down the five upper left corners. The right-hand patches start at column
# <code>W - width</code>, the lower ones at row <code>H - height</code>.
# </details>
# <details><summary>Hint 2</summary>
#
# One prediction per place, each from a fresh copy. Stack the five answers to (N, 5, classes); the
# class is their arg-max over the last axis, its probability their maximum.
# </details>

# %%
some, size = examples[[1, 4, 6, 8]], 10
classes, shares = covered_places(predict, some, (size, size), 0.0)
places = [(9, 9), (0, 0), (0, 18), (18, 0), (18, 18)]
pictures = np.stack([cover_patch(some, *place, (size, size), 0.0) for place in places], axis=1)
titles = [f"{names[c]}: {p:.0%}" for c, p in zip(classes.ravel(), shares.ravel(), strict=True)]
plots.images(
    pictures.reshape(-1, *some.shape[1:]),
    titles,
    columns=5,
    title="Centre, top left, top right, bottom left, bottom right erased",
)

# %% [markdown]
# **Notice** that the corners change little: these digits have almost no ink there. Without the
# centre, a digit turns into another one, and the network may be very sure of it: it has no answer
# "I cannot see".
#
# Four images prove little. `centre_and_corners` makes the table for many.

# %%
labelled = labels[:2000]
for size in (7, 10, 14):
    table = centre_and_corners(model, images[:2000], size)
    hits = (table.classes == labelled[:, None]).mean(axis=0)
    print(
        f"{size:2}×{size:<2}",
        *(f"{n} {h:.1%}" for n, h in zip(table.names, hits, strict=True)),
        sep="   ",
    )

# %% [markdown]
# **Notice** that a patch of 10×10 in the centre, an eighth of the area, costs about half or more of
# the accuracy, while no corner costs more than a few percent. With 14×14 each corner reaches the
# centre. Which corner is then missed most, and which digits have their ink there?
#
# ## 8 · Occlusion and Grad-CAM
#
# Grad-CAM and occlusion answer the same question in two ways. Grad-CAM (notebook 05) takes the
# gradients at the last convolution, in one backward pass. Occlusion tries it out, in hundreds of
# forward passes. Where the two agree, we may believe both a little more.

# %%
cam_maps = for_own_class(grad_cam)
agreement = [
    np.corrcoef(np.maximum(drops, 0).ravel(), cam.ravel())[0, 1] if cam.std() else 0
    for drops, cam in zip(logit_maps, cam_maps, strict=True)
]
print(f"mean correlation with occlusion: Grad-CAM {np.mean(agreement):.2f}")
shown = np.argsort(agreement)[[-1, -2, 1, 0]]  # the two best and the two worst
captions = [f"{names[c]}: occlusion" for c in shown]
captions += [f"{names[c]}: Grad-CAM\ncorrelation {agreement[c]:.2f}" for c in shown]
plots.overlays(
    np.concatenate([examples[shown], examples[shown]]),
    np.concatenate([logit_maps[shown], cam_maps[shown]]),
    captions,
    columns=4,
    title="Most and least agreement, left to right",
)

# %% [markdown]
# **Notice** how far apart the two can be. Two reasons are known from notebook 05. Grad-CAM averages
# a gradient over the whole map; this network flattens its map, so the same filter may speak for the
# class in one cell and against it in the next, and the average loses that. And Grad-CAM sees cells
# of the last convolution, 7×7 of them, where occlusion moves pixel by pixel.
#
# Occlusion is an experiment: what it reports really happens when the patch is set. But it changes
# one place at a time. If two strokes say the same, covering either may cost nothing, and both look
# unimportant.
#
# ## 9 · A photograph, with the patch of the report
#
# Question 1 told of a report whose maps took 15 minutes each: a photograph of 224×224 pixels, a patch
# of 50×50, a stride of 5. Let us make such a map. Our network is EfficientNet-Lite0 (Tan and Le
# 2019), which tells 1000 classes of photographs apart. The photograph is a snail where your course
# has one, else a cat.

# %%
zoo = models.zoo("efficientnet_lite0")
photos = datasets.load("photos", size=256)
cat = photos.test.images[[photos.class_names.index("cat")]]
snail = Path(environ.get("COURSE_DATA", "")) / "imagenet" / "photos" / "snail.webp"
there = snail.is_file()
chosen_one = datasets.load("photos", place=snail, size=256).test.images if there else cat
inputs = zoo.preprocess((255 * np.concatenate([chosen_one, cat])).round().astype(np.uint8))
photo, cat = inputs[:1], inputs[1:]
[[(said, p), (second, q)]] = models.top(zoo, photo, k=2)
print(f"{zoo.model.count_params():,} weights say: {said} {p:.2f}, then {second} {q:.2f}")

# %%
along = patch_positions(photo.shape[1], 50, 5)
started, index = perf_counter(), zoo.class_names.index(said)
drops = occlusion_map(zoo.model, photo, index, patch=50, stride=5, probability=True)
seconds = perf_counter() - started
print(f"{len(along) ** 2:,} patches in {seconds:.0f} seconds; the report: 900 seconds")
print(f"{said}: {p:.2f}; under a patch it falls by {drops.min():.3f} to {drops.max():.3f}")
picture = zoo.preprocess.picture(photo)
plots.images(picture, [f"{said} {p:.0%}"], title="The photograph")

# %%
blurred = gaussian(drops, (0, 8, 8), mode="nearest")
plots.overlays(
    np.repeat(picture, 2, axis=0),
    np.concatenate([drops, blurred]),
    ["as computed", "blurred"],
    columns=2,
    one_scale=True,
    label="drop of the probability",
    title=f"Under a patch of 50×50: {said}",
)

# %% [markdown]
# **Notice** three things. The first is the time. The comparison is not fair, since VGG-16 is a
# larger network and the report's computer was another one; but such a map need not take a quarter
# of an hour. The second is the blur, which the report used: it makes the steps of the map disappear
# and adds no detail. The third is that the largest drop is much smaller than the probability. What
# one patch hides, the rest of the photograph still shows. And blue need not speak against the
# animal: the probability of one name also rises where its rivals lose more.
#
# ### The strongest feature map
#
# Zeiler and Fergus watched more than the class. While their grey square moved, they recorded the
# feature map that answers most strongly to the photograph. `FilterScore(layer, index)`, the mean of
# a feature map, is a score like a class, so `occlusion_map` can follow it. We take the cat, and a
# layer in the middle of the network. (We compare the filters before their ReLU6, which cuts off at 6
# and makes many of them equal.)


# %%
@dataclass(frozen=True)
class AnyOf(Score):
    """The probability that it is one of several classes."""

    classes: tuple[int, ...]

    def __call__(self, outputs):
        probabilities = keras.ops.softmax(outputs.logits(None))
        return sum(probabilities[:, c] for c in self.classes)


found = layer_activations(zoo.model, cat, ["block11_depthwise_norm", "block11_depthwise_relu"])
before, after = (maps[0] for maps in found.values())
strongest = int(before.max(axis=(0, 1)).argmax())
own_map = resize(after[..., strongest], cat.shape[1:3], order=1)
print(f"{after.shape[-1]} filters with maps of {after.shape[0]} × {after.shape[1]}")
print(f"the strongest is filter {strongest}")

# %%
names_of_cats = ("tiger cat", "Egyptian cat", "tabby")
cats = AnyOf(tuple(zoo.class_names.index(name) for name in names_of_cats))
eyes = FilterScore("block11_depthwise_relu", strongest)
maps, titles = [own_map], [f"filter {strongest}: its map"]
for name, score in {f"filter {strongest}": eyes, "any cat": cats}.items():
    value = score_values(zoo.model, cat, score)[0]
    maps.append(occlusion_map(zoo.model, cat, score, patch=50, stride=10)[0])
    titles.append(f"drop of {name}\n{value:.2f}, falls by up to {maps[-1].max():.2f}")
    print(f"{name}: {value:.2f}, largest drop {maps[-1].max() / value:.0%} of it")
pictures = np.repeat(zoo.preprocess.picture(cat), 3, axis=0)
plots.overlays(pictures, maps, titles, columns=3, title="The strongest feature map, and the class")

# %% [markdown]
# **Notice** what this filter answers to: its map has two spots, one on each eye. A patch on an eye
# takes a good part of its answer away. Yet the probability that this is a cat, of one kind or
# another, hardly falls wherever the patch lies. So the answer does not rest on this feature map
# alone. Zeiler and Fergus found the same: on their photograph of a car the strongest map answered
# to the lettering, while the class depended on the wheel.
#
# ## 10 · Explore
#
# Choose an image, a class, a patch, a stride and a fill. The middle picture shows the patch that
# the map would miss most, and what the network predicts without it.

# %%
explorers.occlusion(model, images[:200], labels[:200], names)

# %% [markdown]
# Things to try: a class that the image does not show; a patch of one pixel; a fill of ink on an
# empty corner; the smallest patch that changes the prediction, and how sure the network is then.
#
# ## What to take along
#
# - An occlusion map is an experiment: cover, predict, subtract. It needs no gradients, and it costs
#   a forward pass per patch.
# - Say what you follow (logit or probability), how large the patch is, and what it is filled with.
#   Each of them changes the picture.
# - Keep the sign. Keep the class. Cover every pixel. Start each patch from a fresh copy.
# - An empty map may mean redundancy or saturation, not unimportance.
#
# **Next:** a map that looks convincing need not be true. The next notebooks take networks apart in
# other ways, and put such maps to the test.
#
# ## To read on
#
# - Zeiler and Fergus,
#   [Visualizing and Understanding Convolutional Networks](https://arxiv.org/abs/1311.2901), ECCV
#   2014: section 4.2 has the occlusion maps of class and feature map.
# - Zhou, Khosla, Lapedriza, Oliva and Torralba,
#   [Object Detectors Emerge in Deep Scene CNNs](https://arxiv.org/abs/1412.6856), ICLR 2015: what a
#   filter answers to, found by covering.
# - Petsiuk, Das and Saenko,
#   [RISE: Randomized Input Sampling for Explanation of Black-box
#   Models](https://arxiv.org/abs/1806.07421), BMVC 2018: many places covered at once, at random.
# - Fong and Vedaldi,
#   [Interpretable Explanations of Black Boxes by Meaningful
#   Perturbation](https://arxiv.org/abs/1704.03296), ICCV 2017: the smallest region to cover is
#   learned, with blur or noise in place of grey.
# - Tan and Le,
#   [EfficientNet: Rethinking Model Scaling for Convolutional Neural
#   Networks](https://arxiv.org/abs/1905.11946), ICML 2019: the family of our network for photographs.
