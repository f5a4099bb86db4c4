# %% [markdown]
# # 01 · Train a convolutional network
#
# **You will** look at handwritten digits as a network sees them, build a small convolutional
# network, count what it has to learn, train it, and find out where it fails and why.
#
# **Time:** about 75 minutes. **You need:** Python and NumPy; what a convolution does is enough.
#
# Six exercises are graded by checks, two questions by a person. Each exercise ends with a
# *visible check* that you may run as often as you like: it says what it expected, what it got
# and, where it recognises the mistake, the likely cause. Hidden checks with other data run when
# your notebook is graded, so write functions that work in general. The *Validate* button in the
# toolbar runs all visible checks; where a cell failed, the cell's own output says why.

# %%
from helpers import checks, datasets, explorers, models, plots

import keras
import numpy as np

# %% [markdown]
# ## 1 · Look at the data
#
# Look at the pictures before you train on them. `load("default")` takes MNIST where it can be had,
# and otherwise a smaller set of real digits that comes with scikit-learn.

# %%
data = datasets.load("default")
print("train", data.train.images.shape, data.train.images.dtype)
print("test ", data.test.images.shape, data.test.labels.dtype)

# %% [markdown]
# The axes are always (N, H, W, C): images, height, width, channels. Grey images have one channel.
# Each row below shows eight examples of one class.

# %%
examples = np.stack([np.flatnonzero(data.train.labels == c)[:8] for c in range(10)]).ravel()
plots.images(data.train.images[examples], columns=8, title="Eight training images of each class")

# %% [markdown]
# Which digits have more than one common shape? Which would *you* mix up? Keep your guess for the
# end of the notebook. First: are all classes there, and about equally often?

# %%
print("digit ", *(f"{name:>5}" for name in data.class_names))
for name, split in (("train", data.train), ("test", data.test)):
    print(f"{name:6}", *(f"{count:5}" for count in np.bincount(split.labels)))

# %% [markdown]
# ### Exercise 1 · From bytes to numbers a network likes
#
# *Easy, 5 minutes, 3 points.*
#
# In the files, a pixel is a byte: 0 is background, 255 is full ink, and there is no channel axis.
# Gradient descent is easier on inputs of similar, small size (LeCun and others, 1998), and a
# convolution needs a channel axis, even of length one. Write the function that turns such bytes
# into such numbers.


# %% nbgrader={"grade_id": "scale_images", "solution": true}
def scale_images(raw: np.ndarray) -> np.ndarray:
    """Prepare images for a network.

    raw: (N, H, W) uint8, 0 to 255
    returns: (N, H, W, 1) float32, 0 to 1, where 255 becomes 1
    """
    ### BEGIN SOLUTION
    return (raw.astype(np.float32) / 255)[..., np.newaxis]
    ### END SOLUTION


