"""The RFC 7208 test suite, result by result."""

from typing import Any

import pytest
import yaml

from authz.mail.spf_check import check_spf
from tests.authz.mail.corpus import corpus, needs_corpus
from tests.authz.mail.zones import read_spf_zone


def _cases() -> list[Any]:
    path = corpus("spf", "rfc7208-tests.yml")
    if path is None:
        return []
    return [
        pytest.param(suite["zonedata"], case, id=f"{suite['description']}: {name}")
        for suite in yaml.safe_load_all(path.read_bytes())
        for name, case in suite["tests"].items()
    ]


@needs_corpus
@pytest.mark.parametrize(("zonedata", "case"), _cases())
def test_result_is_one_the_suite_allows(zonedata: dict[str, Any], case: dict[str, Any]) -> None:
    allowed = case["result"] if isinstance(case["result"], list) else [case["result"]]
    result = check_spf(case["host"], str(case["mailfrom"] or ""), case["helo"], read_spf_zone(zonedata))
    assert result.outcome in allowed, result.reason
