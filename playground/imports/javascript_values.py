"""JavaScript expressions as values, by reading them: literals, names, and the few calls whose result a text tells."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..snippets import javascript
from .quoting import joined_halves
from .scope import Scope
from .values import ABSENT, Hole, JsonText, Made, Mixed, as_hole, joined, mapped, with_default

if TYPE_CHECKING:
    from tree_sitter import Node

FUNCTIONS = frozenset(
    {"arrow_function", "function_expression", "function_declaration", "generator_function", "method_definition"}
    | {"generator_function_declaration"}
)
_ENVIRONMENTS = frozenset({"process.env", "import.meta.env", "Bun.env"})
_GETTERS = frozenset({"Deno.env.get", "getEnv"})
_ESCAPE = re.compile(
    r"\\(?:u\{(?P<code>[0-9A-Fa-f]{1,6})\}|u(?P<unit>[0-9A-Fa-f]{4})|x(?P<byte>[0-9A-Fa-f]{2})"
    r"|(?P<end>\r\n|[\n\r\u2028\u2029])|(?P<char>.))",
    re.DOTALL,
)
_PLAIN = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
_TRIMS = {"trim": str.strip, "trimStart": str.lstrip, "trimEnd": str.rstrip}
_SAFE = 2**53


class Values:
    """Reads the expressions of one program."""

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._readers: dict[str, Callable[[Node, Scope], Any]] = {
            "string": self._string,
            "template_string": self._template,
            "number": self._number,
            "true": lambda node, scope: True,
            "false": lambda node, scope: False,
            "null": lambda node, scope: None,
            "undefined": lambda node, scope: ABSENT,
            "array": self._array,
            "object": self._object,
            "identifier": self._name,
            "member_expression": self._name,
            "subscript_expression": self._item,
            "unary_expression": self._unary,
            "binary_expression": self._binary,
            "parenthesized_expression": self._inner,
            "await_expression": self._inner,
            "call_expression": self._call,
            "new_expression": self._new,
            **dict.fromkeys(FUNCTIONS, self._function),
        }

    def evaluate(self, node: Node, scope: Scope) -> Any:
        """The value of an expression; what the text does not tell is a Hole."""
        scope.deadline.check()
        read = self._readers.get(node.type)
        return self.hole(node) if read is None else read(node, scope)

    def text(self, node: Node) -> str:
        return self._slice(node.start_byte, node.end_byte)

    def _slice(self, start: int, end: int) -> str:
        return self._source[start:end].decode(errors="replace")

    def hole(self, node: Node) -> Hole:
        return Hole(line_of(node), self._said(node))

    def _said(self, node: Node | None, depth: int = 12) -> str:
        """What an expression is, in its own words but for texts and numbers, which may be a secret."""
        if node is None or depth == 0:
            return "..."
        if node.type in ("identifier", "this", "shorthand_property_identifier", "meta_property"):
            return f"{self.text(node):.40}"
        if node.type in ("await_expression", "parenthesized_expression", "template_substitution"):
            return self._said(node.named_children[0] if node.named_children else None, depth - 1)
        inner, name = node.child_by_field_name("object"), node.child_by_field_name("property")
        if inner is not None:
            return self._said(inner, depth - 1) + ("[...]" if name is None else f".{self.text(name):.40}")
        called = node.child_by_field_name("function") or node.child_by_field_name("constructor")
        return node.type.replace("_", " ") if called is None else f"{self._said(called, depth - 1)}(...)"

    def dotted(self, node: Node | None) -> str:
        """`a.b.c` for such an expression, "" for any other."""
        names: list[str] = []
        while node is not None and node.type == "member_expression":
            name = node.child_by_field_name("property")
            names.append("" if name is None else self.text(name))
            node = node.child_by_field_name("object")
        if node is None or node.type not in ("identifier", "this", "meta_property"):
            return ""
        return ".".join([self.text(node), *reversed(names)])

    # --- literals --------------------------------------------------------------------------------

    def _string(self, node: Node, scope: Scope) -> str:
        return unescaped(self.text(node)[1:-1])

    def _template(self, node: Node, scope: Scope) -> Any:
        parts: list[Any] = []
        start = node.start_byte + 1
        for child in node.named_children:
            if child.type == "template_substitution":
                parts.append(self._raw(start, child.start_byte))
                parts.append(_as_text(self.evaluate(child.named_children[0], scope), self.hole(child)))
                start = child.end_byte
        return joined([*parts, self._raw(start, node.end_byte - 1)])

    def _raw(self, start: int, end: int) -> str:
        return unescaped(self._slice(start, end).replace("\r\n", "\n").replace("\r", "\n"))

    def _number(self, node: Node, scope: Scope) -> Any:
        text = self.text(node).replace("_", "")
        try:
            if re.fullmatch(r"\d+", text):
                return int(text)
            if re.match(r"0[xXbBoO]|\d+n\Z", text):
                return int(text.rstrip("n"), 0)
            number = float(text)
        except ValueError:
            return self.hole(node)
        return number if abs(number) < float("inf") else self.hole(node)

    def _array(self, node: Node, scope: Scope) -> list[Any]:
        found: list[Any] = []
        for child in node.named_children:
            if child.type == "spread_element":
                value = self.evaluate(child.named_children[0], scope)
                scope.extend(found, value if isinstance(value, list) else [as_hole(value) or self.hole(child)])
            elif child.type != "comment":
                found.append(self.evaluate(child, scope))
        return found

    def _object(self, node: Node, scope: Scope) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for child in node.named_children:
            if child.type == "pair":
                key, value = child.child_by_field_name("key"), child.child_by_field_name("value")
                assert key is not None
                assert value is not None
                name = self._key(key, scope)
                if name != "__proto__" or key.type == "computed_property_name":  # else it is the prototype
                    found[name] = self.evaluate(value, scope)
            elif child.type == "shorthand_property_identifier":
                found[self.text(child)] = self._name(child, scope)
            elif child.type == "spread_element":
                value = self.evaluate(child.named_children[0], scope)
                found |= value if isinstance(value, dict) else {as_hole(value) or self.hole(child): True}
            elif child.type == "method_definition":
                name_node = child.child_by_field_name("name")
                found[self.text(name_node) if name_node else ""] = self._function(child, scope)
        return found

    def _key(self, node: Node, scope: Scope) -> Any:
        if node.type == "property_identifier":
            return self.text(node)
        inner = node.named_children[0] if node.type == "computed_property_name" else node
        value = with_default(self.evaluate(inner, scope))
        if isinstance(value, str):
            return value
        return _as_text(value, self.hole(node))

    # --- names -----------------------------------------------------------------------------------

    def _name(self, node: Node, scope: Scope) -> Any:
        path = self.dotted(node) if node.type == "member_expression" else self.text(node)
        if path and path in scope:
            return scope[path]
        base, _, name = path.rpartition(".")
        if base in _ENVIRONMENTS:
            return _variable(node, name)
        if node.type != "member_expression":
            return {"NaN": None, "Infinity": None}.get(path, self.hole(node))
        inner = node.child_by_field_name("object")
        value = None if inner is None else self.evaluate(inner, scope)
        field = node.child_by_field_name("property")
        if isinstance(value, dict) and field is not None and self.text(field) in value:
            return value[self.text(field)]
        if isinstance(value, Made):
            return Made(line_of(node), f"{value.name}.{name or '...'}", base=value)
        return self.hole(node)

    def _item(self, node: Node, scope: Scope) -> Any:
        inner, index = node.child_by_field_name("object"), node.child_by_field_name("index")
        if inner is None or index is None:
            return self.hole(node)
        key = self.evaluate(index, scope)
        if self.dotted(inner) in _ENVIRONMENTS and isinstance(key, str):
            return _variable(node, key)
        base = self.evaluate(inner, scope)
        if isinstance(base, dict) and isinstance(key, str) and key in base:
            return base[key]
        if isinstance(base, list) and type(key) is int and 0 <= key < len(base):
            return base[key]
        return as_hole(base) or self.hole(node)

    # --- operators -------------------------------------------------------------------------------

    def _inner(self, node: Node, scope: Scope) -> Any:
        inner = next((child for child in node.named_children if child.type != "comment"), None)
        return self.hole(node) if inner is None else self.evaluate(inner, scope)

    def _unary(self, node: Node, scope: Scope) -> Any:
        sign, operand = self.text(node.children[0]), node.child_by_field_name("argument")
        value = None if operand is None else self.evaluate(operand, scope)
        if sign == "void":
            return ABSENT
        if sign == "!" and type(value) is int:
            return not value  # minified code writes !0 for true
        if sign not in ("-", "+") or isinstance(value, bool) or not isinstance(value, (int, float)):
            return as_hole(value) or self.hole(node)
        return value if sign == "+" else -0.0 if type(value) is int and value == 0 else -value

    def _binary(self, node: Node, scope: Scope) -> Any:
        operator = node.child_by_field_name("operator")
        sign = "" if operator is None else self.text(operator)
        terms: list[Node] = []
        inner: Node | None = node
        while inner is not None and inner.type == "binary_expression" and self._sign(inner) == sign:
            right = inner.child_by_field_name("right")
            terms.extend([right] if right is not None else [])
            inner = inner.child_by_field_name("left")
        values = [self.evaluate(term, scope) for term in (*([inner] if inner is not None else []), *reversed(terms))]
        if sign == "+" and any(isinstance(value, (str, Mixed)) for value in values):
            return joined([_as_text(value, self.hole(node)) for value in values])
        if sign in ("??", "||") and isinstance(values[0], Hole) and values[0].env:
            default = next((value for value in values if isinstance(value, str)), None)
            return Hole(values[0].line, values[0].said, env=values[0].env, default=default or None)
        if sign in ("+", "-", "*") and all(type(value) is int and abs(value) < _SAFE for value in values):
            return self._number_of(node, sign, values)
        return next((hole for value in values if (hole := as_hole(value))), None) or self.hole(node)

    def _sign(self, node: Node) -> str:
        operator = node.child_by_field_name("operator")
        return "" if operator is None else self.text(operator)

    def _number_of(self, node: Node, sign: str, values: list[int]) -> Any:
        total = values[0]
        for value in values[1:]:
            total = total + value if sign == "+" else total - value if sign == "-" else total * value
            if abs(total) >= _SAFE:
                return self.hole(node)
        return total

    # --- calls -----------------------------------------------------------------------------------

    def arguments(self, node: Node, scope: Scope) -> list[Any]:
        given = node.child_by_field_name("arguments")
        return [] if given is None or given.type != "arguments" else self._array(given, scope)

    def _new(self, node: Node, scope: Scope) -> Made:
        name = self.dotted(node.child_by_field_name("constructor")) or "a class"
        return Made(line_of(node), name, tuple(self.arguments(node, scope)))

    def _function(self, node: Node, scope: Scope) -> Made:
        return Made(line_of(node), "a function", (Function(node, scope),))

    def _call(self, node: Node, scope: Scope) -> Any:
        function = node.child_by_field_name("function")
        path = self.dotted(function)
        template = node.child_by_field_name("arguments")
        if template is not None and template.type == "template_string":
            return (
                self.text(template)[1:-1]
                if path == "String.raw"
                and not any(child.type == "template_substitution" for child in template.named_children)
                else self.hole(node)
            )
        given = self.arguments(node, scope)
        if path == "JSON.stringify" and given:
            return JsonText(given[0], _stringify(given[2] if len(given) > 2 else None))
        if path in _GETTERS and given and isinstance(given[0], str):
            return _variable(node, given[0])
        if path == "String" and len(given) == 1:
            return _as_text(given[0], self.hole(node))
        base: Any = None
        name = ""
        if function is not None and function.type == "member_expression":
            inner, field = function.child_by_field_name("object"), function.child_by_field_name("property")
            base = None if inner is None else self.evaluate(inner, scope)
            name = "" if field is None else self.text(field)
            known = _method(name, base, given)
            if known is not None:
                return known
        return Made(line_of(node), path or (f"...{name}" if name else "a call"), tuple(given), base=base)


class Function:
    """A function of the program, with the names around it."""

    def __init__(self, node: Node, scope: Scope) -> None:
        self.node = node
        self.scope = scope


def line_of(node: Node) -> int:
    return int(node.start_point.row) + 1


def unescaped(text: str) -> str:
    """The text of a string or template literal (ECMA-262, 12.9.4)."""
    return joined_halves(_ESCAPE.sub(_character, text)) if "\\" in text else text


def _character(found: re.Match[str]) -> str:
    digits = found["code"] or found["unit"] or found["byte"]
    if digits:
        code = int(digits, 16)
        return chr(code) if code <= 0x10FFFF else ""
    return "" if found["end"] else _PLAIN.get(found["char"], found["char"])


def _as_text(value: Any, hole: Hole) -> Any:
    if isinstance(value, (str, Hole, Mixed)):
        return value
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, float) or (isinstance(value, int) and abs(value) <= _SAFE):
        return javascript.number(value)
    return as_hole(value) or hole


def _variable(node: Node, name: str) -> Hole:
    return Hole(line_of(node), f"${name:.60}", env=name)


def _stringify(space: Any) -> Callable[[Any], str]:
    indent = space if type(space) is int and 0 < space <= 10 else None
    separators = (",", ":") if indent is None else (",", ": ")
    return lambda value: json.dumps(value, ensure_ascii=False, indent=indent, separators=separators)


def _method(name: str, base: Any, given: list[Any]) -> Any:
    """What a method gives, or None where that is not known."""
    if name in _TRIMS and isinstance(base, str):
        return mapped(base, _TRIMS[name])
    if name == "toString" and isinstance(base, str):
        return base
    if name == "concat" and isinstance(base, list) and all(isinstance(items, list) for items in given):
        return [item for items in (base, *given) for item in items]
    if name == "join" and isinstance(base, list) and all(isinstance(word, (str, Hole, Mixed)) for word in base):
        between = given[0] if given else ","
        if isinstance(between, str):
            return joined([part for word in base for part in (between, word)][1:])
    if name == "endpoint" and isinstance(base, Made) and given:
        return Made(base.line, base.name, base.arguments, {"endpointUrl": given[0]})
    return None
