# %% [markdown]
# # 01 · Train a convolutional network
#
# In the 1990s a convolutional network read several million bank cheques a day (LeCun and others,
# 1998). A digit that is read wrongly changes the amount. Below is an amount made of training images
# of this notebook: is its first digit a 1 or a 7?
#
# **You will** look at handwritten digits as a network sees them. You build a small convolutional
# network, count the numbers that it has to learn, and train it. Then you find out where it fails,
# and why.
#
# **Time:** about 120 minutes. **You need:** Python and NumPy, and an idea of what a convolution
# does.
#
# Seven exercises are graded by checks, two questions by a person. Each exercise ends with a *visible
# check*, and you may run it as often as you like. The check says what it expected and what it got.
# Where the check recognises your mistake, it names the likely cause.
#
# Hidden checks with other data run when your notebook is graded, so write functions that work in
# general. The *Validate* button in the toolbar runs all visible checks. If a cell failed, its own
# output says why.

# %%
from helpers import checks, datasets, experiments, explorers, models, plots
from helpers.checks import findings

import keras
import numpy as np

# %%
data = datasets.load("default")
images, labels = data.train.images, data.train.labels
average_one, average_seven = (images[labels == digit].mean(axis=0) for digit in (1, 7))
sevens, zeros = np.flatnonzero(labels == 7), np.flatnonzero(labels == 0)[:3]
far, near = (
    ((images[sevens] - average) ** 2).sum(axis=(1, 2, 3))
    for average in (average_one, average_seven)
)
amount = [sevens[np.argmin(far - near)], *zeros]
plots.images(images[amount], columns=4, title="An amount on a cheque: 1000 or 7000?")

# %% [markdown]
# ## 1 · Look at the data
#
# Look at the pictures before you train on them. `load("default")` takes MNIST where it can be had.
# Otherwise it takes a smaller set of real digits that comes with scikit-learn. The next cell also
# prints the label of the first digit above. We chose the seven that lies nearest to the average one,
# compared with the average seven.

# %%
print("train", images.shape, images.dtype)
print("test ", data.test.images.shape, data.test.labels.dtype)
print("the first digit of the amount has the label", labels[amount[0]])

# %% [markdown]
# The axes are always (N, H, W, C): images, height, width, channels. Grey images have one channel.
# Each row below shows eight examples of one class.

# %%
examples = np.stack([np.flatnonzero(labels == c)[:8] for c in range(10)]).ravel()
plots.images(images[examples], columns=8, title="Eight training images of each class")

# %% [markdown]
# Which digits have more than one common shape? Which digit would *you* mix up with others? Keep your
# guess for Section 4. First: are all classes there, and are they about equally frequent?

# %%
print("digit ", *(f"{name:>5}" for name in data.class_names))
for name, split in (("train", data.train), ("test", data.test)):
    print(f"{name:6}", *(f"{count:5}" for count in np.bincount(split.labels)))

# %% [markdown]
# ### Exercise 1 · From bytes to numbers a network likes
#
# *Easy, 5 minutes, 3 points.*
#
# In the files a pixel is a byte: 0 is background and 255 is full ink. The images there have no
# channel axis. Gradient descent is easier on inputs of similar, small size (LeCun and others, 1998).
# A convolution needs a channel axis, even of length one. Write the function that turns the bytes of
# the files into inputs of a network.


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
# A byte can only be a whole number. Which type has room for 0.5? By which number do you divide, so
# that all images are scaled alike, even an image without full ink?
# </details>
# <details><summary>Hint 2</summary>
#
# The result still has three axes, (N, H, W). Look up <code>np.newaxis</code> or
# <code>np.expand_dims</code>. At which end does the new axis belong?
# </details>

# %%
raw = np.round(images[:6, ..., 0] * 255).astype(np.uint8)
scaled = scale_images(raw)
plots.images(scaled, columns=6, title=f"Your images: {scaled.dtype}, up to {scaled.max():.2f}")

# %% [markdown]
# **Notice** that the picture looks the same: scaling changes the numbers, not the image. Do to every
# image that you show the network later exactly what you do to the training images. Section 3 shows
# what happens otherwise.
#
# ## 2 · The network
#
# The network is small, so that you can look at all of it. The numbers of its filters fill square
# grids.
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
# Write a function that counts the numbers that a whole convolutional layer learns.


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
# Draw one filter. How many numbers are in its window, over all channels?
# </details>
# <details><summary>Hint 2</summary>
#
# Each filter adds exactly one bias, for any number of channels. How many numbers has one filter
# with its bias? How many filters are there?
# </details>

