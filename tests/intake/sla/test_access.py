"""Remote access: which way in costs what."""

from datetime import datetime
from decimal import Decimal

import pytest

from intake.sla.access import AccessMethod, AccessPrices, AccessProfile, in_force, surcharges, workplace_addresses
from tests.intake.sla.examples import prague

PRICES = AccessPrices()


@pytest.mark.parametrize("method", [AccessMethod.WORKPLACE_ADDRESSES, AccessMethod.SITE_TO_SITE])
def test_access_standard_has_no_surcharge(method: AccessMethod) -> None:
    assert surcharges(AccessProfile(name="HQ", method=method), PRICES) == ()


@pytest.mark.parametrize(
    ("method", "windows", "desktop", "amounts"),
    [
        pytest.param(AccessMethod.DIAL_IN_PASSWORD, False, False, [2000], id="access-dialin password"),
        pytest.param(AccessMethod.DIAL_IN_TOKEN, False, False, [4000], id="access-dialin token"),
        pytest.param(AccessMethod.DIAL_IN_PASSWORD, True, False, [2000, 4000], id="access-windows"),
        pytest.param(AccessMethod.DIAL_IN_TOKEN, False, True, [4000, 8000], id="access-desktop"),
        pytest.param(AccessMethod.DIAL_IN_TOKEN, True, True, [4000, 4000, 8000], id="all of it"),
    ],
)
def test_access_surcharges(method: AccessMethod, windows: bool, desktop: bool, amounts: list[int]) -> None:
    profile = AccessProfile(name="HQ", method=method, windows_only=windows, remote_desktop=desktop)
    assert [line.amount for line in surcharges(profile, PRICES)] == amounts


def test_access_prices_are_contract_data() -> None:
    profile = AccessProfile(name="HQ", method=AccessMethod.DIAL_IN_TOKEN)
    assert surcharges(profile, AccessPrices(dial_in_token=Decimal(1)))[0].amount == 1


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (None, None, True),
        (prague(2026, 6, 30, 23, 59), None, True),
        (prague(2026, 7, 1), None, False),
        (None, prague(2026, 6, 1, 0, 1), True),
        (None, prague(2026, 6, 1), False),
    ],
)
def test_access_is_in_force_at_any_time_of_the_month(
    since: datetime | None, until: datetime | None, expected: bool
) -> None:
    profile = AccessProfile(name="HQ", method=AccessMethod.DIAL_IN_TOKEN, valid_from=since, valid_until=until)
    assert in_force(profile, prague(2026, 6, 1), prague(2026, 7, 1)) is expected


def test_access_standard_has_exactly_two_workplace_addresses() -> None:
    assert [str(address) for address in workplace_addresses(("192.0.2.1", "2001:db8::1"))] == [
        "192.0.2.1",
        "2001:db8::1",
    ]
    for wrong in ((), ("192.0.2.1",), ("192.0.2.1", "192.0.2.1"), ("192.0.2.1", "192.0.2.2", "192.0.2.3")):
        with pytest.raises(ValueError, match="exactly two"):
            workplace_addresses(wrong)
    with pytest.raises(ValueError, match="does not appear"):
        workplace_addresses(("192.0.2.1", "desk"))
