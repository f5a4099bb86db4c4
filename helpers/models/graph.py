"""Looking inside any Keras model: its layers by name, their outputs, its logits.

Layers are watched while the model is traced into a compiled function. A second model from
`layer.output` would not do. A reloaded `Sequential` has no such output, and where it has one it may
belong to another call, whose gradient is None. Watching works for Sequential, functional, nested
and subclassed models alike, and leaves the model as it was.
"""

from __future__ import annotations

import difflib
import functools
from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from types import FunctionType, MethodType
from typing import Any, TypeVar

import keras
import numpy as np
import tensorflow as tf

from helpers import scores
from helpers.own_work import solves
from helpers.scores import ClassScore, Score

__all__ = ["class_count", "conv_layers", "dense_layers", "find_layer", "input_shape", "layers"]

CONVOLUTIONS = (
    keras.layers.Conv1D,
    keras.layers.Conv2D,
    keras.layers.Conv3D,
    keras.layers.Conv2DTranspose,
    keras.layers.DepthwiseConv2D,
    keras.layers.SeparableConv2D,
)

AT_A_TIME = 2  # batches: more would need more memory, and cores that a laptop has not
Item = TypeVar("Item")
Result = TypeVar("Result")


def layers(model: keras.Model) -> dict[str, keras.layers.Layer]:
    """The layers of a model by name, in its order, without the inputs.

    A layer inside a nested model has a path: `"backbone/conv2"`.

    >>> from helpers import models
    >>> models.layers(model)["l2"].filters
    6
    """
    found: dict[str, keras.layers.Layer] = {}
    for layer in model.layers:
        if isinstance(layer, keras.layers.InputLayer):
            continue
        found[layer.name] = layer
        if isinstance(layer, keras.Model):
            found |= {f"{layer.name}/{name}": inner for name, inner in layers(layer).items()}
    return found


def names_of(chosen: str | Iterable[str]) -> tuple[str, ...]:
    """The names of layers, each once; one name stands for itself."""
    return tuple(dict.fromkeys([chosen] if isinstance(chosen, str) else chosen))


def conv_layers(model: keras.Model) -> tuple[str, ...]:
    """The names of all convolutional layers, found by type.

    >>> from helpers import models
    >>> models.conv_layers(model)
    ('l1', 'l2')
    """
    return tuple(name for name, layer in layers(model).items() if isinstance(layer, CONVOLUTIONS))


def dense_layers(model: keras.Model) -> tuple[str, ...]:
    """The names of all dense layers, found by type.

    >>> from helpers import models
    >>> models.dense_layers(model)
    ('l3',)
    """
    dense = keras.layers.Dense
    return tuple(name for name, layer in layers(model).items() if isinstance(layer, dense))


