"""`python -m intake`: the same command line without the installed script."""

from intake.cli import main

# The parsing processes import this module again under another name; they must not start a gateway of their own.
if __name__ == "__main__":
    main()
