# %% [markdown]
# # 02 · What the filters respond to
#
# The network of notebook 01 recognises nearly all test images. Below are four images that it takes
# for another digit, the surest ones first. The share of right answers does not tell you what the
# network sees in them. So this notebook opens the network and looks at what its filters answer.
#
# **You will** read the activations of every layer and average them for each digit. Then you ask
# which filter answers most strongly at each pixel, and you meet two ways in which that question
# misleads.
#
# **Time:** about 130 minutes. **You need:** notebook 01.
#
# Six exercises are graded by checks, two questions by a person. Hidden checks with other data run
# when your notebook is graded.

# %%
from helpers import checks, datasets, experiments, explorers, models, plots
from helpers.checks import findings
from helpers.methods.activations import layer_activations, score_values
from helpers.methods.statistics import filter_statistics
from helpers.scores import FilterScore

import keras
import numpy as np

# %%
data = datasets.load("default")
model, history = models.trained("course_cnn", data)
images, labels, names = data.test.images, data.test.labels, data.class_names
probabilities = models.predict(model, images)
found, sure = probabilities.argmax(axis=1), probabilities.max(axis=1)
print(f"{np.mean(found == labels):.1%} of {len(images):,} test images are recognised")
print(f"convolutions: {models.conv_layers(model)}")
worst = sorted(np.flatnonzero(found != labels), key=lambda i: -sure[i])[:4]
titles = [f"{names[labels[i]]}, taken for {names[found[i]]}: {sure[i]:.0%}" for i in worst]
plots.images(
    images[worst], titles, columns=4, title="The four mistakes of which the network is surest"
)

# %% [markdown]
# All images here are *test* images. The network was not trained on them.
#
# ## 1 · One image on its way through the network
#
# A trained Keras model can be cut open anywhere: a new model from the same input to the output of
# an inner layer shares all its weights.

# %% [markdown]
# ### Exercise 1 · Read a layer
#
# *Easy, 10 minutes, 3 points.*
#
# Write a function that returns the output of one layer for some images. Use the network that is
# given: its weights must stay as they are.


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
# <code>keras.Model(inputs, outputs)</code> makes a model of a part of the network. Which two ends
# does yours have? A model computes its outputs with <code>predict</code>.
# </details>

# %% [markdown]
# Your function now shows the nine maps of `l1` for one seven. After the ReLU no activation is
# negative. A filter that answers nowhere has a black map, and the word *dead* stands above the map.
#
# A filter *answers* at a pixel if its activation there is above 0. **Guess first:** how many of the nine
# filters answer to this seven on more than half of the image?
# Most of the image is background.

# %%
seven = images[np.flatnonzero(labels == 7)[:1]]
maps = layer_output(model, seven, "l1")[0]
explorers.guess(
    "How many of the nine filters of l1 answer on more than half of this image?",
    answer=int(((maps > 0).mean(axis=(0, 1)) > 0.5).sum()),
    choices=range(10),
    picture=plots.feature_maps(maps, title="The nine maps of l1, for one seven"),
)

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# Each map shows the same seven, and each filter sees it differently. One filter answers on one side
# of the strokes, and another answers on strokes of one direction. Some filters answer faintly on the
# whole background, where nothing is drawn. Section 4 explains these filters.
# </details>
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
# **Notice** that the maps of `l3` are coarse, and that few of their cells are bright. A coarse map
# has not lost the place of a stroke. Notebook 08 computes the image from the maps of `l3` alone, and
# you can read the digit again. Notebook 04 measures how well each layer tells the digits apart.

# %% [markdown]
# ## 2 · Averages per digit
#
# One image shows what a filter answers to one seven. What does it answer to *sevens*?
#
# ### Exercise 2 · Class means
#
# *Medium, 10 minutes, 4 points.*
#
# Average the maps of all images of a class, for each class. A class without images has no mean: all
# of its values are NaN.


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
# The mean of nothing is not zero. Make an array for the result first: which shape has it, and which
# value stands in it as long as you have not filled a class in?
# </details>

# %%
some = np.random.default_rng(0).permutation(len(images))[:1000]  # drawn, not "the first 1000"
l1 = layer_output(model, images[some], "l1")
plots.class_mean_maps(class_means(l1, labels[some], 10), names, title="Mean of l1 per digit")

