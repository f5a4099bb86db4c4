# %% [markdown]
# # 09 · One network, four heads
#
# **You will** read a network that answers four questions about one picture, count what it gets
# right in three honest ways, and ask each of its heads where it looks. This time the truth is known
# to the pixel, so that a heat map can be called right or wrong. At the end you switch off filters,
# one by one, to see whose they are.
#
# **Time:** about 140 minutes. **You need:** notebooks 03, 05, 06 and 07.
#
# Five exercises are graded by checks, two questions by a person. Hidden checks with other data run
# when your notebook is graded.

# %%
from functools import partial

from helpers import checks, datasets, explorers, faithfulness, models, plots
from helpers.datasets.lines import ATTRIBUTES
from helpers.methods import cam, occlusion, saliency
from helpers.methods.activations import layer_activations, score_values, to_bytes
from helpers.methods.maximization import maximize
from helpers.scores import ClassScore, FilterScore

import numpy as np
from IPython.display import display
from scipy.ndimage import binary_dilation

# %%
data = datasets.load("lines")
model, history = models.trained("line_heads", data)
images, masks = data.test.images, data.test.masks["line"]
heads = list(ATTRIBUTES)
truth = np.stack([data.test.attributes[head] for head in heads], axis=1)
print(f"Data set: lines, {data.source.split(';')[0]}")
print(f"{len(data.train.images):,} images to train, {len(images):,} to test; truth {truth.shape}")

# %% [markdown]
# ## 1 · Lines, and a network with four answers
#
# Each picture shows one straight line on black, drawn by the course. It has a **length** (7 or 15
# pixels), a **width** (1 or 3), an **angle** (0° to 165° in steps of 15°, counter-clockwise from
# the x axis) and a **colour** (red or blue). All 96 combinations occur equally often. No image is
# both in the training and in the test set, and for each we know the *mask*: which pixels are line.


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
# A network for 96 classes has 48 output units for red lines, and each of them must learn what red is.
# Ours has one unit for the colour: two convolutions of 32 filters and a pool, two of 64 filters and a
# pool are **shared**, and on the flattened result stand four **heads**, each a single dense layer:
#
# - `length`, `width`, `colour`: one unit with a **sigmoid**, the probability of class 1 (15 pixels,
#   3 pixels, blue);
# - `angle`: twelve units with a **softmax**.
#
# While it was trained, the losses of the four heads were simply added up.

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
# A softmax head has a column per class. A sigmoid head has one column for two classes: mind the
# shape (N, 1).


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
# <code>p.shape[1] == 1</code> tells the kinds apart. What is the arg-max of a single number?
# </details>
# <details><summary>Hint 2</summary>
#
# A column for each head: <code>p[:, 0] &gt; 0.5</code> or <code>p.argmax(axis=1)</code>. Then
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
# Four heads, four accuracies. But someone who needs the whole line wants all four right *at once*.
#
# ### Exercise 2 · Each head, and all at once
#
# *Easy, 10 minutes, 3 points.*


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
# <code>predicted == truth</code> has a row per image and a column per head. Over which axis
# does the mean of a head go? Over which axis does "all heads" go?
# </details>
# <details><summary>Hint 2</summary>
#
# <code>right.mean(axis=0)</code> and <code>right.all(axis=1).mean()</code>.
# </details>
#
# Clean lines are too easy for this network. So we change them in ways it has never seen: some noise,
# half the brightness, the other colour.

# %%
clean = images[:960]
noise = np.random.default_rng(0).normal(0, 1, clean.shape)
changed = {"clean": clean}
changed |= {f"noise {n}": np.clip(clean + n * noise, 0, 1) for n in (0.05, 0.1, 0.2)}
changed |= {"half as bright": clean / 2, "red and blue swapped": clean[..., ::-1]}

print(f"{'':20}  {'  '.join(f'{h:>6}' for h in heads)}  all at once  product of the four")
answers = {}
for name, batch in changed.items():
    answers[name] = head_classes(model.predict(batch.astype(np.float32), verbose=0))
    each, joint = accuracies(answers[name], truth[:960])
    row = "  ".join(f"{share:6.1%}" for share in each)
    print(f"{name:20}  {row}  {joint:11.1%}  {each.prod():19.1%}")

