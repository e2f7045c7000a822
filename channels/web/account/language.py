"""Choosing the language of the pages on one browser, logged in or not."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from channels.web.cookies import is_same_site
from channels.web.doors import Endpoint
from channels.web.texts import LANGUAGES
from channels.web.visitors import Site


def choose(site: Site) -> Endpoint:
    """Remember a language and go back to the page it was chosen on."""

    async def answer(request: Request) -> Response:
        async with request.form(max_files=0, max_fields=5) as form:
            language, back = str(form.get("language", "")), str(form.get("back", "/"))
        response = RedirectResponse(own_path(back), 303)
        # There is nothing to protect but the language itself, so the form needs no value of the session.
        if language in LANGUAGES and is_same_site(request):
            site.cookies.choose_language(response, language)
        return response

    return answer


def own_path(path: str) -> str:
    """A path of this site, or "/" for anything that leads elsewhere."""
    leads_here = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if leads_here and path.isascii() else "/"
