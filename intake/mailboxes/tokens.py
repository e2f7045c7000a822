"""The token providers of mailboxes and smarthosts, from the settings; refresh tokens that change are kept on disk."""

import hashlib
import json
import os
import secrets
import ssl
from collections.abc import Callable
from pathlib import Path

from pydantic import SecretStr

from channels.mail.oauth import TokenOptions, TokenProvider
from config.settings import OauthSettings


def token_provider(settings: OauthSettings, folder: Path, trust: ssl.SSLContext | None = None) -> TokenProvider:
    """The provider of one account. folder: where a renewed refresh token is kept. trust: roots for the endpoint.

    Raises ValueError for an endpoint without TLS.
    """
    given = settings.refresh_token.get_secret_value() if settings.refresh_token is not None else None
    kept = None if given is None else _KeptToken(folder, given)
    return TokenProvider(
        TokenOptions(
            url=settings.token_url,
            client_id=settings.client_id,
            client_secret=settings.client_secret.get_secret_value() if settings.client_secret is not None else None,
            scope=settings.scope,
            refresh_token=kept.read if kept is not None else None,
            keep_refresh_token=kept.write if kept is not None else None,
            trust=trust,
        )
    )


def secret_of(password: SecretStr | None, tokens: TokenProvider | None) -> Callable[[], str]:
    """What is called at each log-in. Raises ValueError when there is neither."""
    if tokens is not None:
        return tokens.token
    if password is None:
        raise ValueError("there is neither a password nor oauth")
    return password.get_secret_value


class _KeptToken:
    """The newest refresh token descended from the one in the settings."""

    def __init__(self, folder: Path, given: str) -> None:
        self._given = given
        self._path = folder / f"oauth-{hashlib.sha256(given.encode()).hexdigest()[:24]}.json"

    def read(self) -> str:
        try:
            return str(json.loads(self._path.read_text(encoding="utf-8"))["refresh_token"])
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return self._given

    def write(self, token: str) -> None:
        if token == self.read():
            return
        temporary = self._path.with_name(f".{self._path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({"refresh_token": token}, file)
            file.flush()
            os.fsync(descriptor)
        temporary.rename(self._path)