# %% [markdown]
# **Notice** that "all at once" is at most the accuracy of the weakest head: swap the colours, and
# nothing at all is right. Compare it with the product, what it would be if the heads erred
# independently. They share their features. Where a line that is hard for one head is hard for
# another, too, the product is too small; where one head errs on just the lines that another gets
# right, it is too large. Find a row for each.
#
# ### Four heads, or 96 classes?
#
# **Guess first:** give the same convolutions one head, a softmax of all 96 combinations. Will it be
# right more often than four heads at once? Both were trained for the same number of epochs.

# %%
rivals = {"four heads": (model, history), "96 classes": models.trained("line_classes", data)}
for name, (rival, training) in rivals.items():
    right = models.accuracy(rival, data.test)
    print(
        f"{name}: {rival.count_params():7,} weights, {max(training['epoch']):.0f} epochs in "
        f"{sum(training['seconds']):3.0f} s, the whole line {right:.1%}"
    )

# %% [markdown]
# **Notice** that the 96 classes need about three times the weights, nearly all of them behind the
# flattening, and are right less often. A head for the colour learns from every image. A unit for
# one of 96 classes has one image in 96 to say yes to. The seconds depend on the computer and on
# what else ran on it. Both networks have the same convolutions. More epochs (`epochs=8`) are among
# the things to try below.
#
# ### Exercise 3 · How wrong is an angle?
#
# *Medium, 15 minutes, 3 points.*
#
# To take 45° for 60° is a smaller mistake than to take it for 135°. And a line has no arrow: turned
# by 180° it is the same line. So class 11, 165°, lies next to class 0.


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
# With <code>apart = abs(predicted - true)</code> the other way has
# <code>directions - apart</code> steps. Take the smaller, then turn steps into degrees.
# </details>

# %%
steps = np.arange(0, 91, 15)
print("angle off by        ", "  ".join(f"{step:4}°" for step in steps))
for name, given in answers.items():
    error = angle_error(given[:, 2], truth[:960, 2], 12)
    counts = "  ".join(f"{np.sum(error == step):5}" for step in steps)
    print(f"{name:20} {counts}")

level = images[truth[:, 2] == 0]
logits = [score_values(model, level, ClassScore(c, head="angle")).mean() for c in range(12)]
names = [f"{angle}°" for angle in ATTRIBUTES["angle"]]
plots.bars(logits, names, "class", "mean logit", "What the angle head says of lines at 0°")

# %% [markdown]
# **Notice** that mistakes begin with the neighbours, though the loss never said that 45° and 60° are
# alike: to the softmax, all wrong classes are equally wrong. The network found the order of the
# angles in the images. Does it know that the order is a circle? Ask the logits of clean lines at 0°,
# at the right end of the picture: is 165° nearer to 0° than 90° is?
#
# ## 3 · What the shared layers see
#
# Six lines and every layer's answers, each map on a scale of its own.

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
# **Notice** the first two columns, the same angle in red and in blue: some maps of the first layers
# answer to one of them alone, others to both. Black maps are constant: here the filter is silent. The
# first, third and fourth column show a long, a short and a thick line of one angle and colour.
#
# Is there a filter that knows the colour, and one that knows the angle? Take each filter's mean
# activation over its map, and ask how much of its variation over the test images is explained by
# each attribute: the variance of the class means, as a share of the whole variance.


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


for layer in ("conv1_1", "conv2_2"):
    title = f"What each filter of {layer} varies with"
    shares = explained(layer)
    live = shares[:, shares.max(axis=0) > 0]
    most = np.bincount(live.argmax(axis=0), minlength=4)
    together = np.corrcoef(live[:2])[0, 1]
    print(f"{layer}: filters that vary most with", dict(zip(heads, most.tolist(), strict=True)))
    print(f"{layer}: correlation of the shares of length and width {together:.2f}")
    display(plots.effects(shares, heads, title, label="share of variance"))

# %% [markdown]
# **Notice** how many filters of the first layer vary most with the colour, and that length and
# width go together there: a longer or wider line has more ink. In the last convolution most filters
# vary most with the angle, and length and width no longer go together. What a filter's *mean*
# varies with is a first hint, not yet what the heads use.
#
# ### The pictures that filters like
#
# Activation maximization (Erhan et al., 2009), as in notebook 03, of all 64 filters of the last
# convolution. We start from noise: on plain black many filters are silent and give no direction to
# climb.

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
fresh = models.build("line_heads").get_layer("conv1_1").get_weights()[0]
learned = model.get_layer("conv1_1").get_weights()[0]
for channel, name in enumerate(("red", "green", "blue")):
    change = abs(learned - fresh)[:, :, channel].max()
    print(f"{name:5}: largest change of a weight in training {change:.3f}")