# %%
for layer, channels, filters in (("l1", 1, 9), ("l2", 9, 9), ("l3", 9, 16)):
    kernel = (3, 3) if layer == "l3" else (5, 5)
    print(layer, "learns", count_weights(kernel, channels, filters), "numbers")
pixels = 28 * 28
print(f"a dense layer with as many outputs as l1 would learn {(pixels + 1) * pixels * 9:,} numbers")

# %% [markdown]
# **Notice** that the size of the image does not enter: a filter has the same weights at every
# position. So a convolution learns few numbers. The shared weights also make the convolution
# *equivariant*: if a stroke moves, the answer moves with the stroke. A cell below tests this.
#
# ### Exercise 3 · Build it
#
# *Medium, 15 minutes, 4 points.*
#
# Build the network of the table, for any input shape, numbers of filters and classes. It has three
# convolutions (kernels 5×5, 5×5, 3×3), and pooling after each. Then it flattens, and has two dense
# layers.


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
# The table names each layer: look up the arguments <code>padding</code> and <code>activation</code>
# of <code>keras.layers.Conv2D</code>. The three convolutions differ in two numbers only, so a loop
# can build them. Which activation has the last layer?
# </details>

# %% [markdown]
# **Guess first:** which layer of your network learns most numbers? Your function of Exercise 2 counts
# those of the convolutions. A dense layer learns a weight for each pair of an input and a unit, and a
# bias for each unit.

# %%
mine = build_network((28, 28, 1), (9, 9, 16), 25, 10)
learning = [layer for layer in mine.layers if layer.count_params()]
learns = {f"l{n}": layer.count_params() for n, layer in enumerate(learning, 1)}
explorers.guess(
    "Put the layers in order. Begin with the layer that learns most numbers.",
    answer=sorted(learns, key=lambda name: -learns[name]),
    choices=list(learns),
    picture=plots.bars(
        list(learns.values()), list(learns), "layer", "weights", title="What each layer learns"
    ),
)

# %%
for layer in learning:
    weights = layer.count_params()
    share = weights / mine.count_params()
    print(f"{type(layer).__name__:6} {weights:5,} weights, {share:5.1%}")
print(f"in all {mine.count_params():5,} weights")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# The first dense layer, `l4` of the table, holds nearly half of the weights: it has a weight for each
# pair of 144 numbers and 25 units. The three convolutions together hold nearly as many. The last
# layer holds few.
# </details>
#
# Now test the equivariance. The next cell moves a digit two pixels to the right, and asks one filter
# of your first convolution about both images. **Guess first:** at which pixel does this filter answer
# most strongly to the moved digit? You choose the pixel on the filter's map for the digit that has
# not moved.

# %%
convolution = keras.Model(mine.inputs, mine.layers[1].output)
digit = images[:1]
moved = np.roll(digit, 2, axis=2)
before, after = (convolution.predict(shown, verbose=0)[0] for shown in (digit, moved))
loudest = before.max(axis=(0, 1)).argmax()
row, column = np.unravel_index(before[..., loudest].argmax(), before.shape[:2])
print(f"before the move the largest answer is at row {row}, column {column}")
pair = np.stack([before[..., loudest], after[..., loudest]], axis=-1)
explorers.guess(
    "At which pixel is the largest answer after the move?",
    answer=divmod(int(pair[..., 1].argmax()), pair.shape[1]),
    image=pair[..., 0],
    picture=plots.feature_maps(pair, title="One filter: map 0 before, map 1 after the move"),
)

# %% [markdown]
# Do the answers of *all* filters to the moved digit equal the answers to the digit, moved by two
# pixels?

# %%
print(f"largest difference: {np.abs(after - np.roll(before, 2, axis=1)).max():.6f}")

# %% [markdown]
# ## 3 · Train
#
# One pass over the training images shows whether your network learns at all: a network that guesses
# is right once in ten times. A tenth of the images is held out to *validate*. The network never
# trains on the images that are held out.

# %%
history = models.train(mine, data, epochs=1)
print(f"validation accuracy after one epoch: {history['val_accuracy'][-1]:.3f}")

