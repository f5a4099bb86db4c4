"""What is shown in a terminal: the progress bar of long work, and numbers of things."""

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


def progress(console: Console) -> Progress:
    """Return a progress bar that disappears at the end, and is not shown outside a terminal."""
    columns = BarColumn(20), MofNCompleteColumn(), TimeElapsedColumn()
    text = TextColumn("{task.description}")
    return Progress(
        *columns, text, console=console, transient=True, disable=not console.is_terminal
    )


def counted(count: float, noun: str) -> str:
    """Return "1 student", "2 students"."""
    return f"{count:g} {noun}{'' if count == 1 else 's'}"