best = climbed.top(25)
plots.images(
    best.images,
    [f"{s.index}: {c[-1]:.1f}" for s, c in zip(best.scores, best.curves, strict=True)],
    5,
    "The 25 filters that can be excited most, and how much",
)

# %% [markdown]
# **Notice** stripes of one direction in most pictures, and in many of them red beside blue: such a
# filter asks for the angle and takes either colour. Where no picture could be found, the noise is
# left, "dead" from this start. But where does the green come from? No line was green. The weights
# tell: nothing was learned about green, because the gradient of a weight is 0 if its input is
# always 0. These weights are as random as before training, yet a picture may use them. So a picture
# that a filter "likes" may hold what the filter never learned.
#
# And the classes? The score of class 1 of a sigmoid head is its logit. Class 0 has no unit of its
# own; its score is the *negative* logit.

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
# **Notice** that each angle is drawn in both colours at once, and that none of these pictures looks
# like the single line that the network was trained on: more lines, more logit. Is what "length 7"
# likes a line at all?
#
# ## 4 · Which head looks where?
#
# The heads share everything but their last layer. If their heat maps of one image differ, the
# reason is what each head *makes* of the same features. Grad-CAM (Selvaraju et al., 2017) takes any
# score, so a head is chosen by the score.

# %%
long = a_line(1, 1, 9, 0)
scores = [ClassScore(int(c), head=h) for h, c in zip(heads, truth[long], strict=True)]
maps = np.concatenate([cam.grad_cam(model, images[[long]], score) for score in scores])
paper = 0.4 * np.repeat(masks[long][None, ..., None], 4, axis=0)  # pale ink
plots.overlays(
    paper, maps, [f"{h}" for h in heads], 4, f"Grad-CAM of every head over the mask: {told(long)}"
)

# %% [markdown]
# **Notice** that the four maps of one image differ. It is tempting to read more into them: that the
# width's head looks at the line's edges, say. But a map of 14×14 places has one place for 2×2 pixels,
# and a place of the last convolution sees 14×14 pixels (reckon it as in notebook 04). A line 3 pixels
# wide and its two edges lie in the same places.
#
# The mask says which pixels are line, so let us measure.
#
# ### Exercise 4 · Map against mask
#
# *Medium, 15 minutes, 4 points.*
#
# To compare methods of any scale, only the *order* of the pixels must count. Choose as many pixels
# as the mask has, those with the highest values, and compare the two areas by their **intersection
# over union**: 1 if they agree, 0 if they have nothing in common.


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
# For one image: sort all values; the k-th highest is <code>np.sort(values, axis=None)[-k]</code>.
# How many pixels does the mask have?
# </details>
# <details><summary>Hint 2</summary>
#
# <code>chosen = values &gt;= that_value</code>; then count <code>chosen &amp; mask</code> and
# <code>chosen | mask</code>. A loop over the images is fine.
# </details>
#
# From here on the helper `faithfulness.iou` is used: it also treats equal values fairly, as in maps
# with many zeros. Beside it stands the **pointing game**: does the map peak inside the mask? Forty
# lines of three angles are enough to see it.

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


# %%
def alike(maps):
    """The mean correlation of the maps of any two heads, image by image."""
    flat = np.stack([m.reshape(len(m), -1) for m in maps.values()], axis=1)  # (N, heads, pixels)
    flat = flat - flat.mean(axis=-1, keepdims=True)
    flat /= np.maximum(np.linalg.norm(flat, axis=-1, keepdims=True), 1e-9)
    return (flat @ flat.transpose(0, 2, 1))[:, ~np.eye(len(maps), dtype=bool)].mean()


print(f"IoU, peak on the line: {''.join(f'{h:>14}' for h in heads)}   heads alike")
for name, maps in found.items():
    cells = (
        f"{faithfulness.iou(m, masks[some]).mean():7.2f}"
        f"{faithfulness.pointing_game(m, masks[some]).mean():7.0%}"
        for m in maps.values()
    )
    print(f"{name:23}{''.join(cells)}{alike(maps):14.2f}")
