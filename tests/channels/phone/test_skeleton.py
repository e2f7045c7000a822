"""The skeleton passes the webhook test list, so that what is copied from it begins right."""

import hashlib
import hmac
from datetime import datetime

from authz.decision import Reason
from channels.phone.event import Action, CallDecision
from channels.phone.hook import HookRequest
from tests.channels.phone.contract import KEY, NOW, WebhookContract, hook, read_events
from tests.channels.phone.skeleton import Skeleton

SKELETON = Skeleton()


class TestSkeleton(WebhookContract):
    dialect = SKELETON
    new = b"event=ring&id=1&caller=%2B420777123456&called=%2B420211151600"
    answered = b"event=pickup&id=1&agent=23"
    ended = b"event=bye&id=1&why=ok"

    def sign(self, body: bytes, *, key: str = KEY, at: datetime = NOW, timestamp: str | None = None) -> HookRequest:
        return hook(body, x_skeleton_signature=hmac.new(key.encode(), body, hashlib.sha256).hexdigest())


def test_whoever_is_not_allowed_is_kept_out() -> None:
    (event,) = read_events(SKELETON, hook(TestSkeleton.new))
    decisions = {action: CallDecision(action=action, reason=Reason.AUTHORIZED, forward_to="+4201") for action in Action}
    answers = {action: SKELETON.render(each, event, hook()).body for action, each in decisions.items()}
    assert answers[Action.ALLOW] == b'{"do":"continue"}'
    assert all(b"hangup" in body for action, body in answers.items() if action is not Action.ALLOW)
