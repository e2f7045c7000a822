"""The dialects by name. Data only: a new one is a file beside this one and a line below."""

from collections.abc import Mapping
from types import MappingProxyType

from channels.phone.dialects.asterisk import Asterisk
from channels.phone.dialects.base import Dialect
from channels.phone.dialects.cisco import Cisco
from channels.phone.dialects.freeswitch import FreeSwitch
from channels.phone.dialects.kamailio import Kamailio
from channels.phone.dialects.native import Native
from channels.phone.dialects.placetel import Placetel
from channels.phone.dialects.plivo import Plivo
from channels.phone.dialects.sipgate import Sipgate
from channels.phone.dialects.telnyx import Telnyx
from channels.phone.dialects.threecx import ThreeCx
from channels.phone.dialects.twilio import Twilio
from channels.phone.dialects.vonage import Vonage
from channels.phone.dialects.yeastar import Yeastar
from channels.phone.dialects.zammad import Zammad

_ALL: tuple[Dialect, ...] = (
    Native(),
    Zammad(),
    Sipgate(),
    Placetel(),
    Twilio(),
    Telnyx(),
    Vonage(),
    Plivo(),
    ThreeCx(),
    Asterisk("asterisk"),
    Asterisk("freepbx"),
    FreeSwitch(),
    Yeastar(),
    Cisco(),
    Kamailio(),
)

DIALECTS: Mapping[str, Dialect] = MappingProxyType({dialect.name: dialect for dialect in _ALL})
