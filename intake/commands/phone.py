"""`intake inspect phone` and `intake explain call`: how a caller ID is read, and what would become of the call."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated

import typer

from authz.phone.number import CZECH, read_number
from channels.phone.event import CallEvent, CallEventKind
from channels.phone.explain import explain_call, say_caller
from channels.phone.judgement import EndpointRules, identify
from config.load import load_settings
from intake.app import now
from intake.commands.common import fail, opened
from intake.phone.joining import build_endpoints

EndpointName = Annotated[str | None, typer.Option("--endpoint", help="The PBX it comes through; see phone_endpoints.")]
_NO_ENDPOINT = EndpointRules(name="(none configured)", numbers=CZECH)


def inspect_number(
    context: typer.Context,
    numbers: Annotated[list[str], typer.Argument(help="Caller IDs as a PBX sends them, in quotes.")],
    endpoint: EndpointName = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")] = False,
) -> None:
    """Show how caller IDs are read."""
    rules = _rules(context, endpoint)
    for presented in numbers:
        caller = read_number(presented, rules.numbers)
        if as_json:
            typer.echo(json.dumps({"presented": presented, **asdict(caller)}, ensure_ascii=False))
        else:
            typer.echo(f"{caller.shown!r}: {say_caller(caller)}")


def explain_number(  # noqa: PLR0917 - the facts of one call
    context: typer.Context,
    number: Annotated[str, typer.Argument(help="The caller ID as the PBX sends it; empty for a withheld one.")],
    endpoint: EndpointName = None,
    asserted: Annotated[str | None, typer.Option(help="The number the network vouches for.")] = None,
    privacy: Annotated[bool, typer.Option(help="The caller asked for the number not to be shown.")] = False,
    verstat: Annotated[str | None, typer.Option(help="The trunk's word on the attestation.")] = None,
) -> None:
    """Say whether a call from a number would be let in now, by which checks, and what would have to change."""
    rules = _rules(context, endpoint)
    at = now()
    event = CallEvent(
        provider="native",
        endpoint=rules.name,
        call_id="explained",
        kind=CallEventKind.NEW,
        at=at,
        presented=number,
        asserted=asserted,
        privacy=privacy,
        verstat=verstat,
    )
    claim, _ = identify(event, rules)
    with opened(context) as app:
        listings = app.writer.submit(lambda tx: tx.listings(claim)).result()
    for line in explain_call(event, rules, listings, at).lines():
        typer.echo(line)


def _rules(context: typer.Context, name: str | None) -> EndpointRules:
    """The rules of the named endpoint, or of the only one there is."""
    configured: Mapping[str, EndpointRules] = {
        each: endpoint.rules
        for each, endpoint in build_endpoints(load_settings(context.find_root().obj).phone_endpoints).items()
    }
    if name is None:
        return next(iter(configured.values())) if len(configured) == 1 else _NO_ENDPOINT
    if name not in configured:
        known = ", ".join(configured) or "none is configured"
        fail(f"there is no endpoint {name}; the settings have: {known}")
    return configured[name]
