# SPDX-License-Identifier: Apache-2.0
"""docs/openapi.yaml as tests use it: its operations, and whether a value fits a schema.

Knows the part of JSON Schema that the description uses, and fails on any other keyword,
so that nothing is left unchecked unnoticed."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterator
from typing import Any

import yaml
from vireo_server import ROOT

Schema = dict[str, Any]
METHODS = ("get", "put", "post", "patch", "delete")
# Words that say nothing about which values fit.
SILENT = {"description", "default", "format", "example", "examples", "title"}
TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "null": (type(None),),
    "number": (int, float),
    "integer": (int,),
}


@functools.cache
def description() -> Any:
    return yaml.safe_load((ROOT / "docs" / "openapi.yaml").read_text())


def resolve(node: Any) -> Any:
    """What a $ref stands for, or the node itself."""
    while "$ref" in node:
        path = node["$ref"].removeprefix("#/").split("/")
        node = functools.reduce(lambda at, step: at[step], path, description())
    return node


@dataclasses.dataclass(frozen=True)
class Operation:
    name: str
    method: str
    path: str
    parameters: list[Schema]
    body: Schema | None  # of JSON
    needs_body: bool
    answers: dict[str, Any]

    def parameter_names(self, where: str) -> list[str]:
        return [p["name"] for p in self.parameters if p["in"] == where]

    def answer_schema(self, status: int) -> Schema | None:
        answer = self.answers.get(str(status), self.answers.get("default"))
        content = resolve(answer).get("content", {}) if answer else {}
        kind = "application/json" if status < 400 else "application/problem+json"
        return content.get(kind, {}).get("schema")


def operations() -> Iterator[Operation]:
    for path, methods in description()["paths"].items():
        for method in METHODS:
            if method not in methods:
                continue
            spoken = methods[method]
            parameters = [resolve(p) for p in methods.get("parameters", []) + spoken.get("parameters", [])]
            taken = resolve(spoken.get("requestBody", {}))
            body = taken.get("content", {}).get("application/json", {}).get("schema")
            needed = taken.get("required", False)
            yield Operation(spoken["operationId"], method.upper(), path, parameters, body, needed, spoken["responses"])


def routes() -> dict[tuple[str, str], str]:
    """What src/api/routes.c says, with its macros expanded: the action that a key must be allowed."""
    text = (ROOT / "src" / "api" / "routes.c").read_text()
    macros: dict[str, str] = {}

    def expand(expression: str) -> str:
        parts = re.findall(r'"([^"]*)"|([A-Z]+)', expression)
        return "".join(literal or macros[macro] for literal, macro in parts)

    for name, expression in re.findall(r"^#define (\w+)\s+(.+)$", text, re.M):
        macros[name] = expand(expression)
    rows = re.findall(r'\{"([A-Z]+)", ([^,]+), \w+, (\w+), ([^}]*)\}', text)
    return {(m, expand(path)): "OPEN" if "OPEN" in flags else action for m, path, action, flags in rows}


def types_of(schema: Schema) -> list[str]:
    """Types that the schema lets through; none: all."""
    types = schema.get("type", [])
    return [types] if isinstance(types, str) else types


def properties_of(schema: Schema) -> dict[str, Schema]:
    """The properties of an object, those of all parts of allOf together."""
    schema = resolve(schema)
    found = dict(schema.get("properties", {}))
    for part in schema.get("allOf", []):
        found |= properties_of(part)
    return found


def required_of(schema: Schema) -> list[str]:
    schema = resolve(schema)
    return schema.get("required", []) + [n for part in schema.get("allOf", []) for n in required_of(part)]


def misfits(value: Any, schema: Schema, at: str = "$") -> list[str]:
    """Why the value does not fit; nothing when it does."""
    schema = resolve(schema)
    found = []
    for word, rule in schema.items():
        if word not in SILENT:
            found += CHECKS[word](value, rule, schema, at)
    return found


def _type(value: Any, rule: Any, schema: Schema, at: str) -> list[str]:
    allowed = types_of(schema)
    fits = any(isinstance(value, TYPES[t]) and (t == "boolean" or not isinstance(value, bool)) for t in allowed)
    return [] if fits else [f"{at}: {value!r:.100} is not {rule}"]


def _required(value: Any, rule: Any, schema: Schema, at: str) -> list[str]:
    return [f"{at}: no {name}" for name in rule if isinstance(value, dict) and name not in value]


def _properties(value: Any, rule: Any, schema: Schema, at: str) -> list[str]:
    if not isinstance(value, dict):
        return []
    return [why for name, s in rule.items() if name in value for why in misfits(value[name], s, f"{at}.{name}")]


def _additional(value: Any, rule: Any, schema: Schema, at: str) -> list[str]:
    if not isinstance(value, dict) or rule is True:
        return []
    more = {name: item for name, item in value.items() if name not in schema.get("properties", {})}
    if rule is False:
        return [f"{at}: {name} is not described" for name in more]
    return [why for name, item in more.items() for why in misfits(item, rule, f"{at}.{name}")]


def _items(value: Any, rule: Any, schema: Schema, at: str) -> list[str]:
    if not isinstance(value, list):
        return []
    return [why for i, item in enumerate(value) for why in misfits(item, rule, f"{at}[{i}]")]


def _any_of(value: Any, rule: Any, schema: Schema, at: str) -> list[str]:
    tried = [misfits(value, s, at) for s in rule]
    return [] if not all(tried) else [f"{at}: none of anyOf fits: {tried}"]


def _all_of(value: Any, rule: Any, schema: Schema, at: str) -> list[str]:
    return [why for s in rule for why in misfits(value, s, at)]


def _limit(fits: Any) -> Any:
    def check(value: Any, rule: Any, schema: Schema, at: str) -> list[str]:
        try:
            fine = fits(value, rule)
        except TypeError:
            fine = True  # a limit of another type says nothing
        return [] if fine else [f"{at}: {value!r:.100} beyond {rule}"]

    return check


CHECKS: dict[str, Any] = {
    "type": _type,
    "required": _required,
    "properties": _properties,
    "additionalProperties": _additional,
    "items": _items,
    "anyOf": _any_of,
    "oneOf": _any_of,
    "allOf": _all_of,
    "enum": _limit(lambda v, rule: v in rule),
    "const": _limit(lambda v, rule: v == rule),
    "pattern": _limit(lambda v, rule: not isinstance(v, str) or re.search(rule, v)),
    "minimum": _limit(lambda v, rule: v >= rule),
    "maximum": _limit(lambda v, rule: v <= rule),
    "exclusiveMinimum": _limit(lambda v, rule: v > rule),
    "minLength": _limit(lambda v, rule: not isinstance(v, str) or len(v) >= rule),
    "maxLength": _limit(lambda v, rule: not isinstance(v, str) or len(v) <= rule),
    "minItems": _limit(lambda v, rule: not isinstance(v, list) or len(v) >= rule),
    "maxItems": _limit(lambda v, rule: not isinstance(v, list) or len(v) <= rule),
    "minProperties": _limit(lambda v, rule: not isinstance(v, dict) or len(v) >= rule),
    "maxProperties": _limit(lambda v, rule: not isinstance(v, dict) or len(v) <= rule),
}
