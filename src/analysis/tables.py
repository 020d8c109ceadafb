"""Tidy frame to a table a person reads: one style, escaped, scrollable on a phone."""

from __future__ import annotations

import itertools
import numbers
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from analysis.wording import number, p_value

Formats = Mapping[str, int | str]
SAFE = ("http://", "https://")


def shown(frame: pd.DataFrame, formats: Formats, words: Mapping[str, Any]) -> pd.DataFrame:
    """The frame with every cell as the text a reader sees, under the same column names.

    `formats` gives a column its decimals (2 by default), `"%"` (or `"%.1"`) for a proportion to be shown in percent, or `"p"` for a p value
    (three decimals, never “.000”). Whole numbers stay whole, missing becomes “–”, truth values become yes and no, several values are joined by commas.
    """
    return pd.DataFrame(
        {
            column: [_cell(v, formats.get(str(column), 2), words) for v in frame[column]]
            for column in frame
        }
    )


def printed_value(value: Any, form: int | str) -> Any:
    """The number as its cell shows it: in percent where the format says so."""
    return 100 * value if str(form).startswith("%") else value


def _cell(value: Any, form: int | str, words: Mapping[str, Any]) -> str:
    if isinstance(value, (bool, np.bool_)):
        return words["yes"] if value else words["no"]
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "–"
    if pd.isna(value):
        return "–"
    if form == "p":
        return p_value(float(value)).removeprefix("p ").removeprefix("= ")
    if isinstance(value, numbers.Real):
        whole = isinstance(value, numbers.Integral)
        decimals = {"%": 0, "%.1": 1}.get(str(form), 0 if whole else form)
        return number(float(printed_value(value, form)), int(decimals), words)
    return words["values"].get(str(value), str(value))


def row_names(texts: pd.DataFrame, numeric: set[Any]) -> list[str]:
    """What tells the rows of a shown table apart: the first column, and the words that follow before the first number where it repeats."""
    words = list(itertools.takewhile(lambda column: column not in numeric, texts.columns[1:]))
    several = bool(words) and texts.iloc[:, 0].duplicated().any()
    named = texts[[texts.columns[0], *words]] if several else texts.iloc[:, :1]
    return [", ".join(part for part in row if part) for row in named.itertuples(index=False)]


def heading(column: Any, words: Mapping[str, Any]) -> str:
    """What a reader reads above a column: the catalogue's word, or the name with blanks."""
    return words["headings"].get(str(column), str(column).replace("_", " "))


def html(
    texts: pd.DataFrame,
    caption: str,
    numeric: set[Any],
    words: Mapping[str, Any],
    links: Mapping[str, Sequence[str]] | None = None,
) -> str:
    """An HTML table under its caption, which stays in sight when the table scrolls; every text from data is escaped.

    `links` maps a column to one address per row, relative or http(s); an empty one leaves the cell as text.
    """
    to = {column: list((links or {}).get(str(column), ())) or [""] * len(texts) for column in texts}
    head = "".join(
        f'<th scope="col"{_side(c, numeric)}>{escape(heading(c, words))}</th>' for c in texts
    )
    body = "".join(
        "<tr>"
        + "".join(
            f'<th scope="row">{_linked(text, to[column][n])}</th>'
            if i == 0
            else f"<td{_side(column, numeric)}>{_linked(text, to[column][n])}</td>"
            for i, (column, text) in enumerate(zip(texts, row, strict=True))
        )
        + "</tr>"
        for n, row in enumerate(texts.itertuples(index=False))
    )
    if texts.empty:
        nothing = escape(str(words["nothing_in_table"]))
        body = f'<tr><td colspan="{max(1, texts.shape[1])}">{nothing}</td></tr>'
    return (
        f'<p class="table-caption">{escape(caption)}</p>'
        f'<div class="table-scroll" role="region" tabindex="0" aria-label="{escape(caption)}">'
        f'<table class="casework" aria-label="{escape(caption)}">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _linked(text: str, address: str) -> str:
    """The escaped text, as a link if there is an address; one that could run code is refused."""
    if not address:
        return escape(text)
    if ":" in address.split("/")[0].split("#")[0] and not address.startswith(SAFE):
        raise ValueError(
            f"the address {address!r} is neither relative nor http(s); links lead to pages"
        )
    return f'<a href="{escape(address)}">{escape(text)}</a>'


def _side(column: Any, numeric: set[Any]) -> str:
    return ' class="number"' if column in numeric else ""


def plain(texts: pd.DataFrame, caption: str) -> str:
    """The same table as text, for terminals and for comparison in tests."""
    return f"{caption}\n{texts.to_string(index=False)}"


def passages(by_heading: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Passages of several headings in one frame: `heading, quote, translation, place`, and what else the frames hold."""
    parts = [
        frame.assign(heading=heading, place=frame["quote_id"])
        for heading, frame in by_heading.items()
    ]
    columns = ["heading", "quote", "translation", "place"]
    if not parts:
        return pd.DataFrame(columns=columns)
    table = pd.concat(parts, ignore_index=True)
    others = [c for c in table if c not in [*columns, "quote_id", "document"]]
    return table[[*columns, *others]]


def html_passages(texts: pd.DataFrame, caption: str) -> str:
    """Passages as block quotes under their headings; every text is escaped.

    Columns beyond heading, quote, translation and place become `data-` attributes, by which `quotes.js` lets a reader filter;
    without scripts every passage is simply there.
    """
    name = escape(caption)
    parts = [f'<section class="passages" aria-label="{name}"><p class="caption">{name}</p>']
    for heading_text, rows in texts.groupby("heading", sort=False):
        parts.append(f'<div class="theme" data-theme-name="{escape(str(heading_text))}">')
        parts.append(f'<p class="heading">{escape(str(heading_text))}</p>')
        parts += [_passage(row, list(texts.columns[4:])) for row in rows.to_dict("records")]
        parts.append("</div>")
    return "".join(parts) + "</section>"


def _passage(row: dict[Any, Any], filters: list[str]) -> str:
    marks = "".join(f' data-{escape(c)}="{escape(str(row[c]))}"' for c in filters)
    said = ", ".join(escape(str(row[c])) for c in filters)
    translated = (
        f'<p class="translation">{escape(row["translation"])}</p>' if row["translation"] else ""
    )
    cite = f"<cite>{escape(row['place'])}{'; ' + said if said else ''}</cite>"
    return f"<blockquote{marks}><p>{escape(row['quote'])}</p>{translated}{cite}</blockquote>"
