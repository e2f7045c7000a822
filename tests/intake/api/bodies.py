"""A body an operation would take, made from its schema in the OpenAPI document: for walks over every route."""

from typing import Any

_FORMATS = {"date-time": "2026-11-23T09:00:00Z", "date": "2026-11-23", "base64": "eA==", "binary": "x"}


def body_of(document: dict[str, Any], operation: dict[str, Any], given: dict[str, Any]) -> tuple[str, Any] | None:
    """The media type and the smallest body with all members; None for an operation without one.

    given: values for members of these names, wherever they stand.
    """
    content = operation.get("requestBody", {}).get("content")
    if not content:
        return None
    kind, described = next(iter(content.items()))
    if not kind.endswith("json"):
        return kind, "Jméno\nx\n"
    return kind, _value(document, described["schema"], given, "")


def _value(document: dict[str, Any], schema: dict[str, Any], given: dict[str, Any], name: str) -> Any:
    if name in given:
        return given[name]
    if "$ref" in schema:
        found: Any = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        return _value(document, found, given, name)
    for several in ("anyOf", "oneOf", "allOf"):
        if several in schema:
            return _value(document, schema[several][0], given, name)
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    match schema.get("type"):
        case "object":
            members = schema.get("properties", {})
            return {key: _value(document, each, given, key) for key, each in members.items()}
        case "array":
            return [_value(document, schema["items"], given, name)] if schema.get("minItems") else []
        case "integer" | "number":
            return max(schema.get("minimum", 1), 1)
        case "boolean":
            return False
        case "string":
            return _FORMATS.get(schema.get("format", ""), "x" * max(schema.get("minLength", 1), 1))
    return None
