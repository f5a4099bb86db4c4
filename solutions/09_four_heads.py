# %% [markdown]
# # 09 · One network, four heads
#
# Notebook 07 ended with a doubt: guided backprop draws nearly the same picture for each class. Below,
# the same method explains one network that answers four questions about a line. The four maps look
# alike. Do all four answers use the same pixels, or does the method draw the line whatever you ask?
#
# In this notebook you can find out. You know for each pixel of each image whether it belongs to the line.
# So you can say whether a heat map is right or wrong.
#
# **You will** read a network that answers four questions about one picture, and count in three ways
# what it gets right. You ask each of its heads where it looks, and you measure the heat maps against
# the truth. At the end you switch off filters, one by one, to see which heads need which filters.
#
# **Time:** about 170 minutes. **You need:** notebooks 03, 05, 06 and 07.
#
# Six exercises are graded by checks, two questions by a person. Hidden checks with other data run
# when your notebook is graded.

# %%
from functools import partial

from helpers import checks, datasets, experiments, explorers, faithfulness, models, plots
from helpers.checks import findings
from helpers.datasets.lines import ATTRIBUTES
from helpers.methods import cam, occlusion, saliency
from helpers.methods.activations import layer_activations, score_values, to_bytes
from helpers.methods.maximization import maximize
from helpers.scores import ClassScore, FilterScore

import numpy as np
from scipy.ndimage import binary_dilation

# %%
data = datasets.load("lines")
model, history = models.trained("line_heads", data)
images, masks = data.test.images, data.test.masks["line"]
heads = list(ATTRIBUTES)
truth = np.stack([data.test.attributes[head] for head in heads], axis=1)
print(f"Data set: lines, {data.source.split(';')[0]}")
print(f"{len(data.train.images):,} images to train, {len(images):,} to test; truth {truth.shape}")

# %%
scores = [ClassScore(int(c), head=head) for head, c in zip(heads, truth[0], strict=True)]
attributions = [saliency.guided_backprop(model, images[:1], score) for score in scores]
maps = np.concatenate([saliency.over_channels(each, "sum") for each in attributions])
pairs = np.corrcoef(maps.reshape(4, -1))[np.triu_indices(4, 1)]
print(f"mean correlation of any two of the four maps: {pairs.mean():.2f}")
plots.overlays(
    0.4 * np.repeat(masks[:1, ..., None], 4, axis=0),  # pale ink
    maps,
    heads,
    4,
    "Guided backprop: four questions about one line",
)

# %% [markdown]
# ## 1 · Lines, and a network with four answers
#
# Each picture shows one straight line on black, drawn by the course. Each line has four
# attributes:
#
# - a **length** of 7 or 15 pixels;
# - a **width** of 1 or 3 pixels;
# - an **angle** from 0° to 165° in steps of 15°, counter-clockwise from the x axis;
# - a **colour**, red or blue.
#
# All 96 combinations occur equally often. No image is both in the training set and in the test set. For
# each image you know the *mask*: the mask says which pixels are line.


# %%
def told(number):
    """What is true of a test image, in words."""
    values = [ATTRIBUTES[h][c] for h, c in zip(heads, truth[number], strict=True)]
    return "{}×{}, {}°, {}".format(*values)


def a_line(length, width, angle, colour):
    """The number of the first test image of these classes."""
    return int(np.flatnonzero((truth == [length, width, angle, colour]).all(axis=1))[0])


