"""`python -m tierloom`."""

from tierloom.cli import main

main()
