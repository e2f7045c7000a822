"""Reading the settings and saying clearly what is wrong with them."""

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, TomlConfigSettingsSource
from pydantic_settings import SettingsError as UnreadableSourceError

from config.settings import Settings

# Variables that steer how settings are read or tests are run, and are no settings themselves.
_NOT_SETTINGS = ("INTAKE_CONFIG", "INTAKE_CORPUS", "INTAKE_REQUIRE_SERVERS")


class SettingsError(Exception):
    """The settings cannot be used; the message has a line for each problem and what to do."""


def load_settings(path: Path | None = None, **overrides: Any) -> Settings:
    """Read the settings: overrides beat the environment, which beats the file, which beats the defaults.

    path: the TOML file; None takes INTAKE_CONFIG, or no file at all. Raises SettingsError.
    """
    chosen = path or (Path(os.environ["INTAKE_CONFIG"]) if os.environ.get("INTAKE_CONFIG") else None)
    problems = _unknown_variables(os.environ)
    if problems:
        raise SettingsError("\n".join(problems))
    try:
        return _reader(chosen)(**overrides)
    except ValidationError as error:
        where = str(chosen) if chosen else "the environment"
        raise SettingsError("\n".join(_explain(each, where) for each in error.errors())) from error
    except UnreadableSourceError as error:
        raise SettingsError(f"the environment: {error}; lists and tables are written as JSON there") from error
    except FileNotFoundError as error:
        raise SettingsError(f"there is no settings file {chosen}") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{chosen}: octet {error.start} is not UTF-8; save the file in that encoding") from error
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"{chosen}: {error}") from error


def _reader(path: Path | None) -> type[Settings]:
    if path is not None and not path.is_file():
        raise FileNotFoundError(path)

    class Read(Settings):
        @classmethod
        def settings_customise_sources(  # noqa: PLR0917 - pydantic-settings' signature
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            if path is None:
                return init_settings, env_settings
            return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=path)

    return Read


def _explain(error: Mapping[str, Any], where: str) -> str:
    name = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(name, _names(Settings), n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        return f"{where}: there is no setting {name}{hint}"
    if error["type"] in {"tuple_type", "list_type"} and isinstance(error["input"], Mapping):
        return f"{where}: {name} is a list of tables: write [[{name}]], with two brackets, above each of them"
    return f"{where}: {name}: {error['msg'].removeprefix('Value error, ')}"


def _names(model: type[BaseModel], prefix: str = "") -> list[str]:
    names: list[str] = []
    for name, field in model.model_fields.items():
        kinds = (field.annotation, *get_args(field.annotation))
        nested = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)
        names.append(f"{prefix}{name}")
        if nested:
            names += _names(nested, f"{prefix}{name}.")
    return names


def _unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """A misspelt variable would otherwise be passed over in silence."""
    known = {f"INTAKE_{name.upper()}": name for name in Settings.model_fields}
    problems = []
    for variable in environment:
        if not variable.startswith("INTAKE_") or variable in _NOT_SETTINGS:
            continue
        if variable.partition("__")[0] not in known:
            near = difflib.get_close_matches(variable, known, n=1)
            hint = f"; did you mean {near[0]}…?" if near else ""
            problems.append(f"the environment: {variable} is no setting{hint}")
    return problems
