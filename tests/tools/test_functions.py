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
        ("set", {"type": "array"}),
        ("set[int]", {"type": "array", "items": INTEGER}),
        ("tuple[int, ...]", {"type": "array", "items": INTEGER}),
        ("tuple[int, str]", {"type": "array", "prefixItems": [INTEGER, STRING], "minItems": 2, "maxItems": 2}),
        ("tuple[()]", {"type": "array", "maxItems": 0}),
        ("dict", {"type": "object"}),
        ("dict[str, Any]", {"type": "object"}),
        ("dict[str, float]", {"type": "object", "additionalProperties": NUMBER}),
        ("dict[Choice, int]", {"type": "object", "properties": {"x": INTEGER}, "additionalProperties": False}),
        ("Literal['a', 'b', 'a']", {"type": "string", "enum": ["a", "b"]}),
        ("Literal[1, -2]", {"type": "integer", "enum": [1, -2]}),
        ("Literal['a', 1]", {"type": ["string", "integer"], "enum": ["a", 1]}),
        ("Literal[Unit.CELSIUS]", {"type": "string", "enum": ["C"]}),
        ("Optional[str]", {"type": ["string", "null"]}),
        ("str | None", {"type": ["string", "null"]}),
        ("Literal['a'] | None", {"type": ["string", "null"], "enum": ["a", None]}),
        ("int | str", {"type": ["integer", "string"]}),
        ("Union[int, list[int], None]", {"anyOf": [INTEGER, {"type": "array", "items": INTEGER}, {"type": "null"}]}),
        ("Annotated[int, 'how many']", {"type": "integer", "description": "how many"}),
        ("Annotated[int, Field(ge=1, le=5, description='few')]", {"type": "integer", "description": "few", "minimum": 1, "maximum": 5}),
        ("Annotated[list[int], Field(min_length=1, max_length=None)]", {"type": "array", "items": INTEGER, "minItems": 1}),
        ("Annotated[dict | None, Field(max_length=2)]", {"type": ["object", "null"], "maxProperties": 2}),
        ("Annotated[str, Field(pattern='a+', min_length=1, examples=('a',))]", {"type": "string", "pattern": "a+", "minLength": 1, "examples": ["a"]}),
        ("Annotated[float, Gt(0), MultipleOf(0.5), Doc('half')]", {"type": "number", "exclusiveMinimum": 0, "multipleOf": 0.5, "description": "half"}),
        ("' int | None '", {"type": ["integer", "null"]}),
        ("datetime.date", {"type": "string", "format": "date"}),
        ("Unit", {"type": "string", "enum": ["C", "F"]}),
        ("Choice", {"type": "string", "enum": ["x"]}),
        ("Other", {"type": "string", "enum": ["y"]}),
        ("Size", {"type": "string", "enum": ["small", "large"]}),
        ("Rank", {"type": "integer", "enum": [1, 5, 6]}),
        ("Place", {"type": "object", "properties": {"city": STRING, "zip": {"type": ["string", "null"], "default": None}}, "required": ["city"]}),
    ],
)  # fmt: skip
def test_annotations_become_schemas(annotation: str, schema: dict[str, Any]) -> None:
    source = f"""
class Unit(str, Enum):
    CELSIUS = "C"
    FAHRENHEIT = "F"

class Size(StrEnum):
    SMALL = auto()
    LARGE = auto()

class Rank(IntEnum):
    FIRST = auto()
    FIFTH = 5
    SIXTH = auto()

Choice = Literal["x"]
Other: TypeAlias = Literal["y"]

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


@pytest.mark.parametrize(
    ("parameter", "schema", "required"),
    [
        ("a: int = Field(..., description='q', ge=1)", {"type": "integer", "description": "q", "minimum": 1}, True),
        ("a: int = Field(description='q')", {"type": "integer", "description": "q"}, True),
        ("a: int = Field(3, description='q')", {"type": "integer", "description": "q", "default": 3}, False),
        ("a: int = pydantic.Field(default=3)", {"type": "integer", "default": 3}, False),
        ("a: list = field(default_factory=list, repr=False)", {"type": "array"}, False),
        ("a: Annotated[int, Field(default=3, le=9)]", {"type": "integer", "maximum": 9, "default": 3}, False),
        ("a: Unit = Unit.F", {"type": "string", "enum": ["C", "F"], "default": "F"}, False),
        ("a: str = Unit.F.value", {"type": "string", "default": "F"}, False),
        ("a: list = (1, (2,))", {"type": "array", "default": [1, [2]]}, False),
    ],
)
@pytest.mark.parametrize("of_class", [False, True], ids=["function", "class"])
def test_what_stands_behind_the_equals_sign(
    parameter: str, schema: dict[str, Any], required: bool, of_class: bool
) -> None:
    unit = "class Unit(Enum):\n    C = 'C'\n    F = 'F'\n"
    text = f"class It:\n    {parameter}\ndef f(it: It): ..." if of_class else f"def f({parameter}): ..."
    read = parameters(unit + text)
    assert (read["properties"]["it"] if of_class else read) == {
        "type": "object",
        "properties": {"a": schema},
        **({"required": ["a"]} if required else {}),
    }


@pytest.mark.parametrize(
    ("classes", "properties", "required"),
    [
        ("class It(TypedDict, total=False):\n    a: int\n    b: Required[str]", {"a": INTEGER, "b": STRING}, ["b"]),
        ("class It(TypedDict):\n    a: 'NotRequired[int]'\n    b: Annotated[typing.NotRequired[str], 1]\n    c: str",
         {"a": INTEGER, "b": STRING, "c": STRING}, ["c"]),
        ("class Base(TypedDict):\n    a: int\nclass It(Base, total=False):\n    b: str", {"a": INTEGER, "b": STRING}, ["a"]),
        ("class Base(BaseModel):\n    a: int\n    b: int\nclass It(Base):\n    b: str\n    c: float",
         {"a": INTEGER, "b": STRING, "c": NUMBER}, ["a", "b", "c"]),
        ("class Base(BaseModel):\n    a: int\nclass It(Base):\n    pass", {"a": INTEGER}, ["a"]),
        ("@dataclass\nclass It:\n    a: int\n    N: ClassVar[int] = 3", {"a": INTEGER}, ["a"]),
        ("class It(BaseModel):\n    a: int = ...", {"a": INTEGER}, ["a"]),
        ("class It(BaseModel):\n    '''Of it.\n\n    Attributes:\n        a: The a.\n    '''\n    a: int",
         {"a": {"type": "integer", "description": "The a."}}, ["a"]),
    ],
)  # fmt: skip
def test_classes_with_fields_are_objects(classes: str, properties: dict[str, Any], required: list[str]) -> None:
    it = parameters(f"{classes}\ndef f(it: It): ...")["properties"]["it"]
    assert (it["properties"], it["required"]) == (properties, required)
    assert it.get("description") == ("Of it." if "Of it." in classes else None)


@pytest.mark.parametrize(
    ("source", "note"),
    [
        ("class It(Elsewhere):\n    a: int\ndef f(it: It): 'd'",
         "It: Elsewhere is not in the text; fields that it has were left out."),
        ("class It(BaseModel):\n    a: int = Field(alias='b')\ndef f(it: It): 'd'",
         "It, a: alias='b' was left out: it says nothing that is known here."),
        ("def f(a: Annotated[int, Field(ge={[]: 1})]): 'd'", "f, a: ge={[]: 1} was left out: it says nothing that is known here."),
        ("def f(a: Annotated[int, Field(ge='x')]): 'd'", "f, a: ge='x' was left out: it says nothing that is known here."),
        ("def f(a: Annotated[int, Depends(x)]): 'd'", "f, a: Depends(x) was left out: it says nothing that is known here."),
        ("def f(a: set[int]): 'd'", "f, a: a set is read as a list; that no item comes twice is not said."),
        ("def f(a: dict[UUID, int]): 'd'", "f, a: any text may be a key of dict[UUID, int]."),
        ("def f(a: dict = {[]: 1}): 'd'", "f, a: the default {[]: 1} is not a plain value and was left out."),
        ("def f(a: float = 1e999): 'd'", "f, a: the default 1e309 is no JSON value and was left out."),
        (f"def f(a: int = 0x{'f' * 5000}): 'd'", "f, a: the default this is no JSON value and was left out."),
        ("def f(b): 'd'\ndef f(a: int): 'd'", "f: it is there twice; the one of line 2 counts, not that of line 1."),
    ],
)  # fmt: skip
def test_what_is_left_out_is_noted(source: str, note: str) -> None:
    assert read_functions(source).notes == (note,)
    assert parameters(source)


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
        ("\n   \n    def f(a: Strange): ...", "line 3: "),
        ("def f(a: Literal[1e999]): ...", "line 1: 1e309 is no JSON value"),
        ("def f(a: Literal[{[]: 1}]): ...", "line 1: {[]: 1} is not a plain value"),
        ("def f(a: Literal[[1, 2]]): ...", "line 1: [1, 2] can't be a choice"),
        ("def f(a: Literal['\\ud800']): ...", "is no JSON value"),
        (f"def f(a: Literal[0x{'f' * 5000}]): ...", "line 1: this is no JSON value"),
        ("def f(a: Union[()]): ...", "line 1: the type Union[()] is not known here"),
        ("def f(a: Optional[int, str]): ...", "line 1: the type Optional[int, str] is not known here"),
        ("def f(a: list[int, ...]): ...", "line 1: the type list[int, ...] is not known here"),
        ("def f(a: Optional[...]): ...", "line 1: ... is a value, not a type"),
        ("def f(\n    a: Annotated[()]\n): ...", "line 2: the type Annotated[()] is not known here"),
        ("def f(\n    a: Required[()]\n): ...", "line 2: the type Required[()] is not known here"),
        ("def f(a: '" + "-" * 5000 + "1'): ...", "line 1: the type "),
        (
            "def f(\n    a: " + "list[" * 60 + "int" + "]" * 60 + "): ...",
            "line 2: the types are nested more than 40 deep",
        ),
        ("class A(B):\n    a: int\nclass B(A):\n    b: int\ndef f(a: A): ...", "line 3: A contains itself"),
        (
            "class A0:\n    a: int\n"
            + "".join(f"class A{n}(A{n - 1}): ...\n" for n in range(1, 60))
            + "def f(a: A59): ...",
            "line 22: more than 40 names of types stand in each other",
        ),
        ("class E(str, Enum):\n    A = auto()\ndef f(a: E): ...", "line 2: auto() is not a plain value"),
        ("class E(Enum):\n    A, B = 1, 2\ndef f(a: E): ...", "line 2: (1, 2) can't be a choice"),
        ("def f(a: int, *, a: str): ...", "line 1: there are two parameters a"),
        ("\ndef größe(a: int): ...", "line 2: größe can't be the name of a tool: it may hold only the letters"),
        (f"def {'f' * 65}(a: int): ...", "64 at most"),
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


@pytest.mark.parametrize(
    "step",
    [
        "A{0} = tuple[A{1}, A{1}]",
        "A{0} = 'tuple[A{1}, A{1}]'",
        "class A{0}:\n    a: A{1}\n    b: A{1}",
        "class A{0}(A{1}, A{1}, A{1}): ...",
    ],
)
def test_types_that_double_with_each_line_are_refused(step: str) -> None:
    lines = ["class A0:\n    a: int", *(step.format(at, at - 1) for at in range(1, 13))]
    with pytest.raises(BadRequest, match=r"line \d+: the types of the text, written out, are too large"):
        read_functions("\n".join([*lines, "def f(a: A12): ..."]))


@pytest.mark.parametrize(
    "named",
    [
        f"A = Literal[{'a' * 40_000!r}]",
        f"A = Annotated[int, {'a' * 40_000!r}]",
        f"A = 'int{' ' * 40_000}'",
        f"class A:\n    {'Word. ' * 7000!r}\n    a: int",
        f"class A:\n    {'0;' * 20_000}\n    a: int",
    ],
    ids=["choice", "description", "string", "docstring", "body"],
)
def test_long_texts_that_are_used_often_are_refused(named: str) -> None:
    with pytest.raises(BadRequest, match=r"line \d+: the types of the text, written out, are too large"):
        read_functions(f"{named}\ndef f(a: tuple[{', '.join(['A'] * 1000)}]): ...")


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
