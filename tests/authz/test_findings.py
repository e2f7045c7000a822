"""Every sentence a check or a decision may keep is told in Czech too."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import authz
from authz.words.findings import FINDINGS, in_czech, say_finding

ROOT = Path(authz.__file__).parents[1]
# Whose sentences are kept as the detail of a check or a decision.
FINDERS = (
    "authz/policy.py",
    *(f"authz/mail/{name}.py" for name in ("contact_proof", "end_to_end", "vouching", "authenticate", "dkim_check")),
    *(f"authz/mail/{name}.py" for name in ("dkim_signature", "signing_keys", "spf_check", "dmarc", "arc")),
    "authz/phone/trust.py",
    "authz/phone/passport.py",
    "channels/phone/pin_entry.py",
    "channels/phone/judgement.py",
    "channels/mail/automatic.py",
    "intake/files/scanning.py",
)
# Not kept: what is raised, logged, or only said of the record itself.
NOT_KEPT = {"privacy was asked for", "no certificates of a signer", "DNS x", "x bits", ", DNSSEC"}


@pytest.mark.parametrize("module", FINDERS)
def test_what_a_module_finds_is_told_in_czech(module: str) -> None:
    unsaid = {text for text in sentences(ROOT / module) if not _is_said(text)}
    assert unsaid == set()


def test_no_sentence_is_left_partly_english() -> None:
    assert in_czech("the key a._domainkey.b.cz is malformed") == "klíč a._domainkey.b.cz má chybný tvar"
    assert in_czech("the key a._domainkey.b.cz is something new") is None
    kept = "signed by m.cz, key k, rsa 1024 bits, a weak key, which is not the author's domain firma.cz"
    assert say_finding(kept, "cs") == (
        "podepsala m.cz, klíč k, rsa 1024 bitů, slabý klíč, což není doména autora firma.cz"
    )
    assert say_finding(kept, "en") == kept


def test_every_czech_sentence_has_the_parts_of_its_english_one() -> None:
    known = {"x": "x"}
    for english, czech in FINDINGS:
        assert czech
        assert in_czech(english.replace("{then}", "nothing found").format_map(_Any(known))) is not None, english


class _Any(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "x"


def sentences(path: Path) -> Iterator[str]:
    """The sentences in a module, their parts replaced by x; docstrings, patterns, what is raised or logged are none."""
    tree = ast.parse(path.read_text("utf-8"))
    passed_over = {id(each) for node in ast.walk(tree) if _is_passed_over(node) for each in ast.walk(node)}
    passed_over |= {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        text = None if id(node) in passed_over else _text(node)
        if text is not None and " " in text.strip(" ") and not _is_composed(text) and text not in NOT_KEPT:
            yield text


def _is_passed_over(node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        return node.func.attr == "compile" or (isinstance(node.func.value, ast.Name) and node.func.value.id == "log")
    return isinstance(node, ast.Raise) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def _text(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.sub(r"\{\w+\}", "x", node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "x" for part in node.values)
    return None


def _is_composed(text: str) -> bool:
    """Whether the words stand elsewhere: only parts, or a sentence's beginning with another one after it."""
    return set(text) <= set("x ();,.:=/@-0123456789'") or text.endswith(" x x")


def _is_said(text: str) -> bool:
    return in_czech(text) is not None or in_czech(text.replace("x", "nothing found", 1)) is not None