# %% [markdown]
# **Notice** that you can read the digits: `l1` keeps the picture. Compare a column from top to
# bottom. The same filter answers to the same kind of edge in every digit.
#
# The activations of all layers for all images take memory that grows with the data.
# `filter_statistics` keeps only sums and counts, batch by batch. So its memory does not grow.

# %%
numbers = sum(output.size for output in answers.values())
print(
    f"{numbers:,} activations an image, {4 * numbers * len(images) / 2**20:,.0f} MB for all images"
)
statistics = filter_statistics(model, images, labels)
plots.class_mean_maps(statistics["l2"].mean, names, title="Mean of l2 per digit")

# %% [markdown]
# <div class="alert alert-info">
#
# **Experiment 1 · How many images does a mean need?** Set `count` to 10, 50 and 250, one after
# another, and run the cell each time. The cell measures how far your mean of `l1` is from the mean
# over all test images, as a share of that mean. Then finish the sentence: *With five times as many
# images the distance is divided by about …*
# </div>

# %%
count = 20  # change it, and run the cell again
few, all_of_them = class_means(l1[:count], labels[some][:count], 10), statistics["l1"].mean
away = np.sqrt(np.nanmean((few - all_of_them) ** 2) / np.nanmean(all_of_them**2))
experiments.record(
    "How far is a mean of few images from the mean of all?", {"images": count}, away=away
)

# %%
plots.class_mean_maps(statistics["l3"].mean, names, title="Mean of l3 per digit")

# %% [markdown]
# **Notice** what happens with depth. In `l2` you still see pieces of the digits. In `l3` a filter
# marks a few places, and different digits share these places.
#
# `l4` is a dense layer: its 25 units have no place in the image. **Guess first:** to how many of the
# ten digits does a typical unit of `l4` answer? A digit counts if the unit's mean answer is at least
# half of its mean answer to its favourite digit. If each unit stood for one digit, the answer would
# be 1. Units that never answer are left out.

# %%
units = statistics["l4"].mean
answering = units.max(axis=0) > 0
digits = (units > units.max(axis=0) / 2).sum(axis=0)[answering]
explorers.guess(
    "To how many digits does a typical unit of l4 answer (the median over the units)?",
    answer=int(np.median(digits)),
    choices=range(1, 11),
    picture=plots.dense_activations(units, names, title="Mean of the 25 units of l4 per digit"),
)

# %%
print(f"{answering.sum()} of 25 units answer. Digits to which each answers: {digits.tolist()}")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# Most units of `l4` answer to several digits. Such a unit does not stand for one digit. A digit is a
# pattern of units. A column that is black all the way down is a unit that answers to no image at
# all. Notebook 04 returns to such units.
# </details>

# %% [markdown]
# The last layer, `l5`, gives one probability for each digit. Compare its picture with the picture of
# `l4`: here each unit stands for one digit.

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
# Find the number of the winning filter for each pixel of each image. There is a trap. Where no
# filter answers, all activations are exactly 0 after the ReLU. `argmax` then returns 0, as if filter
# 0 had won.


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
# A pixel is dead where the <em>maximum</em> is 0. At other pixels filter 0 may be the true winner.
# </details>
#
# Your function now names the winner at each pixel of many images. Most pixels are background. There
# every weight is multiplied by 0, so only the bias of the filter is left. The cell prints the biases
# of `l1`.
#
# **Guess first:** which filter wins most of the pixels?

# %%
winners = winning_filter(layer_output(model, images[some], "l1"))
kernel, biases = model.get_layer("l1").get_weights()
wins = np.bincount(winners[winners >= 0], minlength=9) / winners.size
for f, bias in enumerate(biases):
    print(f"filter {f}: bias {bias:+.2f}")
explorers.guess(
    "Which filter of l1 wins most of the pixels?",
    answer=int(wins.argmax()),
    choices=range(9),
    picture=plots.bars(
        100 * wins, range(9), "filter", "pixels won, %", title="How often each filter of l1 wins"
    ),
)

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# The filter with the largest bias wins most of the pixels. Most pixels are background, and there the
# bias alone decides.
# </details>
#
# Where does each filter win?

