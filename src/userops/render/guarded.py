"""A sink that remembers what it refused, for those that write through others make other errors of it."""

from __future__ import annotations

from io import RawIOBase
from types import TracebackType
from typing import Any, BinaryIO, Self

from userops.engines import temporary


class Guarded(RawIOBase):
    """A binary sink. Leaving it raises what the sink has refused, whatever came of that on the way.

    Once it has refused, or is left, it takes everything and does nothing: libraries that write again
    when they're thrown away have nothing to complain of.
    """

    def __init__(self, sink: BinaryIO) -> None:
        self._sink: BinaryIO | None = sink
        self.refused: OSError | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._sink = None
        if error is None or isinstance(error, (KeyboardInterrupt, SystemExit, GeneratorExit)):
            return
        if self.refused is not None:
            raise self.refused from None
        if lacking := temporary.lacking(error):
            raise lacking from error

    def write(self, block: Any, /) -> int:
        """Write a block."""
        if self._sink is None:
            return len(block)
        try:
            return self._sink.write(block)
        except OSError as error:
            self._refuse(error)
            raise

    def flush(self) -> None:
        """Pass on what's held back."""
        if self._sink is None:
            return
        try:
            self._sink.flush()
        except OSError as error:
            self._refuse(error)
            raise

    def _refuse(self, error: OSError) -> None:
        self.refused, self._sink = error, None

    def seekable(self) -> bool:
        """Whether it can go back."""
        return self._sink is not None and self._sink.seekable()

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go somewhere."""
        return 0 if self._sink is None else self._sink.seek(offset, whence)

    def tell(self) -> int:
        """Where it is."""
        return 0 if self._sink is None else self._sink.tell()

    def writable(self) -> bool:
        """It is."""
        return True
