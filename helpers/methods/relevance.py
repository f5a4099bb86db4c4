"""Layer-wise relevance propagation: the score handed back, layer by layer, in shares.

Bach et al., On Pixel-Wise Explanations for Non-Linear Classifier Decisions by Layer-Wise Relevance
Propagation, PLoS ONE 10 (2015). It is computed as a gradient whose operations hand back relevance.
"""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
import tensorflow as tf

from helpers.methods.silence import told
from helpers.models import graph
from helpers.scores import ClassScore, Score, as_score

__all__ = ["has_rules", "lrp"]

RULES = ("composite", "epsilon", "z+")
EPSILON = 1e-4  # as a share of the root mean square of what is divided by
SILENT = "No relevance reaches the image: take rule='epsilon', or explain a score that is not 0."


def lrp(
    model: keras.Model,
    images: np.ndarray,
    score: Score | int,
    *,
    rule: str = "composite",
    batch_size: int = 32,
) -> np.ndarray:
    """The relevance of each pixel and channel for `score`: (N, H, W, C) float32.

    A value that a layer has computed is handed back to the values of which it is made. A ReLU hands
    back all it got, and so does a max pool, to its maximum. A sum hands back to each summand
    its share; what a bias or a normalisation's offset has added stays there.

    Args:
        model: any model.
        images: (N, H, W, C), in the model's input range.
        score: what is explained; a whole number is short for `ClassScore`.
        rule: "epsilon" hands back shares of the sum, of either sign, and damps sums near 0. "z+"
            hands back shares of what speaks for the value, and biases get nothing. "composite" does
            the first in dense layers and the second in convolutions.
        batch_size: images at a time.

    Returns:
        Relevance in units of the score. In a network without biases it adds up to the score.

    Raises:
        ValueError: for another rule, and where the model has an operation that has no rule.

    Montavon et al., Layer-Wise Relevance Propagation: An Overview, in: Explainable AI (2019);
    Kohlbrenner et al., Towards Best Practice in Explaining Neural Network Decisions with LRP,
    IJCNN 2020 (composite).

    Example:
        >>> from helpers.methods import relevance
        >>> relevance.lrp(model, images, 1).shape
        (4, 8, 8, 1)
    """
    if rule not in RULES:
        raise ValueError(f"rule is {rule!r}; choose {', '.join(map(repr, RULES))}")
    run = _relevance(model, as_score(score), rule)
    return told(graph.in_batches(run, model, images, batch_size), SILENT)


def has_rules(model: keras.Model) -> bool:
    """Whether `lrp` has a rule for all that the model computes, up to the first head of several.

    >>> from helpers.methods import relevance
    >>> relevance.has_rules(model)
    True
    """
    several = len(graph.traced_heads(model).heads) > 1
    score = ClassScore(0, head=0 if several else None)
    return graph.possible(model, "has rules", lambda: _relevance(model, score, RULES[0]))


def _relevance(model: keras.Model, score: Score, rule: str) -> Callable:
    """The compiled relevance of images (n, H, W, C)."""

    def relevance(batch, score):
        # The operations traced in here, and only these, hand back relevance.
        traced = tf.compat.v1.get_default_graph()
        with traced.gradient_override_map({kind: f"{kind} by {rule}" for kind in _HANDED_BACK}):
            value = score(graph.forward(model, batch, score.layers))
        _check_operations(model, traced, value, batch)
        found = tf.gradients(value, batch, value)[0]
        if found is None:
            raise ValueError(f"{score} does not depend on the images of {model.name!r}")
        return found

    return graph.compiled_score(model, ("lrp", rule), score, relevance)


def _check_operations(
    model: keras.Model, traced: tf.Graph, value: tf.Tensor, batch: tf.Tensor
) -> None:
    """That each operation between the images and the score has a rule, else a `ValueError`."""
    made = {value.op}
    for operation in (todo := [value.op]):
        new = {each.op for each in operation.inputs} - made
        made |= new
        todo += new
    depending = {batch.op}
    for operation in traced.get_operations():  # in the order in which they were made
        if operation in made and any(each.op in depending for each in operation.inputs):
            depending.add(operation)
    values = {each for each in depending - {batch.op} if each.outputs[0].dtype.is_floating}
    strange = {each.type for each in values} - {*_HANDED_BACK} - _SELECTING
    if strange:
        raise ValueError(
            f"{model.name!r} computes {', '.join(sorted(strange))}, for which relevance has no "
            "rule: use integrated_gradients"
        )


def _shares(relevance: tf.Tensor, total: tf.Tensor) -> tf.Tensor:
    """Relevance for each unit of a sum; a sum near 0 is taken a little away from 0."""
    square = tf.reduce_mean(total**2, axis=tuple(range(1, len(total.shape))), keepdims=True)
    little = EPSILON * tf.sqrt(square)
    return tf.math.divide_no_nan(relevance, total + tf.where(total >= 0, little, -little))


