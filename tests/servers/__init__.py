"""The real servers the tests talk to, one file each: loopback, a free port, a directory of its own.

Every server is a context manager; it is stopped through its own process handle. As root it runs under an
unprivileged account, as a plain user under that user. `require` decides what a missing program means.
"""
