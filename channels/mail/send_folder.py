"""Outgoing mail as files in a folder, for trying things out without a smarthost."""

from pathlib import Path

from channels.mail.send import SendResult, Sent


class MailFolder:
    """Writes each mail as one numbered `.eml`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, reverse_path: str, recipient: str, octets: bytes) -> SendResult:
        """Write the mail. Raises OSError when the folder cannot be written."""
        self._folder.mkdir(parents=True, exist_ok=True)
        name = "".join(char if char.isalnum() or char in "@.-" else "_" for char in recipient)
        taken = [int(path.name[:4]) for path in self._folder.glob("[0-9][0-9][0-9][0-9]-*.eml")]
        path = self._folder / f"{max(taken, default=0) + 1:04d}-{name}.eml"
        with path.open("xb") as file:
            file.write(b"Return-Path: <%s>\r\n" % reverse_path.encode() + octets)
        return Sent(code=250, text=str(path), host="folder")
