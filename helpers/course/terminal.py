"""What long work shows in a terminal."""

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


def progress(console: Console) -> Progress:
    """A bar that is gone when all is done; nothing where the output is a file."""
    columns = BarColumn(20), MofNCompleteColumn(), TimeElapsedColumn()
    text = TextColumn("{task.description}")
    return Progress(
        *columns, text, console=console, transient=True, disable=not console.is_terminal
    )
