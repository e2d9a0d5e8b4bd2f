"""A constraint in the words of llguidance: the grammar of a schema, a pattern, or a grammar in Lark or GBNF. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from llguidance import LLMatcher, regex_to_lark
from llguidance.gbnf_to_lark import gbnf_to_lark

from ...errors import BadRequest, few_lines
from .constraints import Constraint
from .lark import ESCAPES
from .larkparts import with_schemas
from .patterns import REPEATED, repeated
from .schemakeywords import held
from .schemaplaces import schemas_in

COMPACT: Any = {"whitespace_flexible": False, **ESCAPES}  # or a weak model pads with blanks for ever
SEARCHED = 60
_STRINGS = re.compile(r'("(?:[^"\\]|\\.)*"?)|([^"]+)', re.DOTALL)
_BLANKS = re.compile(r"\s*([{}\[\]:,])\s*")


def with_part(grammar: str, name: str, part: str) -> str:
    """A grammar in Lark that speaks of another one as @name, together with that."""
    try:
        described = json.loads(part)["grammars"][0]
    except ValueError:
        described = {"lark_grammar": part}
    return json.dumps({"grammars": [{"lark_grammar": grammar}, {**described, "name": name}]})


def text_of(constraint: Constraint) -> str:
    """The constraint in the words of llguidance. Raises BadRequest."""
    if constraint.kind == "schema":
        made: str = LLMatcher.grammar_from_json_schema(json.dumps(constraint.schema), defaults=COMPACT)
    elif repeated(constraint.source) > REPEATED:
        raise refused(constraint, f"it repeats something more than {REPEATED:,} times")
    elif constraint.kind == "regex":
        made = LLMatcher.grammar_from_regex(regex_to_lark(constraint.source, "dws"))  # classes of ASCII
    else:
        source = constraint.source if constraint.kind == "lark" else _in_lark(constraint)
        made = json.dumps({"grammars": [{"lark_grammar": with_schemas(source, _compact, constraint.param)}]})
    return made


def _compact(schema: Any, param: str) -> Any:
    kept = held(schema, param)
    return {**kept, "x-guidance": COMPACT} if isinstance(kept, dict) else kept


def without_blanks(text: str) -> str:
    """The beginning of a JSON text without the blanks around its marks, which answers don't have."""
    return "".join(string or _BLANKS.sub(r"\1", rest) for string, rest in _STRINGS.findall(text))


def _in_lark(constraint: Constraint) -> str:
    try:
        made: str = gbnf_to_lark(constraint.source)
    except Exception as error:  # it raises nothing narrower for a rule that is missing, and may run out of stack
        words = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise refused(constraint, words) from error
    return made


def refused(constraint: Constraint, words: str) -> BadRequest:
    what = {"schema": "schema", "regex": "regular expression"}.get(constraint.kind, "grammar")
    return BadRequest(
        f"This {what} can't be held to: {few_lines(words)}",
        param=constraint.param,
        advice="Remove or change what it names: a constraint is kept whole, or refused.",
    )


def culprit(constraint: Constraint, said: Callable[[str], str]) -> str:
    """The place in a refused schema where the reason stands, with the keywords there.

    `said` tells what is wrong with a grammar.
    """
    whole = json.loads(constraint.source)
    shared = {name: whole[name] for name in ("$defs", "definitions") if name in whole}
    places = [(place, schema) for place, schema in schemas_in(whole) if isinstance(schema, dict)][:SEARCHED]
    place, schema = "#", whole
    for place, schema in reversed(places):  # noqa: B007 - it is where the search ended
        part = Constraint("schema", json.dumps({**shared, **schema}), constraint.param)
        try:
            wrong = said(text_of(part))
        except BadRequest:  # a part that can't stand alone
            continue
        if wrong:
            break
    names = [f'"{keyword}"' for keyword in schema if keyword not in shared]
    return f"{place} ({', '.join(names[:8])})"
