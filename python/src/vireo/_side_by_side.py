# SPDX-License-Identifier: Apache-2.0
"""Work on many items, a few at once, never far ahead of who takes the results.

items --at most AHEAD for each worker--> executor --as they are done--> results
"""

from __future__ import annotations

import concurrent.futures
from collections.abc import Generator, Iterable
from typing import Callable, TypeVar

AHEAD = 4  # items in hand for each worker

T = TypeVar("T")
R = TypeVar("R")


def side_by_side(
    pool: concurrent.futures.Executor, call: Callable[[T], R], items: Iterable[T], workers: int
) -> Generator[R, None, None]:
    """`call` of each item, as they are done, in any order.

    What was begun when one raises is still returned before that is raised.  Who stops
    before the end closes the generator, which begins nothing more and waits for what runs.

    Args:
        pool: of `workers` threads or processes; it is shut down at the end.
    """
    rest = iter(items)
    running: set[concurrent.futures.Future[R]] = set()
    error: BaseException | None = None
    with pool:
        try:
            while True:
                while error is None and len(running) < AHEAD * workers:
                    try:
                        item = next(rest)
                    except StopIteration:
                        break
                    running.add(pool.submit(call, item))
                if not running:
                    break
                done, running = concurrent.futures.wait(running, return_when=concurrent.futures.FIRST_COMPLETED)
                for future in done:
                    if future.cancelled():
                        continue
                    failed = future.exception()
                    if failed is None:
                        yield future.result()
                        continue
                    error = error or failed
                    for other in running:
                        other.cancel()
        finally:
            for future in running:
                future.cancel()
    if error is not None:
        raise error
