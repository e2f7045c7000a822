"""Which rule decides about a category: order, folding, denials, and that the contract's default is the last word."""

from dataclasses import replace
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.terms import Category
from intake.tickets.categorize import (
    CategoryRule,
    RequestFacts,
    RuleKind,
    choose_category,
    in_order,
    pattern_problem,
    say_choice,
    without_marks,
)

A, B, C = Category.A, Category.B, Category.C


def rule(kind: RuleKind, pattern: str, category: Category | None = A, **more: object) -> CategoryRule:
    return replace(CategoryRule(kind=kind, pattern=pattern, category=category, id=7), **more)


def chosen(facts: RequestFacts, *rules: CategoryRule) -> Category:
    return choose_category(facts, in_order(rules), C).category


@pytest.mark.parametrize(
    ("pattern", "subject", "fits"),
    [
        ("havárie", "HAVARIE ústředny", True),
        ("havárie", "Velká havárie", True),
        ("havárie", "havárii", False),
        ("havari*", "Po havárii nic nejde", True),
        ("kriticky stav", "Kritický  stav!", True),
        ("kriticky stav", "kritický je stav", False),
        ("nejde*", "Telefon nejde", True),
        ("havari*", "To není havárie", False),
        ("critical", "not critical", False),
        ("a", "Žádost o změnu", False),
        ("500", "chyba 5000", False),
    ],
)
def test_words_of_the_subject_are_compared_folded_and_whole(pattern: str, subject: str, fits: bool) -> None:
    # RULE category-a
    found = chosen(RequestFacts(subject=subject), rule(RuleKind.SUBJECT, pattern))
    assert found is (A if fits else C)


def test_a_mark_is_found_between_its_brackets_only() -> None:
    mark = rule(RuleKind.MARK, "P1")
    assert chosen(RequestFacts(subject="Re: [p1] nic nejde"), mark) is A
    assert chosen(RequestFacts(subject="linka P1"), mark) is C


def test_words_of_the_text_are_looked_for_in_what_is_new_and_in_the_subject() -> None:
    words = rule(RuleKind.TEXT, "nelze volat")
    assert chosen(RequestFacts(subject="Dotaz", text="Od rána nelze volat ven."), words) is A
    assert chosen(RequestFacts(subject="Nelze volat", text=""), words) is A


@pytest.mark.parametrize("address", ["HAVARIE@desk.example", "havarie+abc@desk.example"])
def test_the_receiving_address_counts_without_its_tag(address: str) -> None:
    came = RequestFacts(subject="x", recipients=(address,))
    assert chosen(came, rule(RuleKind.RECIPIENT, "havarie@desk.example")) is A


def test_the_contact_and_the_customer_are_compared_by_number() -> None:
    facts = RequestFacts(subject="x", contact_id=5, customer_id=2)
    assert chosen(facts, rule(RuleKind.CONTACT, "5", B)) is B
    assert chosen(facts, rule(RuleKind.CONTACT, "5", B, customer_id=3)) is C
    assert chosen(replace(facts, contact_id=None), rule(RuleKind.CONTACT, "5", B)) is C


def test_the_first_rule_that_fits_decides_and_what_is_said_outweighs_who_asks() -> None:
    # RULE category-b
    facts = RequestFacts(subject="havárie", contact_id=5)
    by_contact, by_word = rule(RuleKind.CONTACT, "5", B), rule(RuleKind.SUBJECT, "havárie", A)
    assert chosen(facts, by_contact, by_word) is A
    assert chosen(facts, replace(by_contact, position=1), by_word) is B
    assert chosen(facts, by_contact, replace(by_word, active=False)) is B


def test_at_one_position_the_admins_rule_comes_before_the_settings() -> None:
    of_settings = rule(RuleKind.SUBJECT, "havárie", A, id=0)
    own = rule(RuleKind.SUBJECT, "havárie", B, id=9)
    assert chosen(RequestFacts(subject="havárie"), of_settings, own) is B


def test_what_the_writer_stated_outweighs_every_rule() -> None:
    # RULE category-c, category-change
    stated = RequestFacts(subject="[Z] havárie", stated=Category.CHANGE)
    choice = choose_category(stated, (rule(RuleKind.SUBJECT, "havárie"),), C)
    assert (choice.category, choice.rule, choice.why) == (Category.CHANGE, None, "stated in the request")


def test_category_priority_and_template_are_each_decided_by_the_first_rule_that_has_them() -> None:
    rules = (
        rule(RuleKind.SUBJECT, "spěchá", None, priority=True, id=1),
        rule(RuleKind.SUBJECT, "telefon", B, template="phones", id=2),
        rule(RuleKind.SUBJECT, "telefon", A, template="other", id=3),
    )
    choice = choose_category(RequestFacts(subject="Spěchá: telefon"), rules, C)
    assert choice.category is B
    assert choice.told() == {
        "category_why": "rule 2: “telefon” in the subject",
        "category_rule": 2,
        "priority": "rule 1: “spěchá” in the subject",
        "template": "phones",
        "template_why": "rule 2: “telefon” in the subject",
    }
    assert say_choice(choice).startswith("category B – Restrictive, by rule 2")


@pytest.mark.parametrize(
    ("subject", "stated", "rest"),
    [
        ("[B] Nejde telefon", B, "Nejde telefon"),
        ("Re: [ b ]  Nejde telefon [P1]", B, "Re: Nejde telefon"),
        ("[B]", B, "[B]"),
        ("[A] Linka [B]", B, "[A] Linka"),
        ("[#12] [externí] Linka", None, "[#12] [externí] Linka"),
        ("[p1] Linka", None, "Linka"),
    ],
)
def test_a_mark_that_did_its_work_is_no_part_of_the_subject(subject: str, stated: Category | None, rest: str) -> None:
    choice = choose_category(RequestFacts(subject=subject, stated=stated), (rule(RuleKind.MARK, "P1", A),), C)
    assert without_marks(subject, replace(choice, rule=choice.rule or rule(RuleKind.MARK, "P1", A))) == rest


def test_without_a_rule_it_is_the_contracts_default() -> None:
    choice = choose_category(RequestFacts(subject="Dotaz"), (), B)
    assert (choice.category, choice.why) == (B, "the contract's default")


@pytest.mark.parametrize(
    ("kind", "pattern"),
    [
        (RuleKind.SUBJECT, "***"),
        (RuleKind.SUBJECT, "ha*arie"),
        (RuleKind.TEXT, "slovo *"),
        (RuleKind.CONTACT, "Jana"),
        (RuleKind.MARK, "!"),
    ],
)
def test_a_pattern_that_can_never_fit_is_refused(kind: RuleKind, pattern: str) -> None:
    assert pattern_problem(kind, pattern) is not None


@given(st.text(max_size=60), st.text(max_size=300))
def test_no_pattern_and_no_text_make_it_fail(pattern: str, text: str) -> None:
    choose_category(RequestFacts(subject=text, text=text), (rule(RuleKind.TEXT, pattern),), C)


def test_what_looks_like_a_hostile_pattern_is_words_like_any_other() -> None:
    began = perf_counter()
    hostile = rule(RuleKind.TEXT, "(a+)+$ " * 20)
    assert chosen(RequestFacts(subject="a" * 50_000, text="a " * 500_000), hostile) is C
    assert perf_counter() - began < 2
