"""What the source of a wrong answer shows, or gives reason to ask. It never costs a point."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Collection, Iterator

FIXED = 4  # a larger size that stands in the source was perhaps meant for one case
SIZED = ("zeros", "ones", "full", "empty", "reshape", "resize", "eye")
COUNTS = ("len", "range", "enumerate", "zip")
CHANGES = ("append", "extend", "insert", "add", "update", "setdefault")
LEAVES = ("numpy", "predict", "asarray", "array", "argmax", "convert_to_numpy")


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
    if any(name == "print" for name, _ in _calls(function)):
        yield "The function prints its result and returns nothing. Write `return` for `print`."
    else:
        yield "The function returns nothing, but it has to end with `return` and the result."


def ended_loops(function: ast.FunctionDef) -> Iterator[str]:
    """Yield the loops that their first pass ends, whatever the data are."""
    for loop in _own(function):
        if isinstance(loop, ast.For | ast.While):
            ends = [*loop.body]
            for statement in loop.body:
                if isinstance(statement, ast.If) and statement.orelse:
                    both = statement.body, statement.orelse
                    if all(any(isinstance(s, ast.Return) for s in part) for part in both):
                        ends += statement.body
            if any(isinstance(statement, ast.Return) for statement in ends):
                yield (
                    f"`return` stands inside the loop of line {loop.lineno} of the function, so "
                    "that the first pass ends the loop. Is `return` indented too far?"
                )


def kept_defaults(function: ast.FunctionDef) -> Iterator[str]:
    """Yield the arguments in which a function keeps something from one call to the next."""
    changed: set[ast.expr] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.AugAssign):
            changed.add(node.target)
    for name, call in _calls(function):
        if name in CHANGES and isinstance(call.func, ast.Attribute):
            changed.add(call.func.value)
    names = {node.id for node in changed if isinstance(node, ast.Name)}
    arguments, defaults = function.args.args, function.args.defaults
    for argument, default in zip(arguments[::-1], defaults[::-1], strict=False):
        if isinstance(default, ast.List | ast.Dict | ast.Set) and argument.arg in names:
            yield (
                f"`{argument.arg}={ast.unparse(default)}` is made once, when the function is "
                "defined, and keeps what earlier calls have put into it: make it anew inside the "
                "function."
            )


def questions(function: ast.FunctionDef, sizes: Collection[int] = ()) -> Iterator[str]:
    """Yield what may be wrong, as questions, the likelier ones first. `sizes` may be fixed: all
    right answers have them."""
    used = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    for argument in function.args.args:
        if argument.arg not in used:
            yield f"`{argument.arg}` is never used. Is it meant to be?"
    for name in _tuples_of_positions(function):
        yield (
            f"`{name}` is a tuple with the positions along each axis. Is it meant to be its first "
            f"entry, `{name}[0]`?"
        )
    for name, call in _calls(function):
        sizes = [
            size
            for node in ast.walk(call)
            if (size := _number(node)) and size > FIXED and size not in sizes
        ]
        fixed_loop = name == "range" and call.args and (_number(call.args[-1]) or 0) > FIXED
        counted = [k.value for k in call.keywords if k.arg == "minlength"]
        if fixed_loop or (name in SIZED and sizes) or (counted and _number(counted[0])):
            yield f"A number is fixed in `{ast.unparse(call)}`. Is it right for all arguments?"


def _tuples_of_positions(function: ast.FunctionDef) -> Iterator[str]:
    """Yield the names of what `np.where(condition)` gave, where it is used as if it were an
    array."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            called, name = _called(node.value), node.targets[0].id
            if (
                isinstance(node.value, ast.Call)
                and called in ("where", "nonzero")
                and len(node.value.args) == 1
            ):
                uses = [n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id == name]
                fine = [
                    part
                    for n in ast.walk(function)
                    if isinstance(n, ast.Subscript)
                    for part in (n.slice, n.value if _number(n.slice) is not None else None)
                ]
                if sum(isinstance(n.ctx, ast.Load) and n not in fine for n in uses):
                    yield name


