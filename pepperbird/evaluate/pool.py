"""Judge in a process of its own, with a memory limit: the evaluator is native code that hostile facts might crash.

The process is started before anything has answered, from a server that holds no secret and no connection: `make_ready`
starts that early, so that it loads what judging needs while the content is read. If the process dies or takes too long
on an asset, that asset is an error and a new process judges the rest.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import resource
import threading
from collections.abc import Iterable, Iterator, Sequence
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from types import TracebackType
from typing import TYPE_CHECKING, Any

from pepperbird.model.catalog import Catalog
from pepperbird.model.gap import Gap, GapReason
from pepperbird.model.verdict import Verdict

if TYPE_CHECKING:
    from pepperbird.evaluate.compiled import Compiler
    from pepperbird.evaluate.judge import Task

MEMORY_BYTES = 2 * 1024**3
SECONDS_PER_ASSET = 60.0
_CRASHED = Gap(
    GapReason.PARSE,
    "What this asset sent could not be judged: the evaluator failed on it.",
    "run `pepperbird evaluate` on this run again; if it fails again, report it with the run's id",
)


def make_ready() -> None:
    """Start the server that judging processes come from. Returns at once; a second call does nothing."""
    forkserver.set_forkserver_preload(["pepperbird.evaluate.judge"])
    forkserver.ensure_running()


class Judges:
    """A runner for `evaluate.judge.evaluate`. Use as a context; starting returns at once.

    `controls` are those that will be judged: their checks are compiled while the machines answer.
    """

    def __init__(self, catalog: Catalog, controls: Iterable[str] = ()) -> None:
        self._catalog = catalog
        self._controls = tuple(sorted(set(controls)))
        self._context = multiprocessing.get_context("forkserver")
        self._process: Any = None
        self._pipe: Connection | None = None
        self._sending: threading.Thread | None = None

    def __enter__(self) -> Judges:
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def __call__(self, catalog: Catalog, tasks: Iterable[Task]) -> Iterator[tuple[Verdict, ...]]:
        """One tuple of verdicts per task, in order. Raises ValueError for another catalog than it was started with."""
        if catalog.digest != self._catalog.digest:
            raise ValueError("these judges were started with other content")
        return (self._judge(task) for task in tasks)

    def _judge(self, task: Task) -> tuple[Verdict, ...]:
        if self._pipe is None:
            self._start()
        pipe = self._pipe
        try:
            if pipe is not None and self._sending is not None:
                self._sending.join(SECONDS_PER_ASSET)
                pipe.send(task)
                if pipe.poll(SECONDS_PER_ASSET):
                    verdicts: tuple[Verdict, ...] = pipe.recv()
                    return verdicts
        except (EOFError, OSError):
            pass
        self._stop()
        from pepperbird.evaluate.judge import unknown_verdict

        return tuple(unknown_verdict(self._catalog, pair, _CRASHED, "the evaluator", task.at) for pair in task.pairs)

    def _start(self) -> None:
        here, there = self._context.Pipe()
        self._process = self._context.Process(target=_work, args=(there, self._controls), daemon=True)
        self._process.start()
        there.close()
        self._pipe = here
        # The content is more than a pipe holds at once; sending it must not wait for the process to be up.
        self._sending = threading.Thread(target=_send, args=(here, self._catalog), daemon=True)
        self._sending.start()

    def _stop(self) -> None:
        if self._sending is not None:
            if self._sending.is_alive() and self._process is not None:
                self._process.kill()  # nobody reads any more, which ends the sending
            self._sending.join()
            self._sending = None
        if self._pipe is not None:
            self._pipe.close()
            self._pipe = None
        if self._process is not None:
            self._process.kill()  # it holds nothing, and its own way out would take a while
            self._process.join()
            self._process = None


def _send(pipe: Connection, catalog: Catalog) -> None:
    with contextlib.suppress(OSError):
        pipe.send(catalog)


def warm(compiler: Compiler, controls: Sequence[str], pipe: Connection) -> None:
    """Compile the checks of one control after another while no task is there: the machines are still answering."""
    for control in controls:
        for leaf in compiler.catalog.controls[control].leaves:
            if pipe.poll():
                return
            if leaf.check is not None:
                compiler.check(leaf.check, control)


def _work(pipe: Connection, controls: Sequence[str]) -> None:
    """The judging process: the content and then tasks in, verdicts out, until the pipe closes."""
    from pepperbird.evaluate.compiled import Compiler
    from pepperbird.evaluate.judge import judge_task

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        compiler = Compiler(pipe.recv())
    except (EOFError, OSError):
        return
    warm(compiler, controls, pipe)
    while True:
        try:
            task = pipe.recv()
        except (EOFError, OSError):
            return
        pipe.send(judge_task(compiler, task))
