"""Small work that no answer waits for: one thread does it, piece after piece, and what is too much is left out."""

import logging
import queue
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)


class Background:
    """A thread that begins with the first piece of work, and a queue with an end.

    After a fork the child needs another one: it has none of its parent's threads.

    Args:
        name: of the thread.
        most: pieces that may wait.
    """

    def __init__(self, name: str, most: int) -> None:
        self._name = name
        self._waiting: queue.Queue[Callable[[], object]] = queue.Queue(most)
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def do(self, work: Callable[[], object]) -> bool:
        """Have something done later; False if too much waits already, and it is left out.

        Whatever it raises is logged; it says itself what is no fault.
        """
        try:
            self._waiting.put_nowait(work)
        except queue.Full:
            return False
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
        return True

    def _run(self) -> None:
        while True:
            work = self._waiting.get()
            try:
                work()
            except Exception:
                log.exception("%s failed", self._name)
