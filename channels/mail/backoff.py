"""How long to wait before trying again. Pure: chance comes in as an argument."""

import random


def backoff_seconds(failures: int, *, base: float, most: float, chance: random.Random) -> float:
    """Return the pause after so many failures in a row: doubling from `base` to `most`, less up to half of it.

    The part left to chance keeps mailboxes and nodes that failed together from coming back together.
    failures: at least 1.
    """
    ceiling = min(most, base * 2.0 ** min(failures - 1, 32))
    return ceiling * (1 - chance.random() / 2)
