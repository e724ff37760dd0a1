"""`python -m userops`."""

from userops.cli import main

main()
