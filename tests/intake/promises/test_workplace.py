"""RULE access-standard: exactly two addresses of the workplace, or none yet; anything else is said at the start."""

import pytest

from config.load import SettingsError
from config.settings import ServiceSettings, Settings
from intake.app import workplace


def settings(*addresses: str) -> Settings:
    return Settings.model_construct(service=ServiceSettings(workplace_addresses=addresses))


def test_two_addresses_or_none() -> None:
    assert workplace(settings("192.0.2.1", "2001:db8:0::1")) == ("192.0.2.1", "2001:db8::1")
    assert workplace(settings()) == ()


@pytest.mark.parametrize("given", [("192.0.2.1",), ("192.0.2.1", "192.0.2.1"), ("192.0.2.1", "mars"), ("a",) * 3])
def test_anything_else_is_refused(given: tuple[str, ...]) -> None:
    with pytest.raises(SettingsError, match="workplace_addresses"):
        workplace(settings(*given))
