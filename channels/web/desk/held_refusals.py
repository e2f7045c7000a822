"""Why a held request could not be decided so, in the visitor's language. The quarantine's own sentences are English."""

import re

from intake.quarantine import QuarantineError

_CZECH = [
    (re.compile(pattern), text)
    for pattern, text in (
        (r"there is no held request .*", "Takový zadržený požadavek tu není."),
        (r"request \d+ was released by (.*) already", r"Požadavek už uvolnil(a) \1."),
        (r"request \d+ was rejected by (.*) already", r"Požadavek už odmítl(a) \1."),
        (r"the request names no single mail address .*", "V požadavku není jedna e-mailová adresa, kterou by šlo oprávnit."),  # noqa: E501
        (r"say which contact (\S+) belongs to", r"Vyberte, kterému kontaktu patří \1."),
        (r"(\S+) is authorized already: .*", r"\1 už je oprávněná: chybí důkaz, uvolněte proto jen tentokrát."),
        (r"there is no contact \d+", "Takový kontakt tu není."),
        (r"contact \d+ does not belong to customer \d+", "Kontakt patří jinému zákazníkovi; vyplňte jen jedno z toho."),
        (r"nobody on the lists wrote this: .*", "Pisatele seznamy neznají: vyberte kontakt, nebo aspoň zákazníka."),
    )
]  # fmt: skip


def say_held_refusal(error: QuarantineError, language: str) -> str:
    """The refusal in words; what Czech has no words for is told as it was said."""
    said = str(error)
    for pattern, text in _CZECH if language == "cs" else ():
        found = pattern.fullmatch(said)
        if found is not None:
            return found.expand(text)
    return said[:1].upper() + said[1:]
