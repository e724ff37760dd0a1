"""`python -m userops`, and the command `userops`."""

from __future__ import annotations

import signal

# While it's imported there's nothing to put away: a Ctrl-C ends it without a word.
if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def main() -> None:
    """Run the command line."""
    from userops.cli import main as run

    run()


if __name__ == "__main__":
    main()
