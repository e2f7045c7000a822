"""The page behind the links in "please verify" mails: works without a log-in, in two languages.

Looking at it does nothing: programs that check links, and mail clients that load them ahead, look too. Only the form
on it acts. The link itself is the secret, so it is not told to any other page.
"""

import asyncio
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from authz.mail.answer_token import AnswerToken
from channels.web.doors import language_of_stranger, show_stranger
from channels.web.texts import STATUSES, TEXTS
from channels.web.visitors import Site
from intake.letters.one_click import Answered, Standing, give_answer, look
from intake.tickets.model import Ticket

_MOST_WORDS = 10_000
_GONE = 410


def routes(site: Site) -> list[BaseRoute]:
    """The page and its form."""
    page = OneClick(site)
    return [
        Route("/answer/{token}", page.show, methods=["GET"]),
        Route("/answer/{token}", page.act, methods=["POST"]),
    ]


class OneClick:
    """The two sides of a link."""

    def __init__(self, site: Site) -> None:
        self._site = site

    async def show(self, request: Request) -> Response:
        """Ask whether the answer is meant."""
        services = self._site.services
        answer = services.signer.read_answer(request.path_params["token"])
        if answer is None:
            return self._unknown(request)
        found = await asyncio.wrap_future(services.writer.submit(partial(look, answer=answer, at=services.clock())))
        if found is None:
            return self._unknown(request)
        ticket = found.ticket
        if found.standing is not Standing.OPEN:
            return self._tell(request, answer, found)
        return _secretive(
            show_stranger(
                self._site,
                request,
                "one_click.html",
                ticket=ticket,
                word=answer.word,
                most_words=_MOST_WORDS,
                title=self._text(request, f"link_{answer.word}_title", ticket),
            )
        )

    async def act(self, request: Request) -> Response:
        """Do it."""
        services = self._site.services
        answer = services.signer.read_answer(request.path_params["token"])
        if answer is None:
            return self._unknown(request)
        async with request.form(max_files=0, max_fields=5) as form:
            words = str(form.get("words", ""))[:_MOST_WORDS]
        work = partial(give_answer, answer=answer, words=words, at=services.clock())
        answered = await asyncio.wrap_future(services.writer.submit(work))
        return self._unknown(request) if answered is None else self._tell(request, answer, answered)

    def _tell(self, request: Request, answer: AnswerToken, answered: Answered) -> Response:
        ticket, standing = answered.ticket, answered.standing
        key = f"link_{standing.value.replace('-', '_')}"
        if standing is Standing.DONE:
            return self._message(request, 200, self._text(request, f"{key}_{answer.word}", ticket), "")
        if standing is Standing.NOTED:
            return self._message(request, 200, self._text(request, key, ticket), "")
        text = self._text(request, f"{key}_text", ticket)
        return self._message(request, _GONE, self._text(request, key, ticket), text)

    def _text(self, request: Request, key: str, ticket: Ticket) -> str:
        language = language_of_stranger(self._site, request)
        since = self._site.pages.when(ticket.since, language)
        status = STATUSES[language][ticket.status]
        return TEXTS[language][key].format(number=ticket.number, since=since, status=status)

    def _unknown(self, request: Request) -> Response:
        texts = TEXTS[language_of_stranger(self._site, request)]
        return self._message(request, 404, texts["link_unknown"], texts["link_unknown_text"])

    def _message(self, request: Request, status: int, title: str, text: str) -> Response:
        return _secretive(
            show_stranger(self._site, request, "message.html", status=status, title=title, text=text, path="/")
        )


def _secretive(response: Response) -> Response:
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
