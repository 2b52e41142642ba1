"""The part of JSON Schema that schema/openapi.json uses, and nothing more: a keyword unknown here is an error, so that no
rule of the description goes unchecked. Objects may have only the members that are described, unless they say otherwise."""
import datetime
import re

ANNOTATIONS = {"description", "default", "title", "examples"}
KINDS = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool, "null": type(None)}
CHECKED = {"$ref", "type", "properties", "required", "items", "additionalProperties", "enum", "const", "oneOf", "pattern", "format", "minimum", "maximum"}


def is_kind(value, name):
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, KINDS[name])


class Schemas:
    """Checks values against the schemas of one OpenAPI description."""

    def __init__(self, description):
        self.components = description["components"]

    def resolve(self, schema):
        while "$ref" in schema:
            assert set(schema) <= {"$ref"} | ANNOTATIONS, f"{schema}: keywords beside $ref"
            _, part, section, name = schema["$ref"].split("/")
            assert part == "components", schema
            schema = self.components[section][name]
        return schema

    def problems(self, value, schema, where="answer"):
        """What is wrong with the value, as a list of texts."""
        schema = self.resolve(schema)
        unknown = set(schema) - CHECKED - ANNOTATIONS
        if unknown:
            return [f"{where}: the description uses {unknown}, which this checker does not know"]
        if "oneOf" in schema:
            tried = [self.problems(value, choice, where) for choice in schema["oneOf"]]
            fitting = sum(not problems for problems in tried)
            return [] if fitting == 1 else [f"{where}: {fitting} of oneOf fit"] + sum(tried, [])
        found = []
        if "const" in schema and value != schema["const"]:
            found.append(f"{where}: {value!r} is not {schema['const']!r}")
        if "type" in schema:
            types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
            if not any(is_kind(value, name) for name in types):
                return found + [f"{where}: {value!r} is not {types}"]
        if "enum" in schema and value is not None and value not in schema["enum"]:
            found.append(f"{where}: {value!r} is not one of {schema['enum']}")
        if isinstance(value, str):
            found += self.text_problems(value, schema, where)
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            if value < schema.get("minimum", value) or value > schema.get("maximum", value):
                found.append(f"{where}: {value} is out of range")
        elif isinstance(value, list):
            for index, item in enumerate(value):
                found += self.problems(item, schema.get("items", {}), f"{where}[{index}]")
        elif isinstance(value, dict):
            found += self.object_problems(value, schema, where)
        return found

    def text_problems(self, value, schema, where):
        found = []
        if "pattern" in schema and not re.search(schema["pattern"], value):
            found.append(f"{where}: {value!r} does not match {schema['pattern']}")
        if schema.get("format") == "date-time":
            try:
                assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", value)
                datetime.datetime.fromisoformat(value[:19])
            except (AssertionError, ValueError):
                found.append(f"{where}: {value!r} is not RFC 3339 with nanoseconds and Z")
        return found

    def object_problems(self, value, schema, where):
        if "properties" not in schema and "additionalProperties" not in schema:
            return []  # Free in form, and described in words.
        found = [f"{where}: {name} is missing" for name in schema.get("required", []) if name not in value]
        for name, item in value.items():
            if name in schema.get("properties", {}):
                found += self.problems(item, schema["properties"][name], f"{where}.{name}")
            elif schema.get("additionalProperties", False) is False:
                found.append(f"{where}.{name}: is not described")
            elif schema["additionalProperties"] is not True:
                found += self.problems(item, schema["additionalProperties"], f"{where}.{name}")
        return found
