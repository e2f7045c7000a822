"""The ARC validation suite."""

from typing import Any

import pytest
import yaml

from authz.mail.arc import validate_chain
from authz.mail.dkim_check import DkimRules
from authz.mail.fields import split_message
from tests.authz.mail.corpus import corpus, needs_corpus
from tests.authz.mail.zones import SuiteDns


def _cases() -> list[Any]:
    path = corpus("arc", "arc-draft-validation-tests.yml")
    if path is None:
        return []
    return [
        pytest.param(suite["txt-records"], case, id=name)
        for suite in yaml.safe_load_all(path.read_bytes())
        for name, case in suite["tests"].items()
    ]


@needs_corpus
@pytest.mark.parametrize(("records", "case"), _cases())
def test_chain_is_judged_as_the_suite_does(records: dict[str, str], case: dict[str, Any]) -> None:
    zone = {name: {"TXT": ["".join(text.split('"')).encode()]} for name, text in (records or {}).items()}
    message = split_message(case["message"].replace("\r\n", "\n").encode())
    assert message is not None
    result = validate_chain(message, SuiteDns(zone), DkimRules(min_rsa_bits=1024))
    assert result.outcome.value == (case["cv"] or "fail").lower(), result.reason