# %%
shown = [int(np.flatnonzero(labels[some] == c)[0]) for c in range(10)]
plots.mode_maps(winners[shown], None, 9, names, title="Who wins in l1, one image per digit")

# %% [markdown]
# **Notice** that the winners trace the strokes. One filter wins along one side of a stroke, another
# filter wins along the other side, and a third one wins inside. In the background nothing is drawn,
# and yet a filter wins there: its positive bias is enough.
#
# **Guess first:** the next cell sets all biases of `l1` to 0. A filter of `l1` reads 5×5 pixels, so it
# can also answer next to a stroke. In how many per cent of the pixels does no filter answer then?

# %%
unbiased = keras.models.clone_model(model)
unbiased.set_weights(model.get_weights())
unbiased.get_layer("l1").set_weights([kernel, np.zeros_like(biases)])
without = winning_filter(layer_output(unbiased, images[some][shown], "l1"))
explorers.guess(
    "In how many per cent of the pixels does no filter of l1 answer, without biases?",
    answer=100 * float((without == -1).mean()),
    picture=plots.mode_maps(without, None, 9, names, title="Who wins in l1 without biases"),
)

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
    returns: mode (n_classes, h, w) int, the smaller number if two win equally often, -1 where a pixel is dead in
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
# Stack these maps for all filters, from 0 to <code>winners.max()</code>. Which filter has the largest count at a pixel, and how large is
# that count? Divide by the number of *all* images of the class. Then look for pixels where all
# counts are 0.
# </details>

# %%
mode, frequency = mode_map(winners, labels[some], 10)
plots.mode_maps(mode, frequency, 9, names, title="Most frequent winner in l1 (your function)")

# %% [markdown]
# **Notice** the frequencies in the second row of pictures. A frequency is low where people draw
# strokes differently. It is near 1 where all images agree.
#
# `filter_statistics` has counted the same over all test images, for every layer. **Guess first:** in
# which convolution do the images of a class agree most about the winner?

# %%
layers = models.conv_layers(model)
agree = [100 * float(statistics[name].mode_frequency.mean()) for name in layers]
explorers.guess(
    "In which convolution do the images of a class agree most about the winner?",
    answer=layers[int(np.argmax(agree))],
    choices=layers,
    picture=plots.bars(
        agree, layers, "layer", "images that agree, %", title="How often the mode wins"
    ),
)

# %% [markdown]
# The maps of `l2` and `l3` are small, so the number of the filter stands in each cell.

# %%
for name, share in zip(layers, agree, strict=True):
    print(f"{name}: the mode wins in {share:.0f}% of the images")
l2, l3 = statistics["l2"], statistics["l3"]
plots.mode_maps(l2.mode, l2.mode_frequency, 9, names, title="Most frequent winner in l2")

# %%
plots.mode_maps(l3.mode, l3.mode_frequency, 16, names, title="Most frequent winner in l3")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# You can read the digit in the colours of `l1`. You can hardly read the digit in the numbers of
# `l3`. The images also agree less in `l2` and `l3`. A mode with a low frequency tells little about
# the class. Be careful: in `l1` the images also agree on the background, where nothing is drawn.
# There the largest bias decides in all images.
# </details>

# %% [markdown]
# ### Question 1 · What do digits share?
#
# *15 minutes, 4 points, graded by a person.*
#
# (a) Choose two digits that look alike to you. In which layer do their patterns (means or modes)
# begin to differ, in which filters, and where in the picture?
#
# (b) Name a filter of `l1` or `l2` whose pattern several digits share: its number, these digits, and
# the stroke that the pattern belongs to.
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
# (a) 4 and 9 (of MNIST): their means in l1 look nearly alike. In l2 and l3 several filters (0, 1
# and 7 of l2) differ in the upper middle. There the 9 is closed and the 4 is open.
#
# (b) One filter of l1 answers on the right side of steep strokes (4, if trained on MNIST). It marks
# the stem of 1, 4, 7 and 9 and the right side of 0.
#
# (c) After two poolings a cell of l3 stands for about 4×4 pixels and sees a patch of more than
# 20×20. The cell reports a combination of strokes, and the place of the strokes is only known roughly.

