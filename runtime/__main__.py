"""`python -m runtime` is `eryao`."""

from runtime.cli import main

main()
