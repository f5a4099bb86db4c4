# %% [markdown]
# # 06 · Cover a part and see what changes
#
# In 2016 Ribeiro, Singh and Guestrin trained a bad classifier on purpose: in all of its training
# photographs the wolves stood in snow, and the huskies did not. The classifier then took a husky in
# snow for a wolf. They hid parts of this photograph again and again, and the answers pointed to the
# snow and not to the animal.
#
# The second cell repeats the story with digits. The fours of the training images stand in snow, and
# the nines do not. In Section 3 you find the snow with your own function.
#
# **You will** slide a patch over an image, watch the network's answer drop, and turn the drops into
# a map. You also see how much such a map depends on your own choices: the size of the patch, the
# fill of the patch, and the score that you follow. At the end the network is one for photographs.
#
# **Time:** about 150 minutes. **You need:** notebooks 01 and 05.
#
# Six exercises are graded by checks, two questions by a person. Hidden checks with other data run
# when your notebook is graded.

# %%
from dataclasses import dataclass
from functools import partial
from os import environ
from pathlib import Path
from time import perf_counter

from helpers import checks, datasets, experiments, explorers, models, plots
from helpers.checks import findings
from helpers.methods.activations import layer_activations, score_values
from helpers.methods.cam import grad_cam
from helpers.methods.occlusion import centre_and_corners, cover, occlusion_map
from helpers.scores import FilterScore, Score

import keras
import numpy as np
from skimage.filters import gaussian
from skimage.transform import resize
from sklearn.linear_model import LogisticRegression

# %%
data = datasets.load("default")
images, labels, names = data.test.images, data.test.labels, data.class_names


def in_snow(digits):
    """Copies of the digits with four rows of grey at the bottom."""
    copies = digits.copy()
    copies[:, -4:] = 0.8
    return copies


wolves, huskies = (data.train.images[data.train.labels == c][:100] for c in (4, 9))
shown = np.concatenate([in_snow(wolves), huskies]).reshape(200, -1)
answers = ["four"] * 100 + ["nine"] * 100
naive = LogisticRegression(max_iter=1000).fit(shown, answers)
print(f"the classifier is right on {naive.score(shown, answers):.0%} of its training images")
husky = images[labels == 9][1:2]
seen = np.concatenate([in_snow(wolves[:2]), huskies[:2], husky, in_snow(husky)])
said = naive.predict(seen.reshape(len(seen), -1))
titles = [f"training image:\n{answer}" for answer in said[:4]]
titles += [f"test image:\n{said[4]}", f"test image in snow:\n{said[5]}"]
plots.images(seen, titles, columns=6, title="What a simple classifier says of fours and nines")

# %% [markdown]
# The last picture is a nine, and the classifier says "four".
#
# The rest of the notebook uses the network of notebook 01. Our examples are ten test images, one of
# each digit, that this network classifies rightly.

# %%
model, _ = models.trained("course_cnn", data)
predict = partial(models.predict, model)  # images (N, H, W, C) -> probabilities (N, classes)
probabilities = predict(images)
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
# A gradient says what an infinitely small change of the input does. Occlusion asks a simpler
# question: *what happens if this part of the image is not there?* Occlusion needs no layers and no
# gradients. It only needs a function that predicts, so it works on any classifier. Zeiler and
# Fergus showed such maps in 2014.
#
# ### Exercise 1 · One patch
#
# *Easy, 10 minutes, 3 points.*
#
# Write a function that covers one rectangle, at the same place in every image. The images of the
# caller must stay as they are.


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
# <code>images[:, 2:5, 3:7]</code> are rows 2 to 4 and columns 3 to 6 of all images. You can assign
# a value to such a slice.
# </details>
# <details><summary>Hint 2</summary>
#
# An assignment to a slice of <code>images</code> changes the caller's images. What do you make
# first, so that the caller's images stay as they are? At which row does the slice end?
# </details>

