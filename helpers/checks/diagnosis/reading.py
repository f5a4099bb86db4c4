"""What the source of a wrong answer gives reason to ask. It never costs a point."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator

LOOPS = ast.For | ast.While


def source_of(function: Callable) -> str | None:
    """Return the source of a function, or None where there is none."""
    try:
        return textwrap.dedent(inspect.getsource(inspect.unwrap(function)))
    except (OSError, TypeError):
        return None


def parsed(source: str | None, name: str) -> ast.FunctionDef | None:
    """Return the function called `name` in a source, else the last one in it, or None."""
    try:
        tree = ast.parse(source or "")
    except SyntaxError:
        return None
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return next((f for f in found if f.name == name), found[-1] if found else None)


def nothing_returned(function: ast.FunctionDef) -> Iterator[str]:
    """Yield why a function gives None."""
    if any(isinstance(node, ast.Return) and node.value for node in _own(function)):
        return
    if any(_called(node) == "print" for node in ast.walk(function)):
        yield "The function prints its result and returns nothing: write `return` for `print`."
    else:
        yield "The function returns nothing: it has to end with `return` and the result."


def ended_loops(function: ast.FunctionDef) -> Iterator[str]:
    """Yield the loops that their first pass ends, whatever the data are."""
    for loop in _own(function):
        if isinstance(loop, LOOPS) and any(isinstance(s, ast.Return) for s in loop.body):
            yield (
                f"`return` stands inside the loop of line {loop.lineno} of the function, so that "
                "the first pass ends it: is it indented too far?"
            )


def questions(function: ast.FunctionDef) -> Iterator[str]:
    """Yield what may be wrong, likely things first."""
    used = {n.id for n in ast.walk(function) if isinstance(n, ast.Name)}
    for argument in function.args.args:
        if argument.arg not in used:
            yield f"`{argument.arg}` is never used. Is it meant to be?"
    for node in ast.walk(function):
        if _called(node) == "range" and (count := _constant(node.args[-1])) and count > 4:
            yield f"`range({', '.join(map(ast.unparse, node.args))})` is fixed. Is that right for every argument?"
        if (
            isinstance(node, ast.keyword)
            and node.arg == "minlength"
            and (_constant(node.value) or 0) > 1
        ):
            yield f"`minlength={ast.unparse(node.value)}` is fixed. Is that right for every argument?"
        if _called(node) in ("zeros", "ones", "full", "empty", "reshape", "resize"):
            if sizes := [c for c in map(_constant, ast.walk(node)) if c and c > 4]:
                yield f"A size of {sizes[0]} is fixed in `{ast.unparse(node)}`. Is that right for every argument?"


def no_gradient(function: ast.FunctionDef) -> str | None:
    """Return why a tape gives None as a gradient, where the source shows it."""
    blocks = [n for n in ast.walk(function) if isinstance(n, ast.With) and _is_tape(n)]
    if not blocks:
        return None
    gradients = [n for n in ast.walk(function) if _called(n) == "gradient" and len(n.args) > 1]
    inside = {id(n) for block in blocks for n in ast.walk(block)}
    made = {
        target.id
        for block in blocks
        for n in ast.walk(block)
        if isinstance(n, ast.Assign | ast.AugAssign | ast.NamedExpr | ast.AnnAssign)
        for target in ast.walk(n.targets[0] if isinstance(n, ast.Assign) else n.target)
        if isinstance(target, ast.Name)
    }
    for call in gradients:
        score, by = call.args[:2]
        names = [n.id for n in ast.walk(score) if isinstance(n, ast.Name) and id(n) not in inside]
        if isinstance(score, ast.Name) and names and score.id not in made:
            return (
                f"`{score.id}` is computed outside of `with tf.GradientTape()`, where nothing is "
                "recorded: compute it inside."
            )
        converted = [
            n
            for block in blocks
            for n in ast.walk(block)
            if _called(n) in ("numpy", "predict", "asarray", "array", "argmax", "convert_to_numpy")
        ]
        if converted:
            return (
                f"`{_called(converted[0])}` leaves TensorFlow inside the tape, which then loses the "
                "way from the score back: compute with tensors until the gradient is there."
            )
        watched = any(_called(n) in ("watch", "Variable") for n in ast.walk(function))
        if isinstance(by, ast.Name) and not watched and by.id not in made:
            return f"`{by.id}` is not watched: `tape.watch({by.id})` has to come first, since it is no variable."
        models = sum(
            isinstance(n, ast.Call) and not isinstance(n.func, ast.Attribute)
            for block in blocks
            for n in ast.walk(block)
        )
        if isinstance(by, ast.Name) and by.id in made and models > 1:
            return (
                f"`{by.id}` and the score come from two separate calls: build one model with both "
                "outputs and call it once, so that the score is computed from this very "
                f"`{by.id}`."
            )
    return None


def _is_tape(block: ast.With) -> bool:
    return any(_called(item.context_expr) == "GradientTape" for item in block.items)


def _own(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """Yield what belongs to a function, not to one defined inside it."""
    for node in ast.iter_child_nodes(function):
        yield from _inside(node)


def _inside(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    if not isinstance(node, ast.FunctionDef | ast.Lambda | ast.ClassDef):
        for child in ast.iter_child_nodes(node):
            yield from _inside(child)


def _called(node: ast.AST) -> str | None:
    """Return the last part of the name that a call calls: "zeros" for `np.zeros(3)`."""
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else None


def _constant(node: ast.AST) -> int | None:
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
