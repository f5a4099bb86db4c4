"""Looking inside any Keras model, also one that somebody else saved."""

import gc
import threading
import weakref
from functools import partial

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from helpers.methods.activations import layer_activations, score_values
from helpers.methods.cam import default_layer, grad_cam
from helpers.methods.occlusion import occlusion_map
from helpers.methods.saliency import gradient
from helpers.models import conv_layers, dense_layers, graph, predict
from helpers.scores import ClassScore, FilterScore

RNG = np.random.default_rng(0)
IMAGES = RNG.random((5, 8, 6, 2)).astype(np.float32)


def sequential(*head, name="net"):
    body = [layers.Conv2D(3, 3, activation="relu", name="conv"), layers.Flatten(name="flat")]
    return keras.Sequential([keras.Input((8, 6, 2)), *body, *head], name=name)


def logits_and_probabilities(model):
    logits = np.stack([score_values(model, IMAGES, c) for c in range(graph.class_count(model))], 1)
    return logits, model.predict(IMAGES, verbose=0)


def softmax(logits):
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def gradient_of_class(model, layer, index):
    def gradient(images):
        with tf.GradientTape() as tape:
            outputs = graph.forward(model, images, [layer])
            score = outputs.logits()[:, index]
        return tape.gradient(score, outputs.layer(layer))

    return graph.compiled(model, ("gradient", layer, index), gradient)(tf.constant(IMAGES))


SOFTMAX_HEADS = {
    "argument": lambda: [layers.Dense(4, activation="softmax")],
    "Activation layer": lambda: [layers.Dense(4), layers.Activation("softmax")],
    "Softmax layer": lambda: [layers.Dense(4), layers.Softmax()],
    "nested head": lambda: [
        keras.Sequential([keras.Input((72,)), layers.Dense(4, activation="softmax")])
    ],
}


@pytest.mark.parametrize("head", SOFTMAX_HEADS.values(), ids=SOFTMAX_HEADS)
def test_a_softmax_is_peeled_off_however_it_was_applied(head):
    logits, probabilities = logits_and_probabilities(sequential(*head()))
    assert np.ptp(logits.sum(axis=1)) > 1e-3  # not the probabilities, which sum to 1
    np.testing.assert_allclose(softmax(logits), probabilities, rtol=1e-4)


def test_logits_stay_as_they_are():
    logits, outputs = logits_and_probabilities(sequential(layers.Dense(4)))
    np.testing.assert_allclose(logits, outputs, rtol=1e-5)


def test_one_sigmoid_unit_has_two_classes_and_class_0_is_the_negative_direction():
    model = sequential(layers.Dense(1, activation="sigmoid"))
    logits, probability = logits_and_probabilities(model)
    assert logits.shape == (5, 2)
    np.testing.assert_allclose(logits[:, 0], -logits[:, 1])
    np.testing.assert_allclose(1 / (1 + np.exp(-logits[:, 1:])), probability, rtol=1e-4)


def test_several_sigmoid_units_are_classes_of_their_own():
    logits, probabilities = logits_and_probabilities(sequential(layers.Dense(3, "sigmoid")))
    np.testing.assert_allclose(1 / (1 + np.exp(-logits)), probabilities, rtol=1e-4)


def test_a_head_that_ends_in_global_average_pooling():
    inputs = keras.Input((8, 6, 2))
    maps = layers.Conv2D(4, 3, activation="relu", name="conv10")(inputs)
    outputs = layers.Softmax()(layers.GlobalAveragePooling2D()(maps))
    logits, probabilities = logits_and_probabilities(keras.Model(inputs, outputs))
    np.testing.assert_allclose(softmax(logits), probabilities, rtol=1e-4)


def test_the_gradient_through_a_reloaded_sequential_is_not_none(tmp_path):
    fresh = sequential(layers.Dense(4, activation="softmax", name="head"))
    fresh.save(tmp_path / "net.keras")
    reloaded = keras.models.load_model(tmp_path / "net.keras")
    gradient = gradient_of_class(reloaded, "conv", 1)
    # On the logit, the gradient at the flattened maps is the weight itself.
    expected = fresh.get_layer("head").get_weights()[0][:, 1].reshape(6, 4, 3)
    np.testing.assert_allclose(gradient, np.repeat(expected[None], 5, axis=0), rtol=1e-5)