turned = [a_line(1, k % 2, k, k // 2 % 2) for k in range(12)]
plots.images(images[turned], [told(i) for i in turned], 6, "Long lines, one of each angle")

# %% [markdown]
# A network could have one class for each of the 96 combinations. Then 48 of its output units stand for
# red lines, and each of these units must learn what red is. Our network has one unit for the colour. It
# begins with two convolutions of 32 filters and a
# pooling, and goes on with two convolutions of 64 filters and a pooling. All questions **share** these
# layers. Their result is flattened, and four **heads** read it. Each head is a single dense layer:
#
# - `length`, `width`, `colour`: one unit with a **sigmoid**, the probability of class 1 (15 pixels,
#   3 pixels, blue);
# - `angle`: twelve units with a **softmax**.
#
# The loss of the network in training was the sum of the losses of its four heads.

# %%
outputs = model.predict(images, verbose=0)
for head, output in zip(heads, outputs, strict=True):
    print(f"{head:7} {output.shape}   first image: {output[0].round(3)}")
plots.training_history(history, "Four heads learn at different speeds")

# %% [markdown]
# ### Exercise 1 · From outputs to classes
#
# *Easy, 10 minutes, 3 points.*
#
# Turn the outputs of the heads into classes. A softmax head has a column for each class. A sigmoid head
# has one column for two classes, so mind its shape (N, 1).


# %% nbgrader={"grade_id": "head_classes", "solution": true}
def head_classes(outputs: list[np.ndarray]) -> np.ndarray:
    """Say which class each head predicts for each image.

    outputs: for each head (N, units) probabilities: one unit is a sigmoid, the probability of
      class 1; several units are a softmax, a column per class
    returns: (N, heads) int, the predicted classes, counted from 0
    """
    ### BEGIN SOLUTION
    columns = [p[:, 0] > 0.5 if p.shape[1] == 1 else p.argmax(axis=1) for p in outputs]
    return np.stack(columns, axis=1).astype(int)
    ### END SOLUTION


# %% nbgrader={"grade_id": "head_classes_check", "grade": true}
checks.head_classes(head_classes)  # at grading, hidden checks use other heads
### BEGIN HIDDEN TESTS
checks.head_classes(head_classes, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# <code>p.shape[1] == 1</code> tells the two kinds of heads apart. What is the arg-max of a single
# number?
# </details>
# <details><summary>Hint 2</summary>
#
# Make one column of classes for each head. A sigmoid head predicts class 1 if its probability is above
# one half. Then put the columns side by side, as whole numbers.
# </details>
# <details><summary>Hint 3 (the line itself; it costs nothing)</summary>
#
# A column is <code>p[:, 0] &gt; 0.5</code> or <code>p.argmax(axis=1)</code>. Then
# <code>np.stack(columns, axis=1).astype(int)</code>.
# </details>

# %%
predicted = head_classes(outputs)
wrong = np.flatnonzero((predicted != truth).any(axis=1))
print(f"{len(wrong)} of {len(images)} images are not quite right")
for i in wrong[:5]:
    print(f"image {i}: true {truth[i]}, predicted {predicted[i]} ({told(i)})")

# %% [markdown]
# ## 2 · How good is it?
#
# Four heads have four accuracies. But a person who needs the whole line needs all four answers *at
# once*.
#
# ### Exercise 2 · Each head, and all at once
#
# *Easy, 10 minutes, 3 points.*
#
# Compute how often each head is right, and how often all heads are right about the same image.


# %% nbgrader={"grade_id": "accuracies", "solution": true}
def accuracies(predicted: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, float]:
    """Say how often each head is right, and how often the whole network.

    predicted, truth: (N, heads) int, classes
    returns: (heads,) the share of images that each head gets right, and one number, the share of
      images that all heads get right; from 0 to 1
    """
    ### BEGIN SOLUTION
    right = predicted == truth
    return right.mean(axis=0), float(right.all(axis=1).mean())
    ### END SOLUTION


# %% nbgrader={"grade_id": "accuracies_check", "grade": true}
checks.accuracies(accuracies)  # at grading, hidden checks use other predictions
### BEGIN HIDDEN TESTS
checks.accuracies(accuracies, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# <code>predicted == truth</code> has a row for each image and a column for each head. Over which axis
# do you average for the heads? Over which axis does "all heads" go?
# </details>
# <details><summary>Hint 2</summary>
#
# The mean of True and False is the share of True. NumPy has a function that is True for a row if all
# its entries are True. Use this function before you take the second mean.
# </details>
# <details><summary>Hint 3 (the line itself; it costs nothing)</summary>
#
# With <code>right = predicted == truth</code>: <code>right.mean(axis=0)</code> and
# <code>right.all(axis=1).mean()</code>.
# </details>
#
# Clean lines are too easy for this network. So the next cell changes 960 test lines in ways that the
# network has never seen. It adds noise of three strengths, halves the brightness, or swaps the two
# colours.
#
# **Guess first:** put four of these changes in order. Begin with the change after which the network
# gets most lines wholly right.

# %%
clean = images[:960]
noise = np.random.default_rng(0).normal(0, 1, clean.shape)
changed = {"clean": clean}
changed |= {f"noise {n}": np.clip(clean + n * noise, 0, 1) for n in (0.05, 0.1, 0.2)}
changed |= {"half as bright": clean / 2, "red and blue swapped": clean[..., ::-1]}
answers = {
    name: head_classes(model.predict(batch.astype(np.float32), verbose=0))
    for name, batch in changed.items()
}
rates = {name: accuracies(given, truth[:960]) for name, given in answers.items()}
whole = {name: 100 * joint for name, (_, joint) in rates.items()}
four = ["half as bright", "noise 0.05", "noise 0.1", "red and blue swapped"]
explorers.guess(
    "After which change are most lines wholly right, and after which change fewest?",
    answer=sorted(four, key=lambda name: -whole[name]),
    choices=four,
    picture=plots.bars([*whole.values()], list(whole), "change", "right, %", "All four at once"),
)

# %%
print(f"{'':20}  {'  '.join(f'{h:>6}' for h in heads)}  all at once  product of the four")
for name, (each, joint) in rates.items():
    row = "  ".join(f"{share:6.1%}" for share in each)
    print(f"{name:20}  {row}  {joint:11.1%}  {each.prod():19.1%}")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# "All at once" is at most the accuracy of the weakest head. With the colours swapped the colour head is
# wrong on nearly every line, so hardly any line is wholly right.
#
# Compare "all at once" with the product of the four accuracies. The product would be right if the heads
# made their mistakes independently. But the heads share their features. In some rows a line that is
# hard for one head is hard for another head, too. There the product is too small. In other rows one
# head is wrong on just those lines that another head gets right. There the product is too large. Find a
# row for each case.
# </details>
#
# <div class="alert alert-info">
#
# **Experiment 1 · Which head fails first?** The cell below adds noise and prints which head is weakest.
# Set `amount` to 0.05, 0.1, 0.15 and 0.3, one after another, and run the cell each time. Then finish
# the sentence: *With more noise the first head to fail is the …, perhaps because …*
# </div>

# %%
amount = 0.1  # change it, and run the cell again
batch = np.clip(clean + amount * noise, 0, 1).astype(np.float32)
each, joint = accuracies(head_classes(model.predict(batch, verbose=0)), truth[:960])
print(f"the weakest head: {heads[int(each.argmin())]}")
experiments.record(
    "Accuracy with noise", {"amount": amount}, weakest_head=each.min(), all_at_once=joint
)

# %% [markdown]
# ### Four heads, or 96 classes?
#
# A rival of our network has the same convolutions and only one head, a softmax of all 96 combinations.
# Both networks were trained for the same number of epochs.
#
# **Guess first:** which network gets the whole line right more often?

# %%
rivals = {"four heads": (model, history), "96 classes": models.trained("line_classes", data)}
right = {name: models.accuracy(rival, data.test) for name, (rival, _) in rivals.items()}
shares = [100 * share for share in right.values()]
explorers.guess(
    "Which network gets the whole line right more often?",
    answer=max(right, key=right.get),
    choices=list(right),
    picture=plots.bars(shares, list(right), "network", "right, %", "The whole line right"),
)

# %%
for name, (rival, training) in rivals.items():
    print(
        f"{name}: {rival.count_params():7,} weights, {max(training['epoch']):.0f} epochs in "
        f"{sum(training['seconds']):3.0f} s, the whole line {right[name]:.1%}"
    )

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# The 96 classes need about three times the weights, and still they are right less often. All the
# additional weights lie behind the flattening, because the convolutions are the same. Half of all images
# are examples of "red" for the head of the colour. A unit for one of the 96 classes has one image in 96
# as an example. The seconds depend on the computer, and on what else ran on it.
# </details>
#
# ### Exercise 3 · How wrong is an angle?
#
# *Medium, 15 minutes, 3 points.*
#
# To take 45° for 60° is a smaller mistake than to take 45° for 135°. A line has no arrow: turned by
# 180° it is the same line. So class 11 (165°) lies next to class 0 (0°). Write a function that says by
# how many degrees each prediction is off.


# %% nbgrader={"grade_id": "angle_error", "solution": true}
def angle_error(predicted: np.ndarray, true: np.ndarray, directions: int) -> np.ndarray:
    """Say by how many degrees each predicted line is turned against the true one.

    predicted, true: (N,) int classes; class k is the direction k · 180° / directions
    directions: the number of classes, evenly spread over half a turn
    returns: (N,) float, the smaller angle between the two lines, 0 to 90
    """
    ### BEGIN SOLUTION
    apart = abs(predicted - true)
    return np.minimum(apart, directions - apart) * 180 / directions
    ### END SOLUTION


# %% nbgrader={"grade_id": "angle_error_check", "grade": true}
checks.angle_error(angle_error)  # at grading, hidden checks use other directions
### BEGIN HIDDEN TESTS
checks.angle_error(angle_error, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# How many steps is it from class 11 to class 0? There are two ways round.
# </details>
# <details><summary>Hint 2</summary>
#
# Count the steps from one class to the other. The steps of both ways round add up to
# <code>directions</code>. Which of the two ways counts, and how many degrees has one step?
# </details>
# <details><summary>Hint 3 (the line itself; it costs nothing)</summary>
#
# With <code>apart = abs(predicted - true)</code>:
# <code>np.minimum(apart, directions - apart) * 180 / directions</code>.
# </details>
#
# The loss never said that 45° and 60° are alike. To a softmax all wrong classes are equally wrong.
#
# **Guess first:** take all wrong angles from the table above. If a mistake were drawn at random, 18 of
# 100 mistakes would be off by one step of 15°. How many of 100 mistakes of this network are off by one
# step?

# %%
steps = np.arange(0, 91, 15)
errors = {name: angle_error(given[:, 2], truth[:960, 2], 12) for name, given in answers.items()}
counts = {name: [int(np.sum(error == step)) for step in steps] for name, error in errors.items()}
mistakes = np.sum(list(counts.values()), axis=0)[1:]
degrees = [f"{step}°" for step in steps]
explorers.guess(
    "How many of 100 wrong angles are off by one step of 15°?",
    answer=100 * mistakes[0] / mistakes.sum(),
    picture=plots.bars(
        mistakes, degrees[1:], "angle off by", "images", "How far wrong angles are off"
    ),
)

# %%
print("angle off by        ", "  ".join(f"{step:>5}" for step in degrees))
for name, row in counts.items():
    print(f"{name:20} {'  '.join(f'{count:5}' for count in row)}")

level = images[truth[:, 2] == 0]
logits = [score_values(model, level, ClassScore(c, head="angle")).mean() for c in range(12)]
names = [f"{angle}°" for angle in ATTRIBUTES["angle"]]
plots.bars(logits, names, "class", "mean logit", "What the angle head says of lines at 0°")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# In most mistakes the network takes a neighbour of the right class for the right class. The loss did not
# tell the order of the angles, so the network found this order in the images.
# </details>
#
# Does the network also know that the order is a circle? The last picture shows the logits of clean
# lines at 0°. Look at its right end: is 165° nearer to 0° than 90° is?
#
# ## 3 · What the shared layers see
#
# Below are six lines, and the answers of every convolution. Each map has a scale of its own.

# %%
six = [a_line(1, 0, 3, 0), a_line(1, 0, 3, 1), a_line(0, 0, 3, 0)]
six += [a_line(1, 1, 3, 0), a_line(1, 0, 9, 0), a_line(1, 1, 0, 1)]
convolutions = models.conv_layers(model)
maps = layer_activations(model, images[six], convolutions)
plots.layer_maps(
    images[six],
    {name: to_bytes(values) for name, values in maps.items()},
    [told(i) for i in six],
    "Six lines in every convolution",
)

# %% [markdown]
# **Notice** the first two columns: they show the same angle in red and in blue. Some maps of the first
# layers answer to one colour alone, and others answer to both. A black map is constant: here the filter
# is silent. The first, third and fourth column show a long, a short and a thick line of one angle and
# colour.
#
# Is there a filter that knows the colour, and one that knows the angle? Take each filter's mean
# activation over its map. Then ask how much of its variation over the test images each attribute
# explains. This share is the variance of the class means, divided by the whole variance.
#
# **Guess first:** the filters of the first convolution, `conv1_1`, see 3×3 pixels. With which attribute
# do most of them vary most?


# %%
def explained(layer):
    """For each head and filter the share of variance that the head's classes explain."""
    answers = layer_activations(model, images, [layer])[layer].mean(axis=(1, 2))
    spread = np.maximum(answers.var(axis=0), 1e-12)
    rows = []
    for column in truth.T:
        means = np.stack([answers[column == c].mean(axis=0) for c in np.unique(column)])
        rows.append(means.var(axis=0) / spread)
    return np.stack(rows)


shares = {layer: explained(layer) for layer in ("conv1_1", "conv2_2")}
live = {layer: each[:, each.max(axis=0) > 0] for layer, each in shares.items()}
most = {layer: np.bincount(each.argmax(axis=0), minlength=4) for layer, each in live.items()}

# %%
drawn = [
    plots.effects(
        each, heads, f"What each filter of {layer} varies with", label="share of variance"
    )
    for layer, each in shares.items()
]
explorers.guess(
    "With which attribute do most filters of conv1_1 vary most?",
    answer=heads[int(most["conv1_1"].argmax())],
    choices=heads,
    picture=drawn[0],
)

# %%
for layer, counts in most.items():
    together = np.corrcoef(live[layer][:2])[0, 1]
    print(f"{layer}: filters that vary most with", dict(zip(heads, counts.tolist(), strict=True)))
    print(f"{layer}: correlation of the shares of length and width {together:.2f}")
drawn[1]

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# In the first layer most filters vary most with the colour. Length and width go together there, because
# a longer or wider line has more ink. In the last convolution most filters vary most with the angle,
# and length and width no longer go together.
# </details>
#
# The attribute with which a filter's *mean* varies is a first hint. It does not yet say what the heads
# use.
#
# ### The pictures that filters like
#
# Activation maximization (Erhan et al., 2009) looks for a picture that excites a filter, as in
# notebook 03. The next cell does this for all 64 filters of the last convolution. It starts from noise.
# On plain black many filters are silent, and then there is no direction to climb.

# %%
climbed = maximize(
    model, [FilterScore("conv2_2", i) for i in range(64)], start="random", steps=40, l2=0.3
)
dead = " (dead)"
plots.images(
    climbed.images,
    [f"{i}{dead if climbed.dead[i] else ''}" for i in range(64)],
    8,
    "What each filter of conv2_2 likes: all 64",
)

# %%
best = climbed.top(25)
plots.images(
    best.images,
    [f"{s.index}: {c[-1]:.1f}" for s, c in zip(best.scores, best.curves, strict=True)],
    5,
    "The 25 filters that can be excited most, and how much",
)

# %% [markdown]
# **Notice** that most pictures show stripes of one direction. In many pictures red stripes lie beside
# blue ones. Such a filter asks for the angle and accepts either colour. Where the search found no
# picture, the noise is left: this filter is "dead" from this start.
#
# But where does the green come from? No line was green.
#
# **Guess first:** some weights of the first convolution read the green channel. How much did training
# change these weights, compared with the weights that read red or blue?

# %%
fresh = models.build("line_heads").get_layer("conv1_1").get_weights()[0]
learned = model.get_layer("conv1_1").get_weights()[0]
changes = abs(learned - fresh).max(axis=(0, 1, 3))  # of each channel: red, green, blue
guesses = ["not at all", "less than red and blue", "as much as red or blue, or more"]
green = changes[1]
explorers.guess(
    "How much did training change the weights of the green channel?",
    answer=guesses[0 if green == 0 else 1 if green < min(changes[0], changes[2]) else 2],
    choices=guesses,
    picture=plots.bars(
        changes, ["red", "green", "blue"], "channel", "change", "Largest change of a weight"
    ),
)

# %%
for name, change in zip(("red", "green", "blue"), changes, strict=True):
    print(f"{name:5}: largest change of a weight in training {change:.3f}")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# The network learned nothing about green. The gradient of a weight is 0 if its input is always 0. So
# these weights are as random as before training, and still they add green to a picture. A picture that
# a filter "likes" may hold something that the filter never learned.
# </details>
#
# Which pictures do the classes like? The score of class 1 of a sigmoid head is the logit of its unit.
# Class 0 has no unit of its own. Its score is the *negative* logit.

# %%
wanted = [("length", 0), ("length", 1), ("width", 0), ("width", 1), ("colour", 0), ("colour", 1)]
wanted += [("angle", c) for c in (0, 2, 4, 6, 8, 10)]
likes = maximize(
    model,
    [ClassScore(c, head=head) for head, c in wanted],
    start="blank",
    steps=60,
    total_variation=0.1,
)
titles = [f"{head}: {ATTRIBUTES[head][c]}{'°' * (head == 'angle')}" for head, c in wanted]
plots.images(likes.images, titles, 6, "What each class likes, from black")

# %% [markdown]
# **Notice** that each angle is drawn in both colours at once. None of these pictures looks like the
# single line of the training images, because more lines give more logit. Is the picture that "length 7"
# likes a line at all?
#
# ## 4 · Which head looks where?
#
# All four heads read the same features. So two heat maps of one image differ for one reason only: the
# heads weigh these features differently. Grad-CAM (Selvaraju et al., 2017) explains any score, and each
# score belongs to one head.

# %%
long = a_line(1, 1, 9, 0)
scores = [ClassScore(int(c), head=h) for h, c in zip(heads, truth[long], strict=True)]
maps = np.concatenate([cam.grad_cam(model, images[[long]], score) for score in scores])
paper = 0.4 * np.repeat(masks[long][None, ..., None], 4, axis=0)  # pale ink
layer = cam.default_layer(model, scores[0])
plots.overlays(paper, maps, heads, 4, f"Grad-CAM of {layer}, by head, over the mask: {told(long)}")

# %% [markdown]
# **Notice** that the four maps of one image differ. You might read more into these maps: that the head
# for the width looks at the edges of the line, for example. But the maps are too coarse to show this. A
# map of 14×14 places has one place for 2×2 pixels. And a place of the last convolution sees 14×14
# pixels: compute this number as in notebook 04. A line 3 pixels wide and its two edges lie in the same
# places.
#
# The mask says which pixels are line. So you can measure how well a map agrees with the line.
#
# ### Exercise 4 · Map against mask
#
# *Medium, 15 minutes, 4 points.*
#
# Methods give maps on different scales, so only the *order* of the pixels must count. Choose as many
# pixels as the mask has: the pixels with the highest values. Then compare the chosen area and the mask
# by their **intersection over union** (IoU). This is the number of pixels in both areas, divided by the
# number of pixels in at least one of them. It is 1 if the areas agree, and 0 if they share no pixel.


# %% nbgrader={"grade_id": "mask_iou", "solution": true}
def mask_iou(maps: np.ndarray, masks: np.ndarray) -> np.ndarray:
    """Say how well the strongest pixels of each map agree with its mask.

    maps: (N, H, W) float, of any sign; no two values of a map are equal
    masks: (N, H, W) bool; from each map as many pixels are chosen as its own mask has
    returns: (N,) float, intersection over union of the chosen pixels and the mask
    """
    ### BEGIN SOLUTION
    shares = []
    for values, mask in zip(maps, masks, strict=True):
        chosen = values >= np.sort(values, axis=None)[-mask.sum()]
        shares.append((chosen & mask).sum() / (chosen | mask).sum())
    return np.array(shares)
    ### END SOLUTION


# %% nbgrader={"grade_id": "mask_iou_check", "grade": true}
checks.mask_iou(mask_iou)  # at grading, hidden checks use other maps
### BEGIN HIDDEN TESTS
checks.mask_iou(mask_iou, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Begin with one image. How many pixels does its mask have? Sort all values of the map: which value is
# the lowest that is still chosen?
# </details>
# <details><summary>Hint 2</summary>
#
# <code>np.sort(values, axis=None)[-k]</code> is the k-th highest value of a map. Every pixel that is at
# least as high is chosen. Now you have two boolean areas. Count the pixels in both of them, and the
# pixels in at least one of them. A loop over the images is fine.
# </details>
# <details><summary>Hint 3 (the line itself; it costs nothing)</summary>
#
# With <code>chosen = values &gt;= lowest</code>:
# <code>(chosen &amp; mask).sum() / (chosen | mask).sum()</code>.
# </details>
#
# The cells below use the helper `faithfulness.iou`. It also treats equal values fairly, for example in
# maps with many zeros. The table will also show the **pointing game**: does the highest value of the
# map lie inside the mask? Forty lines of three angles are enough for this.

# %%
some = np.flatnonzero(truth[:, heads.index("angle")] % 4 == 1)[::12]


def explain_truth(method, head):
    """The maps of `some` images, each for its own class of this head."""
    maps = np.zeros((len(some), *images.shape[1:3]), np.float32)
    classes = truth[some, heads.index(head)]
    for c in np.unique(classes):
        maps[classes == c] = method(
            model, images[some[classes == c]], ClassScore(int(c), head=head)
        )
    return maps


def over_channels(method, how):
    """This method, with one value a pixel: "sum" keeps the sign, "max" the largest magnitude."""
    return lambda *given: saliency.over_channels(method(*given), how)


# %%
methods = {
    "Grad-CAM": cam.grad_cam,
    "Grad-CAM, conv1_2": partial(cam.grad_cam, layer="conv1_2"),
    "gradient": over_channels(saliency.gradient, "max"),
    "gradient × input": over_channels(saliency.gradient_times_input, "sum"),
    "|gradient × input|": over_channels(saliency.gradient_times_input, "max"),
    "guided backprop": over_channels(saliency.guided_backprop, "sum"),
    "occlusion": partial(occlusion.occlusion_map, patch=5, stride=2),
}
found = {name: {h: explain_truth(method, h) for h in heads} for name, method in methods.items()}
found["the image itself"] = {h: images[some].sum(axis=-1) for h in heads}
chance = np.random.default_rng(0).random((len(some), 28, 28))
ious = {
    name: [faithfulness.iou(m, masks[some]).mean() for m in maps.values()]
    for name, maps in found.items()
}
ious["chance"] = [faithfulness.iou(chance, masks[some]).mean()]

# %% [markdown]
# **Guess first:** four of the "methods" are below. One of them is the image itself, which knows of no
# network: its map is the brightness of each pixel. Put the four in order, from the highest IoU with the
# line to the lowest. Remember that the pixels beside the line are black.

# %%
four = ["Grad-CAM", "gradient", "|gradient × input|", "the image itself"]
explorers.guess(
    "Which map agrees best with the mask of the line, and which map worst?",
    answer=sorted(four, key=lambda name: -np.mean(ious[name])),
    choices=four,
    picture=plots.bars(
        [np.mean(each) for each in ious.values()],
        list(ious),
        "method",
        "IoU with the mask",
        "Agreement with the line, mean over the four heads",
    ),
)


# %%
def alike(maps):
    """The mean correlation of the maps of any two heads, image by image."""
    flat = np.stack([m.reshape(len(m), -1) for m in maps.values()], axis=1)  # (N, heads, pixels)
    flat = flat - flat.mean(axis=-1, keepdims=True)
    flat /= np.maximum(np.linalg.norm(flat, axis=-1, keepdims=True), 1e-9)
    return (flat @ flat.transpose(0, 2, 1))[:, ~np.eye(len(maps), dtype=bool)].mean()


print(f"IoU, peak on the line: {''.join(f'{h:>14}' for h in heads)}   heads alike")
for name, maps in found.items():
    peaks = [faithfulness.pointing_game(m, masks[some]).mean() for m in maps.values()]
    cells = (f"{iou:7.2f}{peak:7.0%}" for iou, peak in zip(ious[name], peaks, strict=True))
    print(f"{name:23}{''.join(cells)}{alike(maps):14.2f}")
print(f"{'chance':23}{ious['chance'][0]:7.2f}")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# Much depends on the method, and for Grad-CAM also on the layer: compare its two rows, head by head. So
# whether a head "looks at the line" depends on the method, too. And look at the row of the image
# itself. The image knows of no network, it hits every line, and it is the same for all heads.
# </details>
#
# The last column of the table is the mean correlation of the maps of any two heads. Some method may
# find the line well, and find it alike for every head. Such a method has told you where the *line* is.
# It has not told you where the *head* looks. Now return to the question at the top of this notebook:
# which numbers of the table answer it?
#
# ## 5 · What explains a "no"?
#
# Measure Grad-CAM once more, but separate the two classes of each sigmoid head.

# %%
around = binary_dilation(masks[some], np.ones((1, 5, 5)))  # two pixels wider on all sides
print("IoU with         the mask   the mask, wider   by chance, wider")
for head in ("length", "width", "colour"):
    classes = truth[some, heads.index(head)]
    maps = found["Grad-CAM"][head]
    rated = [faithfulness.iou(m, a) for m, a in ((maps, masks[some]), (maps, around))]
    rated += [faithfulness.iou(chance, around)]
    for c in (0, 1):
        name = f"{head} {ATTRIBUTES[head][c]}"
        print(f"{name:14}", *(f"{one[classes == c].mean():10.2f}      " for one in rated))

# %% [markdown]
# **Notice** that two classes of one head may differ as much as two methods. Take the two lengths. The
# head has one unit, and the logit of this unit says "15 pixels". For class 1 `ClassScore` takes this
# logit. For class 0 it takes the negative logit. So evidence *for* a short line is evidence *against* a
# long line. The next cell shows that there is only one quantity.

# %%
short = a_line(0, 0, 3, 0)
pair = images[[short, a_line(1, 0, 3, 0)]]
yes, no = (score_values(model, pair, ClassScore(c, head="length")) for c in (1, 0))
print("short, long line: logit of class 1", yes.round(2), "  of class 0", no.round(2))
gradients = [saliency.gradient(model, pair, ClassScore(c, head="length")) for c in (1, 0)]
print("largest sum of the two gradients:", abs(gradients[0] + gradients[1]).max())

# %% [markdown]
# **Guess first:** an image without any line has a logit of "15 pixels", too. Where does this logit lie,
# compared with the mean logits of short lines and of long lines?

# %%
empty = np.zeros((1, *images.shape[1:]), np.float32)
logits = {}
for head in ("length", "width", "colour"):
    values = score_values(model, np.concatenate([empty, images]), ClassScore(1, head=head))
    classes = truth[:, heads.index(head)]
    logits[head] = [values[0], *(values[1:][classes == c].mean() for c in (0, 1))]
places = ["below the short lines", "between short and long lines", "above the long lines"]
none, *of_lines = logits["length"]
explorers.guess(
    "Where does the logit of “15 pixels” lie for an image without any line?",
    answer=places[sum(bool(none > one) for one in of_lines)],
    choices=places,
    picture=plots.bars(
        logits["length"],
        ["no line", "7 pixels", "15 pixels"],
        "image",
        "logit",
        "The logit of “15 pixels”",
    ),
)

# %%
print("mean logit of class 1:   no line   of class 0   of class 1")
for head, (nothing, low, high) in logits.items():
    print(f"{head:7} {nothing:24.1f} {low:12.1f} {high:12.1f}")

# %%
maps = [cam.grad_cam(model, pair, ClassScore(c, head="length"), signed=True) for c in (1, 0)]
both = 0.4 * masks[[short, a_line(1, 0, 3, 0)]][..., None]
plots.overlays(
    np.concatenate([both, both]),
    np.concatenate(maps),
    [f"{line} line, for length {c}" for c in (15, 7) for line in ("short", "long")],
    4,
    "Grad-CAM with its sign: for 15, and for 7",
    one_scale=True,
    label="logit, before pooling",
)

# %% [markdown]
# **Notice** that the right half is the left half with its signs exchanged. The final ReLU of Grad-CAM
# keeps the red and drops the blue. So the two classes show two different halves of the same evidence.
# For class 0 the ReLU keeps only the places that speak against class 1.
#
# <details><summary>What there is to see in the logits</summary>
#
# The network says "short" and "thin" of an image without any line. It is surer of this than with a line
# that is short or thin. Even a short line moves the logit towards "long", and even a thin line moves
# the logit towards "thick". A class like "short" is the *absence* of something. So its map has no place
# to mark.
#
# Red is no such class. Without a line the logit of the colour is close to 0. A red line moves this
# logit down about as far as a blue line moves it up. If the IoU of red is low all the same, the reason
# is the method.
# </details>
#
# Is a thick line the absence of something? No: the logit of the width rises with a thick line. The IoU
# of thick lines is low for another reason. With a mask two pixels wider their IoU is about twice
# as high, or more, and far above chance. So Grad-CAM does mark thick lines, together with the pixels next
# to them. Grad-CAM cannot say whether the head reads the line or its edges.
#
# <div class="alert alert-info">
#
# **Experiment 2 · A wider mask.** The cell below makes the masks of the thick lines wider. It compares
# the IoU of Grad-CAM for "3 pixels" with the IoU by chance. Set `wider` to 0, 1, 2 and 4, one after
# another, and run the cell each time. Then finish the sentence: *A wider mask helps Grad-CAM until …,
# and it helps chance …*
# </div>

# %%
wider = 1  # change it, and run the cell again
thick = truth[some, heads.index("width")] == 1
area = binary_dilation(masks[some][thick], np.ones((1, 2 * wider + 1, 2 * wider + 1)))
maps = found["Grad-CAM"]["width"][thick]
experiments.record(
    "Thick lines: IoU with a wider mask",
    {"wider": wider},
    grad_cam=faithfulness.iou(maps, area).mean(),
    chance=faithfulness.iou(chance[thick], area).mean(),
)

# %% [markdown]
# ### Question 1 · A map for "short"
#
# *15 minutes, 4 points, graded by a person.*
#
# (a) You ask a sigmoid head for class 0. Which number is explained? How is its gradient map related to
# the gradient map of class 1?
#
# (b) A colleague shows Grad-CAM maps of "length 7" that lie beside the line. She concludes that the
# network does not look at the line. What do you answer? Use a number of your own.
#
# (c) Replace the one sigmoid unit by two units with a softmax. Does this solve the problem?
#
# ### BEGIN MARK SCHEME
# - 1 point: (a) the negative logit of the unit; the map is the same with opposite sign.
# - 1 point: (b) even a short line is evidence for class 1. Grad-CAM's ReLU hides what is negative. What
#   remains is not where the network looks.
# - 1 point: (b) a fitting number: the IoUs of the two classes, or the logit of the empty image beside
#   the logit of short lines.
# - 1 point: (c) no, or not by itself: only the difference of the two logits counts, and this is again
#   one number. One logit alone may be explained, but it does not decide. Better: keep the sign, or
#   explain the difference.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "negative_question", "grade": true, "solution": true, "points": 4}
# (a) The negative logit. Every gradient changes its sign, so the map is the same with red and blue
# exchanged.
#
# (b) The network does look at the line. In my run the logit of "long" is −18 without a line, and −10 on
# average with a short line. So even a short line is evidence for "long". For "short" this evidence is
# negative, and the ReLU of Grad-CAM cuts it off. Hence length 7 has an IoU of 0.00, and length 15 has
# 0.35.
#
# (c) Not really. A softmax of two units depends on the difference of their logits alone. This
# difference is one number with two signs. The map of one logit may look better, but it does not decide
# anything.

# %% [markdown]
# ### The width, by covering
#
# Occlusion (Zeiler and Fergus, 2014) asks the question with real pictures. It covers parts of a wide
# line, and reads the logits.
#
# **Guess first:** below is a long, wide line. A black patch of 5×5 pixels covers a part of it. Click on
# the place where the patch lowers the logit of "15 pixels" most.

# %%
wide = [a_line(1, 1, 9, 0), a_line(1, 1, 2, 1)]
scores = {"width 3": ClassScore(1, head="width"), "length 15": ClassScore(1, head="length")}
maps = np.concatenate(
    [occlusion.occlusion_map(model, images[wide], score, 5, 2) for score in scores.values()]
)
explorers.guess(
    "Around which pixel does a patch lower the logit of “15 pixels” most?",
    answer=np.unravel_index(maps[2].argmax(), maps[2].shape),
    image=images[wide[0]].sum(axis=-1),
    picture=plots.overlays(
        0.4 * np.concatenate([masks[wide], masks[wide]])[..., None],
        maps,
        [f"{name}\n{told(i)}" for name in scores for i in wide],
        4,
        "Drop of the logit when a patch of 5×5 is covered with black",
    ),
)

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# A patch on an end makes a long line shorter. A patch on the middle leaves two short lines, and this
# costs more. The logit of the width falls most at other places. It may even *rise* where the middle is
# covered: look for blue. A hole leaves two thick pieces, and each piece has edges of its own. So black
# paint is not "nothing": it draws new ends and edges.
# </details>

# %% [markdown]
# ## 6 · Whose filter is it?
#
# So far you looked at the network. Now you change it: you switch one filter off, and see which head
# gets worse. After the last pooling each head is one dense layer. So you can compute its logits
# yourself: the features, flattened, times a kernel, plus a bias.
#
# ### Exercise 5 · Without one filter
#
# *Hard, 20 minutes, 5 points.*
#
# Switch off each filter in turn, and compute the accuracy of every head. A kernel and a bias give
# logits. The sigmoid or softmax would come after the logits, and you do not need it: a sigmoid is above
# 0.5 where its logit is above 0. You may call your `accuracies`. A mistake in it costs nothing here.


# %% nbgrader={"grade_id": "without_filter", "solution": true}
def without_filter(
    features: np.ndarray, kernels: list[np.ndarray], biases: list[np.ndarray], truth: np.ndarray
) -> np.ndarray:
    """Say how good each head is when one filter is silent, for each filter.

    features: (N, h, w, filters) float; flattened, in this order of axes, they go into every head
    kernels, biases: for each head (h·w·filters, units) and (units,); one unit is the logit of a
      sigmoid, several are logits of a softmax
    truth: (N, heads) int, the true classes
    returns: (filters, heads), the accuracy of each head when this filter is 0 in every image
    """
    ### BEGIN SOLUTION
    rows = []
    for filter in range(features.shape[-1]):
        left = features.copy()
        left[..., filter] = 0
        flat = left.reshape(len(left), -1)
        logits = [flat @ kernel + bias for kernel, bias in zip(kernels, biases, strict=True)]
        columns = [x[:, 0] > 0 if x.shape[1] == 1 else x.argmax(axis=1) for x in logits]
        rows.append(accuracies(np.stack(columns, axis=1), truth)[0])
    return np.stack(rows)
    ### END SOLUTION


# %% nbgrader={"grade_id": "without_filter_check", "grade": true}
checks.without_filter(without_filter)  # at grading, hidden checks use other heads
### BEGIN HIDDEN TESTS
checks.without_filter(without_filter, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# For each filter you need a fresh copy of the features, in which this filter is 0 everywhere. Flatten
# the copy only after that: <code>copy.reshape(len(copy), -1)</code>.
# </details>
# <details><summary>Hint 2</summary>
#
# Write the inner step first, for one filter: flattened features in, one row of accuracies out. The
# logits of a head are a matrix product plus its bias. Then make classes of the logits as in Exercise 1.
# Which number takes the place of 0.5?
# </details>
# <details><summary>Hint 3 (the line itself; it costs nothing)</summary>
#
# Logits: <code>x = flat @ kernel + bias</code>. A column of classes: <code>x[:, 0] &gt; 0 if
# x.shape[1] == 1 else x.argmax(axis=1)</code>. A row: <code>accuracies(np.stack(columns, axis=1),
# truth)[0]</code>.
# </details>
#
# The next cell switches off each of the 64 filters of the last convolution.
#
# **Guess first:** how many of these filters cost no head half a percent of its accuracy?

# %%
features = layer_activations(model, images[:960], ["pool2"])["pool2"]
kernels, biases = zip(*(model.get_layer(head).get_weights() for head in heads), strict=True)
left = without_filter(features, list(kernels), list(biases), truth[:960])
loss = accuracies(predicted[:960], truth[:960])[0] - left  # (filters, heads)
spare = int((loss.max(axis=1) < 0.005).sum())
explorers.guess(
    "How many of the 64 filters cost no head half a percent?",
    answer=spare,
    picture=plots.effects(
        loss.T, heads, "Accuracy that a head loses without a filter", label="loss"
    ),
)

# %%
for head, column in zip(heads, loss.T, strict=True):
    worst = np.argsort(-column)[:4]
    print(f"{head:7}", ", ".join(f"filter {i} −{column[i]:.1%}" for i in worst))
silent = (features.max(axis=(0, 1, 2)) == 0).sum()
print(f"{spare} filters cost no head half a percent; {silent} are dead")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# Most filters cost no head anything. A few filters cost one head alone, and a few cost several heads.
# </details>
#
# Suppose that no head loses anything without one filter. The filter may still do something, because
# other filters may replace it.
#
# <div class="alert alert-info">
#
# **Experiment 3 · Many small losses?** The cell below switches off several filters together. It begins
# with the filters that cost least one by one. Set `count` to 16, 32, 40 and 48, one after another, and
# run the cell each time. Then finish the sentence: *Filters that cost nothing one by one …*
# </div>


# %%
def right_without(filters):
    """The accuracy of each head, and of all at once, when these filters are 0."""
    taken = features.copy()
    taken[..., filters] = 0
    flat = taken.reshape(len(taken), -1)
    given = [
        model.get_layer(head)(flat).numpy() for head in heads
    ]  # the heads with their sigmoid or softmax
    return accuracies(head_classes(given), truth[:960])


count = 32  # change it, and run the cell again
each, joint = right_without(np.argsort(loss.max(axis=1), kind="stable")[:count])
experiments.record(
    "Filters switched off together, the least missed first",
    {"filters": count},
    weakest_head=each.min(),
    all_at_once=joint,
)

# %% [markdown]
# Now take the eight filters that cost a head most one by one, and switch these eight off together.
#
# **Guess first:** each head has such an eight of its own. How many of the four heads suffer most when
# their own eight are gone?

# %%
rows = [right_without(np.argsort(-column)[:8])[0] for column in loss.T]
worst = np.argmin(rows, axis=0)
bars = {}
for h, w in enumerate(worst):
    bars[f"{heads[h]}: own"] = 100 * rows[h][h]
    bars[f"{heads[h]}: {heads[w]}"] = 100 * rows[w][h]
explorers.guess(
    "How many of the four heads suffer most when their own eight are gone?",
    answer=int(sum(w == h for h, w in enumerate(worst))),
    choices=range(5),
    picture=plots.bars(
        [*bars.values()],
        list(bars),
        "head, without whose eight",
        "right, %",
        "Each head without its own eight, and without the eight that hurt it most",
    ),
)

# %%
print(f"without the eight of  {'  '.join(f'{h:>6}' for h in heads)}")
for head, row in zip(heads, rows, strict=True):
    print(f"{head:20}  {'  '.join(f'{share:6.1%}' for share in row)}")

for h, w in enumerate(worst):
    own, least = rows[h][h], rows[w][h]
    print(f"{heads[h]:7} without its own eight {own:.1%}, without those of {heads[w]} {least:.1%}")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# A head need not suffer most from the loss of its own eight. The last lines name the eight that hurt
# each head most. The reason is that filters are **redundant**: while one filter is off, others replace
# it. So the loss without a filter is large only if no other filter replaces it. This loss does not tell
# whether the head uses the filter.
#
# Filters that replace each other cost little one by one, and much together. There may be more of such
# filters among the eight of another head. So the eight that cost a head most one by one need not be the
# eight that the head needs most. Compare with guessing: a guess is right in half of the cases, and for
# the angle in 8 of 100.
# </details>
#
# ## 7 · Explore
#
# All heads at once, over the mask. "another" asks each head for a class that it did not predict.
# "signed" also shows the evidence against the class.

# %%
explorers.four_heads(model, data.test, ATTRIBUTES, "line")

# %% [markdown]
# Things to try:
#
# - Train the 96 classes for longer: `models.trained("line_classes", data, epochs=8)`.
# - Compare Grad-CAM and its signed version on a short line.
# - Take the same method in each layer.
# - Choose "another" with gradient × input. Does the map change, or only its colours?

# %% [markdown] variants={"NUMBER": [25, 9, 10, 18, 19, 24, 30, 31, 32, 36, 37, 38, 39, 40, 42, 44, 50, 51, 52, 60, 62, 63, 64, 69]}
# ## 8 · A finding of your own
#
# Two computers train two slightly different networks, so nobody else can check what you find in
# yours. The network below is the same on every computer, and it has one head, for digits. Your number
# is {{NUMBER}}. This number decides which images you get: 200 digits with noise.
#
# The images are `own.images`, and their labels are `own.labels`. Your digit is the last figure of your
# number. Pixels above 0.5 count as ink, so each image has a mask of its ink.

# %%
own_model, own = findings.network({{NUMBER}}), findings.images({{NUMBER}})
digit = {{NUMBER}} % 10
mine = own.images[own.labels == digit]
own_masks = mine[..., 0] > 0.5
print(f"{len(mine)} images show your digit, {digit}; masks {own_masks.shape}")
plots.images(
    np.concatenate([mine[:6], own_masks[:6, ..., None]]), columns=6, title="Images, and their ink"
)

# %% [markdown]
# ### Exercise 6 · Where the slopes meet the ink
#
# *Easy, 10 minutes, 3 points.*
#
# `saliency.gradient(own_model, mine, digit)` gives the gradient of the logit of your digit, for each image
# of your digit. Take the absolute value of each gradient, and drop the channel axis: these are your maps.
# How well do the strongest pixels of each map agree with the ink of its image? Measure it with your
# `mask_iou`, in a cell of your own.
#
# Which image has the largest IoU, and how large is this IoU? What is the mean IoU of all images of your
# digit? Let `own_overlap` return what you found.
#
# The function may compute these numbers, or return numbers that you copied by hand.


# %% nbgrader={"grade_id": "own_overlap", "solution": true}
def own_overlap() -> tuple[int, float, float]:
    """Return what you found for the images of your digit, with masks of the pixels above 0.5.

    returns: the number of the image with the largest IoU, counted from 0 among the images of your
        digit; this IoU; the mean IoU of the images of your digit. Give the last two to four decimals.
    """
    ### BEGIN SOLUTION
    own_model, own = findings.network({{NUMBER}}), findings.images({{NUMBER}})
    digit = {{NUMBER}} % 10
    mine = own.images[own.labels == digit]
    slopes = abs(saliency.gradient(own_model, mine, digit))[..., 0]
    overlaps = mask_iou(slopes, mine[..., 0] > 0.5)
    best = int(overlaps.argmax())
    return best, round(float(overlaps[best]), 4), round(float(overlaps.mean()), 4)
    ### END SOLUTION


# %% nbgrader={"grade_id": "own_overlap_check", "grade": true}
checks.own_overlap(own_overlap, number={{NUMBER}})  # grading repeats this, no hidden data
### BEGIN HIDDEN TESTS
checks.own_overlap(own_overlap, number={{NUMBER}}, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# A gradient has the shape (N, 28, 28, 1), and <code>mask_iou</code> takes maps (N, 28, 28). Which sign
# may a gradient have, and what is its size?
# </details>
# <details><summary>Hint 2</summary>
#
# <code>mask_iou(maps, own_masks)</code> gives one number for each image. You need the place of the
# largest number, the largest number, and the mean.
# </details>

# %% [markdown]
# ### Question 2 · The winner of the table
#
# *15 minutes, 4 points, graded by a person.*
#
# (a) In the table of Section 4, gradient × input has a higher IoU than the gradient, and its magnitude has
# a higher IoU still. Give a reason that has nothing to do with what the network learned.
#
# (b) Leave the image itself out. Which of the seven methods would you trust least to tell the heads
# apart? Quote two numbers. Suggest another test that a method must fail if it only shows the image.
#
# (c) In Exercise 6 you found how well the gradient agrees with the ink of your digit. Quote the mean IoU. A
# low IoU with the ink need not be a fault of the map. Why? Which mask would be fairer?
#
# ### BEGIN MARK SCHEME
# - 1 point: (a) off the line the input is 0 and so is the product, so no pixel there can be positive.
#   What ranks first is line, unless line pixels are negative. Of the magnitude none are negative.
# - 1 point: (b) guided backprop, with its "heads alike" and an IoU from the table.
# - 1 point: (b) a fitting test: random weights; another class of the same head; a second line in the
#   picture.
# - 1 point: (c) the mean IoU of Exercise 6. The evidence for a digit (or a width) also lies beside the
#   ink, where another digit would have ink. Fairer: a mask widened by a pixel or two, or the outline.
#   A wrong finding costs points in Exercise 6 alone.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "winner_question", "grade": true, "solution": true, "points": 4}
# (a) Off the line and its faded edge the input is 0. So the product is 0, whatever the gradient is, and
# only line can be positive. A pixel of the line that is negative ranks below the black pixels. Its
# magnitude does not, and finds the line for every head (in my run IoU 0.63 to 0.80).
#
# (b) Guided backprop. In my run it has an IoU of 0.70 to 0.75 for every head, and a correlation of 0.97
# between the heads. This is nearly the same picture for four questions. I would give all layers random
# weights. A map that still finds the line does not show what was learned.
#
# (c) With the number 25 the mean IoU is 0.185. A digit also shows by the pixels that are empty: ink beside a
# stroke, or in a gap, would make another digit of it. So the gradient is large beside the ink, too, and
# this is no fault. The outline, or the mask widened by two pixels, would be fairer.

# %% [markdown]
# ## What to take along
#
# - Several heads are several questions to the same features. A score names its head.
# - The accuracy of each head and the accuracy of the whole are different numbers. The accuracy of the
#   whole is no product of the others.
# - Angles are a circle. Measure mistakes in degrees.
# - One sigmoid unit has two classes and one number. Class 0 is explained by the negative logit. If
#   class 0 is the absence of something, its map has no place to mark.
# - A mask makes a map measurable. But ask what the head *needs* to see, and what the method could not
#   miss.
# - The attribute with which a filter varies, and the heads that need the filter, are two questions. To
#   answer the second, switch the filter off.
# - Filters replace each other. So a small loss without one filter does not tell whether the head uses
#   the filter.
#
# ## To read on
#
# - Rich Caruana: *Multitask Learning*, Machine Learning 28, 1997: several heads on shared features.
#   [doi:10.1023/A:1007379606734](https://doi.org/10.1023/A:1007379606734)
# - Ramprasaath Selvaraju et al.: *Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
#   Localization*, 2017. [arXiv:1610.02391](https://arxiv.org/abs/1610.02391)
# - Julius Adebayo et al.: *Sanity Checks for Saliency Maps*, NeurIPS 2018: maps that hardly depend on
#   what the network learned. [arXiv:1810.03292](https://arxiv.org/abs/1810.03292)
# - Jianming Zhang et al.: *Top-down Neural Attention by Excitation Backprop*, 2016: the pointing game.
#   [arXiv:1608.00507](https://arxiv.org/abs/1608.00507)
# - Ari Morcos et al.: *On the importance of single directions for generalization*, 2018: units switched
#   off, alone and together. [arXiv:1803.06959](https://arxiv.org/abs/1803.06959)
#
# **Next:** a model of your own.