chance = np.random.default_rng(0).random((len(some), 28, 28))
print(f"{'chance':23}{faithfulness.iou(chance, masks[some]).mean():7.2f}")

# %% [markdown]
# **Notice** how much depends on the method, and for Grad-CAM on the layer: compare its two rows,
# head by head. So whether a head "looks at the line" depends on the method, too. And look at the
# row of the image itself: the image, which knows of no network, hits every line and is the same for
# all heads. The last column is the mean correlation of the maps of any two heads. A method that is
# good at finding the line, and finds it alike for every head, has told you where the *line* is.
#
# ## 5 · What explains a "no"?
#
# Take the same table for Grad-CAM alone, but separate the classes of the sigmoid heads.

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
# **Notice** that two classes of one head may differ as much as two methods. Take the two lengths.
# The unit's logit says "15 pixels". For class 1 `ClassScore` takes this logit, for class 0 its
# negative: whatever speaks for a short line is what speaks *against* a long one. See for yourself
# that there is only one quantity:

# %%
short = a_line(0, 0, 3, 0)
pair = images[[short, a_line(1, 0, 3, 0)]]
yes, no = (score_values(model, pair, ClassScore(c, head="length")) for c in (1, 0))
print("short, long line: logit of class 1", yes.round(2), "  of class 0", no.round(2))
gradients = [saliency.gradient(model, pair, ClassScore(c, head="length")) for c in (1, 0)]
print("largest sum of the two gradients:", abs(gradients[0] + gradients[1]).max())

empty = np.zeros((1, *images.shape[1:]), np.float32)
print("\nmean logit of class 1:   no line   of class 0   of class 1")
for head in ("length", "width", "colour"):
    values = score_values(model, np.concatenate([empty, images]), ClassScore(1, head=head))
    means = [values[1:][truth[:, heads.index(head)] == c].mean() for c in (0, 1)]
    print(f"{head:7} {values[0]:24.1f} {means[0]:12.1f} {means[1]:12.1f}")

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
# **Notice** that the right half is the left half with its signs exchanged. Grad-CAM's final ReLU
# keeps the red and drops the blue, and so shows two different halves of one story: for class 0,
# whatever is left when the evidence for class 1 is taken away.
#
# Then read the logits above. An image without any line is called short, and thin, with more
# certainty than the lines that are: even a short line moves the logit towards "long", even a thin
# one towards "thick". Such a class is the *absence* of something and has nowhere to point. Red is
# no such class: without a line the logit of the colour is close to 0, and a red line takes it about
# as far down as a blue one takes it up. If the IoU of red is low all the same, the reason is the
# method.
#
# Is a thick line the absence of something? No: the logit of the width rises with a thick line. The
# IoU of thick lines is low for another reason. With a mask two pixels wider their IoU is about
# twice as high or more, and far above chance. So Grad-CAM does mark thick lines, together with what
# lies next to them. Grad-CAM cannot say whether the head goes by the line or by its edges.
#
# ### Question 1 · A map for "short"
#
# *15 minutes, 4 points, graded by a person.*
#
# (a) What number is explained if you ask a sigmoid head for class 0, and how is its gradient map
# related to that of class 1?
# (b) A colleague shows Grad-CAM maps of "length 7" that lie beside the line, and concludes that the
# network does not look at the line. What do you answer? Use a number of your own.
# (c) Would two units with a softmax, in place of the one sigmoid unit, get rid of the problem?
#
# ### BEGIN MARK SCHEME
# - 1 point: (a) the negative logit of the unit; the map is the same with opposite sign.
# - 1 point: (b) even a short line speaks for class 1; Grad-CAM's ReLU hides what is negative; what
#   remains is not where the network looks.
# - 1 point: (b) a fitting number: the IoUs of the two classes, the logit of the empty image beside
#   that of short lines.
# - 1 point: (c) no, or not by itself: only the difference of the two logits counts, which is again
#   one number; a logit alone may be explained, but it does not decide. Better: keep the sign, or
#   explain the difference.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "negative_question", "grade": true, "solution": true, "points": 4}
# (a) The negative logit. Every gradient changes its sign, so the map is the same with red and blue
# exchanged.
#
# (b) The network does look at the line. In my run the logit of "long" is −18 without a line, and
# −10 on average with a short one: even a short line speaks for "long". For "short" this is
# negative, and the ReLU of Grad-CAM cuts it off. Hence an IoU of 0.00 for length 7, where length 15
# has 0.35.
#
# (c) Not really. A softmax of two units depends on the difference of their logits alone, which is
# one number with two signs. The map of one logit may look better, but does not decide anything.

