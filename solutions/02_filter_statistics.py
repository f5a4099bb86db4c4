# %% [markdown]
# # 02 · What the filters respond to
#
# **You will** read the activations of every layer, average them per digit, ask which filter
# answers most strongly at each pixel, and meet two ways in which that question misleads.
#
# **Time:** about 90 minutes. **You need:** notebook 01.
#
# Five exercises are graded by checks, two questions by a person. Hidden checks with other data run
# when your notebook is graded.

# %%
from helpers import checks, datasets, explorers, models, plots
from helpers.methods.activations import layer_activations, score_values
from helpers.methods.statistics import filter_statistics
from helpers.scores import FilterScore

import keras
import numpy as np

# %%
data = datasets.load("default")
model, history = models.trained("course_cnn", data)
images, labels, names = data.test.images, data.test.labels, data.class_names
print(f"{len(images):,} test images; convolutions: {models.conv_layers(model)}")

# %% [markdown]
# We look at *test* images, on which the network was not trained.
#
# ## 1 · One image on its way through the network
#
# A trained Keras model can be cut open anywhere: a new model from the same input to the output of
# an inner layer shares all its weights.

# %% [markdown]
# ### Exercise 1 · Read a layer
#
# *Easy, 10 minutes, 3 points.*


# %% nbgrader={"grade_id": "layer_output", "solution": true}
def layer_output(model: keras.Model, images: np.ndarray, layer_name: str) -> np.ndarray:
    """What one layer answers to some images.

    model: a functional Keras model
    images: (N, H, W, C) float32
    layer_name: the name of one of its layers
    returns: (N, h, w, filters), the layer's output as it is
    """
    ### BEGIN SOLUTION
    inner = keras.Model(model.inputs, model.get_layer(layer_name).output)
    return inner.predict(images, verbose=0)
    ### END SOLUTION


