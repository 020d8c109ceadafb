"""The one place where numbers reach the reader.

A notebook opens a `Page` and says, shows and tabulates through it. Each thing printed carries its numbers
with it in the notebook's output, so that prose, nbval and results.csv can never disagree.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd
from IPython.display import display

from analysis import protecting, records, small_groups, tables, wording
from analysis.alternative_text import spoken, spoken_course
from analysis.carried import RECORD, as_shown, glue, is_p, record, show
from analysis.figures import blank, watermark
from analysis.study import Study
from analysis.wording import number, p_value

__all__ = ["RECORD", "Page", "number", "p_value", "page", "spoken", "spoken_course"]
DPI = 150


@dataclass(frozen=True)
class Page:
    """Where a chapter prints: what its numbers are (`origin`) and in which language it speaks."""

    origin: str
    title: str
    language: str = "en"
    minimum: int = 1
    centres: frozenset[str] = frozenset()
    speakers: pd.DataFrame | None = None

    @property
    def least(self) -> int:
        """The smallest group shown here: the study's minimum for real records, otherwise everybody is."""
        return self.minimum if self.origin == "records" else 1

    def shown(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame as it may be printed and drawn (`protecting.protected`): call it before anything is made of the frame."""
        return protecting.protected(frame, self.least, self.centres)

    def beside(self, frame: pd.DataFrame, other: pd.DataFrame, columns: str) -> pd.DataFrame:
        """The frame without the columns that would give back what is hidden of the `other` (`protecting.beside`)."""
        return protecting.beside(frame, other, columns, self.least, self.centres)

    def whole(self, table: pd.DataFrame) -> pd.DataFrame:
        """A table of counts, or none of its numbers where any of them must be hidden: sums of its cells stand elsewhere."""
        hidden = protecting.withheld(table, self.least, self.centres)
        return self.shown(table).mask(table.notna()) if hidden else table

    def steps(self, curve: pd.DataFrame) -> pd.DataFrame:
        """A step curve as it may be drawn (`protecting.steps`)."""
        return small_groups.steps(curve, self.least, self.centres)

    @property
    def words(self) -> Mapping[str, Any]:
        return wording.catalogue(self.language)

    def banner(self) -> None:
        """Show, on top of every page, whether what follows is real."""
        words = self.words["banner"][self.origin]
        text = words["text"].format(title=self.title, minimum=self.minimum)
        html = (
            f'<div class="origin origin-{self.origin}" role="note">'
            f"<strong>{escape(words['head'])}</strong> {escape(text)}</div>"
        )
        display({"text/plain": f"{words['head']} {text}", "text/html": html}, raw=True)

    def count(self, key: str, value: Any) -> None:
        """Glue a number of people, words in its place where it is too small to show; for anything else `things`."""
        if not pd.isna(value) and small_groups.small(value, self.least):
            self._not_shown(key)
        else:
            self.things(key, value)

    def things(self, key: str, value: Any) -> None:
        """Glue a whole number of things: centres, waves, codes. A missing one was hidden."""
        if pd.isna(value):
            return self._not_shown(key)
        made = record(key, value, text=f"{int(value)}")
        glue(key, f"{int(value)}", self._marked([made], "value"), self.origin)

    def value(
        self, key: str, row: Mapping[str, Any], column: str, decimals: int = 2, unit: str = ""
    ) -> None:
        """Glue one number of a row without its interval; words in its place where the row's base is too small. `unit` "%" takes a proportion."""
        value = self._safe(row)[column]
        if self.least > 1 and pd.isna(value):
            self._not_shown(key)
        else:
            times = 100 if unit == "%" else 1
            self.text(key, f"{wording.number(times * value, decimals, self.words)}{unit}")

    def span(self, key: str, row: Mapping[str, Any], low: str, high: str) -> None:
        """Glue the range between two columns of a row, words in its place where it must not be shown."""
        ends = [self._safe(row)[name] for name in (low, high)]
        if self.least > 1 and any(map(pd.isna, ends)):
            self._not_shown(key)
        else:
            first, last = (wording.number(end, 2, self.words) for end in ends)
            self.text(key, f"{first} {self.words['to']} {last}")

    def name(self, key: str, row: Mapping[str, Any], column: str, value: str) -> None:
        """Glue the name of a row that stands out by its `value`; words in its place where that must not be shown."""
        if self.least > 1 and pd.isna(self._safe(row)[value]):
            self._not_shown(key)
        else:
            self.text(key, str(row[column]))

    def _safe(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        """A row of a tidy frame as it may be said."""
        if self.least < 2:
            return row
        safe = self.shown(pd.DataFrame([dict(row)])).iloc[0]
        return {str(name): value for name, value in safe.items()}

    def _not_shown(self, key: str) -> None:
        self.text(key, self.words["not_shown"].format(minimum=self.minimum))

    def text(self, key: str, text: str) -> None:
        """Glue words that were computed: a name, a list of names, a verdict."""
        glue(key, text, [record(key, None, text=text)], self.origin)

    def say(
        self,
        key: str,
        row: Mapping[str, Any],
        value: str,
        n: str = "n",
        bounds: tuple[str, str] = ("low", "high"),
        decimals: int = 2,
    ) -> None:
        """Glue an estimate with its interval, base and, where the row has it, p.

        `row` is one row of a tidy frame; `value`, `n` and `bounds` name its columns.
        """
        row = self._safe(row)
        if self.least > 1 and pd.isna(row[n]):
            return self._not_shown(key)
        w, (low, high) = self.words, (row[name] for name in bounds)
        if pd.isna(row[value]) and row.get("reason"):
            return self.text(key, f"– ({row['reason']})")
        base = wording.number(row[n], 0, w)
        inside = [wording.interval(low, high, decimals, w), f"{w['n']} = {base}"]
        if pd.isna(low) and pd.isna(high) and row.get("reason"):
            inside = [inside[1], f"{w['no_interval']}: {row['reason']}"]
        elif "p" in row:
            inside.append(wording.p_value(row["p"]))
        text = f"{wording.number(row[value], decimals, w)} ({'; '.join(inside)})"
        made = record(key, row[value], (low, high, row[n]), text)
        glue(key, text, self._marked([made], "n"), self.origin)

    def share(self, key: str, row: Mapping[str, Any]) -> None:
        """Glue a share with its base: `31 of 48 (65%; 95% interval 50 to 77%)`.

        `row` holds `count`, `n` and the interval `low`, `high` as proportions.
        """
        w, row = self.words, self._safe(row)
        if pd.notna(row["n"]) and not row["n"] and row.get("reason"):
            return self.text(key, f"– ({row['reason']})")
        if pd.isna(row["count"]) or pd.isna(row["n"]):
            return self._not_shown(key)
        share = 100 * row["count"] / row["n"] if row["n"] else math.nan
        low, high = 100 * row["low"], 100 * row["high"]
        decimals = 1 if self.origin == "published" else 0  # as printed figures are
        text = (
            f"{int(row['count'])} {w['of']} {int(row['n'])} "
            f"({wording.number(share, decimals, w)}%; {wording.interval(low, high, decimals, w, '%')})"
        )
        glue(key, text, [record(key, share, (low, high, row["n"]), text)], self.origin)

    def bounds(self, key: str, row: Mapping[str, Any]) -> None:
        """Glue a count that lies in a range because the rest was left unsaid: `3 of 9 (at most 8)`.

        `row` holds `count`, `n` and the shares `low`, `high` between which the truth lies.
        """
        w, row = self.words, self._safe(row)
        if pd.isna(row["count"]) or pd.isna(row["n"]):
            return self._not_shown(key)
        most = round(row["high"] * row["n"])
        text = f"{int(row['count'])} {w['of']} {int(row['n'])} ({w['at_most']} {most})"
        share, ends = 100 * row["count"] / row["n"], (100 * row["low"], 100 * row["high"])
        glue(key, text, [record(key, share, (*ends, row["n"]), text)], self.origin)

    def table(
        self,
        key: str,
        frame: pd.DataFrame,
        caption: str,
        formats: tables.Formats | None = None,
        columns: str = "",
        links: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """Show a frame as a table; its first column names the rows, with more where that is not enough. Every number goes on record as it is shown.

        `columns` names those to show, in order, with blanks between; all when it is empty. `links` gives a column
        an address for each of its cells, an empty text where the cell is no link.
        """
        frame = self.shown(frame)
        frame = frame[columns.split()] if columns else frame
        forms = formats or {}
        texts = tables.shown(frame, forms, self.words)
        numeric = {
            c for c in frame if pd.api.types.is_numeric_dtype(frame[c]) and frame[c].dtype != bool
        }
        names = tables.row_names(texts, numeric)
        numbers = [
            record(
                key,
                tables.printed_value(frame[c].iloc[i], forms.get(str(c), 2)),
                text=texts[c].iloc[i],
                place=(f"{i + 1}. {names[i]}", str(c)),
            )
            for i in range(len(frame))
            for c in frame.columns[1:]
            if c in numeric and not pd.isna(frame[c].iloc[i])
        ]
        html = tables.html(texts, caption, numeric, self.words, links)
        data = {"text/plain": tables.plain(texts, caption), "text/html": html}
        show(key, "table", data, self._marked(numbers, "value"), self.origin)

    def _marked(self, records: list[dict[str, Any]], field: str) -> list[dict[str, Any]]:
        """Records of a page: of real ones a p, and beside hidden centres every number, about as precise as it is shown.

        Small bases that are left count no people (centres, say): their records say so, for `pipeline.gate`.
        """
        for each in records if self.least > 1 else ():
            if small_groups.small(each[field], self.least):
                each["counts"] = "no people"
            each |= as_shown(each) if self.centres or is_p(each) else {}
        return records

    def quotes(self, key: str, passages: Mapping[str, pd.DataFrame], caption: str) -> None:
        """Show passages under their headings, original and translation, each with its place.

        `passages` maps a heading to a frame with `quote_id, document, quote, translation`.
        """
        if self.least > 1 and self.speakers is not None:
            passages = {
                head: small_groups.attributes(self.speakers, frame, self.least)
                for head, frame in passages.items()
            }
        texts = tables.passages(passages)
        data = {
            "text/plain": tables.plain(texts, caption),
            "text/html": tables.html_passages(texts, caption),
        }
        show(key, "quotes", data, [], self.origin)

    def figure(self, key: str, figure: Any, caption: str, alt: str, data: pd.DataFrame) -> None:
        """Show a matplotlib figure with its alternative text; the frame behind it goes on record."""
        if protecting.withheld(data, self.least, self.centres):
            caption = alt = self.words["not_shown"].format(minimum=self.minimum)
            figure, data = blank(caption), data[:0]
        elif data.empty:
            caption = alt = self.words["nothing_to_draw"]
            figure = blank(caption)
        mark = self.words["origin"][self.origin]
        if mark:
            watermark(figure, mark)
        picture = io.BytesIO()
        figure.savefig(picture, format="png", dpi=DPI, metadata={"Software": None})
        figure.clear()
        numbers = [
            record(key, value, place=(str(i + 1), str(column)))
            for i, row in enumerate(data.to_dict("records"))
            for column, value in row.items()
            if isinstance(value, (int, float))
            and not isinstance(value, bool)
            and not math.isnan(value)
        ]
        content = {"text/plain": f"Figure: {caption}\n{alt}", "image/png": picture.getvalue()}
        told = {"alt": alt, "caption": caption}
        show(key, "figure", content, self._marked(numbers, "value"), self.origin, told)


def page(source: Study | str) -> Page:
    """A page for a study's numbers, for `"published"` figures, or for what we `"coded"` in published texts.

    Of a study with real records it reads which centres are too small to show and which speakers can be told apart.
    """
    if not isinstance(source, Study):
        return Page(source, "published texts")
    hidden, speakers = frozenset[str](), None
    if source.origin == "records":
        if source.has_monitoring and source.has_centres:
            monitoring = records.load_monitoring(source)
            hidden = small_groups.hidden_centres(monitoring, source.minimum_cell)
        if source.interviews is not None:
            speakers = records.load_interviews(source)
    told = (source.origin, source.title, source.language, source.minimum_cell)
    return Page(*told, hidden, speakers)