# %% [markdown]
# ### The width, by covering
#
# Occlusion (Zeiler and Fergus, 2014) asks the question with real pictures. Cover parts of a wide
# line, and watch the logits.

# %%
wide = [a_line(1, 1, 9, 0), a_line(1, 1, 2, 1)]
scores = {"width 3": ClassScore(1, head="width"), "length 15": ClassScore(1, head="length")}
maps = np.concatenate(
    [occlusion.occlusion_map(model, images[wide], score, 5, 2) for score in scores.values()]
)
plots.overlays(
    0.4 * np.concatenate([masks[wide], masks[wide]])[..., None],
    maps,
    [f"{name}\n{told(i)}" for name in scores for i in wide],
    4,
    "Drop of the logit when a patch of 5×5 is covered with black",
)

# %% [markdown]
# **Notice** the difference. To cover an end makes a long line shorter; a hole in the middle leaves
# two short ones, which costs more. The width's logit falls most elsewhere, and may even *rise*
# where the middle is covered: look for blue. A hole leaves two thick pieces with edges of their
# own. Black paint is not "nothing": it draws new ends and edges.
#
# ### Question 2 · The winner of the table
#
# *15 minutes, 4 points, graded by a person.*
#
# (a) Gradient × input has a higher IoU than the gradient, and its magnitude a higher one still. Give
# a reason that has nothing to do with what the network learned.
# (b) Which of the seven methods would you trust least to tell the heads apart (the image itself is
# none)? Quote two numbers, and suggest another test that a method must fail if it only shows the
# image.
# (c) For the width head a low IoU with the mask of the line need not be a fault. Why? Which mask
# would be fairer?
#
# ### BEGIN MARK SCHEME
# - 1 point: (a) off the line the input is 0 and so is the product, so no pixel there can be
#   positive: what ranks first is line, unless line pixels are negative; of the magnitude none are.
# - 1 point: (b) guided backprop, with its "heads alike" and an IoU from the table.
# - 1 point: (b) a fitting test: random weights; another class of the same head; a second line in
#   the picture.
# - 1 point: (c) the evidence for a width lies at the edges, on either side; a mask widened by a
#   pixel or two, or the outline.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "winner_question", "grade": true, "solution": true, "points": 4}
# (a) Off the line and its faded edge the input is 0, hence the product, whatever the gradient is. So
# only line can be positive. A pixel of the line that is negative ranks below the black ones; its
# magnitude does not, and finds the line for every head (in my run IoU 0.63 to 0.80).
#
# (b) Guided backprop: in my run an IoU of 0.70 to 0.75 for every head, and a correlation of 0.97
# between the heads: nearly the same picture for four questions. I would give all layers random
# weights: a map that still finds the line does not show what was learned.
#
# (c) A width shows at both edges, and there the black pixels next to the line count as much as the
# bright ones. The outline, or the mask widened by two pixels, would be fairer.

# %% [markdown]
# ## 6 · Whose filter is it?
#
# So far we looked. Now we intervene: switch one filter off, and see which head suffers. Everything
# after the last pool is a dense layer per head, so it can be computed at once: features,
# flattened, times a kernel, plus a bias.
#
# ### Exercise 5 · Without one filter
#
# *Hard, 20 minutes, 5 points.*
#
# What comes out of the dense layers are logits. A sigmoid is above 0.5 where its logit is above 0.
# You may use your `accuracies` (the check takes it as right).


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
# For each filter: a fresh copy of the features, <code>copy[..., filter] = 0</code>, and only then
# <code>copy.reshape(len(copy), -1)</code>.
# </details>
# <details><summary>Hint 2</summary>
#
# The logits of a head are <code>flat @ kernel + bias</code>. Classes as in exercise 1, but with 0 in
# place of 0.5. Then <code>accuracies(classes, truth)[0]</code> is a row.
# </details>

