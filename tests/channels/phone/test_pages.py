"""The pages for PBX admins say what is so: a page for every dialect, settings that load, samples that deny.

No PBX but Kamailio runs here; what the other samples post is posted as written to the dialect they are made for.
"""

import re
import tomllib
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

from channels.phone.dialects.registry import DIALECTS
from channels.phone.event import CallEventKind
from channels.phone.hook import EndpointSecrets
from config.settings import PhoneEndpointSettings
from tests.channels.phone.contract import NOW, hook, read_events
from tests.tree import ROOT

PAGES = ROOT / "docs" / "phone"
SAMPLES = PAGES / "samples"
TOML = re.compile(r"```toml\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\(([^)#]+)\)")


def page(name: str) -> str:
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", DIALECTS)
def test_every_dialect_has_a_page_whose_settings_load(name: str) -> None:
    (block,) = TOML.findall(page(name))
    (endpoint,) = tomllib.loads(block)["phone_endpoints"]
    assert PhoneEndpointSettings(**endpoint).dialect == name
    assert f"[{name}]({name}.md)" in page("README")


@pytest.mark.parametrize("name", [*DIALECTS, "README", "add-a-dialect"])
def test_the_links_of_a_page_lead_somewhere(name: str) -> None:
    for target in LINK.findall(page(name)):
        assert (PAGES / target).is_file(), target


@pytest.mark.parametrize("name", sorted(set(DIALECTS) - {"native", "zammad", "yeastar", "3cx"}))
def test_a_page_says_what_happens_without_an_answer(name: str) -> None:
    assert re.search(r"no answer\W+denies|does not answer.*lets the call in", page(name), re.IGNORECASE | re.DOTALL)


def test_every_sample_is_named_on_a_page() -> None:
    linked = {target for path in PAGES.glob("*.md") for target in LINK.findall(path.read_text(encoding="utf-8"))}
    for sample in SAMPLES.iterdir():
        assert f"samples/{sample.name}" in linked, sample.name


@pytest.mark.parametrize("name", ["asterisk_extensions.conf", "freepbx_extensions_custom.conf"])
def test_the_dialplans_let_in_only_on_the_word_and_wait_three_seconds(name: str) -> None:
    text = (SAMPLES / name).read_text(encoding="utf-8")
    assert re.findall(r"\?allowed\b.*", text) == ["?allowed)"]
    assert '$["${HASH(intake,action)}" = "allow"]?allowed' in text
    assert "CURLOPT(httptimeout)=3" in text
    posted = re.findall(r"CURL\(\$\{INTAKE_URL\},(\S+)\)\}\)", text) + re.findall(
        r"INTAKE_WHO=(.*)\)$", text, re.MULTILINE
    )
    for variable in re.findall(
        r"=(\$\{(?:CALLERID\(num\)|EXTEN|UNIQUEID|ARG1|CHANNEL\(\w+\)|MEMBERINTERFACE)\})", "".join(posted)
    ):
        pytest.fail(f"{variable} is posted without URIENCODE")


@pytest.mark.parametrize("name", ["asterisk_extensions.conf", "freepbx_extensions_custom.conf"])
def test_the_dialplans_ask_for_a_pin_three_times_and_forget_it(name: str) -> None:
    text = (SAMPLES / name).read_text(encoding="utf-8")
    assert "$[${INTAKE_TRY} > 3]?end" in text
    keyed, entry = text.index("Read(INTAKE_KEYED,"), text.index("event=dtmf")
    assert keyed < text.index("Set(INTAKE_KEYED=)") < entry < text.index("Set(INTAKE_ENTRY=)")
    assert "digits=${URIENCODE(${INTAKE_KEYED})}" in text
    # Whoever is diverted gets where the admin put something, never to the agents.
    assert "Goto(intake-fallback,${FILTER(0-9+,${HASH(intake,forward_to)})},1)" in text
    assert text.split("[intake-fallback]")[1].split() == ["exten", "=>", "_[+0-9]!,1,Hangup(21)"]


FACTS = {
    "CALLERID(num)": "+420777123456",
    "CALLERID(pres)": "allowed_not_screened",
    "EXTEN": "+420211151600",
    "UNIQUEID": "1763891999.17",
    "ARG1": "1763891999.17",
    "CHANNEL(endpoint)": "201",
    "MEMBERINTERFACE": "PJSIP/201",
    "DIALSTATUS": "ANSWER",
    "HANGUPCAUSE": "16",
    "INTAKE_KEYED": "1234",
    "INTAKE_TRY": "1",
}
DIALPLANS = {"asterisk_extensions.conf": "asterisk", "freepbx_extensions_custom.conf": "asterisk"}


def expanded(text: str, facts: dict[str, str]) -> str:
    """The text as the PBX would post it; fails for what nothing sets."""
    innermost = re.compile(r"\$\{([^${}]+)\}")
    while found := innermost.search(text):
        inside = found.group(1)
        encoded = inside.removeprefix("URIENCODE(").removesuffix(")") if inside.startswith("URIENCODE(") else None
        value = facts[inside] if encoded is None else quote(encoded, safe="")
        text = text[: found.start()] + value + text[found.end() :]
    return text


