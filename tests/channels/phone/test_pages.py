"""The pages for PBX admins say what is so: a page for every dialect, settings that load, samples that deny."""

import re
import tomllib
from xml.etree import ElementTree

import pytest

from channels.phone.dialects.registry import DIALECTS
from config.settings import PhoneEndpointSettings
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