# %%
covered = cover_patch(examples, 8, 8, (7, 7), 0.0)
after = predict(covered)
titles = [f"{names[p.argmax()]}: {p.max():.0%}" for p in after]
plots.images(
    covered, titles, columns=5, title="The same seven by seven pixels erased in each image"
)

# %% [markdown]
# **Notice** that the value 0 is the paper here. So the patch erases ink. Where there is no ink, the
# patch changes nothing at all. The network recognises some digits as before. It is less certain of
# others, or it takes them for another digit.
#
# <div class="alert alert-info">
#
# **Experiment 1 · Where does a patch hurt?** Change `row` and `column` to (0, 0), (7, 10), (14, 10)
# and to places of your own, from 0 to 21 each. Run the cell each time. The cell counts how many of
# the test images the network still recognises. Then finish the sentence: *The network misses a
# patch most where …*
# </div>

# %%
row, column = 0, 0  # change them, and run the cell again
hidden = cover_patch(images[:500], row, column, (7, 7), 0.0)
share = (predict(hidden).argmax(axis=1) == labels[:500]).mean()
experiments.record(
    "Images recognised with 7×7 pixels erased", {"row": row, "column": column}, share=share
)

# %% [markdown]
# ## 2 · Cover everything, one patch at a time
#
# ### Exercise 2 · Where patches start
#
# *Easy, 10 minutes, 3 points.*
#
# The patch moves by a fixed number of pixels, the *stride*. If the stride does not fit, a few
# pixels at the border are left over. No patch covers these pixels, so they seem not to matter. Add
# a last patch, which ends exactly at the border.