def no_gradient(function: ast.FunctionDef) -> str | None:
    """Return why a tape gives None as a gradient, where the source shows it."""
    blocks = [node for node in ast.walk(function) if isinstance(node, ast.With) and _tape(node)]
    inside = [node for block in blocks for node in ast.walk(block)]
    made = {name.id for node in inside for name in _targets(node)}
    for name, call in _calls(function) if blocks else ():
        if name != "gradient" or len(call.args) < 2:
            continue
        score, by = call.args[:2]
        outside = isinstance(score, ast.Name) and score.id not in made
        if outside or (call not in inside and isinstance(score, ast.Subscript | ast.Call)):
            what = ast.unparse(score)
            return (
                f"`{what}` is computed outside of `with tf.GradientTape()`, where nothing is "
                f"recorded. Compute `{what}` inside."
            )
        if isinstance(by, ast.Call):
            return (
                f"`{ast.unparse(by)}` makes a new tensor, from which no score was computed. "
                "Differentiate by the very tensor that the score was computed from."
            )
        if not isinstance(by, ast.Name):
            continue
        reached = _reached(by.id, inside)
        if not _names_in(score, but=LEAVES) & _reached(by.id, inside, but=LEAVES):
            left = [
                called
                for called, leaving in _calls_in(inside)
                if called in LEAVES and _names_in(leaving) & reached
            ]
            if left and _names_in(score) & reached:
                return (
                    f"`{left[0]}` leaves TensorFlow inside the tape, which then loses the way back "
                    "from the score. Compute with tensors until you have the gradient."
                )
        makers = [
            node.value
            for node in inside
            if isinstance(node, ast.Assign | ast.AugAssign)
            and by.id in {target.id for target in _targets(node)}
        ]
        by_model = any(isinstance(v, ast.Call) and _plain(v) for v in makers)
        watching = [c for n, c in _calls(function) if n == "watch" and by.id in _names_in(c)]
        if not by_model and by.id not in _watched(function):
            if not any(_names_in(value) & _watched(function) for value in makers):
                return (
                    f"`{by.id}` is not watched. It is no variable, so `tape.watch({by.id})` has to "
                    "come first."
                )
            continue
        uses = [
            (node.lineno, node.col_offset)
            for node in inside
            if isinstance(node, ast.Assign) and by.id in _names_in(node.value)
        ]
        first = min(((c.lineno, c.col_offset) for c in watching), default=None)
        if first and uses and min(uses) < first and not makers:
            return (
                f"`tape.watch({by.id})` comes too late: the tape has already missed a step from "
                f"`{by.id}` to the score. Watch `{by.id}` first."
            )
        if not _names_in(score) & reached:
            if by_model:
                return (
                    f"`{by.id}` and the score come from two separate calls. One model has to give "
                    f"both in one call, so that the score is computed from this very `{by.id}`."
                )
            if other := _asked_instead(by.id, score, function):
                return (
                    f"`{by.id}` is watched, but the score is computed from another tensor, "
                    f"`{other}`. Compute the score from this very `{by.id}`."
                )
    return None


def _asked_instead(name: str, score: ast.expr, function: ast.FunctionDef) -> str | None:
    """Return from which of the tensors that `name` was made of a score is computed: a model, say,
    is called with this tensor itself; None where it is not sure. The score does not depend on
    `name`."""
    assigned = [node for node in ast.walk(function) if isinstance(node, ast.Assign)]
    made_of = {
        each
        for node in assigned
        if name in {target.id for target in _targets(node)}
        for each in _names_in(node.value)
    }
    needed, parts = _names_in(score), [score]
    for node in [*assigned, *assigned, *assigned]:  # in any order, over a few steps
        if needed & {target.id for target in _targets(node)}:
            needed |= _names_in(node.value)
            parts.append(node.value)
    for called, call in (each for part in parts for each in _calls(part)):
        for given in call.args if _plain(call) and called not in COUNTS else ():
            if isinstance(given, ast.Name) and given.id in made_of - {name}:
                return given.id
    return None


def _reached(name: str, nodes: list[ast.AST], but: Collection[str] = ()) -> set[str]:
    """Return the names whose values may depend on a name, and those that are set together with it.
    What passes through calls of the names in `but` does not count."""
    reached, before = {name}, 0
    while before < len(reached):
        before = len(reached)
        for node in nodes:
            targets = {target.id for target in _targets(node)}
            source: ast.AST = node
            if isinstance(node, ast.For):
                targets, source = _names_in(node.target), node.iter
            elif isinstance(node, ast.FunctionDef):
                targets = {node.name}
            elif isinstance(node, ast.Call) and _called(node) in CHANGES:
                targets = _names_in(node.func)
            elif isinstance(node, ast.Assign | ast.AnnAssign) and name not in targets:
                source = node.value or node
            if targets and (name in targets or _names_in(source, but) & reached):
                reached |= targets
    return reached


def _names_in(node: ast.AST, but: Collection[str] = ()) -> set[str]:
    """Return the names in a node, but for those in calls of the names in `but`."""
    if isinstance(node, ast.Name):
        return {node.id}
    if isinstance(node, ast.Call) and _called(node) in but:
        return set()
    return {name for child in ast.iter_child_nodes(node) for name in _names_in(child, but)}


def _watched(function: ast.FunctionDef) -> set[str]:
    """Return the names that are watched or set to a `tf.Variable`."""
    return {
        name for called, call in _calls(function) if called == "watch" for name in _names_in(call)
    } | {
        target.id
        for node in ast.walk(function)
        if any(called == "Variable" for called, _ in _calls(node))
        for target in _targets(node)
    }


def _calls_in(nodes: list[ast.AST]) -> Iterator[tuple[str | None, ast.Call]]:
    return ((_called(node), node) for node in nodes if isinstance(node, ast.Call))


def _tape(block: ast.With) -> bool:
    return any(_called(item.context_expr) == "GradientTape" for item in block.items)


def _plain(call: ast.Call) -> bool:
    """Whether a function or a model is called by its name: not a method, not `tf.something`."""
    return not isinstance(call.func, ast.Attribute)


def _targets(node: ast.AST) -> Iterator[ast.Name]:
    """Yield the names that a statement sets."""
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, ast.AugAssign | ast.AnnAssign | ast.NamedExpr):
        targets = [node.target]
    else:
        return
    for target in targets:
        yield from (name for name in ast.walk(target) if isinstance(name, ast.Name))


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what belongs to a function, not to another one inside it."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            yield from _own(child)


def _calls(node: ast.AST) -> Iterator[tuple[str | None, ast.Call]]:
    """Yield each call, and the last part of the name that it calls: "zeros" for `np.zeros(3)`."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            yield _called(call), call


def _called(node: ast.AST) -> str | None:
    function = node.func if isinstance(node, ast.Call) else None
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else None


def _number(node: ast.AST) -> int | None:
    value = node.value if isinstance(node, ast.Constant) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