# %% [markdown]
# <div class="alert alert-info">
#
# **Experiment 1 · How large a step?** The next cell trains a new network of yours on 2,000 images at
# most. The learning rate says how far each step moves the weights. Set `rate` to 0.0001, 0.003 and
# 0.1, one after another, and run the cell each time. Then finish the sentence: *A rate that is too
# small …, and a rate that is too large …*
# </div>

# %%
rate = 0.003  # change it, and run the cell again
order = np.random.default_rng(0).permutation(len(images))
held_out, used = np.split(order, [round(len(order) / 10)])  # as models.train divides the images
tried = build_network((28, 28, 1), (9, 9, 16), 25, 10)
loss = "sparse_categorical_crossentropy"
tried.compile(keras.optimizers.Adam(rate), loss, metrics=["accuracy"])
tried.fit(images[used[:2000]], labels[used[:2000]], batch_size=32, verbose=0)
_, right = tried.evaluate(images[held_out[:500]], labels[held_out[:500]], verbose=0)
experiments.record("How large a step?", {"learning rate": rate}, accuracy=right)

# %% [markdown]
# For the rest of the course everybody uses the same network, trained for longer. The first time the
# next cell trains it. Later the cell loads it from your cache. The network is validated ten times on
# the way.
#
# **Guess first:** which loss is lower at the *first* of these ten points? The validation loss is
# measured at the point itself. The training loss is the average over all batches since the start.

# %%
model, history = models.trained("course_cnn", data)
first_point = {"training": history["loss"][0], "validation": history["val_loss"][0]}
explorers.guess(
    "Which loss is lower at the first point?",
    answer=min(first_point, key=lambda name: first_point[name]),
    choices=list(first_point),
    picture=plots.training_history(history),
)

# %%
for name in ("loss", "val_loss"):
    print(f"{name:9}", *(f"{value:.3f}" for value in history[name]))
print(f"at the end: accuracy {history['accuracy'][-1]:.1%} in training, "
      f"{history['val_accuracy'][-1]:.1%} in validation")  # fmt: skip

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# At the first point validation looks *better*. The training loss is averaged over a time in which the
# network was still improving. Compare the two at the end as well, in numbers. If training is better
# than validation there, the network is better on images that it was trained on than on others.
# </details>
#
# ### Forget to scale
#
# Now the same network gets validation images whose pixels run from 0 to 255. **Guess first:** how
# large is the accuracy then?

# %%
validation, truth = images[held_out], labels[held_out]
answers = {f"0 to {top}": models.predict(model, top * validation) for top in (1, 255)}
right = [100 * np.mean(answer.argmax(axis=1) == truth) for answer in answers.values()]
explorers.guess(
    f"With pixels from 0 to 1, {right[0]:.1f} % are right. How many % with pixels from 0 to 255?",
    answer=right[1],
    picture=plots.bars(
        right, list(answers), "pixels", "accuracy, %", title="The same images, scaled and unscaled"
    ),
)

# %%
for (title, answer), share in zip(answers.items(), right, strict=True):
    of_truth = answer[np.arange(len(answer)), truth]
    loss = -np.log(np.maximum(of_truth, 1e-7)).mean()
    print(f"{title:8}  accuracy {share:.2f}%  loss {loss:.3f}")

# %% [markdown]
# ### Question 1 · Read the curves
#
# *10 minutes, 4 points, graded by a person.*
#
# (a) Which curve tells you when more training is useless? Has that point come here?
#
# (b) Does this network overfit? Argue with numbers read from the curves.
#
# (c) With unscaled images the accuracy hardly changes, but the loss does. Explain both. What happens
# to the outputs of ReLU layers if you multiply an image by 255? What happens to the arg-max, and to
# the softmax?
#
# ### BEGIN MARK SCHEME
# - 1 point: decides by the *validation* curve (loss or accuracy), not the training curve.
# - 1 point: reads off the last points whether validation still improves beyond its fluctuation.
# - 1 point: gives the gap between training and validation at the end as a number, and judges it. A
#   small gap and hardly any overfitting is the expected reading. Another view with reasons earns the
#   point, too.
# - 1 point: (c) apart from the small biases, ReLU layers pass a positive factor on. So all logits
#   grow, and their order and the accuracy stay. The softmax saturates: each mistake is made with
#   full confidence and costs a large loss.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "curves_question", "grade": true, "solution": true, "points": 4}
# The numbers are those of my run; trained on another computer they differ.
#
# (a) The validation loss. On MNIST the loss fell unevenly while the learning rate was high, and
# steadily as the rate fell. The loss is lowest at the end. So more training was not yet useless, but
# the last steps gain little. On the small set of digits the loss is lowest before the end: from there
# on, more training was useless.
#
# (b) On MNIST the network hardly overfits. At the end training accuracy is above validation accuracy
# by less than one percentage point, and the validation loss has not risen again. On the small set of
# digits the network overfits a little. Training accuracy is 1, and validation accuracy is one or a
# few points less. The validation loss has risen from its lowest value.
#
# (c) Convolution, ReLU and pooling pass a positive factor on, apart from the small biases. So all
# logits are about 255 times larger. The largest logit stays the largest, and accuracy stays. But the
# softmax of such logits is 0 or 1, and a mistake made with certainty costs a large loss.