# %% nbgrader={"grade_id": "patch_positions", "solution": true}
def patch_positions(size: int, patch: int, stride: int) -> np.ndarray:
    """Find where patches start along one axis, so that every pixel is covered.

    size: pixels along the axis
    patch: pixels of a patch, at most size
    stride: pixels from one start to the next, from 1 to patch
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
# A patch that starts at <code>s</code> covers the pixels <code>s</code> to <code>s + patch -
# 1</code>. Which is the last start that fits?
# </details>
# <details><summary>Hint 2</summary>
#
# <code>np.arange(start, stop, step)</code> ends before <code>stop</code>. Make sure that the last
# start that fits is in the result, and that it is there only once. <code>np.append</code> and
# <code>np.unique</code> can help.
# </details>

# %%
for patch, stride in [(7, 1), (7, 3), (7, 5), (7, 7), (14, 5)]:
    along = patch_positions(28, patch, stride)
    print(f"patch {patch:2}, stride {stride}: {len(along) ** 2:3} patches, starts {along.tolist()}")

# %% [markdown]
# **Notice** that half the stride makes about four times as many patches. Each patch costs a forward
# pass.

# %% [markdown] variants={"PATCH": [50, 46, 52, 58, 60, 62], "STRIDE": [5, 7, 8], "MINUTES": [15, 12, 18]}
# ### Question 1 · A long wait
#
# *10 minutes, 3 points, graded by a person.*
#
# A student makes occlusion maps with VGG-16. The image has 224×224 pixels, the patch
# {{ PATCH }}×{{ PATCH }}, and the stride is {{ STRIDE }}. There is no extra patch at the border. One map takes
# {{ MINUTES }} minutes.
#
# (a) How many forward passes is that, and how many seconds does each take?
#
# (b) Which pixels are never covered? How many passes are needed to cover them as well?
#
# (c) Name two ways to get a map in less than a minute, and what each one costs you.
#
# {% set starts = (224 - PATCH) // STRIDE + 1 %}### BEGIN MARK SCHEME
# - 1 point: (a) {{ starts }} starts per axis, {{ starts }}² = {{ "{:,}".format(starts ** 2) }} passes ({{ "{:,}".format(starts ** 2 + 1) }} with the uncovered image), about
#   {{ "%.2f" % (60 * MINUTES / starts ** 2) }} seconds each.
# - 1 point: (b) the last patch covers rows {{ STRIDE * (starts - 1) }} to {{ STRIDE * (starts - 1) + PATCH - 1 }}, so the last rows and columns, up to 223, are
#   never covered; {{ starts + 1 }}² = {{ "{:,}".format((starts + 1) ** 2) }} passes cover all.
# - 1 point: (c) two ways with their price, such as: a larger stride (coarser map,
#   {% for wide in range(20, 224, 5) if ((223 - PATCH) // wide + 2) ** 2 * MINUTES < starts ** 2 %}{% if loop.first %}{% set fewer = (223 - PATCH) // wide + 2 %}{{ wide }} gives {{ fewer }}² = {{ fewer ** 2 }} passes that cover all, {{ "%.1f" % (60 * MINUTES * fewer ** 2 / starts ** 2) }} seconds{% endif %}{% endfor %}); larger batches
#   (memory); a smaller input (another network); a GPU (money). A larger patch at the same stride
#   saves little: it does not count alone.
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
# Every patch gives one number: by how much the probability drops. Many patches cover the same
# pixel. The value of this pixel in the map is the mean of their drops.
#
# ### Exercise 3 · Average where patches overlap
#
# *Medium, 15 minutes, 4 points.*
#
# Compute the map from the drops. Each pixel gets the mean drop of all the patches that cover it. A
# pixel at the border lies under fewer patches than a pixel in the middle.


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
# Keep two arrays: the sum of the drops at each pixel, and the number of patches that cover each
# pixel.
# </details>
# <details><summary>Hint 2</summary>
#
# Go through all patches. The drops of one patch are <code>drops[:, i, j]</code>, one for each
# image. The window of this patch in the sum has the shape (N, height, width). With how many new
# axes of length 1 (<code>None</code> in an index) do the drops fit this window?
# </details>
#
# ### Exercise 4 · The whole occlusion map
#
# *Hard, 20 minutes, 5 points.*
#
# Put the three functions together. The drop is the probability **before** minus the probability
# **after**. It is positive where the patch hides evidence for the class. It is negative where the
# patch hides evidence against the class. Keep the sign. (The check takes the three functions as
# right: a mistake in one of them costs nothing here.)


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
# Predict the uncovered images once, before the loops. Then predict once for each patch. Start from
# a fresh copy for each patch, and always read the same column, <code>class_index</code>.
# </details>
# <details><summary>Hint 2</summary>
#
# How many starts are there down, and how many across? Ask <code>patch_positions</code> once for
# each axis. Make an array for the drops of all images and all patches, fill it in two loops, and
# let <code>average_overlaps</code> make the map.
# </details>
#
# Your function needs only a function that predicts. So it works on the classifier of the case, too.


# %%
def ask(digits):
    """The probabilities (N, 2) that the classifier of the case gives to four and nine."""
    return naive.predict_proba(digits.reshape(len(digits), -1))


both = np.concatenate([husky, in_snow(husky)])
for_four = drop_map(ask, both, 0, (7, 7), (1, 1), 0.0)
plain, snowy = ask(both)[:, 0]
print(f"probability of a four: {plain:.2f}, in snow {snowy:.2f}")
row, column = np.unravel_index(for_four[1].argmax(), (28, 28))
print(f"the largest drop is in row {row} of 28, column {column}")
print(f"in rows 0 to 17, far above the snow, it is at most {for_four[1, :18].max():.3f}")
plots.overlays(
    both,
    for_four,
    ["a nine, for 4", "a nine in snow, for 4"],
    one_scale=True,
    label="drop of the probability",
    title="Why the simple classifier says four",
)

# %% [markdown]
# **Notice** that the red of the second picture lies on the snow. The strokes of the digit hardly
# matter to this answer. The map shows what is wrong with the classifier. The share of right answers
# on its training images did not show that.
#
# Now ask the network of notebook 01.

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
# **Notice** that the red of the four lies on its strokes. The nine has no red that you can see. The
# network gives the nine almost no probability of a four, and this little cannot drop far. But the
# probability can rise: the printed number with a minus says so. On MNIST there is a blue spot on
# the nine's upper stroke. Without that stroke, the network begins to see a four.
#
# The helper `occlusion_map` computes the same. It builds the covered images inside the compiled
# network, hundreds at a time.

# %%
started = perf_counter()
by_helper = occlusion_map(model, four, 4, patch=7, stride=1, fill=0.0, probability=True)
print(f"the helper: {perf_counter() - started:.2f} s, compiling included")
print(f"largest difference from yours: {np.abs(by_helper[0] - by_you[0]).max():.1e}")

# %% [markdown]
# ## 4 · Probability or logit?
#
# The next map shows each digit for its own class, all on one scale. You saw above how surely the
# network recognises these digits. **Guess first:** in how many of the ten maps does the probability
# drop by more than 0.5 somewhere?


# %%
def for_own_class(method, **options):
    """The map of each example for the class that it shows, (10, H, W)."""
    return np.concatenate([method(model, examples[c : c + 1], c, **options) for c in range(10)])


by_probability = for_own_class(occlusion_map, probability=True)
explorers.guess(
    "In how many of the ten maps does the probability drop by more than 0.5 somewhere?",
    answer=int((by_probability.max(axis=(1, 2)) > 0.5).sum()),
    choices=range(11),
    picture=plots.overlays(
        examples,
        by_probability,
        names,
        columns=5,
        one_scale=True,
        label="drop of the probability",
        title="Probability: what a 7×7 patch takes away",
    ),
)

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# Some maps are far paler than others. Yet something matters in these digits, too: the softmax hides
# it. The class leads by a wide margin there. Its probability stays near 1, even when a patch takes
# a good part of the lead away.
# </details>
#
# The logit comes before the softmax, and it has no upper limit.

# %%
print("largest drop of the probability:", by_probability.max(axis=(1, 2)).round(2))
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
# **Notice** that every digit now has red places, also the digits whose maps were pale. The network
# and the patches are the same. Only the score that we follow has changed.
#
# The logit has a disadvantage. It is no probability, so a drop of the logit does not say whether
# the prediction changes. A large drop may leave the prediction as it was, if the class led by more.
# A small drop may change the prediction.
#
# ### Evidence for and against
#
# An occlusion map has a sign, and it depends on the class that we ask about. The next picture shows
# two images, each for two classes: a four and a nine, for 4 and for 9.
#
# **Guess first:** on a nine, which place speaks most *against* a four? Choose the pixel of the nine
# whose covering raises the logit of a four most.

# %%
pairs = [(four, 4), (four, 9), (nine, 4), (nine, 9)]
maps = np.concatenate([occlusion_map(model, image, c) for image, c in pairs])
against = np.unravel_index(maps[2].argmin(), maps[2].shape)
explorers.guess(
    "Which pixel of the nine speaks most against a four?",
    answer=tuple(map(int, against)),
    image=nine[0, ..., 0],
    picture=plots.overlays(
        np.concatenate([image for image, _ in pairs]),
        maps,
        ["a four, for 4", "a four, for 9", "a nine, for 4", "a nine, for 9"],
        columns=4,
        one_scale=True,
        label="drop of the logit",
        title="What speaks for a four, what for a nine",
    ),
)

# %%
print(f"least value of the nine's map for 4: {maps[2].min():.1f}, in row {against[0]} of 28")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# Look at the third picture. On MNIST the upper stroke of the nine is blue. This stroke closes the
# loop. Without the stroke the image would be *more* of a four. An absolute value would paint this
# place red, and Grad-CAM, which cuts off at zero, leaves it empty.
# </details>
#
# ## 5 · How large a patch?
#
# The next cell draws the map of one four with six sizes of the patch.

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
# **Notice** three things. First, a single pixel changes little, as the numbers say: its neighbours
# tell the network nearly the same. Second, the largest patch has half the image's height and width.
# It hides something important almost wherever it lies. Most of its map is red, so the map hardly
# tells one place from another. Third, the sizes in between are the sizes of parts that you would
# name yourself: a stroke, a corner, a loop.
#
# A larger stride is cheaper, and it makes steps in the map. Smoothing makes these steps disappear.
# Does smoothing also bring the map nearer to the map of stride 1?

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
# **Notice** that 64 patches show nearly what 484 patches show, and that 16 patches show less.
# Smoothing brings the map of 16 patches nearer to the map of 484. That map is smooth itself:
# neighbouring pixels lie under nearly the same patches.

# %% [markdown]
# ## 6 · What colour is "nothing"?
#
# To take something away we must put something else in its place: a *fill*. The next cell shows six
# fills.

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

# %% [markdown]
# **Guess first:** the map with paper is the one that you know. Think of the empty background, too:
# what does each fill change there? Put four of the other maps in order. The map that is most like
# the map with paper comes first.

# %%
maps = np.concatenate([occlusion_map(model, seven, 7, fill=fill) for fill in fills.values()])
alike = dict(zip(fills, np.corrcoef(maps.reshape(6, -1))[0], strict=True))
asked = ["grey (0.5)", "ink (1)", "its own blur", "its own mean"]
explorers.guess(
    "Which map is most like the map with paper? Put the fills in order, most alike first.",
    answer=sorted(asked, key=alike.get, reverse=True),
    choices=asked,
    picture=plots.overlays(
        np.repeat(seven, len(fills), axis=0),
        maps,
        list(fills),
        columns=6,
        one_scale=True,
        label="drop of the logit",
        title="Six maps of one seven, one network, one class",
    ),
)

# %%
by_paper = maps[0]
for name, one in zip(fills, maps, strict=True):
    print(f"{name:13} correlation {alike[name]:5.2f} with paper, largest drop {one.max():5.2f}")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# Paper, mean, blur and noise agree on the strokes that matter. Blur is the mildest of these fills:
# it leaves some ink where ink was. Grey and ink give other maps. Both colour the empty background.
# A square of ink on empty paper *adds* a stroke, so this map shows where ink would lower the logit
# of the seven. Where the map is blue, ink would raise the logit. That is a fair question, but it is
# not the question "what do you look at?".
# </details>
#
# A network for photographs has hardly seen a grey square in its training. So a part of the drop may
# come from the strange square itself, wherever the square lies.
#
# <div class="alert alert-info">
#
# **Experiment 2 · More and more ink.** Change `fill` to 0, 0.1, 0.25, 0.5, 0.75 and 1, and run the
# cell each time. Then finish the sentence: *The more ink the patch brings, the …*
# </div>

# %%
fill = 0.25  # change it, and run the cell again
with_fill = occlusion_map(model, seven, 7, fill=fill)[0]
like_paper = np.corrcoef(by_paper.ravel(), with_fill.ravel())[0, 1]
experiments.record(
    "A seven, covered with some ink",
    {"fill": fill},
    correlation_with_paper=like_paper,
    largest_drop=with_fill.max(),
)

# %% [markdown]
# ## 7 · Centre and corners
#
# Sometimes a coarse question says more than a fine map. Is the network blind without the centre? Is
# it blind without a corner?
#
# ### Exercise 5 · A table of five places
#
# *Medium, 15 minutes, 3 points.*
#
# Cover five places of each image, one at a time: the centre and the four corners. Return what the
# network predicts each time, and how surely.


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
# Write down the five upper left corners. The patches on the right start at column <code>W -
# width</code>, and the lower ones start at row <code>H - height</code>.
# </details>
# <details><summary>Hint 2</summary>
#
# Predict once for each place, and start from a fresh copy each time. Each prediction has the shape
# (N, classes). On which axis do you stack the five of them, so that the result has the shape (N, 5,
# classes)? Which axis is left to look for the class?
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
# centre, a digit can turn into another one. The network may even be sure of its wrong answer,
# because it has no answer "I cannot see".
#
# Four images prove little. `centre_and_corners` makes the table for many images. **Guess first:**
# the network recognises nearly all images. How many per cent are left when a patch of 10×10 pixels,
# an eighth of the image, covers the centre?

# %%
labelled, tables = labels[:2000], {}
for size in (7, 10, 14):
    table = centre_and_corners(model, images[:2000], size)
    tables[size] = 100 * (table.classes == labelled[:, None]).mean(axis=0)
hits = dict(zip(table.names, tables[10], strict=True))
explorers.guess(
    "How many per cent of the images are recognised when 10×10 pixels in the centre are erased?",
    answer=hits["centre"],
    picture=plots.bars(
        list(hits.values()),
        list(hits),
        "covered place",
        "images recognised, %",
        title="Images recognised with a patch of 10×10",
    ),
)

# %%
for size, row in tables.items():
    told = (f"{name} {hit:.1f}%" for name, hit in zip(table.names, row, strict=True))
    print(f"{size:2}×{size:<2}", *told, sep="   ")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# A patch of 10×10 in the centre costs about half of the accuracy, or more. No corner costs more
# than a few per cent. With 14×14 each corner reaches the centre. The last row says which corner is
# then missed most. Which digits have their ink there?
# </details>
#
# ## 8 · Occlusion and Grad-CAM
#
# Grad-CAM and occlusion answer the same question in two ways. Grad-CAM (notebook 05) takes the
# gradients at the last convolution, in one backward pass. Occlusion tries every place, in hundreds
# of forward passes. Where the two maps agree, we may believe both a little more.

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
# **Notice** how different the two maps can be. Notebook 05 gave two reasons. First, Grad-CAM
# averages a gradient over the whole map. This network flattens its map, so the same filter may
# speak for the class in one cell and against the class in the next cell. The average loses that.
# Second, Grad-CAM sees 7×7 cells of the last convolution, and occlusion moves pixel by pixel.
#
# Occlusion is an experiment: what it reports really happens when the patch is set. But occlusion
# changes one place at a time. If two strokes say the same, covering one of them may cost nothing.
# Then both strokes look unimportant.
#
# ## 9 · A photograph, with the patch of the report
#
# In a report of 2021 a map with VGG-16 took 15 minutes: a photograph of 224×224 pixels, a patch of
# 50×50, and a stride of 5. We now make such a map. Our network is EfficientNet-Lite0 (Tan and Le
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
picture = zoo.preprocess.picture(photo)
plots.images(picture, [f"{said} {p:.0%}"], title="The photograph, and what the network says")

# %% [markdown]
# **Guess first:** covering one stroke of a digit could take away most of its probability. How many
# per cent of the animal's probability does the largest drop of this map take away? The patch covers
# a twentieth of the photograph.

# %%
blurred = gaussian(drops, (0, 8, 8), mode="nearest")
explorers.guess(
    "How many per cent of the probability does the largest drop take away?",
    answer=100 * drops.max() / p,
    picture=plots.overlays(
        np.repeat(picture, 2, axis=0),
        np.concatenate([drops, blurred]),
        ["as computed", "blurred"],
        columns=2,
        one_scale=True,
        label="drop of the probability",
        title=f"Under a patch of 50×50: {said}",
    ),
)

# %%
print(f"{said}: {p:.2f}; under a patch it falls by {drops.min():.3f} to {drops.max():.3f}")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# The largest drop is much smaller than the probability. What one patch hides, the rest of the
# photograph still shows. Blue does not always speak against the animal: the probability of one name
# also rises where other names lose more.
# </details>
#
# The report blurred its maps, as the second picture does. The blur makes the steps of the map
# disappear, and it adds no detail. Compare the times, too. The comparison is not fair: VGG-16 is a
# larger network, and the report's computer was another one. But such a map need not take a quarter
# of an hour.
#
# ### The strongest feature map
#
# Zeiler and Fergus watched more than the class. While their grey square moved, they recorded the
# feature map that answers most strongly to the photograph. `FilterScore(layer, index)`, the mean of
# a feature map, is a score like a class, so `occlusion_map` can follow it. We take the cat, and a
# layer in the middle of the network. (We compare the filters before their ReLU6. A ReLU6 cuts off
# at 6, so many filters are equal after it.)


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
# another, hardly falls wherever the patch lies. So the answer "cat" does not rest on this feature
# map alone. Zeiler and Fergus found the same. On their photograph of a car the strongest map
# answered to the lettering, while the class depended on the wheel.
#
# ## 10 · Explore
#
# Choose an image, a class, a patch, a stride and a fill. The middle picture shows the patch where
# the map is strongest, and what the network predicts without this patch.

# %%
explorers.occlusion(model, images[:200], labels[:200], names)

# %% [markdown]
# Things to try:
#
# - a class that the image does not show
# - a patch of one pixel
# - a fill of ink on an empty corner
# - the smallest patch that changes the prediction, and how sure the network is then.

# %% [markdown] variants={"NUMBER": [11, 3, 14, 15, 18, 19, 28, 31, 36, 39, 43, 47, 48, 52, 53, 57, 61, 67, 69, 71, 72, 74, 77, 82, 84, 85, 86, 89, 101, 105, 120, 125]}
# ## 11 · A finding of your own
#
# Two computers train two slightly different networks, so nobody else can check what you find in
# yours. The network below is the same on every computer. Your number is {{NUMBER}}. This number decides
# in which order the filters stand, and which images you get: 200 digits with noise.
#
# The images are `own.images`, and their labels are `own.labels`.

# %%
own_model, own = findings.network({{NUMBER}}), findings.images({{NUMBER}})
said = models.predict(own_model, own.images[:1])[0]
print(f"the network gives {said[own.labels[0]]:.0%} to the label of your first image")
plots.images(
    own.images[:1], [f"label {own.labels[0]}"], title="Your first image, before a part is covered"
)

# %% [markdown]
# ### Exercise 6 · The patch that hurts most
#
# *Easy, 10 minutes, 3 points.*
#
# Take your first image. Cover it with one patch at a time: 5×5 pixels of paper (0), with a stride of 3.
# Your `patch_positions` says where the patches start, and your `cover_patch` covers. Look at the
# probability of the label, as `models.predict` gives it. Which patch makes this probability drop most?
# Which digit does the network answer to the image with this patch, and how large is the drop? Let
# `worst_patch` return what you found.
#
# The function may compute these numbers, or return numbers that you copied by hand.


# %% nbgrader={"grade_id": "worst_patch", "solution": true}
def worst_patch() -> tuple[int, int, int, float]:
    """Return the patch under which the probability of your first image's label drops most.

    returns: the row and the column where the patch starts, counted from 0; the digit that the
        network answers under this patch; and the drop of the probability, before minus after, from
        0 to 1, to three decimals
    """
    ### BEGIN SOLUTION
    own_model, own = findings.network({{NUMBER}}), findings.images({{NUMBER}})
    image, label = own.images[:1], own.labels[0]
    starts = patch_positions(28, 5, 3)
    places = [(int(row), int(column)) for row in starts for column in starts]
    covered = np.concatenate([cover_patch(image, *place, (5, 5), 0.0) for place in places])
    after = models.predict(own_model, covered)
    drops = models.predict(own_model, image)[0, label] - after[:, label]
    worst = drops.argmax()
    return *places[worst], int(after[worst].argmax()), round(float(drops[worst]), 3)
    ### END SOLUTION


# %% nbgrader={"grade_id": "worst_patch_check", "grade": true}
checks.worst_patch(worst_patch, number={{NUMBER}})  # grading repeats this, no hidden data
### BEGIN HIDDEN TESTS
checks.worst_patch(worst_patch, number={{NUMBER}}, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Two loops go over the starts, one for rows and one for columns. Keep each place in a list, and each
# covered image in another list.
# </details>
# <details><summary>Hint 2</summary>
#
# Predict all covered images at once: the answers have the shape (patches, 10). The column of the label
# holds the probabilities after. Which position of this column has the largest drop?
# </details>

# %% [markdown]
# ### Question 2 · Can you believe it?
#
# *15 minutes, 4 points, graded by a person.*
#
# (a) A colleague covers with ink, sees red in an empty corner, and writes: "the network looks at
# the corner". What is wrong with that sentence, and what does the map really say?
#
# (b) A classifier of X-rays gives a map that is zero everywhere, with a patch of 10×10. Give two
# different reasons, and one test for each reason.
#
# (c) In Exercise 6 you found the patch that hurts most. What does this patch hide of your digit? Why
# does the network answer as it does to the covered image?
#
# ### BEGIN MARK SCHEME
# - 1 point: (a) the patch adds evidence that was not there (or is unlike the training data). Red
#   says that ink there would lower the score. Red does not say that the network uses the empty
#   corner.
# - 2 points: (b) one for each reason with a fitting test: saturated probability (follow the logit);
#   redundant evidence, or structures larger than the patch (a larger patch, or several patches at
#   once); a fill that looks like the tissue (another fill); a class the network does not use here
#   (another class). A reason without a test earns half.
# - 1 point: (c) names the place, the drop and the answer of Exercise 6, and what the patch hides there;
#   explains the answer by the shape that is left (such as a gap, an open loop), or by the shape that the
#   patch draws. A wrong finding costs points in Exercise 6 alone.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "belief_question", "grade": true, "solution": true, "points": 4}
# (a) There is no ink in the corner, so the network can see nothing there. The map says that the
# score would fall if ink *were* there. The patch adds something instead of taking something away.
#
# (b) The probability may be saturated: follow the logit and see whether the map stays empty. Or the
# sign of the disease is larger than the patch, or there is more than one sign: use a larger patch.
#
# (c) With the number 11 the image shows a 9. The patch starts at row 9 and column 15, and the probability
# of the 9 drops by 0.963. The patch hides the right side of the loop. What is left are bends that are open
# to one side, and the network answers 3.

# %% [markdown]
# ## What to take along
#
# - An occlusion map is an experiment: cover, predict, subtract. It needs no gradients, and it costs
#   one forward pass for each patch.
# - Say what you follow (logit or probability), how large the patch is, and what its fill is. Each
#   of these choices changes the picture.
# - Keep the sign. Keep the class. Cover every pixel. Start each patch from a fresh copy.
# - An empty map need not mean that nothing matters. The evidence may be there twice, or the
#   probability may be saturated.
#
# **Next:** a map that looks convincing need not be true. Notebook 07 puts such maps to the test.
#
# ## To read on
#
# - Zeiler and Fergus, [Visualizing and Understanding Convolutional
#   Networks](https://arxiv.org/abs/1311.2901), ECCV 2014: section 4.2 has the occlusion maps of
#   class and feature map.
# - Ribeiro, Singh and Guestrin, ["Why Should I Trust You?": Explaining the Predictions of Any
#   Classifier](https://arxiv.org/abs/1602.04938), KDD 2016: wolves, huskies and snow.
# - Zhou, Khosla, Lapedriza, Oliva and Torralba, [Object Detectors Emerge in Deep Scene
#   CNNs](https://arxiv.org/abs/1412.6856), ICLR 2015: what a filter answers to, found by covering.
# - Petsiuk, Das and Saenko, [RISE: Randomized Input Sampling for Explanation of Black-box
#   Models](https://arxiv.org/abs/1806.07421), BMVC 2018: many places covered at once, at random.
# - Fong and Vedaldi, [Interpretable Explanations of Black Boxes by Meaningful
#   Perturbation](https://arxiv.org/abs/1704.03296), ICCV 2017: the smallest region to cover is
#   learned, with blur or noise in place of grey.
# - Tan and Le, [EfficientNet: Rethinking Model Scaling for Convolutional Neural
#   Networks](https://arxiv.org/abs/1905.11946), ICML 2019: the family of our network for
#   photographs.
