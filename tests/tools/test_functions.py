"""Python functions read as tools: annotations, defaults, the three kinds of docstrings, and errors with their lines."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.errors import BadRequest
from playground.params import BY_NAME, check
from playground.tools import read_functions

STRING, INTEGER, NUMBER = {"type": "string"}, {"type": "integer"}, {"type": "number"}


def parameters(source: str) -> dict[str, Any]:
    read = read_functions(source)
    assert check(BY_NAME["tools"], read.tools)
    schema: dict[str, Any] = read.tools[0]["function"]["parameters"]
    return schema


@pytest.mark.parametrize(
    ("annotation", "schema"),
    [
        ("str", STRING),
        ("int", INTEGER),
        ("float", NUMBER),
        ("bool", {"type": "boolean"}),
        ("Any", {}),
        ("'str'", STRING),
        ("'list[int]'", {"type": "array", "items": INTEGER}),
        ("list", {"type": "array"}),
        ("List[str]", {"type": "array", "items": STRING}),
        ("typing.Sequence[list[int]]", {"type": "array", "items": {"type": "array", "items": INTEGER}}),
        ("set[int]", {"type": "array", "items": INTEGER, "uniqueItems": True}),
        ("tuple[int, ...]", {"type": "array", "items": INTEGER}),
        ("tuple[int, str]", {"type": "array", "prefixItems": [INTEGER, STRING], "minItems": 2, "maxItems": 2}),
        ("dict", {"type": "object"}),
        ("dict[str, Any]", {"type": "object"}),
        ("dict[str, float]", {"type": "object", "additionalProperties": NUMBER}),
        ("Literal['a', 'b']", {"type": "string", "enum": ["a", "b"]}),
        ("Literal[1, -2]", {"type": "integer", "enum": [1, -2]}),
        ("Literal['a', 1]", {"type": ["string", "integer"], "enum": ["a", 1]}),
        ("Optional[str]", {"type": ["string", "null"]}),
        ("str | None", {"type": ["string", "null"]}),
        ("Literal['a'] | None", {"type": ["string", "null"], "enum": ["a", None]}),
        ("int | str", {"type": ["integer", "string"]}),
        ("Union[int, list[int], None]", {"anyOf": [INTEGER, {"type": "array", "items": INTEGER}, {"type": "null"}]}),
        ("Annotated[int, 'how many']", {"type": "integer", "description": "how many"}),
        ("Annotated[int, Field(ge=1, le=5, description='few')]", {"type": "integer", "description": "few", "minimum": 1, "maximum": 5}),
        ("datetime.date", {"type": "string", "format": "date"}),
        ("Unit", {"type": "string", "enum": ["C", "F"]}),
        ("Choice", {"type": "string", "enum": ["x"]}),
        ("Place", {"type": "object", "properties": {"city": STRING, "zip": {"type": ["string", "null"]}}, "required": ["city"]}),
    ],
)  # fmt: skip
def test_annotations_become_schemas(annotation: str, schema: dict[str, Any]) -> None:
    source = f"""
class Unit(str, Enum):
    CELSIUS = "C"
    FAHRENHEIT = "F"

Choice = Literal["x"]

@dataclass
class Place:
    city: str
    zip: str | None = None