# %%
features = layer_activations(model, images[:960], ["pool2"])["pool2"]
kernels, biases = zip(*(model.get_layer(head).get_weights() for head in heads), strict=True)
left = without_filter(features, list(kernels), list(biases), truth[:960])
loss = accuracies(predicted[:960], truth[:960])[0] - left  # (filters, heads)
for head, column in zip(heads, loss.T, strict=True):
    worst = np.argsort(-column)[:4]
    print(f"{head:7}", ", ".join(f"filter {i} −{column[i]:.1%}" for i in worst))
silent = (features.max(axis=(0, 1, 2)) == 0).sum()
print(f"{(loss.max(axis=1) < 0.005).sum()} filters cost no head half a percent; {silent} are dead")
plots.effects(loss.T, heads, "Accuracy that a head loses without a filter", label="loss")

# %% [markdown]
# **Notice** that a few filters cost one head alone, a few cost several heads, and that most filters
# cost no head anything. A filter that costs nothing alone may still do something: other filters may
# stand in for it. So take the eight filters that cost a head most one by one, and switch them off
# together.
#
# **Guess first:** will a head suffer most when its own eight are gone?

# %%
rows = []
for column in loss.T:
    taken = features.copy()
    taken[..., np.argsort(-column)[:8]] = 0
    flat = taken.reshape(len(taken), -1)
    given = [model.get_layer(h)(flat).numpy() for h in heads]  # the heads themselves
    rows.append(accuracies(head_classes(given), truth[:960])[0])
print(f"without the eight of  {'  '.join(f'{h:>6}' for h in heads)}")
for head, row in zip(heads, rows, strict=True):
    print(f"{head:20}  {'  '.join(f'{share:6.1%}' for share in row)}")

for h, worst in enumerate(np.argmin(rows, axis=0)):
    own, least = rows[h][h], rows[worst][h]
    print(
        f"{heads[h]:7} without its own eight {own:.1%}, without those of {heads[worst]} {least:.1%}"
    )

# %% [markdown]
# **Notice** that a head need not suffer most from the loss of its own eight. The last lines name
# the eight that hurt each head most: are they its own? The reason is that filters are
# **redundant**. While one filter is off, others stand in for it, so the loss without it is large
# only if no other filter replaces it. This loss does not tell whether the head uses the filter.
# Filters that replace each other cost nothing one by one and much together, and the eight of
# another head may hold more of them. So the eight that cost a head most one by one need not be the
# eight that it needs most. A head that is guessing would be right in 50 % of the cases, the angle
# in 8 %.
#
# ## 7 · Explore
#
# All heads at once, over the mask. "another" asks each head for a class that it did not predict.
# "signed" shows what speaks against the class, too.

# %%
explorers.four_heads(model, data.test, ATTRIBUTES, "line")

# %% [markdown]
# Things to try: `epochs=8` for the 96 classes; Grad-CAM and its signed version on a short line; the
# same method in each layer; "another" with gradient × input: does the map change, or only its
# colours?
#
# ## What to take along
#
# - Several heads are several questions to the same features. A score names its head.
# - Accuracy per head and of the whole are different numbers; the second is no product of the first.
# - Angles are a circle. Measure mistakes in degrees.
# - One sigmoid unit has two classes and one number: class 0 is explained by the negative logit. If
#   it is the absence of something, it has nowhere to point.
# - A mask makes a map measurable, but ask what the head *needs* to see, and what the method could
#   not miss.
# - What a filter varies with and what a head needs it for are two questions. Switch it off. But filters
#   stand in for each other: the loss without one filter is large only if no other filter replaces
#   it. This loss does not tell whether the head uses the filter.
#
# ## To read on
#
# - Rich Caruana: *Multitask Learning*, Machine Learning 28, 1997: several heads on shared features.
#   [doi:10.1023/A:1007379606734](https://doi.org/10.1023/A:1007379606734)
# - Ramprasaath Selvaraju et al.: *Grad-CAM: Visual Explanations from Deep Networks via Gradient-based
#   Localization*, 2017. [arXiv:1610.02391](https://arxiv.org/abs/1610.02391)
# - Jianming Zhang et al.: *Top-down Neural Attention by Excitation Backprop*, 2016: the pointing game.
#   [arXiv:1608.00507](https://arxiv.org/abs/1608.00507)
# - Ari Morcos et al.: *On the importance of single directions for generalization*, 2018: units switched
#   off, alone and together. [arXiv:1803.06959](https://arxiv.org/abs/1803.06959)
#
# **Next:** a model of your own.
