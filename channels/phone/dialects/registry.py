"""The dialects by name. Data only: a new one is a file beside this one and a line below."""

from collections.abc import Mapping
from types import MappingProxyType

from channels.phone.dialects.base import Dialect
from channels.phone.dialects.native import Native
from channels.phone.dialects.zammad import Zammad

_ALL: tuple[Dialect, ...] = (Native(), Zammad())

DIALECTS: Mapping[str, Dialect] = MappingProxyType({dialect.name: dialect for dialect in _ALL})
