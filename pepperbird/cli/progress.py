"""A progress bar on a terminal, nothing elsewhere: standard output stays clean for results."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pepperbird.collect.interface import Event
from pepperbird.model.text import clean


@contextmanager
def progress_bar(total: int) -> Iterator[Callable[[Event], None] | None]:
    """Give what to call per finished endpoint; None where standard error is no terminal."""
    import sys

    if not sys.stderr.isatty() or not total:
        yield None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("Asking"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)

        def show(event: Event) -> None:
            said = f"{event.endpoint}: {event.gap.reason}" if event.gap else event.endpoint
            bar.update(task, completed=event.done, description=escape(clean(said, 60)))

        yield show
