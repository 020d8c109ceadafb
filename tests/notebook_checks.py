"""What every stored notebook and every page of the book must be, as functions that return what is wrong.

Used and shown to fail in test_notebooks.py.
"""

import ast
import re
from pathlib import Path

RECORD = "application/vnd.casework+json"
MOST_LINES = 14
FORBIDDEN = re.compile(
    r"^\s*(?:def|class)\s|\bopen\(|\bread_csv\b|\bto_csv\b"
    r"|\.(?:groupby|pivot|pivot_table|merge|unstack|describe|agg)\(",
    re.M,
)
BY_HAND = re.compile(r"\b(?:from|between) \{[^{}]*\} (?:down )?(?:to|and) \{")
MACHINE = re.compile(r"(?<![\w.:/])/(?:work|tmp|home|root|Users)\b")
GLUED = re.compile(r"\{glue:\w+\}`([^`]+)`")
YEAR = re.compile(r"\b(?:19|20)\d\ds?\b")
RESULTS = (
    re.compile(r"\d+(?:[.,]\d+)?\s*(?:%|per ?cent\b)"),
    re.compile(r"\bn\s*=\s*\d+"),
    re.compile(r"\bp\s*[<=>]\s*\.?\d"),
    re.compile(r"\d+[.,]\d+"),
    re.compile(r"(?<![\w.])\d{2,}(?![\w.]*\d)"),
)
NOT_PROSE = (
    re.compile(r"^(`{3,})(?!\{).*?^\1\s*$", re.M | re.S),  # code; a directive's fence holds words
    re.compile(r"`[^`\n]+`"),
    re.compile(r"\$\$.*?\$\$|\$[^$\n]+\$", re.S),
    re.compile(r"\]\([^)]*\)"),
    re.compile(r"<[^>\n]+>"),
    re.compile(r"^\s*\d+\.\s", re.M),
    YEAR,
)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def markdown(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "markdown"]


def form(notebook):
    """Format 4.5, one title, words before the first code, which is the parameters cell with literals only."""
    problems = []
    if (notebook.nbformat, notebook.nbformat_minor) != (4, 5):
        problems.append(f"format {notebook.nbformat}.{notebook.nbformat_minor}, expected 4.5")
    headings = [
        line
        for cell in markdown(notebook)
        for line in re.sub(r"```.*?```", "", cell.source, flags=re.S).splitlines()
        if re.match(r"#\s", line)
    ]
    if len(headings) != 1:
        problems.append(f"{len(headings)} headings of the first level, expected one")
    if not notebook.cells or notebook.cells[0].cell_type != "markdown":
        problems.append("no words before the first code")
    cells = code(notebook)
    if not cells or "parameters" not in cells[0].metadata.get("tags", ()):
        return [*problems, "the first code cell is not tagged 'parameters'"]
    for statement in ast.parse(cells[0].source).body:
        try:
            assert isinstance(statement, ast.Assign)
            ast.literal_eval(statement.value)
        except (AssertionError, ValueError):
            problems.append(f"parameters hold {ast.unparse(statement)!r}, expected literals only")
    return problems


def executed(notebook):
    """Every code cell was run, in order, without an error, and something came of it."""
    problems, count = [], 0
    for count, cell in enumerate((c for c in code(notebook) if c.source.strip()), 1):
        if cell.execution_count != count:
            problems.append(f"code cell {count} has execution count {cell.execution_count}")
        problems += [
            f"code cell {count} ended with {output.ename}"
            for output in cell.outputs
            if output.output_type == "error"
        ]
    if not count or not any(cell.outputs for cell in code(notebook)):
        problems.append("no outputs: the notebook was stored without being run")
    return problems


def plain_code(notebook):
    """Short cells that call the package: no definitions, no reading or writing of files, no regrouping of tables, no range in words but by `report.spoken`."""
    problems = []
    for number, cell in enumerate(code(notebook), 1):
        lines = len(cell.source.strip().splitlines())
        if lines > MOST_LINES:
            problems.append(f"code cell {number} has {lines} lines, at most {MOST_LINES}")
        problems += [
            f"code cell {number} holds {found.strip()!r}"
            for found in FORBIDDEN.findall(cell.source) + BY_HAND.findall(cell.source)
        ]
    return problems


def places(notebook):
    """Outputs that name a folder of the machine they were made on."""
    return [
        f"code cell {number} shows {found}"
        for number, cell in enumerate(code(notebook), 1)
        for output in cell.outputs
        for text in texts(output)
        for found in MACHINE.findall(text)
    ]


def texts(value):
    """All texts within an output, pictures apart."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():
            if not str(key).startswith("image/"):
                yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)


def set_keys(notebook):
    """Keys of numbers that a notebook prints in prose, by what its code says."""
    calls = re.compile(
        r"page\.(?:say|share|bounds|count|text|things|value|span|name)\(\s*[\"'](\w+)[\"']"
    )
    return {key for cell in code(notebook) for key in calls.findall(cell.source)}


def own_keys(notebook):
    """Keys that a notebook's own words use."""
    return {key for cell in markdown(notebook) for key in GLUED.findall(cell.source)}


def book_keys(pages):
    """Keys that pages of the book take from notebooks: pairs of notebook and key."""
    pattern = re.compile(r"notebooks/(\w+)\.ipynb::(\w+)(?::\w+)?")
    found = [key for text in pages.values() for key in GLUED.findall(text)]
    return {
        pattern.fullmatch(key).groups() if pattern.fullmatch(key) else ("", key) for key in found
    }


def glue(notebooks, pages):
    """Keys that are used and not set, or set and not used, over all notebooks and pages of the book."""
    is_set = {(name, key) for name, nb in notebooks.items() for key in set_keys(nb)}
    used = {(name, key) for name, nb in notebooks.items() for key in own_keys(nb)}
    used |= book_keys(pages)
    lacking = [f"{name}: {key} is used and not set" for name, key in sorted(used - is_set)]
    idle = sorted(is_set - used)
    return lacking + [f"{name}: {key} is set and not used" for name, key in idle]


def prose(text):
    """The words of a Markdown text: without code, mathematics, roles, links, years and numbered lists."""
    for pattern in NOT_PROSE:
        text = pattern.sub(" ", text)
    return text


def typed(text, allowed=()):
    """Numbers in prose that look like results; `allowed` are literals that are none."""
    for literal in allowed:
        text = text.replace(literal, " ")
    words = prose(text)
    return [found for pattern in RESULTS for found in pattern.findall(words)]


def stale(text, allowed):
    """Allowed literals that the text no longer holds."""
    return [literal for literal in allowed if literal not in text]


def written(notebook):
    """All that is written by hand in a notebook's words."""
    return "\n\n".join(cell.source for cell in markdown(notebook))


def pages_of(book: Path):
    """The book's own pages by name."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(book.glob("*.md"))}