def test_a_sequential_built_by_add_that_was_never_called():
    model = keras.Sequential()
    model.add(keras.Input((8, 6, 2)))
    model.add(layers.Conv2D(3, 3, name="conv"))
    model.add(layers.GlobalAveragePooling2D())
    assert layer_activations(model, IMAGES, ["conv"])["conv"].shape == (5, 6, 4, 3)


def test_layers_in_nested_models_are_found_by_path():
    backbone = keras.Sequential(
        [keras.Input((8, 6, 2)), layers.Conv2D(3, 3, name="odd"), layers.SeparableConv2D(2, 2)],
        name="backbone",
    )
    model = keras.Sequential([keras.Input((8, 6, 2)), backbone, layers.Flatten(), layers.Dense(2)])
    assert conv_layers(model)[0] == "backbone/odd"
    assert len(conv_layers(model)) == 2
    assert dense_layers(model) == (model.layers[-1].name,)
    inner = layer_activations(model, IMAGES, ["backbone/odd", "backbone"])
    expected = keras.ops.convert_to_numpy(backbone.layers[0](IMAGES))
    np.testing.assert_allclose(inner["backbone/odd"], expected, rtol=1e-5, atol=1e-6)
    assert inner["backbone"].shape == (5, 5, 3, 2)
    assert gradient_of_class(model, "backbone/odd", 1).shape == (5, 6, 4, 3)


def functional(outputs_of):
    inputs = keras.Input((8, 6, 2))
    return keras.Model(inputs, outputs_of(inputs), name="reader")


def called_in_a_row(shared):
    return functional(lambda x: layers.Flatten()(shared(shared(x))))


def called_in_two_models(shared):
    inner = keras.Sequential([keras.Input((8, 6, 2)), shared], name="inner")
    return functional(lambda x: layers.Flatten()(inner(x) + shared(x)))


def called_with_its_model(shared):
    inner = keras.Sequential([keras.Input((8, 6, 2)), shared], name="inner")
    return functional(lambda x: layers.Flatten()(inner(inner(x))))


def called_in_python(shared):
    class Own(keras.Model):
        def __init__(self):
            super().__init__(name="reader")
            self.shared = shared

        def call(self, inputs):
            return keras.ops.reshape(self.shared(self.shared(inputs)), (-1, 8 * 6 * 2))

    model = Own()
    model(IMAGES)
    return model


@pytest.mark.parametrize("heads_too", [True, False])
@pytest.mark.parametrize(
    "build", [called_in_a_row, called_in_two_models, called_with_its_model, called_in_python]
)
def test_a_layer_that_is_called_twice_has_no_single_output(build, heads_too):
    shared = layers.Conv2D(2, 3, padding="same", name="shared")
    model = build(shared)
    name = next(name for name in graph.layers(model) if name.endswith("shared"))
    with pytest.raises(
        ValueError, match=f"'reader' calls its layer '{name}' 2 times.*name a layer"
    ):
        graph.compiled(
            model,
            ("twice", heads_too),
            lambda batch: graph.forward(model, batch, [name], heads_too=heads_too).layer(name),
            shape=(8, 6, 2),
        )
    assert "call" not in vars(shared)


def test_what_is_called_once_explains_though_another_layer_is_called_twice():
    relu = layers.ReLU(name="relu")
    model = functional(
        lambda x: layers.Dense(2)(
            layers.Flatten()(relu(layers.Conv2D(3, 3, name="b")(relu(layers.Conv2D(4, 1)(x)))))
        )
    )
    assert default_layer(model, 0) == "b"


def test_a_subclassed_model():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.conv = layers.Conv2D(3, 3, name="conv")
            self.head = layers.Dense(4, activation="softmax")

        def call(self, images):
            return self.head(keras.ops.mean(self.conv(images), axis=(1, 2)))

    model = Own()
    with pytest.raises(ValueError, match="call it once on a batch of images"):
        score_values(model, IMAGES, 0)
    model(IMAGES)
    logits, probabilities = logits_and_probabilities(model)
    np.testing.assert_allclose(softmax(logits), probabilities, rtol=1e-4)
    assert conv_layers(model) == ("conv",)


@pytest.mark.parametrize("outputs", ["list", "dict"])
def test_several_heads_are_named(outputs):
    inputs = keras.Input((8, 6, 2))
    flat = layers.Flatten()(inputs)
    colour = layers.Dense(1, activation="sigmoid", name="colour")(flat)
    angle = layers.Dense(12, activation="softmax", name="angle")(flat)
    heads = [colour, angle] if outputs == "list" else {"colour": colour, "angle": angle}
    model = keras.Model(inputs, heads)
    by_name = score_values(model, IMAGES, ClassScore(11, head="angle"))
    by_position = score_values(model, IMAGES, ClassScore(11, head=1))
    np.testing.assert_array_equal(by_name, by_position)
    red, blue = (score_values(model, IMAGES, ClassScore(c, head="colour")) for c in (0, 1))
    np.testing.assert_allclose(red, -blue)
    with pytest.raises(ValueError, match="several heads, name one of: colour, angle"):
        score_values(model, IMAGES, 0)