def f(a: {annotation}): ...
"""
    assert parameters(source) == {"type": "object", "properties": {"a": schema}, "required": ["a"]}


def test_defaults_make_a_parameter_optional() -> None:
    source = "async def f(self, a: int, b: int = 3, *, c: str | None = None, d: int = None, e: float = X, f: list = (1,)): ..."
    read = read_functions(source)
    assert parameters(source) == {
        "type": "object",
        "properties": {
            "a": INTEGER,
            "b": {"type": "integer", "default": 3},
            "c": {"type": ["string", "null"], "default": None},
            "d": INTEGER,
            "e": NUMBER,
            "f": {"type": "array", "default": [1]},
        },
        "required": ["a"],
    }
    assert "f, e: the default X is not a plain value and was left out." in read.notes


GOOGLE = '''
    """The weather in a city.

    It looks
    a day ahead.

    Args:
        city (str): The city,
            with its country.
        days: How many days: one to five.

    Returns:
        city: not this one
    """'''
NUMPY = '''
    """
    The weather in a city.

    It looks a day ahead.

    Parameters
    ----------
    city : str
        The city,
        with its country.
    days : int, optional
        How many days: one to five.

    Returns
    -------
    city : str
        Not this one.
    """'''
REST = '''
    """The weather in a city.

    It looks a day ahead.

    :param str city: The city,
        with its country.
    :param days: How many days: one to five.
    :type days: int
    :returns: Not this one.
    """'''


@pytest.mark.parametrize("docstring", [GOOGLE, NUMPY, REST], ids=["google", "numpy", "rest"])
def test_docstrings_describe_the_function_and_its_parameters(docstring: str) -> None:
    read = read_functions(f"def weather(city: str, days: int = 1) -> str:{docstring}\n    return fetch(city)\n")
    assert read.notes == ()
    assert read.tools == (
        {
            "type": "function",
            "function": {
                "name": "weather",
                "description": "The weather in a city.\n\nIt looks a day ahead.",
                "parameters": {
                    "type": "object",
                    "properties": {
                        "city": {"type": "string", "description": "The city, with its country."},
                        "days": {"type": "integer", "description": "How many days: one to five.", "default": 1},
                    },
                    "required": ["city"],
                },
            },
        },
    )


@pytest.mark.parametrize("docstring", [GOOGLE, NUMPY, REST], ids=["google", "numpy", "rest"])
def test_types_in_a_docstring_stand_in_for_annotations(docstring: str) -> None:
    assert parameters(f"def weather(city):{docstring}\n")["properties"]["city"]["type"] == "string"


def test_what_is_missing_is_noted() -> None:
    read = read_functions('def f(a):\n    """Does it.\n\n    Args:\n        b: gone\n    """\ndef g(): ...')
    assert [tool["function"]["name"] for tool in read.tools] == ["f", "g"]
    assert read.notes == (
        "f, a: there is no annotation; any value is allowed.",
        "f: the docstring tells of b, which is not a parameter.",
        "g: there is no docstring to tell the model what it does.",
    )


@pytest.mark.parametrize("source", ["def f(a: int) -> str:", "    def f(a: int): ...", "def f(a: int):\n    boom()"])
def test_a_bare_signature_or_an_indented_one_will_do(source: str) -> None:
    assert parameters(source)["required"] == ["a"]


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("", "the text is empty"),
        ("x = 1", "there is no function"),
        ("class A: ...", "there is no function"),
        ("\n\ndef f(:\n    pass", "line 3: "),
        ("def f():\n    return (", "line 2: "),
        ("def f(\n    a: int,\n    b: Strange,\n): ...", "line 3: the type Strange is not known here"),
        ("\n\n\ndef f(a: Strange): ...", "line 4: the type Strange"),
        ("def f(\n    a: 'Strange[',\n): ...", "line 2: the type 'Strange[' is not valid Python"),
        ("def f(a: 5): ...", "line 1: 5 is a value, not a type"),
        ("def f(a: int, *rest): ...", "line 1: *rest can't be a parameter"),
        ("def f(**rest): ...", "line 1: **rest can't be a parameter"),
        ("def f(a: dict[int, str]): ...", "line 1: the keys of dict[int, str] must be texts"),
        ("def f(a: Literal[b]): ...", "line 1: b is not a plain value"),
        ("def f(a: Literal[b'x']): ...", "line 1: b'x' is no JSON value"),
        ("class E(Enum): ...\ndef f(a: E): ...", "line 1: there is nothing to choose from"),
        ("class N:\n    n: N\ndef f(a: N): ...", "line 2: N contains itself"),
        ("T = list[T]\ndef f(a: T): ...", "line 1: T contains itself"),
        ("def f(a): ...\x00", "null bytes"),
        ("def f(a: " + "-" * 5000 + "1): ...", ""),
        ("#" * 100_001, "longer than"),
    ],
)
def test_an_error_says_what_and_where(source: str, says: str) -> None:
    with pytest.raises(BadRequest, match=r".") as caught:
        read_functions(source)
    assert says in caught.value.message
    assert caught.value.advice


def test_nothing_is_run(tmp_path: Any) -> None:
    spot = tmp_path / "run"
    source = f"open({str(spot)!r}, 'w')\n@open({str(spot)!r}, 'w')\ndef f(a: int = open({str(spot)!r}, 'w')): ..."
    assert parameters(source)["properties"] == {"a": INTEGER}
    assert not spot.exists()


@given(text=st.text(alphabet="def f(a:int=,*)[]|.'\"\n :Literal", max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read = read_functions(text)
    except BadRequest:
        return
    assert check(BY_NAME["tools"], read.tools)
