"""The pages in docs/ that are drawn from the code, so that they cannot say anything else.

`python -m tests.docs` tells which are stale, `python -m tests.docs --write` (or `make docs`) rewrites them.
"""