# %% [markdown]
# ## 4 · The second trap: a loud filter
#
# A filter with a positive bias answers to an empty place, too. The filter with the largest bias is
# the loudest one there. So it wins most of the pixels in Section 3, though it has seen nothing there.
#
# <div class="alert alert-info">
#
# **Experiment 2 · Turn a filter down.** The cell below multiplies the largest bias by `factor`. Try
# 1, 0.5, 0 and −1. Then finish the sentence: *The filter wins pixels of the background as long as …*
# </div>

# %%
factor = 1.0  # change it, and run the cell again
loud = int(biases.argmax())
quieter = np.where(np.arange(9) == loud, factor * biases, biases)
unbiased.get_layer("l1").set_weights([kernel, quieter])
won = (winning_filter(layer_output(unbiased, images[some], "l1")) == loud).mean()
experiments.record(f"Pixels that filter {loud} wins", {"factor": factor}, share=won)

# %% [markdown]
# ### Exercise 5 · Compare fairly
#
# *Medium, 10 minutes, 3 points.*
#
# Bring all filters to the same scale before you compare them. Subtract from the activations of each
# filter their mean, and divide by their standard deviation. Take both over all images and pixels.


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
# A filter that never changes has standard deviation 0, and you divide by it. By what can you divide
# such a filter instead, so that the result is 0 everywhere?
# </details>

# %%
standard = standardise(layer_output(model, images[some], "l1"))
fair = winning_filter(np.maximum(standard, 0))  # only answers above the usual count
fair_mode, fair_frequency = mode_map(fair, labels[some], 10)
fair_wins = np.bincount(fair[fair >= 0], minlength=9) / fair.size
for f, (before, after) in enumerate(zip(wins, fair_wins, strict=True)):
    print(f"filter {f}: wins {before:6.1%} of all pixels, {after:6.1%} after standardising")
plots.mode_maps(fair_mode, fair_frequency, 9, names, title="Winners in l1 after standardising")

# %% [markdown]
# **Notice** that the filter with the largest bias has lost most of its pixels. Look which filters
# won these pixels. After standardising, 0 means "as strong as usual". So −1 now marks a pixel where no
# filter answers more than usual.

# %% [markdown]
# ## 5 · Explore
#
# Choose a layer, a digit and a filter.

# %%
explorers.filters(statistics, names)

# %% [markdown] variants={"FILTER": [5, 0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]}
# Which images drive a filter most? Girshick and others (2013) and Zeiler and Fergus (2014) described
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

# %% [markdown] variants={"NUMBER": [1, 2, 3, 5, 6, 7, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 24, 25, 27, 28, 29, 30, 31, 32, 33, 35, 37, 39, 41, 44, 45, 48, 49, 50, 51, 52, 53, 55]}
# ## 6 · A finding of your own
#
# Two computers train two slightly different networks, so nobody else can check what you find in
# yours. The network below is the same on every computer. Your number is {{NUMBER}}. This number decides
# in which order the filters stand, and which images you get: 200 digits with noise.
#
# The images are `own.images`, and their labels are `own.labels`. Your digit is the last figure of your
# number.

# %%
own_model, own = findings.network({{NUMBER}}), findings.images({{NUMBER}})
digit = {{NUMBER}} % 10
print(f"{np.sum(own.labels == digit)} of {len(own.images)} images show your digit, {digit}")
plots.images(own.images[own.labels == digit][:8], columns=8, title=f"Images of your digit, {digit}")

# %% [markdown]
# ### Exercise 6 · The loudest place
#
# *Easy, 10 minutes, 3 points.*
#
# Average the maps of `l3` over all images of your digit: one mean map for each of the 16 filters. Find
# the largest value of all these mean maps. To which filter does this value belong, and at which row and
# column does it stand? Use `layer_output` and `class_means`, in a cell of your own. Then let
# `loudest_place` return what you found.
#
# The function may compute these numbers, or return numbers that you copied by hand.