# %% [markdown]
# ## 4 · How good is it?
#
# The test images were used for nothing so far: not for training, and not for a choice. The network
# answers with one probability per class. Here are the probabilities for the image of which the
# network is least certain.

# %%
probabilities = models.predict(model, data.test.images)
unsure = probabilities.max(axis=1).argmin()
print("shape", probabilities.shape)
for name, probability in zip(data.class_names, probabilities[unsure], strict=True):
    print(f"  {name}: {probability:6.1%}")
title = "The image of which the network is least sure"
plots.images(data.test.images[[unsure]], [f"label {data.test.labels[unsure]}"], title=title)

# %% [markdown]
# ### Exercise 4 · Accuracy
#
# *Easy, 5 minutes, 2 points.*
#
# The network decides for its most probable class. Compute the share of the images for which this
# decision is right.


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
# The accuracy does not say which digits are mixed up. A confusion matrix counts how often each true
# class (row) was taken for each class (column). Write it yourself.


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
# Begin with zeros of shape <code>(n_classes, n_classes)</code>, and go through the images. Which cell
# of the matrix does one image belong to?
# </details>
# <details><summary>Hint 2</summary>
#
# <code>counts[labels, predictions] += 1</code>, without a loop, counts two equal pairs once only.
# Which loop adds 1 for each image? <code>zip</code> gives a label and its prediction together.
# </details>

# %% [markdown]
# In Section 1 you chose the digit that you would mix up with others. **Guess first:** of which digit
# does the network get most test images wrong? The rows of the matrix are the digits that were
# written.

# %%
predictions = probabilities.argmax(axis=1)
counts = confusion(data.test.labels, predictions, 10)
explorers.guess(
    "Of which digit does the network get most images wrong?",
    answer=data.class_names[(counts.sum(axis=1) - counts.diagonal()).argmax()],
    choices=data.class_names,
    picture=plots.confusion_matrix(data.test.labels, predictions, data.class_names),
)

# %%
print("right:", np.trace(counts), " wrong:", counts.sum() - np.trace(counts))
print("mistakes, digit by digit:", (counts.sum(axis=1) - counts.diagonal()).tolist())
a, b = np.unravel_index((counts - counts.T).argmax(), counts.shape)
print(f"least symmetric: {a} taken for {b} {counts[a, b]} times, {b} for {a} {counts[b, a]} times")

# %% [markdown]
# <details><summary>What there is to see</summary>
#
# The matrix is not symmetric. The last line above names two digits. The network takes one of them for
# the other more often than the other way round.
# </details>

# %% [markdown]
# ### Exercise 6 · The worst mistakes
#
# *Medium, 10 minutes, 3 points.*
#
# A low probability is a warning: whoever reads the cheque can look again. A mistake with a high
# probability comes without a warning. Find the mistakes that were made with the greatest confidence.


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
# <code>np.flatnonzero(condition)</code> gives positions. Which condition holds for the mistakes?
# </details>
# <details><summary>Hint 2</summary>
#
# <code>np.argsort</code> sorts from small to large. It returns positions <em>among the
# mistakes</em>. How do you get the largest probability first? How do you get from these positions to
# positions among all images?
# </details>

# %%
worst = worst_mistakes(probabilities, data.test.labels, 8)
titles = [
    f"{data.test.labels[i]} taken for {predictions[i]}\n{probabilities[i].max():.1%}" for i in worst
]
plots.images(data.test.images[worst], titles, columns=4, title="The most confident mistakes")

