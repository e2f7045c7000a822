"""What every way to log in ends with: the session in its cookie, or why not."""

import asyncio
import re

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from authz.people.sessions import keep_session
from channels.web.visitors import Site
from intake.login.entering import SignedIn
from intake.login.signing import Origin

_BROWSERS = (
    ("Edge", r"Edg(?:e|A|iOS)?/"),
    ("Opera", r"OPR/"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrome/|CriOS/|Chromium/"),
    ("Safari", r"Version/[0-9.]+ .*Safari/"),
)
_SYSTEMS = (
    ("Android", r"Android"),
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Windows", r"Windows"),
    ("macOS", r"Mac OS X|Macintosh"),
    ("ChromeOS", r"CrOS"),
    ("Linux", r"Linux|X11"),
)


def origin_of(request: Request) -> Origin:
    """Where a request comes from, in few words: its owner is to know the browser again, nobody is to be tracked."""
    peer = request.client.host if request.client is not None else ""
    return Origin(peer=peer, agent=browser_family(request.headers.get("user-agent", "")))


def browser_family(user_agent: str) -> str:
    """Such as "Firefox, Windows"; "" for what is not known."""
    told = user_agent[:500]
    found = (next((name for name, how in kinds if re.search(how, told)), "") for kinds in (_BROWSERS, _SYSTEMS))
    return ", ".join(each for each in found if each)


async def begin_session(
    site: Site, request: Request, signed_in: SignedIn, response: Response | None = None
) -> Response:
    """Give the browser its session, in place of the one it may have had. response: else the first page follows."""
    old = site.cookies.session(request)
    if old is not None:
        await forget_session(site, keep_session(old))
    answer = RedirectResponse("/", 303) if response is None else response
    site.cookies.start_session(answer, signed_in.session.secret)
    return answer


async def forget_session(site: Site, kept: str) -> None:
    """End a session."""
    await asyncio.wrap_future(site.services.writer.submit(lambda tx: tx.people.end_session(kept)))