def test_a_gradient_through_a_strided_one_by_one_convolution_on_an_even_size():
    # In eager mode TensorFlow 2.21 with oneDNN crashes the process here.
    inputs = keras.Input((60, 60, 1))
    body = layers.Conv2D(4, 3, padding="same", name="body")(inputs)
    shortcut = layers.Conv2D(8, 1, strides=2, name="shortcut")(body)
    model = keras.Model(inputs, layers.GlobalAveragePooling2D()(shortcut))

    def gradient(images):
        with tf.GradientTape() as tape:
            tape.watch(images)
            score = graph.forward(model, images).logits()[:, 1]
        return tape.gradient(score, images)

    run = graph.compiled(model, "gradient", gradient)
    assert np.isfinite(run(tf.ones((2, 60, 60, 1)))).all()


def test_watching_leaves_the_model_as_it_was():
    model = sequential(layers.Dense(4))
    before = model.predict(IMAGES, verbose=0)
    layer_activations(model, IMAGES)
    assert "call" not in vars(model.get_layer("conv"))
    np.testing.assert_array_equal(model.predict(IMAGES, verbose=0), before)


def test_new_weights_are_seen_by_what_was_compiled_before():
    model = sequential(layers.Dense(4))
    score_values(model, IMAGES, 0)
    model.set_weights([weight * 0 for weight in model.get_weights()])
    np.testing.assert_array_equal(score_values(model, IMAGES, 0), 0)


def test_compiled_functions_are_traced_once_and_go_with_the_model():
    model, traces = sequential(layers.Dense(4)), []

    def function(images):
        traces.append(images)
        return images

    for count in (5, 2, 1):
        graph.compiled(model, "key", function)(tf.constant(IMAGES[:count]))
    assert len(traces) == 1
    gone = weakref.ref(model)
    traces.clear()
    del model, function
    keras.backend.clear_session()
    gc.collect()
    assert gone() is None


def test_wrong_images_are_told_what_the_model_takes():
    model = sequential(layers.Dense(4))
    with pytest.raises(ValueError, match=r"takes images of shape \(N, 8, 6, 2\).*images\[None\]"):
        layer_activations(model, IMAGES[0])
    with pytest.raises(ValueError, match=r"got \(5, 6, 8, 2\)"):
        layer_activations(model, IMAGES.transpose(0, 2, 1, 3))
    with pytest.raises(ValueError, match="there are no images"):
        layer_activations(model, IMAGES[:0])
    with pytest.raises(ValueError, match="images are uint8"):
        layer_activations(model, (IMAGES * 255).astype(np.uint8))


def test_a_missing_layer_is_named_with_those_that_exist():
    with pytest.raises(ValueError, match=r"no layer 'convv'. Did you mean 'conv'\? It has: conv"):
        layer_activations(sequential(layers.Dense(4)), IMAGES, ["convv"])


def test_a_layer_of_several_outputs_is_refused_by_whatever_reads_it():
    class Split(layers.Layer):
        def call(self, x):
            return x[..., :1], x[..., 1:]

    inputs = keras.Input((8, 6, 2))
    left, right = Split(name="split")(inputs)
    model = keras.Model(inputs, layers.Flatten()(left + right), name="net")
    with pytest.raises(ValueError, match=r"'split' of 'net' gives 2 outputs, .*name another layer"):
        score_values(model, IMAGES, FilterScore("split", 0))


@pytest.mark.parametrize("wrap", [lambda x: [x], lambda x: {"maps": x}], ids=["list", "dict"])
def test_a_layer_whose_one_output_is_wrapped_gives_that_output(wrap):
    class Wrapped(layers.Layer):
        def call(self, x):
            return wrap(2 * x)

    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.wrapped = Wrapped(name="wrapped")

        def call(self, x):
            return keras.tree.flatten(self.wrapped(x))[0]

    model = Net()
    model(IMAGES)
    np.testing.assert_array_equal(layer_activations(model, IMAGES)["wrapped"], 2 * IMAGES)


