"""Reading a Dockerfile and doing its install steps without Docker. Knows only the instructions ours uses."""

import fnmatch
import json
import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One instruction. name: upper-case; text: what follows, with its continuation lines joined by a space."""

    name: str
    text: str

    @property
    def words(self) -> list[str]:
        """The arguments: of the JSON form, or split as a shell does, without options."""
        if self.text.lstrip().startswith("["):
            return [str(word) for word in json.loads(self.text)]
        return [word for word in shlex.split(self.text) if not word.startswith("--")]


def stages(text: str) -> list[list[Step]]:
    """Split a Dockerfile into its stages; each begins with its FROM."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    found: list[list[Step]] = []
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        name, _, rest = line.strip().partition(" ")
        if name.upper() == "FROM":
            found.append([])
        found[-1].append(Step(name=name.upper(), text=rest.strip()))
    return found


def sent_to_the_builder(files: list[str], ignore: str) -> list[str]:
    """The files a .dockerignore lets through: the last pattern that matches a file or a folder above it decides."""
    rules = [line.strip() for line in ignore.splitlines() if line.strip() and not line.startswith("#")]
    return [file for file in files if not _ignored(file, rules)]


def _ignored(file: str, rules: list[str]) -> bool:
    parts = file.split("/")
    paths = ["/".join(parts[:depth]) for depth in range(1, len(parts) + 1)]
    ignored = False
    for rule in rules:
        pattern = rule.removeprefix("!")
        name = pattern.removeprefix("**/")
        hit = (
            any(part == name for part in parts) if name != pattern else any(fnmatch.fnmatch(p, pattern) for p in paths)
        )
        if hit:
            ignored = not rule.startswith("!")
    return ignored


def build(steps: list[Step], *, context: Path, source: Path, moved: dict[str, str], python: str) -> None:
    """Do the COPY and RUN steps of a stage in the folder `source`, which stands for its WORKDIR.

    moved: paths of the image → where they are here. python: the interpreter of the base image.
    Raises RuntimeError with the output of a step that fails.
    """
    folder = source.parent / "interpreter"
    folder.mkdir()
    (folder / "python").symlink_to(python)
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "PYTHONNOUSERSITE": "1"}
    for step in steps:
        if step.name == "COPY":
            _copy(step.words, context=context, source=source)
        elif step.name == "RUN":
            command = step.text
            for there, here in moved.items():
                command = command.replace(there, here)
            done = subprocess.run(
                ["/bin/sh", "-ec", command], cwd=source, env=environment, capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise RuntimeError(f"RUN {command}\n{done.stdout}{done.stderr}")


def _copy(words: list[str], *, context: Path, source: Path) -> None:
    *origins, target = words
    for origin in origins:
        to = source / target / Path(origin).name if target.endswith("/") else source / target
        to.parent.mkdir(parents=True, exist_ok=True)
        if (context / origin).is_dir():
            shutil.copytree(context / origin, to)
        else:
            shutil.copy(context / origin, to)