# %% nbgrader={"grade_id": "scale_images_check", "grade": true}
checks.scale_images(scale_images)  # at grading, hidden checks run on other images
### BEGIN HIDDEN TESTS
checks.scale_images(scale_images, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Convert to <code>np.float32</code> first, then divide. By which number, so that every image is
# scaled alike, also one without a white pixel?
# </details>
# <details><summary>Hint 2</summary>
#
# <code>array[..., np.newaxis]</code> appends an axis of length one.
# </details>

# %%
raw = np.round(data.train.images[:6, ..., 0] * 255).astype(np.uint8)
scaled = scale_images(raw)
plots.images(scaled, columns=6, title=f"Your images: {scaled.dtype}, up to {scaled.max():.2f}")

# %% [markdown]
# **Notice** that the picture looks the same: scaling changes the numbers, not the image. Whatever
# you do to the training images, do exactly the same to every image you show the network later.
# Section 3 shows what happens otherwise.
#
# ## 2 · The network
#
# It is small enough to look at all of it. Its filters come in numbers that fill square grids.
#
# | layer | what | output |
# |---|---|---|
# | `l0` | input | 28×28×1 |
# | `l1` | convolution, 9 filters of 5×5, same padding, ReLU | 28×28×9 |
# | `pool1` | largest of each 2×2 | 14×14×9 |
# | `l2` | convolution, 9 filters of 5×5, same padding, ReLU | 14×14×9 |
# | `pool2` | largest of each 2×2 | 7×7×9 |
# | `l3` | convolution, 16 filters of 3×3, same padding, ReLU | 7×7×16 |
# | `pool3` | largest of each 2×2 (the odd row and column are dropped) | 3×3×16 |
# | `flatten` | one long vector | 144 |
# | `l4` | dense, ReLU | 25 |
# | `l5` | dense, softmax | 10 |

# %% [markdown]
# ### Exercise 2 · Count what a convolution learns
#
# *Easy, 5 minutes, 3 points.*
#
# A filter of `l2` looks at a 5×5 window in *all nine* maps of the layer before, and adds one bias.
# How many numbers does a whole convolutional layer learn?


# %% nbgrader={"grade_id": "count_weights", "solution": true}
def count_weights(kernel_size: tuple[int, int], channels: int, filters: int) -> int:
    """Count the weights of a convolutional layer, its biases included.

    kernel_size: (height, width) of a kernel
    channels: channels of the layer's input
    filters: how many filters the layer has, hence channels of its output
    """
    ### BEGIN SOLUTION
    height, width = kernel_size
    return (height * width * channels + 1) * filters
    ### END SOLUTION


# %% nbgrader={"grade_id": "count_weights_check", "grade": true}
checks.count_weights(count_weights)  # at grading, hidden checks use other sizes
### BEGIN HIDDEN TESTS
checks.count_weights(count_weights, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Draw one filter: how many numbers are in its window, counting all channels?
# </details>
# <details><summary>Hint 2</summary>
#
# Each filter adds exactly one bias, however many channels it reads.
# </details>

# %%
for layer, channels, filters in (("l1", 1, 9), ("l2", 9, 9), ("l3", 9, 16)):
    kernel = (3, 3) if layer == "l3" else (5, 5)
    print(layer, "learns", count_weights(kernel, channels, filters), "numbers")
pixels = 28 * 28
print(f"a dense layer with as many outputs as l1 would learn {(pixels + 1) * pixels * 9:,} numbers")

# %% [markdown]
# **Notice** that the size of the image does not enter: the same weights are used at every position.
# So a convolution learns few numbers. The shared weights also make it *equivariant*: where a stroke
# moves, the answer moves with it. A cell below tests that.
#
# ### Exercise 3 · Build it
#
# *Medium, 15 minutes, 4 points.*
#
# Build the network of the table, for any input shape, numbers of filters and classes: three times
# convolution (kernels 5×5, 5×5, 3×3) and pooling, then flatten and two dense layers.


# %% nbgrader={"grade_id": "build_network", "solution": true}
def build_network(
    input_shape: tuple[int, int, int], filters: tuple[int, int, int], units: int, classes: int
) -> keras.Model:
    """Build the network of the table above, untrained.

    input_shape: (H, W, C) of one image
    filters: filters of the three convolutions
    units: units of the first dense layer
    classes: units of the last, which gives one probability per class
    """
    ### BEGIN SOLUTION
    x = inputs = keras.Input(input_shape)
    for size, kernel in zip(filters, (5, 5, 3), strict=True):
        x = keras.layers.Conv2D(size, kernel, padding="same", activation="relu")(x)
        x = keras.layers.MaxPooling2D()(x)
    x = keras.layers.Flatten()(x)
    x = keras.layers.Dense(units, activation="relu")(x)
    return keras.Model(inputs, keras.layers.Dense(classes, activation="softmax")(x))
    ### END SOLUTION


# %% nbgrader={"grade_id": "build_network_check", "grade": true}
checks.build_network(build_network)  # at grading, hidden checks use other sizes
### BEGIN HIDDEN TESTS
checks.build_network(build_network, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Start with <code>x = inputs = keras.Input(input_shape)</code>, apply one layer after the other as
# <code>x = layer(x)</code>, and return <code>keras.Model(inputs, x)</code>.
# </details>
# <details><summary>Hint 2</summary>
#
# <code>keras.layers.Conv2D(9, 5, padding="same", activation="relu")</code> is the first
# convolution; the last layer wants <code>activation="softmax"</code>.
# </details>

# %%
mine = build_network((28, 28, 1), (9, 9, 16), 25, 10)
for layer in mine.layers:
    if weights := layer.count_params():
        share = weights / mine.count_params()
        print(f"{type(layer).__name__:6} {weights:5,} weights, {share:5.1%}")
print(f"in all {mine.count_params():5,} weights")

# %% [markdown]
# **Notice** where the weights are. The first dense layer, `l4` of the table, holds nearly half of
# them: it has a weight for each of 144 numbers and 25 units. The three convolutions together hold
# nearly as many, and the last layer holds few.
#
# Now test the equivariance. Move a digit two pixels to the right. Are the answers of the first
# convolution to the moved digit its answers to the digit itself, moved by two pixels?

# %%
first = keras.Model(mine.inputs, mine.layers[1].output)
digit = data.train.images[:1]
moved = np.roll(digit, 2, axis=2)
difference = np.abs(
    first.predict(moved, verbose=0) - np.roll(first.predict(digit, verbose=0), 2, 2)
)
print(f"largest difference: {difference.max():.6f}")

# %% [markdown]
# ## 3 · Train
#
# One pass over the training images shows whether your network learns at all: guessing would be
# right once in ten times. A tenth of the images is held out to *validate*: the network never trains
# on those.

# %%
history = models.train(mine, data, epochs=1)
print(f"validation accuracy after one epoch: {history['val_accuracy'][-1]:.3f}")

# %% [markdown]
# For the rest of the course everybody uses the same network, trained for longer. The first time it
# is trained; later it is loaded from your cache. The network is validated ten times on the way.

# %%
model, history = models.trained("course_cnn", data)
plots.training_history(history)

# %% [markdown]
# **Notice** the first point: there validation looks *better*, because training accuracy is averaged
# over a time in which the network was still improving. Then compare the two at the end, in numbers.
# Where training is above validation, the network is better on images that it was trained on than on
# others.

# %%
for name in ("loss", "val_loss"):
    print(f"{name:9}", *(f"{value:.3f}" for value in history[name]))
print(f"at the end: accuracy {history['accuracy'][-1]:.1%} in training, "
      f"{history['val_accuracy'][-1]:.1%} in validation")  # fmt: skip

# %% [markdown]
# ### One learning rate or a cycle?
#
# The learning rate of this training goes through *one cycle* (Smith and Topin, 2017): in the first
# third it rises to ten times where it began, then it falls to nothing. Below, the same network takes
# as many passes with one rate, the mean of the cycle's; images and optimiser are the same. And
# `lenet`, a network with more weights, takes them with a cycle. Which of the three makes the fewest
# mistakes? They are compared on the *validation* images. A choice between networks is part of
# training, and the test images are to be kept for the end.

# %%
plain = models.build("course_cnn")
plain.compile(keras.optimizers.Adam(0.005, beta_2=0.99), "sparse_categorical_crossentropy")
order = np.random.default_rng(0).permutation(len(data.train.images))
held_out, used = np.split(order, [round(len(order) / 10)])  # as in the training of the other two
images, labels = data.train.images, data.train.labels
epochs = round(history["epoch"][-1])
plain.fit(images[used], labels[used], batch_size=128, epochs=epochs, verbose=0)
wider, _ = models.trained("lenet", data)
for name, network in (("one rate", plain), ("one cycle", model), ("lenet, one cycle", wider)):
    wrong = models.predict(network, images[held_out]).argmax(axis=1) != labels[held_out]
    weights = f"{network.count_params():8,} weights"
    print(f"{name:17} {weights}, {wrong.sum():4} mistakes on {len(wrong):,} validation images")

# %% [markdown]
# **Notice** that on MNIST the cycle makes fewer mistakes than the one rate, and the larger network
# about as few or fewer. On the small set of digits, passed over many times, the three are a few
# images apart: so few images cannot tell which is best.
#
# **Try** `batch_size=32` and `batch_size=512` in `plain.fit`, and another learning rate. Note the
# mistakes and the seconds of each run in a table. One start is not enough to tell two settings apart
# that differ little: repeat each run.
#
# ### Forget to scale
#
# Now the same network gets validation images whose pixels run from 0 to 255. Guess first: what
# becomes of the accuracy?

# %%
truth = labels[held_out]
for title, factor in (("0 to 1", 1), ("0 to 255", 255)):
    answers = models.predict(model, factor * images[held_out])
    right = np.mean(answers.argmax(axis=1) == truth)
    of_truth = answers[np.arange(len(answers)), truth]
    loss = -np.log(np.maximum(of_truth, 1e-7)).mean()
    print(f"{title:8}  accuracy {right:.2%}  loss {loss:.3f}")

# %% [markdown]
# ### Question 1 · Read the curves
#
# *10 minutes, 4 points, graded by a person.*
#
# (a) Which curve tells you when more training is useless, and has that point come here?
#
# (b) Does this network overfit? Argue with numbers read from the curves.
#
# (c) With unscaled images the accuracy hardly changes, but the loss does. Explain both: what does
# multiplying an image by 255 do to the outputs of ReLU layers, to the arg-max, to the softmax?
#
# ### BEGIN MARK SCHEME
# - 1 point: decides by the *validation* curve (loss or accuracy), not the training curve.
# - 1 point: reads off the last points whether validation still improves beyond its fluctuation.
# - 1 point: quantifies the gap between training and validation at the end and judges it (a small
#   gap, hardly any overfitting, is the expected reading; a reasoned other view earns the point).
# - 1 point: (c) up to the small biases, ReLU layers pass a positive factor on: all logits grow,
#   their order and so the accuracy stays; the softmax saturates, so each mistake is made with full
#   confidence and costs a large loss.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "curves_question", "grade": true, "solution": true, "points": 4}
# The numbers are those of my run; trained on another computer they differ.
#
# (a) The validation loss. On MNIST it fell unevenly while the learning rate was high and steadily
# as the rate fell. The loss is lowest at the end, so more training was not yet useless, but the
# last steps gain little. On the small set of digits the loss is lowest before the end: from there
# on, more training was useless.
#
# (b) On MNIST it hardly overfits: at the end training accuracy is above validation accuracy by less
# than one percentage point, and the validation loss has not risen again. On the small set of digits
# it overfits a little: training accuracy is 1, validation accuracy one or a few points less, and
# the validation loss has risen from its lowest value.
#
# (c) Convolution, ReLU and pooling pass a positive factor on, apart from the small biases. So all
# logits are about 255 times larger: the largest stays the largest, and accuracy stays. But the
# softmax of such logits is 0 or 1, and a mistake made with certainty costs a large loss.

# %% [markdown]
# ## 4 · How good is it?
#
# The test images were used for nothing so far: not for training, and not for a choice. The network
# answers with one probability per class; here for the image of which it is least certain.

# %%
probabilities = models.predict(model, data.test.images)
unsure = probabilities.max(axis=1).argmin()
print("shape", probabilities.shape)
for name, probability in zip(data.class_names, probabilities[unsure], strict=True):
    print(f"  {name}: {probability:6.1%}")
plots.images(data.test.images[[unsure]], [f"label {data.test.labels[unsure]}"], title="Unsure")

# %% [markdown]
# ### Exercise 4 · Accuracy
#
# *Easy, 5 minutes, 2 points.*
#
# The network decides for its most probable class. On which share of the images is that right?


# %% nbgrader={"grade_id": "accuracy", "solution": true}
def accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
    """The share of images whose most probable class is their label.

    probabilities: (N, classes) float
    labels: (N,) int
    returns: a number from 0 to 1
    """
    ### BEGIN SOLUTION
    return float(np.mean(probabilities.argmax(axis=1) == labels))
    ### END SOLUTION


# %% nbgrader={"grade_id": "accuracy_check", "grade": true}
checks.accuracy(accuracy)  # at grading, hidden checks use other predictions
### BEGIN HIDDEN TESTS
checks.accuracy(accuracy, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# <code>probabilities.argmax(axis=...)</code> gives the most probable class of each image. Which
# axis holds the classes?
# </details>
# <details><summary>Hint 2</summary>
#
# The mean of a boolean array is the share of <code>True</code>.
# </details>

# %%
share = accuracy(probabilities, data.test.labels)
print(f"test accuracy {share:.2%}: {round((1 - share) * len(probabilities))} mistakes")

# %% [markdown]
# ### Exercise 5 · Which digits does it mix up?
#
# *Medium, 10 minutes, 3 points.*
#
# The accuracy does not say which digits are mixed up. A confusion matrix counts, for each true class
# (row), which class was predicted (column). Write it yourself.


# %% nbgrader={"grade_id": "confusion", "solution": true}
def confusion(labels: np.ndarray, predictions: np.ndarray, n_classes: int) -> np.ndarray:
    """Count how often each class was taken for each class.

    labels, predictions: (N,) int, from 0 to n_classes - 1
    returns: (n_classes, n_classes) int; [i, j] counts images of class i predicted as j
    """
    ### BEGIN SOLUTION
    counts = np.zeros((n_classes, n_classes), dtype=int)
    for true, predicted in zip(labels, predictions, strict=True):
        counts[true, predicted] += 1
    return counts
    ### END SOLUTION


# %% nbgrader={"grade_id": "confusion_check", "grade": true}
checks.confusion(confusion)  # at grading, hidden checks use other labels
### BEGIN HIDDEN TESTS
checks.confusion(confusion, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Begin with zeros of shape <code>(n_classes, n_classes)</code> and go through the images.
# </details>
# <details><summary>Hint 2</summary>
#
# <code>counts[labels, predictions] += 1</code> looks right and is not: try it on two equal pairs.
# </details>

# %%
predictions = probabilities.argmax(axis=1)
counts = confusion(data.test.labels, predictions, 10)
print("right:", np.trace(counts), " wrong:", counts.sum() - np.trace(counts))
a, b = np.unravel_index((counts - counts.T).argmax(), counts.shape)
print(f"least symmetric: {a} taken for {b} {counts[a, b]} times, {b} for {a} {counts[b, a]} times")
plots.confusion_matrix(data.test.labels, predictions, data.class_names)

# %% [markdown]
# **Notice** that the matrix is not symmetric: the line above it names two digits of which one is
# taken for the other more often than the other way round. Were these the digits you would have mixed
# up?

# %% [markdown]
# ### Exercise 6 · The worst mistakes
#
# *Medium, 10 minutes, 3 points.*
#
# A low probability warns whoever reads the answer. A mistake with a high probability comes without a
# warning. Find the mistakes that were made with the greatest confidence.


# %% nbgrader={"grade_id": "worst_mistakes", "solution": true}
def worst_mistakes(probabilities: np.ndarray, labels: np.ndarray, k: int) -> np.ndarray:
    """Find the k wrong predictions with the highest probability, the most confident first.

    probabilities: (N, classes) float
    labels: (N,) int
    returns: (k,) int, positions among all N images; fewer where there are fewer mistakes
    """
    ### BEGIN SOLUTION
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != labels)
    confidence = probabilities[wrong].max(axis=1)
    return wrong[np.argsort(-confidence)][:k]
    ### END SOLUTION


# %% nbgrader={"grade_id": "worst_mistakes_check", "grade": true}
checks.worst_mistakes(worst_mistakes)  # at grading, hidden checks use other predictions
### BEGIN HIDDEN TESTS
checks.worst_mistakes(worst_mistakes, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# <code>np.flatnonzero(condition)</code> gives the positions of all mistakes.
# </details>
# <details><summary>Hint 2</summary>
#
# Sort <em>those</em> positions: <code>wrong[np.argsort(...)]</code>. A minus sign in front of what
# is sorted puts the largest first.
# </details>

# %%
worst = worst_mistakes(probabilities, data.test.labels, 8)
titles = [
    f"{data.test.labels[i]} taken for {predictions[i]}\n{probabilities[i].max():.1%}" for i in worst
]
plots.images(data.test.images[worst], titles, columns=4, title="The most confident mistakes")

# %% [markdown]
# **Notice** that some are hardly readable, but a few are plain digits. Some labels of MNIST's test
# images are wrong (Northcutt and others, 2021, found 15), so look whether the network or the label is
# mistaken. What does the network see in the *plain* digits? The other notebooks are about such
# questions.

# %% [markdown]
# ### Question 2 · Explain a mistake
#
# *10 minutes, 3 points, graded by a person.*
#
# Choose one confident mistake on a digit that you can read without doubt (use the explorer below).
# (a) Describe what in the picture speaks for the wrong class.
#
# (b) Write down one guess about what the network looks for, such that you could test it by changing
# the picture, and say what you would change and expect.
#
# ### BEGIN MARK SCHEME
# - 1 point: names a concrete mistake (true class, predicted class, probability) and a visible
#   feature of that picture, such as an open loop or a slant, not "it is unclear".
# - 1 point: the guess is about what the network responds to and can be tested.
# - 1 point: names the change to the picture and the expected change of the prediction; an outcome
#   that would refute the guess is implied.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "mistake_question", "grade": true, "solution": true, "points": 3}
# (a) In my run a thick 4 (of MNIST) was taken for a 9 with more than 99 %: its two arms nearly meet
# at the top, so it almost has the closed loop of a 9.
#
# (b) Guess: the network tells 4 from 9 by whether the loop is closed at the top. Rubbing out a few
# pixels where the arms meet should turn the prediction to 4; rubbing out as many elsewhere should
# not.

# %% [markdown]
# ## 5 · Explore
#
# Move through the epochs, and choose a true and a predicted class to see those mistakes.

# %%
explorers.training(history, data.test.images, data.test.labels, probabilities, data.class_names)

# %% [markdown]
# ## What to take along
#
# - Scale every image alike, and always the same way: the confidence depends on it.
# - A convolution's weights do not depend on the image's size. Its answers move with the image.
# - Validation images decide when to stop and which network to take; test images are for the end.
# - The confusion matrix and the worst mistakes tell you what the accuracy does not.
#
# **Next:** notebook 02 opens the network: what does each filter respond to, digit by digit?
#
# ## To read on
#
# - Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document
#   recognition", Proceedings of the IEEE 86, 1998: LeNet, and where MNIST comes from.
#   [doi:10.1109/5.726791](https://doi.org/10.1109/5.726791)
# - L. N. Smith and N. Topin, "Super-convergence: very fast training of neural networks using large
#   learning rates", 2017: the one cycle. [arXiv:1708.07120](https://arxiv.org/abs/1708.07120)
# - D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", 2015: the optimiser of this
#   notebook. [arXiv:1412.6980](https://arxiv.org/abs/1412.6980)
# - C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, "On calibration of modern neural networks", 2017:
#   how often a network is right that says 99 %. [arXiv:1706.04599](https://arxiv.org/abs/1706.04599)
# - C. G. Northcutt, A. Athalye and J. Mueller, "Pervasive label errors in test sets destabilize
#   machine learning benchmarks", 2021. [arXiv:2103.14749](https://arxiv.org/abs/2103.14749)
