"""The stream of changes for one page. See `channels.web.console.feed`."""

from starlette.responses import Response, StreamingResponse

from channels.web.console.feed import TicketFeed
from channels.web.console.filters import read_instant
from channels.web.doors import StaffPage
from channels.web.visitors import StaffVisit
from intake.login.signin import Visitor, find_visitor


def stream(feed: TicketFeed) -> StaffPage:
    """The page of that feed."""

    async def show(visit: StaffVisit) -> Response:
        services = visit.site.services

        def may_stay() -> bool:
            return isinstance(find_visitor(services.queries, visit.kept, services.clock()), Visitor)

        since = read_instant(visit.request.query_params.get("since", ""))
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(feed.listen(may_stay, since), media_type="text/event-stream", headers=headers)

    return show
