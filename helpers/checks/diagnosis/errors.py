"""What the errors mean that beginners meet, in place of the library's words."""

from __future__ import annotations

import re

NO_GRADIENT = (
    "The gradient is None, because the tape has not seen how the score depends on the tensor that "
    "you differentiate by. There are three usual reasons. `tape.watch(x)` is missing where x is no "
    "variable. Or the score is computed outside of `with tf.GradientTape()`. Or x and the score "
    "come from two different calls."
)

NO_TENSOR = (
    "`tape.gradient` works on tensors, but one of its two arguments is a NumPy array. Compute all "
    "from the image to the score with TensorFlow, inside the tape."
)

# Of an exception's text, "Type: message", a pattern; and what it means. The first that fits counts.
MEANINGS = [
    (r"'NoneType' object has no attribute '(numpy|shape|dtype)'", NO_GRADIENT),
    (
        r"bad operand type .*NoneType|NoneType.* and .(EagerTensor|float|int|NoneType|.*Tensor)",
        NO_GRADIENT,
    ),
    (r"None values not supported|convert a value \(None\)|NoneType.*(tensor|Tensor)", NO_GRADIENT),
    (r"'(numpy.ndarray|ndarray)' object has no attribute '_id'", NO_TENSOR),
    (
        r"non-persistent GradientTape can only",
        "A tape gives gradients once. Ask for all gradients in one call, or write "
        "`tf.GradientTape(persistent=True)`.",
    ),
    (
        r"(Passed in object|tf.Tensor or tf.Variable|to .?watch)",
        "A tape watches tensors only. Turn the array into a tensor with `tf.constant` first.",
    ),
    (
        r"EagerTensor' object does not support item assignment",
        "A tensor cannot be changed in place. Work on a copy, `.numpy()`, or build a new tensor.",
    ),
    (
        r"'(numpy.ndarray|ndarray)' object has no attribute 'numpy'",
        "This is a NumPy array already. Leave out `.numpy()`.",
    ),
    (
        r"'(numpy.ndarray|ndarray)' object has no attribute '(?P<name>\w+)'",
        "This is a NumPy array, which has no `{name}`. Is a tensor meant (`tf.constant(...)` makes "
        "one), or a list?",
    ),
    (
        r"gradient takes images of shape (?P<one>\(.*?\)), got (?P<other>\(.*?\))",
        "`gradient` takes several images at once, an array of shape {one}, but got an array of "
        "shape {other}. Is the axis of the images missing, or there twice?",
    ),
    (
        r"EagerTensor.* object has no attribute '(astype|reshape|copy|mean|sum|max|min|std|clip)'",
        "This is a tensor, which has no such method. Turn the tensor into an array with `.numpy()` "
        "first.",
    ),
    (
        r"'NoneType' object",
        "Something is None here. Does each function that is called `return` its result?",
    ),
    (
        r"NameError: name '(?P<name>\w+)' is not defined",
        "`{name}` does not exist here. Was the cell run that defines `{name}`? Is it spelled in "
        "the same way there?",
    ),
    (
        r"UnboundLocalError.*'(?P<name>\w+)'",
        "`{name}` is used before it gets a value. `{name}` is set only further down, or only in a "
        "branch or a loop that did not run.",
    ),
    (
        r"index (?P<index>-?\d+) is out of bounds for axis (?P<axis>\d+) with size (?P<size>\d+)",
        "Index {index} does not exist along axis {axis}, whose {size} entries are counted from 0 "
        "to {size} − 1. Is something counted one too far, or are two axes mixed up, such as rows "
        "and columns?",
    ),
    (
        r"IndexError: (list|tuple|string) index out of range",
        "An index reaches past the end. Indices count from 0 to the length − 1.",
    ),
    (
        r"too many indices for array",
        "There are more indices than the array has axes. Has an axis been lost before, by an index "
        "or a mean?",
    ),
    (
        r"could not broadcast input .* shape (?P<one>\(.*?\)) into shape (?P<other>\(.*\))",
        "An array of shape {one} is put into a place of shape {other}. Are two sizes swapped, such "
        "as height and width, or is one of the sizes counted wrong?",
    ),
    (
        r"incompatible .*: expected shape=(?P<one>\(.*?\)), found shape=(?P<other>\(.*?\))",
        "The network takes arrays of shape {one}, where None stands for any number of images. It "
        "got an array of shape {other}. Is the batch axis missing, or there twice?",
    ),
    (
        r"first arg must be bytes|must be str, not bytes|bytes-like object is required",
        "Bytes are compared with a text. Write b'...' for the bytes.",
    ),
    (
        r"could not be broadcast together with shapes (?P<shapes>.+)",
        "Two arrays do not fit together, shapes {shapes}. Axes are compared from the last axis "
        "backwards, and the two lengths have to be equal, or one of them 1. `[..., None]` adds an "
        "axis.",
    ),
    (
        r"Incompatible shapes: (?P<shapes>\[.+?\] vs\. \[.+?\])",
        "Two tensors do not fit together, {shapes}. Axes are compared from the last axis "
        "backwards, and the two lengths have to be equal, or one of them 1. `[..., None]` adds an "
        "axis.",
    ),
    (
        r"cannot reshape array of size (?P<size>\d+) into shape (?P<shape>\(.*?\))",
        "{size} values do not fit into the shape {shape}. Is a size fixed that should come from "
        "the argument?",
    ),
    (
        r"(truth value of an array|only size-1 arrays|only length-1 arrays|only 0-dimensional)",
        "A whole array stands where one number is needed. Is a loop, an index or an `axis=` "
        "missing?",
    ),
    (
        r"axis (?P<axis>-?\d+) is out of bounds for array of dimension (?P<ndim>\d+)",
        "There is no axis {axis} in an array with {ndim} axes. Has an axis been lost before?",
    ),
    (
        r"all the input array dimensions|all input arrays must have the same shape",
        "Arrays of different shapes cannot be put together. Print the shape of each array.",
    ),
    (
        r"(attempt to get argm\w+ of an empty|zero-size array to reduction)",
        "An array is empty here, because no value passed the condition that chose its values.",
    ),
    (
        r"ZeroDivisionError",
        "This divides by 0. What should the answer be when there is nothing to divide by?",
    ),
    (
        r"^(?P<name>\w+) raised TypeError: (.+\.)?(?P=name)\(\) "
        r"(missing|takes|got an unexpected)",
        "The function takes other arguments than the exercise names. Keep the arguments of the "
        "stub, in the same order.",
    ),
    (
        r"TypeError: (?P<called>[\w.<>]+?)(\.__init__)?\(\) missing .*?: (?P<names>'.+')",
        "`{called}` is called without {names}, which it needs.",
    ),
    (
        r"TypeError: (?P<called>[\w.<>]+?)(\.__init__)?\(\) takes .*but",
        "`{called}` is called with more arguments than it takes.",
    ),
    (
        r"TypeError: (?P<called>[\w.<>]+?)(\.__init__)?\(\) got an unexpected keyword argument "
        r"(?P<names>'.+')",
        "`{called}` has no argument called {names}.",
    ),
    (
        r"[Uu]nrecognized keyword arguments passed to (?P<called>\w+): \{(?P<names>'\w+')",
        "`{called}` has no argument called {names}.",
    ),
    (
        r'can only concatenate str \(not "(?P<other>\w+)"\) to str',
        "`+` joins a text to a text alone, and one of the two is of the type {other}.",
    ),
    (
        r"can only concatenate|unsupported operand type.*'(tuple|list|str)'",
        "A list, a tuple or a text cannot do arithmetic. Take out a number by its index, or make "
        "an array with `np.array(...)`.",
    ),
    (
        r"boolean index did not match .*along axis (?P<axis>\d+); size of axis is (?P<size>\d+) "
        r"but size of corresponding boolean axis is (?P<other>\d+)",
        "A mask of {other} values chooses along axis {axis}, which has {size} entries. Does the "
        "mask belong to another axis?",
    ),
    (
        r"slice index (?P<index>-?\d+) of dimension (?P<axis>\d+) out of bounds",
        "Index {index} does not exist along axis {axis}. Is the index meant for another axis, such "
        "as the classes, axis 1, in place of the images, axis 0?",
    ),
    (
        r"Matrix size-incompatible|matmul: Input operand|shape-mismatch for sum|not aligned",
        "A product does not fit. The last axis of the first array must be as long as the axis of "
        "the second array along which the product is summed. Are two axes mixed up?",
    ),
    (
        r"No such layer: (?P<name>[\w/]+)",
        "The model has no layer called {name}. Is a name fixed that should come from the argument?",
    ),
    (
        r"Cannot cast ufunc|UFuncTypeError|UFuncOutputCastingError",
        "Fractions cannot be put into an array of whole numbers in place. Make an array of floats.",
    ),
    (
        r"(cannot compute|expected to be a|Value passed to parameter).*(float|double|int)",
        "Two numbers have different types. `tf.cast(x, tf.float32)` makes their types the same.",
    ),
    (
        r"KeyError: (?P<key>.+)",
        "There is no entry {key}. What does the dictionary hold when this key comes for the first "
        "time?",
    ),
    (
        r"KerasTensor",
        "A symbolic tensor, `layer.output`, has no values. Build `keras.Model(inputs, outputs)` "
        "and call this model on the images.",
    ),
    (
        r"object is not subscriptable|object is not iterable|has no len\(\)",
        "A single value stands where several are expected. What does the step before return?",
    ),
    (
        r"list indices must be integers|unhashable type|can't multiply sequence",
        "This is a list, which cannot do arithmetic. Make an array with `np.array(...)`.",
    ),
    (
        r"inhomogeneous shape",
        "The parts have different shapes and make no array. Print the shape of each part.",
    ),
]


def meaning(error: str) -> tuple[str | None, str | None]:
    """Return the pattern that an exception, "Type: message", fits, and what it means to a beginner;
    None and None where none fits."""
    for pattern, sentence in MEANINGS:
        if found := re.search(pattern, error):
            return pattern, sentence.format(**{k: v.strip() for k, v in found.groupdict().items()})
    return None, None
