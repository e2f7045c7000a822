"""How bodies that are no JSON are sent by the contract's test; schemathesis loads this by SCHEMATHESIS_HOOKS."""

import schemathesis


@schemathesis.serializer("message/rfc822", "text/csv", "image/*", "application/octet-stream")
def send_as_it_is(_: object, value: object) -> bytes:
    """The octets, or the text's."""
    return value if isinstance(value, bytes) else str(value).encode()
