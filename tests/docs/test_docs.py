"""The documentation tells the truth, and its machinery notices when it does not."""

from pathlib import Path

import pytest

from authz.decision import PUBLIC_TEXT, Reason
from tests.docs.__main__ import stale
from tests.docs.citations import cited_rfcs, cited_rules, unproved
from tests.docs.pages import PAGES, code_only, load, rfc_page, rules_page, source_files
from tests.tree import ROOT

FILES = source_files()
RULES = load("rules.toml")
RFCS = load("rfc.toml")


@pytest.mark.parametrize("page", PAGES)
def test_a_drawn_page_is_as_drawn(page: str) -> None:
    assert stale({page: PAGES[page]}, ROOT) == {}, f"{page} is stale; run: make docs"


def test_every_reason_has_its_public_sentence() -> None:
    assert set(PUBLIC_TEXT) == set(Reason)
    assert all(text.endswith(".") for text in PUBLIC_TEXT.values())


def test_only_rules_that_exist_are_cited() -> None:
    assert cited_rules(FILES, RULES).unknown == {}


def test_an_implemented_rule_has_code_and_a_test() -> None:
    implemented = [rule for rule, entry in RULES.items() if entry["implemented"]]
    assert unproved(implemented, cited_rules(FILES, RULES)) == []


def test_every_cited_rfc_says_how_far_it_is_followed() -> None:
    cited = set(map(str, cited_rfcs(code_only(FILES))))
    assert cited - set(RFCS) == set(), "cited in the code, missing in docs/rfc.toml"
    assert {entry["status"] for entry in RFCS.values()} <= {"yes", "partial", "no"}
    assert {rfc for rfc, entry in RFCS.items() if entry["status"] == "partial" and not entry.get("note")} == set()


def test_what_is_followed_is_cited_somewhere() -> None:
    cited = set(map(str, cited_rfcs(code_only(FILES))))
    assert {rfc for rfc, entry in RFCS.items() if entry["status"] != "no"} - cited == set()


class TestMachinery:
    KNOWN = ("fix-time", "hours-example", "category-a", "category-b")

    def test_a_list_of_rules_is_cited_up_to_the_prose(self) -> None:
        found = cited_rules({"intake/a.py": "# RULE category-a, category-b, as stated\n"}, self.KNOWN)
        assert sorted(found.code) == ["category-a", "category-b"]
        assert found.unknown == {}

    def test_a_list_may_go_on_in_the_next_comment_line(self) -> None:
        found = cited_rules({"intake/a.py": "# RULE category-a,\n    # category-b\n"}, self.KNOWN)
        assert sorted(found.code) == ["category-a", "category-b"]

    def test_a_rule_that_does_not_exist_is_found(self) -> None:
        assert cited_rules({"intake/a.py": "# RULE fix-tme"}, self.KNOWN).unknown == {"fix-tme": {"intake/a.py"}}

    def test_a_constant_named_rule_is_no_citation(self) -> None:
        found = cited_rules({"a.py": "x = Line.RULE if y else MAIL_RULE or RULES"}, self.KNOWN)
        assert (found.code, found.unknown) == ({}, {})

    @pytest.mark.parametrize(
        "text",
        ["# RULE hours-example\n", "def test_hours_example_of_the_terms() -> None:", "class TestX_hours_example:"],
    )
    def test_a_test_names_a_rule_by_citation_or_by_its_name(self, text: str) -> None:
        found = cited_rules({"tests/test_a.py": text}, self.KNOWN)
        assert found.tests == {"hours-example": {"tests/test_a.py"}}
        assert found.code == {}

    def test_a_name_that_only_contains_a_rule_names_nothing(self) -> None:
        found = cited_rules({"tests/test_a.py": "def test_prefix_timezone(): ..."}, self.KNOWN)
        assert found.tests == {}

    @pytest.mark.parametrize(
        ("files", "missing"),
        [
            ({}, 2),
            ({"intake/a.py": "# RULE fix-time"}, 1),
            ({"tests/a.py": "# RULE fix-time"}, 1),
            ({"intake/a.py": "# RULE fix-time", "tests/a.py": "# RULE fix-time"}, 0),
        ],
    )
    def test_a_rule_needs_both_code_and_test(self, files: dict[str, str], missing: int) -> None:
        assert len(unproved(["fix-time"], cited_rules(files, self.KNOWN))) == missing

    def test_sections_of_an_rfc_are_collected_with_their_files(self) -> None:
        found = cited_rfcs({"a.py": "# RFC 5322 §3.6.4, §3.4 and RFC 2045\n", "b.py": '"""RFC 5322 §3.4."""'})
        assert found == {5322: {"3.6.4": {"a.py"}, "3.4": {"a.py", "b.py"}}, 2045: {"": {"a.py"}}}

    def test_the_pages_say_what_was_found(self) -> None:
        files = {"intake/a.py": "# RULE fix-time, RFC 5322 §3.4", "tests/test_a.py": "# RULE fix-time"}
        page = rules_page({"fix-time": {"sentence": "Either | or.", "implemented": True}}, files)
        assert "| `fix-time` | Either \\| or. | yes | `intake/a.py` | `tests/test_a.py` |" in page
        assert "| ? |  | §3.4 `intake/a.py` |" in rfc_page({}, files)

    def test_a_page_that_differs_or_is_missing_is_stale(self, tmp_path: Path) -> None:
        (tmp_path / "same.md").write_text("one")
        (tmp_path / "other.md").write_text("two")
        pages = {name: (lambda: "one") for name in ("same.md", "other.md", "absent.md")}
        assert set(stale(pages, tmp_path)) == {"other.md", "absent.md"}