@pytest.mark.parametrize("name", DIALPLANS)
def test_what_a_dialplan_posts_is_what_its_dialect_reads(name: str) -> None:
    text = (SAMPLES / name).read_text(encoding="utf-8")
    facts = dict(FACTS)
    for variable in ("INTAKE_WHO", "INTAKE_ENTRY"):
        (value,) = re.findall(rf"Set\({variable}=(.+)\)$", text, re.MULTILINE)
        facts[variable] = expanded(value, facts)
    kinds = []
    for posted in re.findall(r"\$\{CURL\(\$\{INTAKE_URL\},(.*)\)\}\)$", text, re.MULTILINE):
        body = expanded(posted, facts).encode()
        request = hook(body, content_type="application/x-www-form-urlencoded", authorization="Bearer change-me")
        dialect = DIALECTS[DIALPLANS[name]]
        assert dialect.authenticate(request, EndpointSecrets(bearer=("change-me",)), NOW) is None
        (event,) = read_events(dialect, request)
        assert event.call_id == FACTS["UNIQUEID"]
        kinds.append(event.kind.value)
        if event.kind is CallEventKind.NEW:
            assert (event.presented, event.called_number) == (FACTS["CALLERID(num)"], FACTS["EXTEN"])
        if event.kind is CallEventKind.DTMF:
            assert event.digits == "1234"
    assert kinds == ["new", "dtmf", "answered", "ended"]


@pytest.mark.parametrize("name", DIALPLANS)
def test_every_step_of_a_dialplan_is_closed_and_leads_somewhere(name: str) -> None:
    text = (SAMPLES / name).read_text(encoding="utf-8")
    labels = set(re.findall(r"^ same => n\((\w+)\)", text, re.MULTILINE))
    contexts = set(re.findall(r"^\[([a-z-]+)\]", text, re.MULTILINE))
    for line in text.splitlines():
        if line.startswith(("exten", " same")):
            for opened, closed in ("()", "{}", "[]"):
                assert line.count(opened) == line.count(closed) or line.startswith("exten => _["), line
    assert set(re.findall(r"\?(\w+)\)$", text, re.MULTILINE)) <= labels
    assert set(re.findall(r"(?:Gosub|Goto|\bU|push\)=)\(?(intake-[a-z]+)", text)) <= contexts
    own = set(re.findall(r"Set\((INTAKE_\w+)=", text)) | set(re.findall(r"^(INTAKE_\w+)=", text, re.MULTILINE))
    assert set(re.findall(r"\$\{(INTAKE_\w+)\}", text)) <= own | {"INTAKE_KEYED"}, "used, and never set"


@pytest.mark.parametrize(
    "name",
    ["freeswitch_dialplan.xml", "freeswitch_httapi.conf.xml", "freeswitch_json_cdr.conf.xml", "3cx_template.xml"],
)
def test_the_xml_samples_are_well_formed(name: str) -> None:
    ElementTree.parse(SAMPLES / name)


def test_the_freeswitch_dialplan_begins_with_reject_and_asks_for_the_variable() -> None:
    root = ElementTree.parse(SAMPLES / "freeswitch_dialplan.xml").getroot()
    ask, allowed, diverted, refused = root.findall("extension")
    actions = [(action.get("application"), action.get("data")) for action in ask.iter("action")]
    assert actions.index(("set", "intake_action=reject")) < [name for name, _ in actions].index("httapi")
    assert ("${intake_action}", "^allow$") in [
        (each.get("field"), each.get("expression")) for each in allowed.iter("condition")
    ]
    assert [action.get("data") for action in diverted.iter("action")] == ["${intake_forward_to} XML default"]
    assert [action.get("application") for action in refused.iter("action")] == ["hangup"]


def test_freeswitch_checks_certificates_and_waits_three_seconds() -> None:
    for name in ("freeswitch_httapi.conf.xml", "freeswitch_json_cdr.conf.xml"):
        params = {each.get("name"): each.get("value") for each in ElementTree.parse(SAMPLES / name).iter("param")}
        assert params["enable-cacert-check"] == params["enable-ssl-verifyhost"] == "true"
    httapi = {
        each.get("name"): each.get("value")
        for each in ElementTree.parse(SAMPLES / "freeswitch_httapi.conf.xml").iter("param")
    }
    assert httapi["timeout"] == "3"


def test_the_3cx_template_posts_what_its_dialect_reads() -> None:
    root = ElementTree.parse(SAMPLES / "3cx_template.xml").getroot()
    report = next(each for each in root.iter("Scenario") if each.get("Id") == "ReportCall")
    posted = {value.get("Key") for value in report.findall("Request/PostValues/Value")}
    assert posted == {"number", "call_type", "agent", "queue", "start", "end"}
