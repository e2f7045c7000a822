"""Which files are given out, which wait, and which make a request unwelcome. Pure; the lists come from the operator.

A file that is withheld stays with the request, octets and all, until somebody who may decides to give it out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from intake.files.types import EXECUTABLE_TYPES, is_mute
from intake.submission import Attachment

# What runs when it is opened, on the customers' and on our own desktops.
_EXECUTABLE_NAMES: Final = frozenset(
    {
        *("ade", "adp", "apk", "app", "appx", "bat", "chm", "cmd", "com", "cpl", "dll", "dmg", "exe", "hta", "img"),
        *("ins", "iso", "isp", "jar", "js", "jse", "lib", "lnk", "mde", "msc", "msi", "msix", "msp", "mst", "pif"),
        *("ps1", "ps2", "psc1", "psc2", "reg", "scf", "scr", "sct", "sh", "shb", "sys", "vb", "vbe", "vbs", "vhd"),
        *("vhdx", "vxd", "wsc", "wsf", "wsh", "xll"),
    }
)
_MACRO_NAMES: Final = frozenset(
    {"docm", "dotm", "xlsm", "xltm", "xlam", "xlsb", "pptm", "potm", "ppam", "ppsm", "sldm"}
)
_ARCHIVES: Final = frozenset(
    {"application/zip", "application/vnd.rar", "application/x-7z-compressed", "application/gzip"}
)
GROUPS: Final = ("executable", "macro", "archive", "mislabelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePolicy:
    """Kinds of files: a group of `GROUPS`, a type such as `image/*` or `application/zip`, an ending such as `.iso`.

    withhold: taken, but given to nobody. hold: the whole request waits for a person. refuse: it is not taken.
    max_octets: a larger file is withheld. max_files: a request with more waits for a person.
    """

    withhold: tuple[str, ...] = ("executable",)
    hold: tuple[str, ...] = ()
    refuse: tuple[str, ...] = ()
    max_octets: int | None = None
    max_files: int = 200

    def withheld(self, file: Attachment) -> str | None:
        """By which rule a file is withheld, or None."""
        if self.max_octets is not None and file.size > self.max_octets:
            return "too-large"
        return _first_kind(self.withhold, file)

    def holding(self, files: Iterable[Attachment]) -> str | None:
        """Why the request must wait, in words, or None."""
        files = tuple(files)
        if len(files) > self.max_files:
            return f"it has {len(files)} files, more than {self.max_files}"
        return _first_file(self.hold, files)

    def refusing(self, files: Iterable[Attachment]) -> str | None:
        """Why the request is not taken, in words, or None."""
        return _first_file(self.refuse, files)


def kind_problem(kind: str) -> str | None:
    """What is wrong with the name of a kind, or None."""
    if kind in GROUPS or kind.startswith(".") or kind.count("/") == 1:
        return None
    return f"write one of {', '.join(GROUPS)}, a type such as image/*, or an ending such as .iso"


def is_of_kind(file: Attachment, kind: str) -> bool:
    """Whether a file is of a kind, by what it is, by its label or by its name."""
    ending = file.filename.rpartition(".")[2].lower()
    types = {file.content_type.lower(), file.detected_type or file.content_type.lower()}
    match kind:
        case "executable":
            return bool(types & EXECUTABLE_TYPES) or ending in _EXECUTABLE_NAMES
        case "macro":
            return ending in _MACRO_NAMES or any("macroenabled" in each for each in types)
        case "archive":
            return bool(types & _ARCHIVES)
        case "mislabelled":
            return file.detected_type is not None and not is_mute(file.content_type)
        case _ if kind.startswith("."):
            return ending == kind[1:].lower()
        case _ if kind.endswith("/*"):
            return any(each.startswith(kind[:-1].lower()) for each in types)
        case _:
            return kind.lower() in types


def _first_kind(kinds: Iterable[str], file: Attachment) -> str | None:
    return next((kind for kind in kinds if is_of_kind(file, kind)), None)


def _first_file(kinds: tuple[str, ...], files: Iterable[Attachment]) -> str | None:
    if not kinds:
        return None
    found = ((file, _first_kind(kinds, file)) for file in files)
    return next((f"{file.filename} is of the kind “{kind}”" for file, kind in found if kind is not None), None)
