"""The house rules of src/analysis, read from its source: the map of rooms, one-way imports, sizes, docstrings.

The rules are functions of text, so that the last tests can show each of them being broken.
"""

import ast
import json
import re
from itertools import pairwise
from pathlib import Path

import pytest

import analysis

HOUSE = Path(analysis.__file__).parent
MOST_LINES, MOST_LINES_OF_A_FUNCTION, MOST_PARAMETERS = 300, 50, 7


def rooms_of(house):
    """Dotted name -> file, for every module below the package; a folder of rooms is a room itself."""
    found = {}
    for path in sorted(house.rglob("*.py")):
        parts = path.relative_to(house).with_suffix("").parts
        found[".".join(part for part in parts if part != "__init__")] = path
    return {name: path for name, path in found.items() if name}


def mapped(docstring):
    """The rooms of the map in its order: indented lines of a name, two spaces or more, a few words."""
    return re.findall(r"^    ([a-z][a-z_.]*) {2,}\S", docstring, flags=re.MULTILINE)


def imported(source, known):
    """Rooms that a room uses, also those it imports late or for types only."""
    named = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            named += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            named += [f"{node.module}.{alias.name}" for alias in node.names]
    used = set()
    for name in named:
        head, _, room = name.partition(".")
        while room and room not in known:
            room = room.rpartition(".")[0]
        if head == "analysis" and room:
            used.add(room)
    return used


def uphill(order, uses):
    """(room, used) for every import of a room that does not stand above the one importing it."""
    place = {room: number for number, room in enumerate(order)}
    return [(room, used) for room in uses for used in uses[room] if place[used] >= place[room]]


def marked(docstring):
    """Rooms of the map that say that they are for a reader's own notebooks."""
    return re.findall(r"^    ([a-z][a-z_.]*) {2,}.*\(for your own notebooks\)$", docstring, re.M)


STARTED = {"cli", "kernels.early", "kernels.provisioner", "kernels.server"}
STARTED |= {"pipeline.progress", "pipeline.sphinx_pages"}


def unused(rooms, uses, cells):
    """Rooms that no room and no notebook imports and nothing else starts; folders of rooms apart."""
    used = set().union(*uses.values()) | STARTED | imported(cells, rooms)
    folders = {room.rpartition(".")[0] for room in rooms}
    return [
        room
        for room in rooms
        if room not in used | folders
        and not room.startswith("readers.")  # loaded by name, for the file at hand
    ]


def functions_of(tree):
    return [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]


def parameters_of(function):
    given = function.args
    every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    return [one for one in every if one is not None and one.arg not in ("self", "cls")]


def sizes_broken(source):
    """One sentence for each rule on size that a file breaks."""
    lines = len(source.splitlines())
    broken = [f"{lines} lines"] if lines > MOST_LINES else []
    for function in functions_of(ast.parse(source)):
        long, wide = function.end_lineno - function.lineno + 1, len(parameters_of(function))
        broken += [f"{function.name}: {long} lines"] if long > MOST_LINES_OF_A_FUNCTION else []
        broken += [f"{function.name}: {wide} parameters"] if wide > MOST_PARAMETERS else []
    return broken


def undescribed(source):
    """What is public at the top of a file and says nothing of itself; the file is "the room"."""
    tree = ast.parse(source)
    public = [
        node
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
    ]
    nameless = [] if ast.get_docstring(tree) else ["the room"]
    return nameless + [node.name for node in public if not ast.get_docstring(node)]


ROOMS = rooms_of(HOUSE)
MAP = mapped(analysis.__doc__)


def source_of(room):
    return ROOMS[room].read_text(encoding="utf-8")


# --- the house as it is --------------------------------------------------------------------------


def test_every_room_is_on_the_map_once_and_nothing_else():
    assert len(ROOMS) > 40
    assert sorted(set(ROOMS) - set(MAP)) == [], "rooms missing from the map in analysis/__init__.py"
    assert sorted(set(MAP) - set(ROOMS)) == [], "on the map, but there is no such room"
    assert len(MAP) == len(set(MAP))


