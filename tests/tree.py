"""The files of this tree, for tests about the tree itself."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("intake", "channels", "authz", "store", "config")


def tracked(*patterns: str) -> list[Path]:
    """The files git knows."""
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "-z", "--", *patterns], check=True, capture_output=True, text=True
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def name_of(path: Path) -> str:
    """The path from the root of the tree, with slashes."""
    return path.relative_to(ROOT).as_posix()