# %% [markdown]
# **Notice** that you can hardly read some of these digits, but a few are plain. Some labels of MNIST's
# test images are wrong: Northcutt and others (2021) found 15. So ask whether the network or the label
# is mistaken. What does the network see in the *plain* digits? The other notebooks are about such
# questions.
#
# <div class="alert alert-info">
#
# **Experiment 2 · A reader that may refuse.** A cheque that the network refuses is read by a person.
# The next cell refuses each image whose largest probability is below `least`. It uses the validation
# images, because a choice of `least` is part of training. Set `least` to 0.5, 0.9, 0.99 and 0.999.
# Then finish the sentence: *To make half as many mistakes, the network must refuse …*
# </div>

# %%
least = 0.5  # change it, and run the cell again
answer = models.predict(model, validation)
refused = answer.max(axis=1) < least
mistakes = (answer.argmax(axis=1) != truth) & ~refused
experiments.record(
    "A reader that may refuse",
    {"least": least},
    refused_percent=100 * refused.mean(),
    mistakes=mistakes.sum(),
)

# %% [markdown]
# ## 5 · Explore
#
# Move through the epochs, and choose a true and a predicted class to see those mistakes.

# %%
explorers.training(history, data.test.images, data.test.labels, probabilities, data.class_names)

# %% [markdown]
# ## 6 · Optional: one learning rate or a cycle?
#
# This section is optional: nothing that is graded depends on it.
#
# The learning rate of the course's training goes through *one cycle* (Smith and Topin, 2017). In the
# first third it rises to ten times its first value. Then it falls to nothing. Below, the same network
# takes as many passes with one rate, the mean rate of the cycle. Images and optimiser are the same.
# `lenet`, a network with more weights, takes as many passes with a cycle.
#
# Which of the three makes the fewest mistakes? We compare them on the *validation* images. A choice
# between networks is part of training, and the test images are kept for the end.

# %%
plain = models.build("course_cnn")
plain.compile(keras.optimizers.Adam(0.005, beta_2=0.99), "sparse_categorical_crossentropy")
epochs = round(history["epoch"][-1])
plain.fit(images[used], labels[used], batch_size=128, epochs=epochs, verbose=0)
wider, _ = models.trained("lenet", data)
for name, network in (("one rate", plain), ("one cycle", model), ("lenet, one cycle", wider)):
    wrong = models.predict(network, validation).argmax(axis=1) != truth
    weights = f"{network.count_params():8,} weights"
    print(f"{name:17} {weights}, {wrong.sum():4} wrong of {len(wrong):,} validation images")

# %% [markdown]
# **Notice** that on MNIST the cycle makes fewer mistakes than the one rate. The larger network makes
# about as few mistakes or fewer. On the small set of digits the network passes over the images many
# times, and the three are a few images apart. So few images cannot tell which is best.
#
# **Try** `batch_size=32` and `batch_size=512` in `plain.fit`, and another learning rate. Note the
# mistakes and the seconds of each run in a table. One start is not enough to tell two settings apart
# that differ little: repeat each run.

# %% [markdown] variants={"NUMBER": [9, 3, 8, 11, 12, 13, 15, 17, 19, 21, 22, 27, 30, 31, 38, 45, 54, 58, 59, 60, 74, 75, 77, 78, 82, 90, 92]}
# ## 7 · A finding of your own
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
shown = own.images[own.labels == digit][:8]
plots.images(shown, columns=8, title=f"Images of your digit, {digit}")

# %% [markdown]
# ### Exercise 7 · The mistakes of another network
#
# *Easy, 10 minutes, 3 points.*
#
# Let `own_model` answer to all 200 images. Look at the mistakes on images of your digit. Which of these
# wrong answers has the highest probability? Give the position of this image among the 200 images, and
# the digit that the network answers.
#
# Then make the confusion matrix of all 200 images. Leave out its diagonal, which holds right answers.
# The largest number left belongs to a true digit and a wrong answer. Which digits are these two, and
# how large is the number? Use `worst_mistakes` and `confusion`, and let `own_mistakes` return what you
# found.
#
# The function may compute these numbers, or return numbers that you copied by hand.