def test_imports_run_down_the_map_only():
    uses = {room: imported(source_of(room), ROOMS) for room in ROOMS}
    assert sum(map(len, uses.values())) > 60  # the reading of imports itself works
    against = uphill(MAP, {room: uses[room] & set(MAP) for room in MAP})
    assert against == [], "(room, what it imports though it stands below it on the map)"


def test_rooms_of_one_folder_stand_together_below_it():
    folders = {room.split(".")[0] for room in MAP if "." in room}
    assert {"readers", "pipeline", "importing", "kernels", "commands"} <= folders
    for folder in folders:
        places = [n for n, room in enumerate(MAP) if room.split(".")[0] == folder]
        assert MAP[places[0]] == folder
        assert all(after == before + 1 for before, after in pairwise(places)), folder


def test_rooms_that_no_page_and_no_command_uses_are_marked_on_the_map_and_no_others():
    """They are offered to a reader's own notebooks; one that nobody offers would be dead."""
    cells = "\n".join(
        "".join(cell["source"])
        for path in (HOUSE.parents[1] / "notebooks").glob("*.ipynb")
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "code"
    )
    lone = unused(MAP, {room: imported(source_of(room), ROOMS) for room in ROOMS}, cells)
    assert "change" not in lone and len(lone) < 12  # it does look
    assert sorted(lone) == sorted(marked(analysis.__doc__))


@pytest.mark.parametrize("room", ROOMS)
def test_sizes(room):
    assert sizes_broken(source_of(room)) == []


@pytest.mark.parametrize("room", ROOMS)
def test_whatever_is_public_says_what_it_is(room):
    assert undescribed(source_of(room)) == []


# --- the rules can be broken ---------------------------------------------------------------------


def test_map_reads_names_and_leaves_headings_and_prose_alone():
    text = "A house.\n\nreading  is first\n    one        a few words\n    two.three  more\n    plain prose\n"
    assert mapped(text) == ["one", "two.three"]


def test_imports_are_seen_in_every_form():
    known = {"one", "two", "two.three", "four", "five"}
    source = (
        "import numpy\nfrom analysis import one\nfrom analysis.two import three, name\n"
        "from elsewhere import five\ndef late():\n    import analysis.four\n"
    )
    assert imported(source, known) == {"one", "two", "two.three", "four"}


def test_an_import_against_the_order_is_found_and_so_is_one_of_itself():
    assert uphill(["one", "two"], {"one": {"two"}, "two": {"one"}}) == [("one", "two")]
    assert uphill(["one", "two"], {"one": {"one"}, "two": set()}) == [("one", "one")]


def test_sizes_are_broken_by_one_line_or_parameter_too_many():
    fits = "def f(a, b, c, d, e, *, g, h):\n" + "    a = 1\n" * 49
    assert sizes_broken(fits) == []
    assert sizes_broken(fits + "    a = 1\n") == ["f: 51 lines"]
    assert sizes_broken("def f(a, b, c, d, e, *g, h, **i):\n    pass") == ["f: 8 parameters"]
    assert sizes_broken("\n" * 300) == [] and sizes_broken("\n" * 301) == ["301 lines"]
    assert sizes_broken("class A:\n    def m(self, a, b, c, d, e, f, g): pass") == []


def test_a_room_that_nobody_uses_is_found_and_so_is_its_mark():
    rooms = ["one", "two", "three", "cli"]
    assert unused(rooms, {"two": {"one"}}, "from analysis import three") == ["two"]
    assert marked("\n    one   x (for your own notebooks)\n    two  for your own\n") == ["one"]


def test_silence_is_found():
    assert undescribed("def f():\n    pass\n") == ["the room", "f"]
    assert undescribed('"""Room."""\ndef _f():\n    pass\nclass A:\n    pass\n') == ["A"]
