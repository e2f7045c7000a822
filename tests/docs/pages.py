"""What each drawn page says. Pure: takes the files' texts and the hand-written data, returns Markdown."""

import json
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic_core import PydanticUndefined

from authz.decision import PUBLIC_TEXT, Reason
from config.settings import Settings
from intake.tickets.diagram import lifecycle_page
from tests.docs.citations import cited_rfcs, cited_rules
from tests.tree import PACKAGES, ROOT, name_of, tracked

_DRAWN = "Drawn by `make docs` from {source}; do not edit.\n"


def load(name: str) -> dict[str, Any]:
    """A hand-written table of docs/."""
    return tomllib.loads((ROOT / "docs" / name).read_text(encoding="utf-8"))


def source_files() -> dict[str, str]:
    """Name → text of all code and all tests, except those of the citations' own machinery."""
    paths = tracked(*(f"{package}/*.py" for package in (*PACKAGES, "tests")), "tests/*.doctest")
    return {name_of(path): path.read_text() for path in paths if not name_of(path).startswith("tests/docs/")}


def code_only(files: Mapping[str, str]) -> dict[str, str]:
    """Without the tests."""
    return {name: text for name, text in files.items() if not name.startswith("tests/")}


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A Markdown table; a bar inside a cell is escaped."""
    columns = list(head)
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def _files(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(names))


def rules_page(rules: Mapping[str, Mapping[str, Any]], files: Mapping[str, str]) -> str:
    """Each service rule with the code that carries it and the tests that check it."""
    found = cited_rules(files, rules)
    rows = [
        (
            f"`{rule}`",
            str(entry["sentence"]),
            "yes" if entry["implemented"] else "not yet",
            _files(found.code.get(rule, ())),
            _files(found.tests.get(rule, ())),
        )
        for rule, entry in rules.items()
    ]
    return (
        "# The service rules\n\n"
        + _DRAWN.format(source="`docs/rules.toml` and the citations `RULE …` in the source")
        + "A rule counts as implemented when the tests find code and a test that cite it.\n\n"
        + table(("rule", "what is promised", "implemented", "code", "tests"), rows)
    )


def rfc_page(status: Mapping[str, Mapping[str, str]], files: Mapping[str, str]) -> str:
    """Each RFC, how far it is followed, and which sections are cited where."""
    found = cited_rfcs(code_only(files))
    rows = []
    for number in sorted({*map(int, status), *found}):
        entry = status.get(str(number), {})
        places = sorted(found.get(number, {}).items(), key=lambda item: _section_key(item[0]))
        cited = "; ".join(f"§{section} {_files(names)}" if section else _files(names) for section, names in places)
        rows.append(
            (
                f"[{number}](https://www.rfc-editor.org/rfc/rfc{number})",
                entry.get("title", ""),
                entry.get("status", "?"),
                entry.get("note", ""),
                cited,
            )
        )
    return (
        "# The RFCs\n\n"
        + _DRAWN.format(source="`docs/rfc.toml` and the citations in the code")
        + "\n"
        + table(("RFC", "title", "followed", "note", "cited"), rows)
    )


def _section_key(section: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdigit() else (10_000, part) for part in section.split(".") if part]


def reasons_page() -> str:
    """Each reason with what the peer is told."""
    return (
        "# The reasons\n\n"
        + _DRAWN.format(source="`authz/decision.py`")
        + "The slug stands in API answers, in the ledger and in metrics and never changes; the sentence is what a\n"
        "peer is told. The private detail of a decision is in the ledger only.\n\n"
        + table(("reason", "what the peer is told"), [(f"`{reason}`", PUBLIC_TEXT[reason]) for reason in Reason])
    )


def settings_page() -> str:
    """Each setting with its default and its meaning."""
    head = (
        "# The settings\n\n"
        + _DRAWN.format(source="`config/settings.py`")
        + "Every setting has a default, so `intake serve` runs without any. They are read from the TOML file that\n"
        "`INTAKE_CONFIG` names and from the environment, which wins: `INTAKE_SMTP__PORT=25` is `port` of `[smtp]`.\n"
        'A secret can be read from a file: `password_file = "/run/secrets/…"`, `INTAKE_DATABASE__URL_FILE=…`.\n'
    )
    return head + "".join(_section(name, field.annotation) for name, field in Settings.model_fields.items())


def _section(name: str, annotation: Any) -> str:
    many = not isinstance(annotation, type) or not issubclass(annotation, BaseModel)
    model = next(iter(get_args(annotation))) if many else annotation
    below = "".join(
        _section(f"{name}.{key}" if get_origin(field.annotation) is not dict else f'{name}.{key}."…"', inner)
        for key, field in model.model_fields.items()
        for inner in get_args(field.annotation)
        if isinstance(inner, type) and issubclass(inner, BaseModel)
    )
    rows = [
        (f"`{key}`", _default(field.default), (field.description or "") + _secret(field.annotation))
        for key, field in model.model_fields.items()
    ]
    title = f"[[{name}]]" if many else f"[{name}]"
    return f"\n## `{title}`\n\n{model.__doc__}\n\n" + table(("setting", "default", "meaning"), rows) + below


def _default(value: Any) -> str:
    if value is PydanticUndefined:
        return "(required)"
    if value is None:
        return "–"
    plain = [_plain(each) for each in value] if isinstance(value, tuple) else _plain(value)
    return f"`{json.dumps(plain, ensure_ascii=False)}`"


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    return str(value) if isinstance(value, Path) else value


def _secret(annotation: Any) -> str:
    return " (secret)" if SecretStr in (annotation, *get_args(annotation)) else ""


PAGES: dict[str, Callable[[], str]] = {
    "docs/rules.md": lambda: rules_page(load("rules.toml"), source_files()),
    "docs/rfc.md": lambda: rfc_page(load("rfc.toml"), source_files()),
    "docs/reasons.md": reasons_page,
    "docs/settings.md": settings_page,
    "docs/lifecycle.md": lifecycle_page,
}
