"""The words of our own mail, in the languages of the contacts. Data only."""

from dataclasses import dataclass

from intake.terms import CATEGORY_NAMES, Category


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """One language. The fields in braces are filled by `channels.mail.compose`."""

    language: str
    received_subject: str
    reply_subject: str
    greeting: str
    received: str
    subject: str
    category: str
    how_to_reply: str
    automatic: str
    wrote: str
    categories: dict[Category, str]


ENGLISH = Texts(
    language="en",
    received_subject="[#{number}] We have received your request: {subject}",
    reply_subject="[#{number}] Re: {subject}",
    greeting="Hello,",
    received="we have received your request and given it the number {number}.",
    subject="Subject",
    category="Category",
    how_to_reply="To add something, just reply to this e-mail and leave the address as it is. "
    "Your reply and its attachments will be added to request {number}.",
    automatic="This message was sent automatically.",
    wrote="{author} wrote on request {number}:",
    categories=CATEGORY_NAMES,
)

CZECH = Texts(
    language="cs",
    received_subject="[#{number}] Přijali jsme váš požadavek: {subject}",
    reply_subject="[#{number}] Re: {subject}",
    greeting="Dobrý den,",
    received="přijali jsme váš požadavek a vedeme ho pod číslem {number}.",
    subject="Předmět",
    category="Kategorie",
    how_to_reply="Chcete-li něco doplnit, odpovězte na tento e-mail a adresu pro odpověď neměňte. "
    "Odpověď i její přílohy přidáme k požadavku č. {number}.",
    automatic="Tato zpráva byla odeslána automaticky.",
    wrote="{author} píše k požadavku č. {number}:",
    categories={
        Category.A: "A – Kritická",
        Category.B: "B – Omezující",
        Category.C: "C – Ostatní",
        Category.CHANGE: "Požadavek na změnu",
    },
)

TEXTS = {"cs": CZECH, "en": ENGLISH}


def texts_for(language: str) -> Texts:
    """Return the texts for a language tag such as "cs" or "en-GB"; English for one we do not speak."""
    return TEXTS.get(language.lower().partition("-")[0], ENGLISH)
