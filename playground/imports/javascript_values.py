"""JavaScript expressions as values, by reading them: literals, names, and the few calls whose result a text tells."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import javascript_results as results
from .javascript_source import FUNCTIONS, TYPED, Function, Source, called_of, inner_of, line_of
from .javascript_text import SAFE, number_of, text_of, unescaped
from .scope import Scope
from .values import ABSENT, FUNCTION, Hole, Made, Mixed, as_hole, joined, with_default

if TYPE_CHECKING:
    from tree_sitter import Node

ENVIRONMENTS = frozenset({"process.env", "import.meta.env", "Bun.env"})


class Values:
    """Reads the expressions of one program."""

    def __init__(self, source: Source) -> None:
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
            "call_expression": self._call,
            "new_expression": self._new,
            **dict.fromkeys(("parenthesized_expression", "await_expression", "type_assertion", *TYPED), self._inner),
            **dict.fromkeys(FUNCTIONS, self._function),
        }

    def evaluate(self, node: Node, scope: Scope) -> Any:
        """The value of an expression; what the text does not tell is a Hole."""
        scope.deadline.check()
        read = self._readers.get(node.type)
        return self._source.hole(node) if read is None else read(node, scope)

    # --- literals --------------------------------------------------------------------------------

    def _string(self, node: Node, scope: Scope) -> str:
        return unescaped(self._source.text(node)[1:-1])

    def _template(self, node: Node, scope: Scope) -> Any:
        parts: list[Any] = []
        start = node.start_byte + 1
        for child in node.named_children:
            if child.type == "template_substitution":
                parts.append(self._raw(start, child.start_byte))
                parts.append(text_of(self.evaluate(child.named_children[0], scope), self._source.hole(child)))
                start = child.end_byte
        return joined([*parts, self._raw(start, node.end_byte - 1)])

    def _raw(self, start: int, end: int) -> str:
        return unescaped(self._source.between(start, end).replace("\r\n", "\n").replace("\r", "\n"))

    def _number(self, node: Node, scope: Scope) -> Any:
        number = number_of(self._source.text(node))
        return self._source.hole(node) if number is None else number

    def _array(self, node: Node, scope: Scope) -> list[Any]:
        found: list[Any] = []
        for child in node.named_children:
            if child.type == "spread_element":
                value = self.evaluate(child.named_children[0], scope)
                scope.extend(found, value if isinstance(value, list) else [as_hole(value) or self._source.hole(child)])
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
                found[self._source.text(child)] = self._name(child, scope)
            elif child.type == "spread_element":
                value = self.evaluate(child.named_children[0], scope)
                found |= value if isinstance(value, dict) else {as_hole(value) or self._source.hole(child): True}
            elif child.type == "method_definition":
                name_node = child.child_by_field_name("name")
                found[self._source.text(name_node) if name_node else ""] = self._function(child, scope)
        return found

    def _key(self, node: Node, scope: Scope) -> Any:
        if node.type == "property_identifier":
            return self._source.text(node)
        inner = node.named_children[0] if node.type == "computed_property_name" else node
        value = with_default(self.evaluate(inner, scope))
        if isinstance(value, str):
            return value
        return text_of(value, self._source.hole(node))

    # --- names -----------------------------------------------------------------------------------

    def _name(self, node: Node, scope: Scope) -> Any:
        path = self._source.dotted(node) if node.type == "member_expression" else self._source.text(node)
        if path and path in scope:
            return scope[path]
        base, _, name = path.rpartition(".")
        if base in ENVIRONMENTS:
            return results.variable(line_of(node), name)
        if node.type != "member_expression":
            return {"NaN": None, "Infinity": None}.get(path, self._source.hole(node))
        inner = node.child_by_field_name("object")
        value = None if inner is None else self.evaluate(inner, scope)
        field = node.child_by_field_name("property")
        if isinstance(value, dict) and field is not None and self._source.text(field) in value:
            return value[self._source.text(field)]
        if isinstance(value, Made):
            return Made(line_of(node), f"{value.name}.{name or '...'}", base=value)
        return self._source.hole(node)

    def _item(self, node: Node, scope: Scope) -> Any:
        inner, index = node.child_by_field_name("object"), node.child_by_field_name("index")
        if inner is None or index is None:
            return self._source.hole(node)
        key = self.evaluate(index, scope)
        if self._source.dotted(inner) in ENVIRONMENTS and isinstance(key, str):
            return results.variable(line_of(node), key)
        base = self.evaluate(inner, scope)
        if isinstance(base, dict) and isinstance(key, str) and key in base:
            return base[key]
        if isinstance(base, list) and type(key) is int and 0 <= key < len(base):
            return base[key]
        return as_hole(base) or self._source.hole(node)

    # --- operators -------------------------------------------------------------------------------

    def _inner(self, node: Node, scope: Scope) -> Any:
        inner = inner_of(node)
        return self._source.hole(node) if inner is None else self.evaluate(inner, scope)

    def _unary(self, node: Node, scope: Scope) -> Any:
        sign, operand = self._source.text(node.children[0]), node.child_by_field_name("argument")
        value = None if operand is None else self.evaluate(operand, scope)
        if sign == "void":
            return ABSENT
        if sign == "!" and type(value) is int:
            return not value  # minified code writes !0 for true
        if sign not in ("-", "+") or isinstance(value, bool) or not isinstance(value, (int, float)):
            return as_hole(value) or self._source.hole(node)
        return value if sign == "+" else -0.0 if type(value) is int and value == 0 else -value

    def _binary(self, node: Node, scope: Scope) -> Any:
        operator = node.child_by_field_name("operator")
        sign = "" if operator is None else self._source.text(operator)
        terms: list[Node] = []
        inner: Node | None = node
        while inner is not None and inner.type == "binary_expression" and self._sign(inner) == sign:
            right = inner.child_by_field_name("right")
            terms.extend([right] if right is not None else [])
            inner = inner.child_by_field_name("left")
        values = [self.evaluate(term, scope) for term in (*([inner] if inner is not None else []), *reversed(terms))]
        if sign == "+" and any(isinstance(value, (str, Mixed)) for value in values):
            return joined([text_of(value, self._source.hole(node)) for value in values])
        if sign in ("??", "||") and isinstance(values[0], Hole) and values[0].env:
            default = next((value for value in values if isinstance(value, str)), None)
            return Hole(values[0].line, values[0].said, env=values[0].env, default=default or None)
        if sign in ("+", "-", "*") and all(type(value) is int and abs(value) < SAFE for value in values):
            return self._number_of(node, sign, values)
        return next((hole for value in values if (hole := as_hole(value))), None) or self._source.hole(node)

    def _sign(self, node: Node) -> str:
        operator = node.child_by_field_name("operator")
        return "" if operator is None else self._source.text(operator)

    def _number_of(self, node: Node, sign: str, values: list[int]) -> Any:
        total = values[0]
        for value in values[1:]:
            total = total + value if sign == "+" else total - value if sign == "-" else total * value
            if abs(total) >= SAFE:
                return self._source.hole(node)
        return total

    # --- calls -----------------------------------------------------------------------------------

    def arguments(self, node: Node, scope: Scope) -> list[Any]:
        given = node.child_by_field_name("arguments")
        return [] if given is None or given.type != "arguments" else self._array(given, scope)

    def _new(self, node: Node, scope: Scope) -> Made:
        name = self._source.dotted(node.child_by_field_name("constructor")) or "a class"
        return Made(line_of(node), name, tuple(self.arguments(node, scope)))

    def _function(self, node: Node, scope: Scope) -> Made:
        return Made(line_of(node), FUNCTION, (Function(node, scope),))

    def _call(self, node: Node, scope: Scope) -> Any:
        function, template = called_of(node), node.child_by_field_name("arguments")
        path = self._source.dotted(function)
        if template is not None and template.type == "template_string":
            return self._tagged(node, path, template)
        given = self.arguments(node, scope)
        if path == "String" and len(given) == 1:
            return text_of(given[0], self._source.hole(node))
        known = results.of_function(path, given, line_of(node))
        base, name = None, ""
        if known is None and function is not None and function.type == "member_expression":
            inner, field = function.child_by_field_name("object"), function.child_by_field_name("property")
            base = None if inner is None else self.evaluate(inner, scope)
            name = "" if field is None else self._source.text(field)
            known = results.of_method(name, base, given)
        if known is not None:
            return known
        return Made(line_of(node), path or (f"...{name}" if name else "a call"), tuple(given), base=base)

    def _tagged(self, node: Node, path: str, template: Node) -> Any:
        """A template with a tag before it: `String.raw`...``."""
        filled = any(child.type == "template_substitution" for child in template.named_children)
        return self._source.text(template)[1:-1] if path == "String.raw" and not filled else self._source.hole(node)
