"""Watch a folder: dub each cut that is dropped in, and write the dubbed cut beside it.

Any number of machines may watch one folder: who holds a cut's lock dubs it. What is dubbed, with
which settings, stands in the folder, so that a watcher that ends anyhow is taken up by the next:
shots that are rendered are not rendered again.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep

from filelock import FileLock, Timeout

from lipflap.core.errors import DubError
from lipflap.core.files.disk_space import write_error
from lipflap.core.result import DubResult, Progress
from lipflap.plugin import dubbing
from lipflap.plugin.hosts.watch.dropped import DroppedCut, Outcome, Settling, cuts_in, stamp
from lipflap.plugin.hosts.watch.page import write_page
from lipflap.plugin.hosts.watch.settings import (
    WatchSettings,
    make_request,
    path_rules,
    read_settings,
)
from lipflap.plugin.job.status import RenderState
from lipflap.plugin.qc.report import summary
from lipflap.plugin.render.render_child import render_in_child

POLL_S = 1.0
_PAGE_EVERY_S = 2.0
_log = logging.getLogger(__name__)


def watch(folder: Path, say: Callable[[str], None], *, once: bool = False) -> bool:
    """Dub what is dropped into a folder, until it is interrupted.

    say    is told a line for each thing that happens
    once   ends when all cuts there are have come back
    Returns whether all cuts came back whole. Raises DubError when the folder or its settings cannot
    be read at first; later it says so, and goes on.
    """
    folder = folder.absolute()
    settings, settling, told = read_settings(folder), Settling(), ""
    cuts_in(folder)  # raises when there is no such folder
    say(f"Watching {folder}. End with Ctrl-C.")
    while True:
        try:
            settings = read_settings(folder)
            pending = [cut for cut in cuts_in(folder) if not _is_done(cut, settings)]
            _say_waiting(pending)
            for cut in pending:
                if settling.is_complete(cut, settings.settle_s):
                    _take(cut, settings, say)
            told = ""
        except DubError as problem:
            if str(problem) != told:
                told = str(problem)
                say(told)
        if once and not told and not _pending(folder, settings):
            break
        sleep(POLL_S)
    outcomes = [cut.outcome() for cut in cuts_in(folder)]
    return all(one is not None and one.state == "dubbed" for one in outcomes)


def _pending(folder: Path, settings: WatchSettings) -> bool:
    """Return whether a cut that is no empty file has not come back yet."""
    return any(stamp(cut.path) and not _is_done(cut, settings) for cut in cuts_in(folder))


def _say_waiting(pending: Sequence[DroppedCut]) -> None:
    """Write a page for each new cut, which may have to wait for others."""
    for cut in pending:
        if stamp(cut.path) and not cut.page.exists():
            write_page(cut, "Waiting for its turn.", (), is_done=False)


def _is_done(cut: DroppedCut, settings: WatchSettings) -> bool:
    """Return whether this very cut came back with these settings."""
    outcome = cut.outcome()
    try:
        return outcome is not None and outcome.digest == cut.digest(settings)
    except DubError:
        return False


def _take(cut: DroppedCut, settings: WatchSettings, say: Callable[[str], None]) -> None:
    """Dub a cut, unless another machine does."""
    lock = FileLock(cut.lock_file, fallback_to_soft=False)
    try:
        cut.lock_file.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout:
        return
    except OSError as problem:
        raise write_error(str(cut.lock_file), problem) from problem
    try:
        if not _is_done(cut, settings):  # it may have come back while the lock was waited for
            _dub(cut, settings, say)
    finally:
        lock.release()


def _dub(cut: DroppedCut, settings: WatchSettings, say: Callable[[str], None]) -> None:
    """Dub a cut and write what came of it; what is wrong with it is said on its page.

    A fault of our own ends no watch: other cuts, and other people's, wait for it.
    """
    say(f"{cut.path.name}: dubbing.")
    digest = cut.digest(settings)
    try:
        outcome = _rendered(cut, settings, digest, say)
    except DubError as problem:
        outcome = Outcome(digest, "refused", str(problem), "")
        write_page(cut, f"Not dubbed. {problem}", (), is_done=True)
    except Exception as fault:  # noqa: BLE001  any, or other cuts would wait
        _log.exception("%s: a fault of Lipflap itself. Please report these lines:", cut.path.name)
        text = f"A fault of Lipflap itself: {fault!r}. Please report what the watch has printed."
        outcome = Outcome(digest, "refused", text, "")
        write_page(cut, f"Not dubbed. {text}", (), is_done=True)
    cut.write_outcome(outcome)
    say(f"{cut.path.name}: {outcome.state}. {outcome.text}".rstrip())


def _rendered(
    cut: DroppedCut, settings: WatchSettings, digest: str, say: Callable[[str], None]
) -> Outcome:
    """Order, render and conform a cut. Raises DubError."""
    request = make_request(settings, cut.path)
    how = settings.conform or None
    dubbing.check_conform(cut.path, how)
    write_page(cut, "Reading the cut.", (), is_done=False)
    _, orders = dubbing.order(request, cut.job)
    done: list[str] = []
    written = 0.0
    with closing(render_in_child(orders)) as events:
        for event in events:
            if isinstance(event, DubResult):
                done.append(f"{event.shot}: {event.report.state}")
                say(f"{cut.path.name}: {done[-1]}")
            if isinstance(event, DubResult) or monotonic() - written > _PAGE_EVERY_S:
                lines = done if isinstance(event, DubResult) else [*done, _progress(event)]
                write_page(cut, _headline(len(done), len(orders)), lines, is_done=False)
                written = monotonic()
    rules = path_rules(settings, cut.path.parent)
    report = dubbing.conform(cut.path, cut.job, how, None, rules=rules)
    failed = report.count(RenderState.FAILED)
    text = f"{failed} shots failed; the others are in the dubbed cut." if failed else ""
    headline = f"Dubbed: {Path(report.conformed).name}. {text}".strip()
    write_page(cut, headline, tuple(summary(report)), is_done=True)
    return Outcome(digest, "failed" if failed else "dubbed", text, report.conformed)


def _headline(done: int, count: int) -> str:
    return f"Rendering: {done} of {count} shots are done."


def _progress(event: Progress) -> str:
    return f"{event.shot}: {event.stage} {event.done} of {event.total}"