# %% nbgrader={"grade_id": "loudest_place", "solution": true}
def loudest_place() -> tuple[int, int, int, float]:
    """Return what you found in l3 of your network, for your digit.

    returns: the number of the filter, the row and the column, counted from 0, and the class mean
        there, to two decimals
    """
    ### BEGIN SOLUTION
    own_model, own = findings.network({{NUMBER}}), findings.images({{NUMBER}})
    means = class_means(layer_output(own_model, own.images, "l3"), own.labels, 10)
    mean = means[{{NUMBER}} % 10]
    row, column, winner = np.unravel_index(mean.argmax(), mean.shape)
    return int(winner), int(row), int(column), round(float(mean.max()), 2)
    ### END SOLUTION


# %% nbgrader={"grade_id": "loudest_place_check", "grade": true}
checks.loudest_place(loudest_place, number={{NUMBER}})  # grading repeats this, no hidden data
### BEGIN HIDDEN TESTS
checks.loudest_place(loudest_place, number={{NUMBER}}, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Which of your functions gives the maps of <code>l3</code>, and which one averages them for each
# digit?
# </details>
# <details><summary>Hint 2</summary>
#
# Take the means of your digit alone: an array of 7 rows, 7 columns and 16 filters. Where is its
# largest value? <code>np.unravel_index</code> makes row, column and filter of a flat position.
# </details>

# %% [markdown]
# ### Question 2 · When does arg-max lie?
#
# *10 minutes, 3 points, graded by a person.*
#
# (a) Standardising can mislead, too. Think of two filters. The first filter answers with 1 at half of
# all pixels, and with 0 elsewhere. The second filter answers with 0.01 at one pixel in a thousand, and
# with 0 elsewhere. Which filter wins where both answer, before and after standardising? Say why.
#
# (b) In Exercise 6 you found the filter with the largest class mean for your digit. A colleague concludes
# that this filter detects your digit. Make two checks with `own_model` and `own`, and quote a number of
# each. What do you answer?
#
# ### BEGIN MARK SCHEME
# - 1 point: (a) before: the first filter. After: the second one. Its standard deviation is tiny, since
#   it is 0 nearly everywhere, so its answer becomes about 32; the first filter's becomes 1. No numbers
#   are needed, but the reason is.
# - 2 points: (b) one for each of two sound checks of the filter that the student found, with a number
#   and what follows, such as: its class means of the other digits at this place (several are as large);
#   its map on an empty image, or its bias; standardised activations. A check without a number earns half.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "argmax_question", "grade": true, "solution": true, "points": 3}
# (a) Before standardising the first filter wins, with 1 against 0.01. After standardising the second
# filter wins. It is 0 nearly everywhere, so its standard deviation is only about 0.0003, and its 0.01
# becomes about 32. The first filter has mean 0.5 and standard deviation 0.5, so its 1 becomes 1. A
# faint and rare answer now looks like the strongest one.
#
# (b) With the number 1 it is filter 13, at row 6 and column 3, with 9.65 for the ones. At this place its mean
# for the twos is 9.97, which is larger, and the smallest mean of all digits is 5.90. So the filter answers
# to a stroke that many digits have there. To an empty image it answers with 0.36 at this place. So the
# filter is not just loud: it has seen something, but not "a one".

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
# - M. D. Zeiler and R. Fergus, "Visualizing and understanding convolutional networks", 2014: the
#   images that drive each filter most. [arXiv:1311.2901](https://arxiv.org/abs/1311.2901)
# - R. Girshick, J. Donahue, T. Darrell and J. Malik, "Rich feature hierarchies for accurate object
#   detection and semantic segmentation", 2013: patches, sorted by what a unit answers.
#   [arXiv:1311.2524](https://arxiv.org/abs/1311.2524)
# - D. Bau, B. Zhou, A. Khosla, A. Oliva and A. Torralba, "Network dissection", 2017: how far a filter
#   agrees with a concept. [arXiv:1704.05796](https://arxiv.org/abs/1704.05796)
# - A. S. Morcos, D. G. T. Barrett, N. C. Rabinowitz and M. Botvinick, "On the importance of single
#   directions for generalization", 2018: do networks need the units that belong to one class?
#   [arXiv:1803.06959](https://arxiv.org/abs/1803.06959)
