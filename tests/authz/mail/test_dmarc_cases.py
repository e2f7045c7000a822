"""The RFC 9989 cases: tree walk, np, psd, t and the record's syntax."""

import json
from typing import Any

import pytest

from authz.evidence import Outcome
from authz.mail.dmarc import DmarcResult, evaluate
from tests.authz.mail.corpus import corpus, needs_corpus
from tests.authz.mail.zones import SuiteDns


def _cases() -> list[Any]:
    path = corpus("dmarc", "rfc9989_cases.json")
    return [pytest.param(case, id=case["name"]) for case in json.loads(path.read_bytes())] if path else []


@needs_corpus
@pytest.mark.parametrize("case", _cases())
def test_evaluation_is_what_the_case_expects(case: dict[str, Any]) -> None:
    runs = [_run(call) for call in case["calls"]]
    for at, expected in enumerate(case["expect"]):
        result, dns = runs[at if len(runs) > 1 else 0]
        _compare(_field(expected["field"], result, dns), expected, result)


def _run(call: dict[str, Any]) -> tuple[DmarcResult, SuiteDns]:
    zone = {
        name: {rtype: [_octets(value) for value in values] for rtype, values in types.items()}
        for name, types in call["zone"].items()
    }
    dns = SuiteDns(zone)
    given = call["input"]
    domains = [[entry["domain"] for entry in given[key]] for key in ("dkimDomains", "spfDomains")]
    return evaluate(given["headerFrom"].rpartition("@")[2], *domains, dns), dns


def _octets(value: Any) -> bytes:
    return "".join(value).encode() if isinstance(value, list) else str(value).encode()


def _field(name: str, result: DmarcResult, dns: SuiteDns) -> Any:
    record = result.record
    fields = {
        "": vars(type(result)).keys() if result.policy is not None else {"outcome"},
        "status.result": result.outcome.value,
        "policy": result.policy,
        "domain": result.organizational_domain,
        "alignment.spf.result": result.spf_aligned,
        "alignment.dkim.result": result.dkim_aligned,
        "alignment.dkim.strict": record is not None and record.strict_dkim,
        "rr": record.text if record else "",
        "dns_queries": len(dns.asked),
    }
    return fields[name]


def _compare(value: Any, expected: dict[str, Any], result: DmarcResult) -> None:
    match expected["op"]:
        case "equals":
            assert value == expected["value"], result
        case "at most":
            assert value <= expected["value"], result
        case "true":
            assert value is True, result
        case "not truthy":
            assert not value, result
        case "contains":
            assert expected["value"] in value, result
        case "not has":
            assert expected["value"] not in value, result
        case other:
            pytest.fail(f"unknown comparison {other}")


ORG = {"_dmarc.firma.cz": {"TXT": [b"v=DMARC1; p=reject"]}}


def test_a_dead_dns_is_temperror_not_none() -> None:
    assert evaluate("firma.cz", ["firma.cz"], [], SuiteDns({}, [("_dmarc.firma.cz", "*")])).outcome is Outcome.TEMPERROR


def test_a_walk_asks_at_most_eight_questions_whatever_the_name() -> None:
    dns = SuiteDns({})
    evaluate(".".join("abcdefghijklmnopqrstuvwxyz") + ".cz", [], [], dns)
    names = [name.removeprefix("_dmarc.") for name, _ in dns.asked]
    assert len(names) == 8
    assert [name.count(".") + 1 for name in names] == [27, 7, 6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize("psd", [b"y", b"n"])
def test_a_walk_ends_at_a_record_that_says_where_the_public_suffix_is(psd: bytes) -> None:
    dns = SuiteDns({"_dmarc.b.cz": {"TXT": [b"v=DMARC1; p=none; psd=" + psd]}})
    evaluate("a.b.cz", [], [], dns)
    assert [name for name, rtype in dns.asked if rtype == "TXT"] == ["_dmarc.a.b.cz", "_dmarc.b.cz"]


def test_a_foreign_signature_never_aligns() -> None:
    assert (
        evaluate("firma.cz", ["jiny.cz", "xfirma.cz", "firma.cz.evil.com"], ["cz"], SuiteDns(ORG)).outcome
        is Outcome.FAIL
    )


@pytest.mark.parametrize(
    "text", [b"", b"v=DMARC1", b"p=reject; v=DMARC1", b"v=spf1 -all", b"\xff\xfe;=;;=", b"v=DMARC1; p"]
)
def test_what_is_no_usable_record_is_no_record(text: bytes) -> None:
    zone = {"_dmarc.firma.cz": {"TXT": [text]}}
    assert evaluate("firma.cz", ["firma.cz"], [], SuiteDns(zone)).outcome is Outcome.NONE
