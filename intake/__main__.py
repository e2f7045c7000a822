"""`python -m intake`, and the installed command: the same command line.

Imports nothing before it is called: the parsing process runs the program's beginning again under another name, and
would hold all of the gateway in memory.
"""


def main() -> None:
    """Run a command. Ends the process with its status."""
    from intake.cli import main as run  # noqa: PLC0415 - see above

    run()


if __name__ == "__main__":
    main()
