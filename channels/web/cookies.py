"""The cookies of the site and the checks that a form came from it. RFC 6265bis; no page reads them by script."""

from starlette.requests import Request
from starlette.responses import Response

from authz.people.sessions import SESSION_LENGTH, is_same, random_value

_LOGIN_SECONDS = 3600
_LANGUAGE_SECONDS = 365 * 24 * 3600


class Cookies:
    """secure: the site is reached by https: the cookies then belong to this very host and travel over TLS only."""

    def __init__(self, *, secure: bool) -> None:
        self._secure = secure
        self._prefix = prefix = "__Host-" if secure else ""
        self._session = f"{prefix}intake-session"
        self._login = f"{prefix}intake-login"
        self._language = f"{prefix}intake-language"

    def session(self, request: Request) -> str | None:
        """The session's secret, if the browser has one."""
        return request.cookies.get(self._session)

    def start_session(self, response: Response, secret: str) -> None:
        """Give the browser a session; what it used to log in is taken away."""
        self._set(response, self._session, secret, int(SESSION_LENGTH.total_seconds()))
        self._clear(response, self._login)

    def end_session(self, response: Response) -> None:
        """Take the session away."""
        self._clear(response, self._session)

    def login_value(self, request: Request) -> str:
        """The value that a log-in form must bring back: the browser's, or a new one."""
        return request.cookies.get(self._login) or random_value()

    def offer_login(self, response: Response, value: str) -> None:
        """Remember the value the log-in form was given."""
        self._set(response, self._login, value, _LOGIN_SECONDS)

    def language(self, request: Request) -> str | None:
        """The language that was chosen on this browser, as it says."""
        return request.cookies.get(self._language)

    def choose_language(self, response: Response, language: str) -> None:
        """Remember the language chosen on this browser."""
        self._set(response, self._language, language, _LANGUAGE_SECONDS)

    def is_own_login(self, request: Request, value: str) -> bool:
        """Whether a log-in form is ours: nobody else can set our cookie and know it."""
        return is_same_site(request) and is_same(value, request.cookies.get(self._login, ""))

    def step(self, request: Request, name: str) -> str:
        """The secret of something begun and not finished, "" when there is none."""
        return request.cookies.get(f"{self._prefix}intake-{name}", "")

    def begin_step(self, response: Response, name: str, secret: str, seconds: int) -> None:
        """Remember what was begun."""
        self._set(response, f"{self._prefix}intake-{name}", secret, seconds)

    def end_step(self, response: Response, name: str) -> None:
        """Forget it."""
        self._clear(response, f"{self._prefix}intake-{name}")

    def _set(self, response: Response, name: str, value: str, seconds: int) -> None:
        response.set_cookie(name, value, max_age=seconds, path="/", secure=self._secure, httponly=True, samesite="lax")

    def _clear(self, response: Response, name: str) -> None:
        response.delete_cookie(name, path="/", secure=self._secure, httponly=True, samesite="lax")


def is_same_site(request: Request) -> bool:
    """Whether the browser says that a page of this site sent the form; browsers that say nothing are believed."""
    # Fetch Metadata: https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header
    return request.headers.get("sec-fetch-site", "same-origin") in {"same-origin", "none"}