def _again(op: tf.Operation, x: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    """What the operation makes of another input and other weights."""
    if op.type == "MatMul":
        sides = {name: op.get_attr(name) for name in ("transpose_a", "transpose_b")}
        return tf.raw_ops.MatMul(a=x, b=weights, **sides)
    names = ("strides", "padding", "explicit_paddings", "data_format", "dilations")
    options = {name: op.get_attr(name) for name in names}
    options["padding"] = options["padding"].decode()
    options["data_format"] = options["data_format"].decode()
    return getattr(tf.raw_ops, op.type)(input=x, filter=weights, **options)


def _weighted(op: tf.Operation, relevance: tf.Tensor, rule: str) -> list[tf.Tensor | None]:
    x, weights = op.inputs
    if rule == "epsilon" or (rule == "composite" and op.type == "MatMul"):
        share = _shares(relevance, op.outputs[0])
        return [x * tf.gradients(_again(op, x, weights), x, share)[0], None]
    # What speaks for the value: positive times positive, and negative times negative.
    halves = [(sign * tf.nn.relu(sign * x), sign * tf.nn.relu(sign * weights)) for sign in (1, -1)]
    sums = [_again(op, *half) for half in halves]
    share = tf.math.divide_no_nan(relevance, sums[0] + sums[1])
    back = [
        some * tf.gradients(total, some, share)[0]
        for (some, _), total in zip(halves, sums, strict=True)
    ]
    return [back[0] + back[1], None]


def _averaged(op: tf.Operation, relevance: tf.Tensor, rule: str) -> list[tf.Tensor | None]:
    x = op.inputs[0]
    share = _shares(relevance, op.outputs[0])
    if op.type == "AvgPool":
        names = ("ksize", "strides", "padding", "data_format")
        options = {name: op.get_attr(name) for name in names}
        options |= {name: options[name].decode() for name in ("padding", "data_format")}
        return [x * tf.gradients(tf.raw_ops.AvgPool(value=x, **options), x, share)[0]]
    reduce = tf.reduce_mean if op.type == "Mean" else tf.reduce_sum
    again = reduce(x, op.inputs[1], keepdims=op.get_attr("keep_dims"))
    return [x * tf.gradients(again, x, share)[0], None]


def _constant(tensor: tf.Tensor) -> bool:
    return tensor.shape.is_fully_defined()  # what depends on the images has any number of them


def _offset_gets_nothing(op: tf.Operation, rule: str) -> bool:
    return rule == "z+" or (rule == "composite" and len(op.outputs[0].shape) == 4)


def _added(op: tf.Operation, relevance: tf.Tensor, rule: str) -> list[tf.Tensor | None]:
    """Shares for the summands; a constant one keeps its share, or leaves it to the others."""
    living = [x for x in op.inputs if not _constant(x)]
    if len(living) == 1 and _offset_gets_nothing(op, rule):
        return [None if _constant(x) else relevance for x in op.inputs]
    share = _shares(relevance, op.outputs[0])
    signs = (1, -1) if op.type == "Sub" else [1] * len(op.inputs)

    def handed_to(x):  # which may have been added at each place
        return x * tf.gradients(tf.broadcast_to(x, tf.shape(share)), x, share)[0]

    return [
        None if _constant(x) else sign * handed_to(x)
        for x, sign in zip(op.inputs, signs, strict=True)
    ]


def _normalised(op: tf.Operation, relevance: tf.Tensor, rule: str) -> list[tf.Tensor | None]:
    x, scale, _, _, variance = op.inputs
    if not _offset_gets_nothing(op, rule):
        scaled = x * scale * tf.math.rsqrt(variance + op.get_attr("epsilon"))
        relevance = scaled * _shares(relevance, op.outputs[0])
    return [relevance, None, None, None, None]


def _multiplied(op: tf.Operation, relevance: tf.Tensor, rule: str) -> list[tf.Tensor | None]:
    """All for the signal, nothing for a constant or for a gate, which is smaller or a sigmoid."""
    one, other = op.inputs

    def gate(x):
        return _constant(x), x.op.type == "Sigmoid", -(x.shape.num_elements() or 0), _one_place(x)

    first = gate(one) <= gate(other)
    return [relevance, None] if first else [None, relevance]


def _one_place(x: tf.Tensor) -> bool:
    return x.shape[1:-1].num_elements() == 1


def _all(op: tf.Operation, relevance: tf.Tensor, rule: str) -> list[tf.Tensor | None]:
    return [relevance, *[None] * (len(op.inputs) - 1)]


_HANDED_BACK: dict[str, Callable] = {
    **dict.fromkeys(("Conv2D", "DepthwiseConv2dNative", "MatMul"), _weighted),
    **dict.fromkeys(("AvgPool", "Mean", "Sum"), _averaged),
    **dict.fromkeys(("Add", "AddN", "AddV2", "BiasAdd", "Sub"), _added),
    **dict.fromkeys(("Elu", "LeakyRelu", "Neg", "RealDiv", "Relu", "Relu6", "Selu"), _all),
    **dict.fromkeys(("Sigmoid", "Softplus", "Softsign", "Tanh"), _all),
    "FusedBatchNormV3": _normalised,
    "Mul": _multiplied,
}
# Whose own gradient hands back what it got to where it came from.
_SELECTING = {
    *("BatchToSpaceND", "Cast", "ConcatV2", "ExpandDims", "GatherV2", "Identity", "MaxPool"),
    *("MirrorPad", "Pack", "Pad", "PadV2", "Reshape", "Slice", "SpaceToBatchND", "Split", "SplitV"),
    *("Squeeze", "StridedSlice", "Transpose", "Unpack"),
}


def _registered(kind: str, rule: str) -> None:
    hand_back = _HANDED_BACK[kind]

    @tf.RegisterGradient(f"{kind} by {rule}")
    def _(op: tf.Operation, *relevance: tf.Tensor) -> list[tf.Tensor | None]:
        return hand_back(op, relevance[0], rule)


for _kind in _HANDED_BACK:
    for _rule in RULES:
        _registered(_kind, _rule)
