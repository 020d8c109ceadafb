"""Tidy frame to a table a person reads: one style, escaped, scrollable on a phone."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd

from analysis.wording import number


def shown(
    frame: pd.DataFrame, decimals: Mapping[str, int], words: Mapping[str, Any]
) -> pd.DataFrame:
    """The frame with every cell as the text a reader sees.

    Whole numbers stay whole, other numbers get `decimals` of their column (2 by default),
    missing becomes “–”, truth values become yes and no.
    """
    return pd.DataFrame(
        {
            column: [_cell(value, decimals.get(column, 2), words) for value in frame[column]]
            for column in frame
        }
    )


def _cell(value: Any, decimals: int, words: Mapping[str, Any]) -> str:
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return "yes" if value else "no"
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return "–"
    if isinstance(value, (int,)) or type(value).__name__.startswith(("int", "uint")):
        return number(int(value), 0, words)
    if isinstance(value, float) or type(value).__name__.startswith("float"):
        return number(float(value), decimals, words)
    return str(value)


def html(texts: pd.DataFrame, caption: str, numeric: set[str]) -> str:
    """An HTML table with caption and scopes; every text from data is escaped."""
    head = "".join(f'<th scope="col"{_side(c, numeric)}>{escape(str(c))}</th>' for c in texts)
    body = "".join(
        "<tr>"
        + "".join(
            f'<th scope="row">{escape(text)}</th>'
            if i == 0
            else f"<td{_side(column, numeric)}>{escape(text)}</td>"
            for i, (column, text) in enumerate(zip(texts, row, strict=True))
        )
        + "</tr>"
        for row in texts.itertuples(index=False)
    )
    return (
        f'<div class="table-scroll" role="region" tabindex="0" aria-label="{escape(caption)}">'
        f'<table class="casework"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _side(column: Any, numeric: set[str]) -> str:
    return ' class="number"' if column in numeric else ""


def plain(texts: pd.DataFrame, caption: str) -> str:
    """The same table as text, for terminals and for comparison in tests."""
    return f"{caption}\n{texts.to_string(index=False)}"


def passages(by_heading: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Passages of several headings in one frame: `heading, quote, translation, place`."""
    parts = [
        frame.assign(heading=heading, place=frame["quote_id"])
        for heading, frame in by_heading.items()
    ]
    columns = ["heading", "quote", "translation", "place"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def html_passages(texts: pd.DataFrame, caption: str) -> str:
    """Passages as block quotes under their headings; every text is escaped."""
    parts = [
        f'<section class="passages" aria-label="{escape(caption)}"><p class="caption">{escape(caption)}</p>'
    ]
    for heading, rows in texts.groupby("heading", sort=False):
        parts.append(f"<p class='heading'>{escape(str(heading))}</p>")
        for row in rows.to_dict("records"):
            original = f"<p>{escape(row['quote'])}</p>"
            translated = (
                f"<p class='translation'>{escape(row['translation'])}</p>"
                if row["translation"]
                else ""
            )
            parts.append(
                f"<blockquote>{original}{translated}<cite>{escape(row['place'])}</cite></blockquote>"
            )
    return "".join(parts) + "</section>"
