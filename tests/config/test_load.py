"""What is wrong with the settings is said in a line that tells what to do."""

from pathlib import Path

import pytest

from config.load import SettingsError, load_settings


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (b'[service]\nname = "P\xf8\xedklad"\n', "octet 19 is not UTF-8; save the file in that encoding"),
        (b"[smtpp]\nport = 25\n", "there is no setting smtpp; did you mean smtp?"),
        (b"[smtp]\nprot = 25\n", "there is no setting smtp.prot; did you mean smtp.port?"),
        (b'[dkim_keys]\ndomain = "firma.cz"\n', "dkim_keys is a list of tables: write [[dkim_keys]]"),
        (b"[smtp\n", "at line 1"),
        (b"[smtp]\nport = 99999\n", "smtp.port: Input should be less than or equal to 65535"),
    ],
)
def test_what_is_wrong_with_the_file_is_told(tmp_path: Path, written: bytes, told: str) -> None:
    path = tmp_path / "intake.toml"
    path.write_bytes(written)
    with pytest.raises(SettingsError) as caught:
        load_settings(path)
    assert str(path) in str(caught.value)
    assert told in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="there is no settings file"):
        load_settings(tmp_path / "nowhere.toml")