# %% nbgrader={"grade_id": "own_mistakes", "solution": true}
def own_mistakes() -> tuple[int, int, int, int, int]:
    """Return the worst mistake on your digit, and the two digits that are mixed up most.

    returns: the position of the worst mistake among all 200 images, counted from 0; the digit for
        which the network takes this image; and of all images the true digit, the digit for which
        it is taken most often, and how often
    """
    ### BEGIN SOLUTION
    own_model, own = findings.network({{NUMBER}}), findings.images({{NUMBER}})
    probabilities = models.predict(own_model, own.images)
    predictions = probabilities.argmax(axis=1)
    worst = worst_mistakes(probabilities, own.labels, len(own.labels))
    worst = worst[own.labels[worst] == {{NUMBER}} % 10][0]
    counts = confusion(own.labels, predictions, 10)
    np.fill_diagonal(counts, 0)
    true, taken = np.unravel_index(counts.argmax(), counts.shape)
    return int(worst), int(predictions[worst]), int(true), int(taken), int(counts.max())
    ### END SOLUTION


# %% nbgrader={"grade_id": "own_mistakes_check", "grade": true}
checks.own_mistakes(own_mistakes, number={{NUMBER}})  # grading repeats this, no hidden data
### BEGIN HIDDEN TESTS
checks.own_mistakes(own_mistakes, number={{NUMBER}}, hidden=True)
### END HIDDEN TESTS

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# <code>worst_mistakes</code> with a large <code>k</code> returns all mistakes, the worst one first.
# Which of them show your digit?
# </details>
# <details><summary>Hint 2</summary>
#
# The diagonal of the confusion matrix holds right answers: set it to 0. Then the largest number of the
# matrix is what you look for. Its row is the true digit.
# </details>

# %% [markdown]
# ### Question 2 · Explain a mistake
#
# *10 minutes, 3 points, graded by a person.*
#
# In Exercise 7 you found the worst mistake on an image of your digit. Show this image in a cell of your
# own, and look at it.
#
# (a) Name the digit, the digit for which the network takes it, and the probability of this wrong answer.
# Describe what in the picture speaks for the wrong digit.
#
# (b) Write down one guess about what the network looks for. You must be able to test the guess by a
# change to the picture. Say what you would change, and what you expect.
#
# ### BEGIN MARK SCHEME
# - 1 point: the mistake of the student's own finding (digit, wrong answer, probability) and a visible
#   feature of that picture, such as an open loop or a slant. "It is unclear" earns nothing. A wrong
#   finding costs points in Exercise 7 alone.
# - 1 point: the guess is about what the network responds to, and it can be tested.
# - 1 point: names the change to the picture and the expected change of the prediction. Some outcome
#   would refute the guess.
# ### END MARK SCHEME

# %% [markdown] nbgrader={"grade_id": "mistake_question", "grade": true, "solution": true, "points": 3}
# (a) With the number 9 it is image 72: a 9 that is taken for a 5 with more than 99 %. The loop is small and
# lies high, and the long tail bends to the left at the bottom. The lower half looks like that of a 5.
#
# (b) Guess: the network takes the bend at the bottom for the belly of a 5. I would rub out the last few
# pixels of the tail. This should turn the prediction to 9. If I rub out as many pixels of the loop, the
# prediction should stay 5.

# %% [markdown]
# ## What to take along
#
# - Scale every image alike, and always in the same way: the confidence depends on it.
# - A convolution's weights do not depend on the image's size. Its answers move with the image.
# - Validation images decide when to stop and which network to take. Test images are for the end.
# - The confusion matrix and the worst mistakes tell you what the accuracy does not.
#
# **Next:** notebook 02 opens the network. To what does each filter respond, digit by digit?
#
# ## To read on
#
# - Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, "Gradient-based learning applied to document
#   recognition", Proceedings of the IEEE 86, 1998: LeNet, the reader of cheques, and where MNIST
#   comes from.
#   [doi:10.1109/5.726791](https://doi.org/10.1109/5.726791)
# - L. N. Smith and N. Topin, "Super-convergence: very fast training of neural networks using large
#   learning rates", 2017: the one cycle. [arXiv:1708.07120](https://arxiv.org/abs/1708.07120)
# - D. P. Kingma and J. Ba, "Adam: a method for stochastic optimization", 2015: the optimiser of this
#   notebook. [arXiv:1412.6980](https://arxiv.org/abs/1412.6980)
# - C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, "On calibration of modern neural networks", 2017:
#   how often a network is right that says 99 %. [arXiv:1706.04599](https://arxiv.org/abs/1706.04599)
# - C. G. Northcutt, A. Athalye and J. Mueller, "Pervasive label errors in test sets destabilize
#   machine learning benchmarks", 2021. [arXiv:2103.14749](https://arxiv.org/abs/2103.14749)