# %% nbgrader={"grade_id": "layer_output_check", "grade": true}
checks.layer_output(layer_output)  # at grading, hidden checks use other networks
### BEGIN HIDDEN TESTS
checks.layer_output(layer_output, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# <code>model.get_layer(name).output</code> is the (symbolic) output of a layer;
# <code>model.inputs</code> are the inputs to start from.
# </details>
# <details><summary>Hint 2</summary>
#
# Make a <code>keras.Model</code> from the one to the other and call its <code>predict</code>.
# </details>

# %%
seven = images[np.flatnonzero(labels == 7)[:1]]
plots.feature_maps(layer_output(model, seven, "l1")[0], title="The nine maps of l1, for one seven")

# %% [markdown]
# **Notice** that each map shows the same seven, seen differently: one filter answers on one side of
# the strokes, another on strokes of one direction, some faintly on the background. Where a filter
# does not answer at all, its map is black and the word *dead* stands above it: after the ReLU the
# filter is silent for this image.
#
# The helper `layer_activations` does the same for all layers of any model at once.

# %%
answers = layer_activations(model, seven)
print({name: output.shape for name, output in answers.items()})
for name in models.conv_layers(model):
    bright = (answers[name] > answers[name].max() / 2).mean()
    print(f"{name}: {bright:.1%} of the cells above half of the largest answer")
plots.feature_maps(answers["l3"][0], title="The sixteen maps of l3, for the same seven")

# %% [markdown]
# **Notice** how coarse the maps are now, and that few cells are bright, as in `l1`. Coarse does not
# mean that the place is lost. Notebook 08 computes the image from the maps of `l3` alone, and the
# digit is there again. Notebook 04 measures how well the digits can be told apart, layer by layer.

# %% [markdown]
# ## 2 · Averages per digit
#
# One image shows what a filter answers to one seven. What does it answer to *sevens*?
#
# ### Exercise 2 · Class means
#
# *Medium, 10 minutes, 4 points.*


# %% nbgrader={"grade_id": "class_means", "solution": true}
def class_means(activations: np.ndarray, labels: np.ndarray, n_classes: int) -> np.ndarray:
    """Average the maps of each class over its images.

    activations: (N, h, w, filters) float
    labels: (N,) int, from 0 to n_classes - 1
    returns: (n_classes, h, w, filters) float; NaN for a class without images
    """
    ### BEGIN SOLUTION
    means = np.full((n_classes, *activations.shape[1:]), np.nan)
    for c in np.unique(labels):
        means[c] = activations[labels == c].mean(axis=0)
    return means
    ### END SOLUTION


# %% nbgrader={"grade_id": "class_means_check", "grade": true}
checks.class_means(class_means)  # at grading, hidden checks use other activations
### BEGIN HIDDEN TESTS
checks.class_means(class_means, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# <code>activations[labels == c]</code> are the maps of class <code>c</code>. Over which axis do
# you average, so that a map remains?
# </details>
# <details><summary>Hint 2</summary>
#
# The mean of nothing is not zero. Start with an array full of <code>np.nan</code> and fill in the
# classes that occur.
# </details>

# %%
some = np.random.default_rng(0).permutation(len(images))[:1000]  # drawn, not "the first 1000"
l1 = layer_output(model, images[some], "l1")
plots.class_mean_maps(class_means(l1, labels[some], 10), names, title="Mean of l1 per digit")

# %% [markdown]
# **Notice** that you can read the digits: `l1` keeps the picture. Compare a column from top to
# bottom: the same filter answers to the same kind of edge in every digit.
#
# The activations of all layers for all images take memory that grows with the data.
# `filter_statistics` keeps only sums and counts, batch by batch, so its memory does not grow.

# %%
numbers = sum(output.size for output in answers.values())
print(
    f"{numbers:,} activations an image, {4 * numbers * len(images) / 2**20:,.0f} MB for all images"
)
statistics = filter_statistics(model, images, labels)
plots.class_mean_maps(statistics["l2"].mean, names, title="Mean of l2 per digit")

# %%
plots.class_mean_maps(statistics["l3"].mean, names, title="Mean of l3 per digit")

# %% [markdown]
# **Notice** what happens with depth: in `l2` you still see pieces of the digits, in `l3` a filter
# marks a few places, and different digits share them.

# %%
units = statistics["l4"].mean
answering = units.max(axis=0) > 0
digits = (units > units.max(axis=0) / 2).sum(axis=0)[answering]
print(f"{answering.sum()} of 25 units answer. To how many digits does each answer at least half as "
      f"strongly as to its favourite? {digits.tolist()}")  # fmt: skip
plots.dense_activations(units, names, title="Mean of the 25 units of l4 per digit")

# %% [markdown]
# **Notice** that most units of `l4` answer to several digits, and that each digit is a pattern of
# units. A column that is black all the way down is a unit that answers to no image at all. Notebook
# 04 returns to such units.

# %%
plots.dense_activations(statistics["l5"].mean, names, title="Mean probability (l5) per digit")

# %% [markdown]
# ## 3 · Which filter wins?
#
# At each pixel, which filter answers most strongly? The answer is one number per pixel instead of
# nine maps.
#
# ### Exercise 3 · The winning filter
#
# *Medium, 10 minutes, 3 points.*
#
# There is a trap: where no filter answers, all are exactly 0 after the ReLU. `argmax` then
# returns 0, as if filter 0 had won.


# %% nbgrader={"grade_id": "winning_filter", "solution": true}
def winning_filter(activations: np.ndarray) -> np.ndarray:
    """Find the filter that answers most strongly at each pixel of each image.

    activations: (N, h, w, filters) float, after a ReLU
    returns: (N, h, w) int, the number of the filter; -1 where no filter answers
    """
    ### BEGIN SOLUTION
    dead = activations.max(axis=-1) <= 0
    return np.where(dead, -1, activations.argmax(axis=-1))
    ### END SOLUTION


# %% nbgrader={"grade_id": "winning_filter_check", "grade": true}
checks.winning_filter(winning_filter)  # at grading, hidden checks use other activations
### BEGIN HIDDEN TESTS
checks.winning_filter(winning_filter, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# The filters are the last axis, whatever the number of axes: <code>axis=-1</code>.
# </details>
# <details><summary>Hint 2</summary>
#
# A pixel is dead where the <em>maximum</em> is 0. Filter 0 may win honestly elsewhere.
# </details>

# %%
winners = winning_filter(layer_output(model, images[some], "l1"))
shown = [int(np.flatnonzero(labels[some] == c)[0]) for c in range(10)]
plots.mode_maps(winners[shown], None, 9, names, title="Who wins in l1, one image per digit")

# %% [markdown]
# **Notice** that the winners trace the strokes: one filter along one side of a stroke, another
# along the other, another inside. In the background nothing is drawn, and yet a filter wins: a
# small positive bias is enough. Section 4 comes back to it. Without the biases the background is
# dead:

# %%
unbiased = keras.models.clone_model(model)
unbiased.set_weights(model.get_weights())
kernel, bias = model.get_layer("l1").get_weights()
unbiased.get_layer("l1").set_weights([kernel, np.zeros_like(bias)])
without = winning_filter(layer_output(unbiased, images[some][shown], "l1"))
plots.mode_maps(without, None, 9, names, title="Who wins in l1 without biases")

# %% [markdown]
# ### Exercise 4 · The winner of a whole class
#
# *Hard, 20 minutes, 4 points.*
#
# For each digit and pixel, take the winner of every image of that digit and report the most
# frequent one (the mode), and how often it wins. A winner that wins in 12 % of the images means
# little, so the frequency belongs to the answer. Dead pixels have no vote.


# %% nbgrader={"grade_id": "mode_map", "solution": true}
def mode_map(
    winners: np.ndarray, labels: np.ndarray, n_classes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Find the most frequent winner at each pixel, class by class.

    winners: (N, h, w) int, -1 where a pixel is dead
    labels: (N,) int; every class occurs
    returns: mode (n_classes, h, w) int, the smaller number of equals, -1 where a pixel is dead in
      all images of the class; frequency (n_classes, h, w) float, the share of *all* images of the
      class in which the mode wins, 0 where there is none
    """
    ### BEGIN SOLUTION
    filters = winners.max() + 1
    counts = np.stack(
        [
            [(winners[labels == c] == f).sum(axis=0) for f in range(filters)]
            for c in range(n_classes)
        ]
    )  # (n_classes, filters, h, w)
    mode = np.where(counts.any(axis=1), counts.argmax(axis=1), -1)
    images_per_class = np.bincount(labels, minlength=n_classes)
    return mode, counts.max(axis=1) / images_per_class[:, None, None]
    ### END SOLUTION


# %% nbgrader={"grade_id": "mode_map_check", "grade": true}
checks.mode_map(mode_map)  # at grading, hidden checks use other winners
### BEGIN HIDDEN TESTS
checks.mode_map(mode_map, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Count first: in how many images of class <code>c</code> does filter <code>f</code> win at each
# pixel? <code>(winners[labels == c] == f).sum(axis=0)</code> answers that with one map.
# </details>
# <details><summary>Hint 2</summary>
#
# Stack these maps for all filters. The mode is the arg-max of the counts over the filters, the
# frequency their maximum divided by the number of images of the class. Where all counts are 0,
# the mode is −1.
# </details>

# %%
mode, frequency = mode_map(winners, labels[some], 10)
plots.mode_maps(mode, frequency, 9, names, title="Most frequent winner in l1 (your function)")

# %% [markdown]
# **Notice** the frequencies below: they are low where strokes are drawn differently from image to
# image, and near 1 where all images agree. `filter_statistics` has counted the same over all test
# images, for every layer. The maps of `l2` and `l3` are small enough for the filter's number in each
# cell.

# %%
l2 = statistics["l2"]
plots.mode_maps(l2.mode, l2.mode_frequency, 9, names, title="Most frequent winner in l2")

# %%
l3 = statistics["l3"]
for name in models.conv_layers(model):
    print(f"{name}: the mode wins in {statistics[name].mode_frequency.mean():.0%} of the images")
plots.mode_maps(l3.mode, l3.mode_frequency, 16, names, title="Most frequent winner in l3")

# %% [markdown]
# **Notice** that the digit can be read in the colours of `l1`, hardly in the numbers of `l3`, and
# that the images agree less in `l2` and `l3`. A number whose frequency is low tells little about
# the class.

# %% [markdown]
# ### Question 1 · What do digits share?
#
# *15 minutes, 4 points, graded by a person.*
#
# (a) Choose two digits that look alike to you. In which layer do their patterns (means or modes)
# begin to differ, and where in the picture?
#
# (b) Name a pattern of `l1` or `l2` that several digits share, and say what stroke it belongs to.
#
# (c) Why does the mode map of `l3` look less like a digit than that of `l1`?
#
# ### BEGIN MARK SCHEME
# - 1 point: (a) names layer, filters and place of a difference that can be seen in the pictures.
# - 1 point: (a) relates that place to the shape of the digits (a gap, a loop, a stroke).
# - 1 point: (b) a filter number with the stroke or edge it answers to and at least two digits.
# - 1 point: (c) pooling and larger receptive fields: a cell of l3 stands for a patch of the image
#   and combines strokes; its place says less. "Deeper layers are abstract" alone earns nothing.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "shared_patterns_question", "grade": true, "solution": true, "points": 4}
# The numbers are those of my run; trained on another computer they differ.
#
# (a) 4 and 9 (of MNIST): their means in l1 look nearly alike; in l2 and l3 several filters (0, 1
# and 7 of l2) differ in the upper middle, where the 9 is closed and the 4 is open.
#
# (b) The filter of l1 that answers on the right side of steep strokes (4, if trained on MNIST)
# marks the stem of 1, 4, 7 and 9 and the right side of 0.
#
# (c) After two poolings a cell of l3 stands for about 4×4 pixels and sees a patch of more than
# 20×20: it reports a combination of strokes, and its place is only known roughly.

# %% [markdown]
# ## 4 · The second trap: a loud filter
#
# A filter with a positive bias answers to an empty place, too. Where the other filters are silent it
# wins, though nothing is drawn there. Here are the biases of `l1`, and how often each filter wins.

# %%
biases = model.get_layer("l1").get_weights()[1]
wins = np.bincount(winners[winners >= 0], minlength=9) / winners.size
for f, (bias, share) in enumerate(zip(biases, wins, strict=True)):
    print(f"filter {f}: bias {bias:+.2f}, wins {share:6.1%} of all pixels")

# %% [markdown]
# **Notice** that the filter with the largest bias wins most of the pixels.

# %% [markdown]
# ### Exercise 5 · Compare fairly
#
# *Medium, 10 minutes, 3 points.*
#
# Bring all filters to the same footing before you compare: subtract from each filter's activations
# their mean and divide by their standard deviation, both taken over all images and pixels.


# %% nbgrader={"grade_id": "standardise", "solution": true}
def standardise(activations: np.ndarray) -> np.ndarray:
    """Give every filter mean 0 and standard deviation 1 over all images and pixels.

    activations: (N, h, w, filters) float
    returns: (N, h, w, filters) float; 0 everywhere for a filter that never changes
    """
    ### BEGIN SOLUTION
    mean = activations.mean(axis=(0, 1, 2))
    spread = activations.std(axis=(0, 1, 2))
    return (activations - mean) / np.where(spread > 0, spread, 1)
    ### END SOLUTION


# %% nbgrader={"grade_id": "standardise_check", "grade": true}
checks.standardise(standardise)  # at grading, hidden checks use other activations
### BEGIN HIDDEN TESTS
checks.standardise(standardise, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# One mean per filter: average over the axes of images, rows and columns, <code>(0, 1, 2)</code>.
# </details>
# <details><summary>Hint 2</summary>
#
# A filter that never changes has standard deviation 0. Replace that 0 by 1 before dividing.
# </details>

# %%
fair = winning_filter(standardise(layer_output(model, images[some], "l1")))
fair_mode, fair_frequency = mode_map(fair, labels[some], 10)
fair_wins = np.bincount(fair[fair >= 0], minlength=9) / fair.size
for f, (before, after) in enumerate(zip(wins, fair_wins, strict=True)):
    print(f"filter {f}: wins {before:6.1%} of all pixels, {after:6.1%} after standardising")
plots.mode_maps(fair_mode, fair_frequency, 9, names, title="Winners in l1 after standardising")

# %% [markdown]
# **Notice** that the filter that had won by its bias has lost most of its pixels, and look which
# filters took them over. After standardising, 0 means "as strong as usual", so a dead pixel is now
# one where every filter is weaker than usual.

# %% [markdown]
# ### Question 2 · When does arg-max lie?
#
# *10 minutes, 3 points, graded by a person.*
#
# (a) In a layer without positive biases, no filter answers to an empty image. Explain in two
# sentences why arg-max nevertheless reports filter 0 at every pixel.
#
# (b) A colleague shows a mode map in which one filter wins nearly everywhere. What two checks
# tell you whether that filter has seen something?
#
# ### BEGIN MARK SCHEME
# - 1 point: (a) after the ReLU all filters are exactly 0, and arg-max returns the first of equals.
# - 2 points: (b) one for each of two sound checks, such as: compare standardised activations or
#   look at the bias; look at the frequency of the mode; look at its map on an empty image; look
#   whether its mean map depends on the digit.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "argmax_question", "grade": true, "solution": true, "points": 3}
# (a) Where nothing is drawn, all responses can be exactly 0 after the ReLU. Arg-max returns the
# first of equal values, which is filter 0.
#
# (b) I would look at its response to an empty image (a loud filter answers there too), and repeat
# the map with standardised activations: a filter that only has a large bias loses its pixels.

# %% [markdown]
# ## 5 · Explore
#
# Choose a layer, a digit and a filter.

# %%
explorers.filters(statistics, names)

# %% [markdown] variants={"FILTER": [5, 0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]}
# Which images drive a filter most? Girshick and others (2013) and Zeiler and Fergus (2013) described
# filters by such images. `FilterScore("l3", {{ FILTER }})` asks for the mean of that filter's map; every method
# of this course takes such a score. Change the layer and the filter.

# %%
score = FilterScore("l3", {{FILTER}})
values = score_values(model, images, score)
best = np.argsort(-values)[:8]
titles = [f"{labels[i]}: {values[i]:.2f}" for i in best]
plots.images(images[best], titles, columns=8, title=f"Images that drive filter {score.index} of l3")

# %% [markdown]
# One last property, which lets many computers share the work: statistics over two halves of the
# data add up to the statistics over the whole.

# %%
half = len(images) // 2
parts = [filter_statistics(model, images[s], labels[s]) for s in (slice(half), slice(half, None))]
together = parts[0] + parts[1]
print("images per digit:", together.counts.tolist())
print("same mean of l1:", np.allclose(together["l1"].mean, statistics["l1"].mean))

# %% [markdown]
# ## What to take along
#
# - The maps of `l1` can be read as digits. In `l3` a class is a pattern of cells and filters, in `l4`
#   a pattern of units.
# - Average over images to learn about a class; keep the map to learn about places.
# - Arg-max names a winner even where all filters are silent. Mask dead pixels, look at the biases,
#   and show how often the winner wins.
#
# **Next:** notebook 03 asks a filter for the picture it likes best.
#
# ## To read on
#
# - M. D. Zeiler and R. Fergus, "Visualizing and understanding convolutional networks", 2013: the
#   images that drive each filter most. [arXiv:1311.2901](https://arxiv.org/abs/1311.2901)
# - R. Girshick, J. Donahue, T. Darrell and J. Malik, "Rich feature hierarchies for accurate object
#   detection and semantic segmentation", 2013: patches, sorted by what a unit answers.
#   [arXiv:1311.2524](https://arxiv.org/abs/1311.2524)
# - D. Bau, B. Zhou, A. Khosla, A. Oliva and A. Torralba, "Network dissection", 2017: how far a filter
#   agrees with a concept. [arXiv:1704.05796](https://arxiv.org/abs/1704.05796)
# - A. S. Morcos, D. G. T. Barrett, N. C. Rabinowitz and M. Botvinick, "On the importance of single
#   directions for generalization", 2018: do networks need the units that belong to one class?
#   [arXiv:1803.06959](https://arxiv.org/abs/1803.06959)