def test_a_layer_that_is_not_used_is_left_out_by_default_and_refused_by_name():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.used, self.spare = layers.Flatten(name="used"), layers.Flatten(name="spare")
            self.spare.build((None, 8, 6, 2))

        def call(self, x):
            return self.used(x)

    model = Own()
    model(IMAGES)
    assert list(layer_activations(model, IMAGES)) == ["used"]
    with pytest.raises(ValueError, match="does not use its layer 'spare' when it is called"):
        layer_activations(model, IMAGES, ["spare"])


def test_what_a_layer_was_given_is_watched_too():
    model = sequential(layers.Dense(4))
    given = graph.compiled(
        model, "given", lambda images: graph.forward(model, images, ["conv", "flat"]).given
    )(tf.constant(IMAGES))
    np.testing.assert_array_equal(given["conv"], IMAGES)
    assert given["flat"].shape == (5, 6, 4, 3)


def test_without_heads_a_pass_ends_with_the_last_layer_that_is_watched():
    model = sequential(layers.Dense(4, name="logits"), layers.Softmax(name="top"))

    def traced(**how):
        heads = []

        def inner(images):
            outputs = graph.forward(model, images, ["flat", "conv"], **how)
            heads.extend(outputs.heads)
            return outputs.inner

        run = graph.compiled(model, tuple(how), inner)
        return heads, run(tf.constant(IMAGES)), {op.type for op in run.graph.get_operations()}

    (heads, whole, operations), (none, short, fewer) = traced(), traced(heads_too=False)
    assert heads and not none
    assert operations - fewer >= {"MatMul", "Softmax"}
    for name in ("flat", "conv"):
        np.testing.assert_array_equal(short[name], whole[name])
    np.testing.assert_array_equal(predict(model, IMAGES), model(IMAGES, training=False))


@pytest.mark.parametrize(
    "answer", [predict, gradient, partial(grad_cam, signed=True), score_values]
)
def test_a_model_whose_activation_was_changed_is_not_taken_for_what_it_was(answer):
    inputs = keras.Input(IMAGES.shape[1:])
    x = layers.Conv2D(4, 3, activation="relu", name="first")(inputs)
    model = keras.Model(inputs, layers.Dense(3, "softmax", name="last")(layers.Flatten()(x)))
    score = () if answer is predict else (1,)
    before = answer(model, IMAGES, *score)
    for name in ("first", "last"):
        model.get_layer(name).activation = keras.activations.tanh
    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    after = answer(model, IMAGES, *score)
    np.testing.assert_allclose(after, answer(copy, IMAGES, *score), rtol=1e-5, atol=1e-6)
    assert not np.allclose(after, before)


def test_a_class_that_a_head_does_not_have_is_named_whoever_asks():
    class Probability(ClassScore):
        def __call__(self, outputs):
            return outputs.probabilities(self.head)[:, self.index]

    inputs = keras.Input((None, None, 1))  # the size is known by the images alone
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3)(inputs))
    model = keras.Model(inputs, layers.Dense(3, "softmax")(x))
    images = np.random.default_rng(0).random((2, 9, 8, 1), np.float32)
    covered = partial(occlusion_map, patch=3)
    asked = [(method, ClassScore(3)) for method in (score_values, gradient, covered)]
    asked += [(partial(covered, probability=True), Probability(index)) for index in (3, -1)]
    for method, score in asked:
        method(model, images, 2)
        with pytest.raises(IndexError, match="choose from 0 to 2"):
            method(model, images, score)
    assert covered(model, images, Probability(2)).shape == (2, 9, 8)


def test_what_overlaps_comes_in_order_two_at_a_time_and_an_error_is_raised():
    both, done = threading.Barrier(2, timeout=60), []

    def work(item):
        both.wait()  # passes only where two are at work
        done.append(item)
        return -item

    assert list(graph.overlapped(work, iter(range(6)))) == [0, -1, -2, -3, -4, -5]
    assert sorted(done) == list(range(6))
    with pytest.raises(ZeroDivisionError):
        list(graph.overlapped(lambda item: 1 // item, [1, 0, 1]))


def test_what_is_remembered_of_a_model_is_forgotten_once_it_changes():
    model, made = sequential(layers.Dense(3)), []
    for _ in "twice", "the same":
        graph.remembered(model, "numbers", lambda: made.append(1))
    assert made == [1]
    model.get_layer("conv").activation = keras.activations.tanh
    graph.remembered(model, "numbers", lambda: made.append(2))
    assert made == [1, 2]