def find_layer(model: keras.Model, name: str) -> keras.layers.Layer:
    """The layer called `name`.

    Where there is none, a `ValueError` lists the names that exist.

    >>> from helpers.models import graph
    >>> graph.find_layer(model, "l2").filters
    6
    """
    found = layers(model)
    if name in found:
        return found[name]
    close = difflib.get_close_matches(str(name), found, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    raise ValueError(f"{model.name!r} has no layer {name!r}.{hint} It has: {', '.join(found)}")


@dataclass(frozen=True)
class Outputs:
    """One forward pass: the logits of each head and what it answers itself, and of the layers asked
    for what they gave and what they were given."""

    heads: dict[str, tf.Tensor]
    answers: dict[str, tf.Tensor]
    inner: dict[str, tf.Tensor]
    given: dict[str, tf.Tensor]

    def logits(self, head: str | int | None = None) -> tf.Tensor:
        """(N, classes) of one head; it must be named (or counted) where there are several."""
        return self.heads[self._name(head)]

    def answer(self, head: str | int | None = None) -> tf.Tensor:
        """(N, classes), what one head itself says: probabilities where it ends in a softmax or
        sigmoid, else its logits; one sigmoid unit tells two classes, as in `logits`."""
        name = self._name(head)
        answer, logits = self.answers[name], self.heads[name]
        if answer.shape[-1] == logits.shape[-1]:
            return answer
        return tf.concat([1 - answer, answer], axis=-1)

    def probabilities(self, head: str | int | None = None) -> tf.Tensor:
        """(N, classes) of one head that ends in a softmax or sigmoid, as in `answer`."""
        name = self._name(head)
        if self.answers[name] is self.heads[name]:
            raise ValueError(
                f"head {name!r} ends in neither a softmax nor a sigmoid, so it answers no "
                "probabilities: explain its logits, or put a softmax on top: "
                "keras.Sequential([model, keras.layers.Softmax()])"
            )
        return self.answer(head)

    def _name(self, head: str | int | None) -> str:
        names = list(self.heads)
        if head is None:
            if len(names) == 1:
                return names[0]
            raise ValueError(f"the model has several heads, name one of: {', '.join(names)}")
        if isinstance(head, int) and 0 <= head < len(names):
            head = names[head]
        if head not in self.heads:
            raise ValueError(f"the model has no head {head!r}, it has: {', '.join(names)}")
        return head

    def layer(self, name: str) -> tf.Tensor:
        return self.inner[name]


class _Enough(BaseException):
    """Ends a forward pass. Not an `Exception`, to which Keras would add words."""


@solves("layer_output", "conv_outputs")
def forward(
    model: keras.Model,
    images: tf.Tensor,
    watch: Iterable[str] | None = (),
    *,
    heads_too: bool = True,
) -> Outputs:
    """Run the model in inference mode, inside a `tf.function`, watching the layers in `watch`;
    None stands for all that give one output.

    With `heads_too` False the pass ends with the last of the layers in `watch`, and there are no
    heads: to trace the rest of a deep network takes longer than to run many a method.

    `ValueError` where a layer in `watch` does not exist, is not used, is called more than once, or
    gives several outputs, as a nested backbone may.
    """
    names = list(layers(model) if watch is None else watch)
    through = not heads_too and watch is not None and all(_is_called_once(model, n) for n in names)
    enough = len(set(names)) if through else None
    found: dict[str, list[tf.Tensor]] = {}
    calls: Counter[str] = Counter()
    given: dict[str, tf.Tensor] = {}
    heads: dict[str, tf.Tensor] = {}
    with ExitStack() as stack:
        for name in names:
            layer = find_layer(model, name)
            stack.enter_context(_watched(layer, name, found, given, calls, enough))
        with suppress(_Enough):
            heads = _name_heads(model, model(images, training=False))
    if watch is None:
        names = [name for name in names if len(found.get(name, ())) == 1 == calls[name]]
    inner = {name: _only_output(model, name, found, calls[name]) for name in names}
    logits = {name: peel(output) for name, output in heads.items()}
    return Outputs(logits, heads, inner, given)


def forward_all(model: keras.Model, images: tf.Tensor, needed: Iterable[str]) -> Outputs:
    """`forward`, watching all layers that are called once and give one output. Those in `needed`
    have to."""
    outputs = forward(model, images, None)
    for name in needed:
        if name not in outputs.inner:
            forward(model, images, [name])  # says why
    return outputs


def _is_called_once(model: keras.Model, name: str) -> bool:
    """Whether Keras knows of one call alone, of the layer and of each model around it. It knows
    of none in a subclassed model."""
    around = [part for path, part in layers(model).items() if f"{name}/".startswith(f"{path}/")]
    return all(len(part._inbound_nodes) == 1 for part in around)


def _only_output(
    model: keras.Model, name: str, found: dict[str, list[tf.Tensor]], calls: int
) -> tf.Tensor:
    if name not in found:
        raise ValueError(f"{model.name!r} does not use its layer {name!r} when it is called")
    if calls > 1:
        raise ValueError(
            f"{model.name!r} calls its layer {name!r} {calls} times, so this layer has no single "
            "output: name a layer that is called once"
        )
    if len(found[name]) != 1:
        inside = ", ".join(other for other in layers(model) if other.startswith(f"{name}/"))
        raise ValueError(
            f"layer {name!r} of {model.name!r} gives {len(found[name])} outputs, one is needed: "
            + (f"name one of its inner layers: {inside}" if inside else "name another layer")
        )
    return found[name][0]


@contextmanager
def _watched(
    layer: keras.layers.Layer,
    name: str,
    found: dict[str, list[tf.Tensor]],
    given: dict[str, tf.Tensor],
    calls: Counter[str],
    enough: int | None,
) -> Iterator[None]:
    """Record what `layer` gives and is given in its first call, and how often it is called.
    Raise `_Enough` when so many layers have been recorded."""
    original = layer.call

    def call(*args, **kwargs):
        output = original(*args, **kwargs)
        calls[name] += 1
        found.setdefault(name, tf.nest.flatten(output))
        given.setdefault(name, args[0] if args else next(iter(kwargs.values()), None))
        if len(found) == enough:
            raise _Enough
        return output

    # A layer shared by two models may be watched already, under its other name.
    before = layer.__dict__.get("call")
    # Past Keras's own __setattr__, which would track the function and forbid it on a built layer.
    object.__setattr__(layer, "call", call)
    try:
        yield
    finally:
        if before is None:
            object.__delattr__(layer, "call")
        else:
            object.__setattr__(layer, "call", before)


def _name_heads(model: keras.Model, outputs) -> dict[str, tf.Tensor]:
    if isinstance(outputs, dict):
        return outputs
    if not isinstance(outputs, list | tuple):
        outputs = [outputs]
    names = getattr(model, "output_names", None) or []
    if len(set(names)) != len(outputs):
        names = [str(i) for i in range(len(outputs))]
    return dict(zip(names, outputs, strict=True))


def peel(output: tf.Tensor) -> tf.Tensor:
    """The logits under a head's softmax or sigmoid, however it was applied; other heads as is.

    A head of one sigmoid unit becomes two logits: of class 0 (the unit's negative) and class 1.
    Read off the traced graph, so that an `activation="softmax"`, an `Activation` or `Softmax`
    layer, and a softmax inside a nested model are all the same thing.
    """
    op = output.op
    while op.type in ("Identity", "Cast"):
        op = op.inputs[0].op
    if op.type == "Softmax":
        return tf.cast(op.inputs[0], output.dtype)
    if op.type == "Sigmoid":
        logits = tf.cast(op.inputs[0], output.dtype)
        return tf.concat([-logits, logits], axis=-1) if output.shape[-1] == 1 else logits
    return output


def compiled_probabilities(model: keras.Model) -> Callable:
    """The `shown_probabilities` of images (N, H, W, C), compiled."""
    return compiled(
        model, "shown probabilities", lambda batch: shown_probabilities(forward(model, batch))
    )


def shown_probabilities(outputs: Outputs) -> tf.Tensor:
    """(N, classes) of the only head, for display: where it gives logits, their softmax."""
    answer = outputs.answer()
    return tf.nn.softmax(answer) if answer is outputs.logits() else answer


def compiled(
    model: keras.Model,
    key: Hashable,
    function: Callable,
    *specs: tf.TensorSpec,
    shape: tuple[int | None, ...] | None = None,
) -> tf.types.experimental.ConcreteFunction:
    """`function(images, ...)` as a compiled function; made once per model, function, key and
    `shape` of an image, by default what the model takes. The key says in what one function differs
    from others of the same definition: all that it takes from around it. Where layers or
    activations were changed since, all of a model's functions are made anew.

    `specs` describe the arguments after the images. Kept on the model, so that it goes when the
    model goes. Always use it for gradients too: outside a compiled function, TensorFlow 2.21 with
    oneDNN crashes in some of them (1×1 convolutions of stride 2 on even sizes).
    """
    cache, shape = _cache(model), shape or input_shape(model)
    key = _definition(function), key, shape
    if key not in cache:
        cache[key] = _trace(function, shape, specs)
    return cache[key]


def _definition(function: Callable) -> Hashable:
    """What two functions have in common that were defined by the same lines, and call the same
    functions from around them."""
    if isinstance(function, functools.partial):
        options = tuple(sorted(function.keywords.items()))
        return _definition(function.func), *function.args, options
    if isinstance(function, MethodType):
        return _definition(function.__func__), function.__self__
    if not isinstance(function, FunctionType):
        return function
    around = [cell.cell_contents for cell in function.__closure__ or ()]
    kinds = FunctionType, MethodType, functools.partial
    called = [each for each in around if isinstance(each, kinds) and each is not function]
    return function.__code__, *map(_definition, called)


def remembered(model: keras.Model, key: Hashable, make: Callable[[], Any]) -> Any:
    """What `make()` gave for this key, as long as the model stays as it is."""
    cache = _cache(model)
    if key not in cache:
        cache[key] = make()
    return cache[key]


def possible(model: keras.Model, question: str, trace: Callable[[], object]) -> bool:
    """Whether `trace()` can be done with the model, and raises no `ValueError`: found out once."""

    def found_out():
        try:
            trace()
        except ValueError:
            return False
        return True

    return remembered(model, question, found_out)


def _trace(
    function: Callable, shape: tuple[int | None, ...], specs: Iterable[tf.TensorSpec]
) -> tf.types.experimental.ConcreteFunction:
    spec = tf.TensorSpec((None, *shape), tf.float32)
    traced = tf.function(function, input_signature=(spec, *specs), autograph=False)
    # The concrete function: one trace, whatever the batch, and no warnings about retracing.
    return traced.get_concrete_function()


def _cache(model: keras.Model) -> dict:
    """The compiled functions of the model as it is now."""
    now = [(layer, getattr(layer, "activation", None)) for layer in layers(model).values()]
    if model.__dict__.get("_inside_cnns_of") != now:
        forget(model)
    if "_inside_cnns" not in model.__dict__:  # set past Keras's tracking
        object.__setattr__(model, "_inside_cnns", {})
        object.__setattr__(model, "_inside_cnns_of", now)
    return model.__dict__["_inside_cnns"]


class _Class(Score):
    """A class whose number is an argument of a compiled function. `first` is the score for which
    that is traced: errors name it. `shape` is that of the output of which the class is picked."""

    def __init__(self, index: tf.Tensor, first: ClassScore):
        self.index, self.first, self.head = index, first, first.head
        self.shape: tf.TensorShape | None = None

    def __repr__(self) -> str:
        return repr(self.first)

    def __call__(self, outputs: scores.Outputs) -> tf.Tensor:
        return self.pick(outputs.logits(self.head))

    def pick(self, values: tf.Tensor) -> tf.Tensor:
        self.first.check(values.shape)
        self.shape = values.shape
        return values[:, self.index]


def compiled_score(
    model: keras.Model,
    key: Hashable,
    score: Score | None,
    function: Callable,
    *specs: tf.TensorSpec,
    shape: tuple[int | None, ...] | None = None,
) -> Callable:
    """`function(images, score, ...)` as a compiled function of the images and what `specs`
    describe. All classes of a head share one, for tracing costs more than most maps."""
    key = _definition(function), key, shared(score)
    if type(score) is not ClassScore:

        def of_score(batch, *rest):
            return function(batch, score, *rest)

        return compiled(model, key, of_score, *specs, shape=shape)
    cache, shape = _cache(model), shape or input_shape(model)
    if (key, shape) not in cache:
        classes: list[_Class] = []

        def of_class(batch, *rest):
            classes.append(_Class(rest[-1], score))
            return function(batch, classes[-1], *rest[:-1])

        run = _trace(of_class, shape, (*specs, tf.TensorSpec((), tf.int32)))
        cache[key, shape] = run, classes[-1].shape
    run, picked_from = cache[key, shape]
    score.check(picked_from)
    index = tf.constant(score.index, tf.int32)  # of any `Integral`, NumPy's too
    return lambda batch, *rest: run(batch, *rest, index)


def shared(score: Score | None) -> Hashable:
    """The part of a key that is equal for scores which use the same compiled function."""
    return ("any class", score.head) if type(score) is ClassScore else score


def forget(model: keras.Model) -> None:
    """Drop what is `compiled` for a model whose layers now do something else."""
    model.__dict__.pop("_inside_cnns", None)


def input_shape(model: keras.Model) -> tuple[int | None, ...]:
    """The shape (H, W, C) of one image that the model takes; None where any size will do.

    >>> from helpers.models import graph
    >>> graph.input_shape(model)
    (8, 8, 1)
    """
    if not model.built:
        raise ValueError(
            f"{model.name!r} has never seen an input, so its input shape is not known: "
            "call it once on a batch of images"
        )
    inputs = getattr(model, "inputs", None)
    if inputs is None:  # a subclassed model remembers only what it was built with
        return tuple(model.get_build_config()["input_shape"][1:])
    if len(inputs) != 1:
        raise ValueError(
            f"{model.name!r} takes {len(inputs)} inputs, but one image is needed: "
            "build a model of one image around it, with the others constant"
        )
    return tuple(inputs[0].shape[1:])


def traced_heads(model: keras.Model) -> Outputs:
    """What each head gives: tensors of a graph, which have shapes and no values."""

    def both(images):
        outputs = forward(model, images)
        return dict(outputs.heads), dict(outputs.answers)

    logits, answers = compiled(model, "heads", both).structured_outputs
    return Outputs(logits, answers, {}, {})


def class_count(model: keras.Model) -> int:
    """How many classes the model's only head tells apart; one sigmoid unit tells two.

    >>> from helpers.models import graph
    >>> graph.class_count(model)
    3
    """
    shape = traced_heads(model).logits().shape
    if len(shape) != 2:
        raise ValueError(f"{model.name!r} is no classifier: its output has shape {tuple(shape)}")
    return int(shape[-1])


def check_images(model: keras.Model, images: np.typing.ArrayLike) -> np.ndarray:
    """`images` as (N, H, W, C) float32, or a `ValueError` that says what the model takes."""
    images = np.asarray(images)
    expected = input_shape(model)
    if images.ndim != len(expected) + 1 or any(
        want is not None and want != got
        for want, got in zip(expected, images.shape[1:], strict=True)
    ):
        shape = ", ".join("any" if size is None else str(size) for size in expected)
        one = images.ndim == len(expected)
        raise ValueError(
            f"{model.name!r} takes images of shape (N, {shape}), got {images.shape}"
            + ("; for one image write images[None]" if one else "")
        )
    if not len(images):
        raise ValueError(f"there are no images: got an array of shape {images.shape}")
    if not np.issubdtype(images.dtype, np.floating):
        raise ValueError(
            f"images are {images.dtype}; give float32 in the model's own input range "
            "(for the course's networks 0 to 1: divide by 255)"
        )
    return images.astype(np.float32, copy=False)


def batches(count: int, batch_size: int) -> Iterator[slice]:
    """Slices that cover `count` items, the last partial batch included."""
    if batch_size < 1:
        raise ValueError(f"batch_size is {batch_size}; it must be at least 1")
    for start in range(0, count, batch_size):
        yield slice(start, min(start + batch_size, count))


def overlapped(function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """`function(item)` for each item, in their order, two at a time. While one batch uses a single
    core (in NumPy, or between operations), the other batch uses the other cores."""
    running: deque[Future[Result]] = deque()
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        try:
            for item in items:
                running.append(pool.submit(function, item))
                if len(running) > AT_A_TIME:
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()
        finally:  # after an error, or once nobody asks for more
            for waiting in running:
                waiting.cancel()


def in_batches(
    run: Callable[[tf.Tensor], tf.Tensor], model: keras.Model, images: np.ndarray, batch_size: int
) -> np.ndarray:
    """(N, ...): what the compiled function `run` makes of images (N, H, W, C)."""
    images = check_images(model, images)
    parts = [run(tf.constant(images[part])) for part in batches(len(images), batch_size)]
    return np.concatenate([part.numpy() for part in parts])
