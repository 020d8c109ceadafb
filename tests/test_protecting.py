"""Real records: nothing below the minimum is printed or drawn, and nothing that the rest gives back.

Expected frames are worked out by hand beside each test. The last class runs whole chapters on a small study marked as real, and on the same
rows marked as synthetic, which are printed whole: what the first hides of the second is then attacked with `small_cells.recoverable`.
"""

import re
import shutil

import nbformat
import numpy as np
import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from analysis import figures, figures_waves, protecting, report, small_groups
from analysis.carried import RECORD
from analysis.figures import legend_name
from analysis.pipeline import book, gate, own_book
from analysis.pipeline.errors import NotebookError
from analysis.small_cells import recoverable, with_totals
from analysis.study import PROJECT, read_study

ODD = [
    "<script>alert(1)</script>",
    "*x*",
    "{glue:text}`k`",
    "$a_b$ and $",
    "a | b",
    "_hidden",
    "[l](javascript:1)",
]


@pytest.fixture(scope="module", autouse=True)
def shell():
    """Displays and chapters need a running IPython, as in a kernel."""
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


def blank(frame, column):
    return frame[column].isna().tolist()


class TestRows:
    FRAME = pd.DataFrame({"scale": ["a", "b"], "n": [4, 5], "mean": [1.0, 2.0], "sd": [0.1, 0.2]})

    def test_a_base_below_the_minimum_takes_the_row(self):
        shown = protecting.protected(self.FRAME, 5)
        assert shown.iloc[0, 1:].isna().all() and shown["scale"].tolist() == ["a", "b"]
        assert shown.iloc[1, 1:].tolist() == [5, 2.0, 0.2]

    def test_synthetic_and_published_pages_show_everybody(self):
        assert protecting.protected(self.FRAME, 1) is self.FRAME
        assert report.Page("synthetic", "t", minimum=5).shown(self.FRAME) is self.FRAME

    def test_nobody_is_nobody(self):
        assert (
            not small_groups.small(0, 5)
            and small_groups.small(1, 5)
            and not small_groups.small(5, 5)
        )
        assert not small_groups.small(np.nan, 5)

    def test_what_counts_no_people_stays(self):
        frame = pd.DataFrame({"unit": ["centres", "families"], "n": [3, 3], "change": [1.0, 2.0]})
        assert blank(protecting.protected(frame, 5), "change") == [False, True]
        items = pd.DataFrame({"scale": ["a"], "n": [30], "k": [3], "df": [2], "alpha": [0.8]})
        assert protecting.protected(items, 5).equals(items)

    def test_smallest_and_largest_are_single_records(self):
        frame = pd.DataFrame(
            {"wave": ["1", "2"], "n": [30, 12], "min": [1.0, 1], "25%": [2.0, 2], "50%": [3.0, 3]}
        )
        shown = protecting.protected(frame, 5)
        assert blank(shown, "min") == [True, True]
        assert blank(shown, "25%") == [False, True]  # 12 < 4 x 5
        assert blank(shown, "50%") == [False, False]  # 12 >= 2 x 5

    def test_words_about_a_hidden_row_go_too(self):
        frame = pd.DataFrame(
            {"centre": ["A"], "n": [3], "events": [0], "reason": ["none reached it"], "ok": [True]}
        )
        assert protecting.protected(frame, 5).iloc[0].tolist() == ["A", pd.NA, pd.NA, "", None]

    def test_whole_numbers_nobody_declared_are_taken_for_people(self):
        frame = pd.DataFrame({"what": ["a", "b"], "newcomers": [3, 9]})
        assert blank(protecting.protected(frame, 5), "newcomers") == [True, False]


class TestParts:
    def test_a_count_and_the_rest_of_its_base(self):
        frame = pd.DataFrame({"question": ["a", "b", "c", "d"], "count": [2, 28, 0, 30], "n": 30})
        frame = frame.assign(share=frame["count"] / 30, low=0.0, high=1.0)
        shown = protecting.protected(frame, 5)
        for column in ("count", "share", "low", "high"):
            assert blank(shown, column) == [True, True, False, False]
        assert shown["n"].tolist() == [30] * 4

    def test_the_next_smallest_covers_what_the_sum_would_give_back(self):
        """8 + 15 + 2 = 25: without 2 alone it is 25 - 8 - 15."""
        frame = pd.DataFrame(
            {"movement": ["better", "same", "worse"], "count": [8, 15, 2], "n": 25, "p": 0.1}
        )
        shown = protecting.protected(frame, 5)
        assert blank(shown, "count") == [True, False, True] == blank(shown, "p")

    def test_two_small_ones_that_leave_too_little_room_take_a_third(self):
        """3 + 1: each lies from 1 to 3, which is less than 5 apart."""
        frame = pd.DataFrame({"status": [*"abc"], "count": [3, 1, 21], "n": 25})
        assert blank(protecting.protected(frame, 5), "count") == [True] * 3

    def test_each_group_of_rows_by_itself(self):
        frame = pd.DataFrame(
            {"wave": [*"1122"], "risk": [*"lhlh"], "count": [20, 10, 27, 3], "n": 30}
        )
        assert blank(protecting.protected(frame, 5), "count") == [False, False, True, True]

    def test_the_same_thing_named_twice_does_not_break_a_group(self):
        frame = pd.DataFrame(
            {"risk": [*"lmh"], "part": ["low", "mid", "high"], "count": [9, 9, 2], "n": 20}
        )
        assert blank(protecting.protected(frame, 5), "count").count(True) == 2

    def test_a_share_alone_tells_the_count(self):
        frame = pd.DataFrame(
            {"label": ["i"] * 3, "part": [*"123"], "share": [14 / 28, 3 / 28, 11 / 28], "n": 28}
        )
        assert blank(protecting.protected(frame, 5), "share") == [False, True, True]
        money = pd.DataFrame({"payer": ["state"], "n": [132], "share": [0.033]})  # 4.356: no count
        assert protecting.protected(money, 5).equals(money)

    def test_shares_of_a_whole_go_together(self):
        frame = pd.DataFrame({"n": [22], "higher": [3 / 22], "equal": [5 / 22], "lower": [14 / 22]})
        assert protecting.protected(frame, 5)[["higher", "equal", "lower"]].isna().all(axis=None)

    def test_a_ratio_goes_with_its_counts(self):
        frame = pd.DataFrame(
            {"centre": ["A", "B", "C"], "families": [20, 30, 40], "curators": [2, 6, 7]}
        )
        shown = protecting.protected(frame.assign(families_per_curator=1.0), 5)
        assert (
            blank(shown, "curators") == blank(shown, "families_per_curator") == [True, True, False]
        )
        assert shown["families"].tolist() == [20, 30, 40]

    def test_a_table_of_counts_without_its_margins(self):
        table = pd.DataFrame([[12, 4, 9], [7, 30, 8], [6, 9, 40]], index=[*"lmh"], columns=[*"lmh"])
        shown = protecting.protected(table, 5)
        assert pd.isna(shown.loc["l", "m"])
        totals = with_totals(table)
        gone = shown.isna().reindex(index=totals.index, columns=totals.columns, fill_value=False)
        assert recoverable(totals, gone, 5).empty

    def test_twice_is_once(self):
        frame = pd.DataFrame({"movement": [*"abc"], "count": [8, 15, 2], "n": 25, "low": 0.1})
        once = protecting.protected(frame, 5)
        pd.testing.assert_frame_equal(protecting.protected(once, 5), once)
        assert protecting.withheld(frame, 5) and not protecting.withheld(once, 5)


class TestCentres:
    def monitoring(self, **sizes):
        rows = [
            (f"{c}{i}", c, wave)
            for c, by in sizes.items()
            for wave, n in enumerate(by)
            for i in range(n)
        ]
        return pd.DataFrame(rows, columns=["family", "centre", "wave"])

    def test_a_small_centre_and_the_next(self):
        monitoring = self.monitoring(A=[16, 13], B=[11, 9], C=[3, 3])
        assert small_groups.hidden_centres(monitoring, 5) == {"B", "C"}

    def test_small_at_a_later_wave_is_small(self):
        assert small_groups.hidden_centres(self.monitoring(A=[16, 13], B=[11, 9], C=[8, 4]), 5) == {
            "B",
            "C",
        }

    def test_all_large_or_a_single_one(self):
        assert small_groups.hidden_centres(self.monitoring(A=[16, 13], B=[11, 9]), 5) == frozenset()
        assert small_groups.hidden_centres(self.monitoring(A=[3]), 5) == frozenset()

    def test_hidden_in_every_table_however_it_names_them(self):
        frame = pd.DataFrame(
            {"label": ["A", "B", "All centres"], "n": [16, 11, 30], "value": [1.0, 2.0, 3.0]}
        )
        assert blank(protecting.protected(frame, 5, frozenset({"B"})), "value") == [
            False,
            True,
            False,
        ]
        named = frame.assign(label=["Centre A (low)", "of Centre B, high", "Centre BB"])
        shown = protecting.protected(named, 5, frozenset({"Centre B"}))
        assert blank(shown, "value") == [False, True, False]
        by_row = pd.DataFrame({"value": [1.0, 2.0]}, index=["A", "B"])
        assert blank(protecting.protected(by_row, 5, frozenset({"B"})), "value") == [False, True]
        by_column = pd.DataFrame({"A": [1.0], "B": [2.0]})
        assert protecting.protected(by_column, 5, frozenset({"B"})).isna().iloc[0].tolist() == [
            False,
            True,
        ]

    def test_leaving_one_centre_out_would_give_its_mean(self):
        frame = pd.DataFrame(
            {"label": ["s"], "mean_of_means": [1.0], "loo_low": [0.5], "loo_high": [1.5]}
        )
        shown = protecting.protected(frame, 5, frozenset({"C"}))
        assert shown.iloc[0].isna().tolist() == [False, False, True, True]
        assert protecting.protected(frame, 5).equals(frame)

    def test_steps_of_a_curve(self):
        """Events 2 + 3 make a step of 5; then 1 alone would tell of one family."""
        curve = pd.DataFrame(
            {"centre": "All centres", "time": [0, 1, 2, 3], "n_at_risk": [30, 28, 25, 20]}
        )
        curve = curve.assign(
            events=[0, 2, 3, 1], censored=0, survival=[1.0, 0.93, 0.82, 0.78], low=0.5, high=1.0
        )
        shown = small_groups.steps(curve, 5)
        assert shown["time"].tolist() == [0, 2] and shown["events"].isna().all()
        assert shown["n_at_risk"].notna().tolist() == [True, False]
        assert small_groups.steps(curve, 1) is curve

    def test_two_waves_tell_of_no_few_families(self):
        """A, B and C lose 2, 1 and 3 families at once: together six, yet each curve's only point would tell."""
        few = {"A": (13, 2), "B": (12, 1), "C": (13, 3)}
        curve = two_waves({"All centres": (38, 6), **few})
        shown = small_groups.steps(curve, 5)
        assert set(shown["centre"].astype(str)) <= {"All centres"}

    @pytest.mark.parametrize(
        "groups, expected",
        [
            ({"A": (20, 6), "B": (20, 7), "C": (20, 8)}, ["All centres", *"ABC"]),
            ({"A": (20, 6), "B": (20, 7), "C": (20, 2)}, [*"AB"]),  # 15 - 6 - 7 = 2
            ({"A": (20, 6), "B": (20, 18), "C": (20, 8)}, [*"AC"]),  # 2 of B are left
            ({"A": (20, 6), "B": (20, 4), "C": (20, 4)}, ["All centres", "A"]),  # 8 in two: 1 to 7
        ],
    )
    def test_all_together_give_back_no_centre(self, groups, expected):
        whole = tuple(sum(each) for each in zip(*groups.values(), strict=True))
        shown = small_groups.steps(two_waves({"All centres": whole, **groups}), 5)
        assert shown["centre"].astype(str).tolist() == expected
        assert shown["n_at_risk"].tolist() == [{"All centres": 60}.get(c, 20) for c in expected]

    def test_what_another_frame_hides_is_not_given_back(self):
        """Moves of 3 families are hidden; -0.35 x 80 = -28 would be one more equation on them."""
        table = pd.DataFrame([[20, 3], [31, 26]], index=["low", "high"], columns=["low", "high"])
        row = pd.DataFrame({"mean_change": [-0.35], "n": [80], "statistic": [24.5], "p": [1e-4]})
        shown = protecting.beside(row, table, "n mean_change statistic", 5, frozenset()).iloc[0]
        assert shown[["n", "mean_change", "statistic"]].isna().all() and shown["p"] == 1e-4
        assert protecting.beside(row, table + 5, "n", 5, frozenset())["n"].tolist() == [80]
        assert protecting.beside(row, table, "n", 1, frozenset())["n"].tolist() == [80]

    def test_families_without_a_last_score_are_told_openly(self):
        """n = 80 and 78 stand beside it: hiding the 2 would hide nothing."""
        frame = pd.DataFrame({"scale": ["a"], "n_first": [80], "n": [78], "n_missing": [2]})
        assert protecting.protected(frame, 5)["n_missing"].tolist() == [2]

    def test_a_curve_of_few_and_the_one_that_would_give_it_back(self):
        curve = pd.DataFrame(
            {"centre": ["All centres", *"ABC"], "time": 0, "n_at_risk": [32, 8, 3, 21], "events": 0}
        )
        assert small_groups.steps(curve, 5)["centre"].tolist() == ["All centres", "C"]

    def test_speakers_keep_what_enough_of_them_share(self):
        speakers = pd.DataFrame(
            {"role": ["curator"] * 8 + ["supervisor"] * 2, "centre": ["A"] * 6 + ["B"] * 4}
        )
        said = pd.DataFrame(
            {"role": ["curator", "curator", "supervisor"], "centre": [*"ABB"], "quote": "q"}
        )
        shown = small_groups.attributes(speakers, said, 5)
        assert shown["role"].tolist() == ["curator", "curator", ""]
        assert shown["centre"].tolist() == ["A", "", ""]  # two curators in B, four speakers


def printed(action, *arguments, **named):
    with capture_output() as caught:
        action(*arguments, **named)
    (output,) = caught.outputs
    return output.data


@pytest.fixture
def real():
    return report.Page("records", "t", "en", 5, frozenset({"Small"}))


class TestPage:
    WORDS = "not shown (groups below 5 are hidden)"

    def said(self, action, *arguments, **named):
        (record,) = printed(action, *arguments, **named)[RECORD]["records"]
        if record["text"] == self.WORDS:
            assert [record[name] for name in ("value", "low", "high", "n")] == [None] * 4
        return record["text"]

    @pytest.mark.parametrize("n, hidden", [(4, True), (5, False), (np.nan, True)])
    def test_say(self, real, n, hidden):
        row = {"m": 1.0, "low": 0.5, "high": 1.5, "n": n}
        assert (self.said(real.say, "k", row, "m") == self.WORDS) == hidden

    def test_say_of_centres_is_of_no_people(self, real):
        row = {"m": 1.0, "low": 0.5, "high": 1.5, "k": 3}
        assert self.said(real.say, "k", row, "m", n="k").endswith("n = 3)")

    @pytest.mark.parametrize(
        "count, hidden", [(0, False), (1, True), (4, True), (5, False), (21, True), (25, False)]
    )
    def test_share_and_bounds(self, real, count, hidden):
        row = {"count": count, "n": 25, "low": count / 25, "high": 1.0}
        assert (self.said(real.share, "k", row) == self.WORDS) == hidden
        assert (self.said(real.bounds, "k", row) == self.WORDS) == hidden

    @pytest.mark.parametrize("n, hidden", [(0, False), (4, True), (5, False)])
    def test_count(self, real, n, hidden):
        assert (self.said(real.count, "k", n) == self.WORDS) == hidden
        assert self.said(real.things, "k", n) == str(n)

    def test_rows_of_a_hidden_centre_in_prose(self, real):
        row = {"centre": "Small", "m": 1.0, "low": 0.5, "high": 1.5, "n": 40}
        assert self.said(real.say, "k", row, "m") == self.WORDS
        assert self.said(real.value, "k", row, "m") == self.WORDS
        assert self.said(real.span, "k", row, "low", "high") == self.WORDS
        assert self.said(real.name, "k", row, "centre", "m") == self.WORDS
        other = row | {"centre": "Large"}
        assert self.said(real.name, "k", other, "centre", "m") == "Large"
        assert self.said(real.span, "k", other, "low", "high") == "0.50 to 1.50"
        assert self.said(real.value, "k", other, "m", 0, "%") == "100%"

    def test_a_table_is_protected_before_columns_are_chosen(self, real):
        frame = pd.DataFrame(
            {"movement": [*"abc"], "count": [8, 15, 2], "n": 25, "share": [0.32, 0.6, 0.08]}
        )
        data = printed(real.table, "t", frame, "c", {"share": "%"}, "movement share")
        assert [r["value"] for r in data[RECORD]["records"]] == [60] and "32" not in data[
            "text/html"
        ]

    def test_a_figure_drawn_from_small_groups_is_not_shown(self, real):
        frame = pd.DataFrame(
            {"label": [*"ab"], "value": [1.0, 2.0], "low": 0.0, "high": 3.0, "n": [4, 9]}
        )
        drawn = figures.dots(frame, "t", "x")
        note = printed(real.figure, "f", drawn, "n = 4", "from 1 to 2", frame)[RECORD]
        assert note["records"] == [] and note["caption"] == note["alt"] == self.WORDS

    def test_a_figure_drawn_from_what_may_be_shown_is(self, real):
        frame = pd.DataFrame(
            {"label": [*"ab"], "value": [1.0, 2.0], "low": 0.0, "high": 3.0, "n": [4, 9]}
        )
        safe = real.shown(frame)
        note = printed(real.figure, "f", figures.dots(safe, "t", "x"), "c", "a", safe)[RECORD]
        assert {r["row"] for r in note["records"]} == {"2"} and note["caption"] == "c"

    def test_russian_words(self):
        page = report.Page("records", "t", "ru", 5)
        assert printed(page.count, "k", 2)["text/plain"] == "не показано (группы меньше 5 скрыты)"
        assert "Группы меньше 5 не показаны" in printed(page.banner)["text/plain"]

    def test_a_cloud_ends_where_few_lie_beyond(self):
        scores = pd.DataFrame({"score": [0.0, *np.linspace(2, 3, 28), 5.0]})
        scores["wave"] = pd.Categorical(["1"] * 30, ["1", "2"], ordered=True)
        for least, ends in ((1, (0, 5)), (5, (2, 3))):
            figure = figures_waves.clouds(scores, "t", "y", (0, 5), least)
            y = figure.axes[0].collections[0].get_paths()[0].vertices[:, 1]
            assert y.min() >= ends[0] - 0.05 and y.max() <= ends[1] + 0.05
        few = figures_waves.clouds(scores.head(4), "t", "y", (0, 5), 5)
        assert not few.axes[0].collections and not few.axes[0].lines


class TestEscaping:
    @pytest.mark.parametrize("name", ODD)
    def test_tables_quotes_and_banners(self, name):
        page = report.Page("synthetic", name)
        frame = pd.DataFrame({"centre": [name], name: [1]})
        passage = pd.DataFrame(
            {"quote_id": [name], "document": "d", "quote": [name], "translation": [name]}
        )
        shown = [
            printed(page.table, "t", frame, name),
            printed(page.quotes, "q", {name: passage.assign(role=name)}, name),
            printed(page.banner),
        ]
        for data in shown:
            assert "<script" not in data["text/html"] and "href" not in data["text/html"]

    @pytest.mark.parametrize("name", ODD)
    def test_glue_carries_plain_text_which_the_book_takes_for_no_markup(self, name):
        data = printed(report.Page("synthetic", "t").text, "k", name)
        assert set(data) == {"text/plain", RECORD} and data["text/plain"] == name

    @pytest.mark.parametrize("text", ["0.10", "1.00", "0.0", "(1, 2)", "'q'", "1_000", "31 of 48"])
    def test_the_book_prints_what_was_glued_and_no_shorter_number(self, text):
        """myst-nb reads glued text as Python: 0.10 became 0.1 and 1_000 became 1000."""
        from myst_nb.core.variables import format_plain_text

        assert format_plain_text(book._as_it_is(text), "") == text

    @pytest.mark.parametrize("name", ODD)
    def test_a_caption_and_a_first_page_show_the_name_itself(self, name, tmp_path):
        from markdown_it import MarkdownIt

        note = {"kind": "figure", "key": "f", "caption": name, "alt": name}
        caption = book._looks(note, "p")["mystnb"]["figure"]["caption"]
        assert plain_of(MarkdownIt().parseInline(caption)) == name
        said = {("c", "k"): name}
        sentence = own_book._sentence(own_book.Chapter("c", sentences={"en": "{k}"}), "en", said)
        assert plain_of(MarkdownIt().parseInline(sentence)) == name

    @pytest.mark.parametrize("name", ODD)
    def test_figures_print_the_name_itself(self, name):
        frame = pd.DataFrame({"label": [name, "b"], "value": 1.0, "low": 0.0, "high": 2.0, "n": 9})
        frame = frame.assign(group=[name, "b"], x=[name, "b"], part=[name, "b"], share=0.5)
        drawn = [
            figures.dots(frame, name, name),
            figures.lines(frame, name, name, name),
            figures.stacks(frame, name, name),
        ]
        for figure in drawn:
            figure.savefig(tmp_buffer(), format="png")
            legend = [text.get_text() for text in figure.legends[0].get_texts()]
            assert [text.strip() for text in legend] == [name, "b"]
            assert not any(text.get_parse_math() for text in figure.findobj(type(figure._suptitle)))

    def test_a_legend_names_everybody(self):
        assert legend_name("_a") == " _a" and legend_name("a") == "a"


def plain_of(tokens):
    """What a reader sees of Markdown, if nothing in it is markup."""
    kinds = {child.type for child in tokens[0].children}
    assert kinds <= {"text", "text_special"}, kinds
    return "".join(child.content for child in tokens[0].children)


def tmp_buffer():
    import io

    return io.BytesIO()


SIZES = {"Centre A": 16, "Centre B": 11, "Centre C": 3}
CHAPTERS = (
    *(
        "who_took_part",
        "measures",
        "associations",
        "change",
        "risk",
        "centres",
        "trust",
        "costs",
        "users",
        "stages",
    ),
    *("practitioners", "words", "agreement"),
)


def small_study(folder, synthetic):
    """Thirty families of the default study in three centres, one of them with three families."""
    shutil.copytree(PROJECT / "data" / "casework", folder, ignore=shutil.ignore_patterns("making"))
    toml = folder / "study.toml"
    said = toml.read_text(encoding="utf-8")
    toml.write_text(
        said if synthetic else said.replace("synthetic = true", "synthetic = false"),
        encoding="utf-8",
    )
    tables = {
        path: pd.read_csv(path, dtype=str, keep_default_na=False) for path in folder.glob("*.csv")
    }
    first = tables[folder / "monitoring.csv"].drop_duplicates("family")
    kept = pd.concat([first[first["centre"].eq(c)].head(n) for c, n in SIZES.items()])["family"]
    for path, table in tables.items():
        if "family" in table:
            table = table[table["family"].isin(kept)]
        elif "centre" in table and path.name != "interviews.csv":
            table = table[table["centre"].isin(SIZES)]
        lost = [] if synthetic else ["synthetic"]
        table.drop(columns=lost, errors="ignore").to_csv(path, index=False)
    return folder


def executed(shell, name, study, monkeypatch):
    """A chapter run in this process: the executed notebook, and the frame behind each of its tables."""
    notebook = nbformat.read(PROJECT / "notebooks" / f"{name}.ipynb", as_version=4)
    frames, table = {}, report.Page.table

    def watched(page, key, frame, *arguments, **named):
        frames[key] = page.shown(frame)
        return table(page, key, frame, *arguments, **named)

    monkeypatch.setattr(report.Page, "table", watched)
    shell.reset(new_session=False)
    fewer = {"bootstrap": 50, "draws": 200, "repeats": 2}
    for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
        source = cell.source
        if "parameters" in cell.metadata.get("tags", []):
            source += f"\nstudy = {str(study)!r}\n"
            source += "\n".join(f"{k} = {v}" for k, v in fewer.items() if f"\n{k} =" in cell.source)
        with capture_output() as caught:
            ran = shell.run_cell(source)
        problem = ran.error_before_exec or ran.error_in_exec
        assert problem is None, f"{name}: {problem!r} in {cell.source[:80]!r}"
        cell.outputs = [output_of(each.data) for each in caught.outputs]
    return notebook, frames


def output_of(data):
    kept = {k: v for k, v in data.items() if k != "image/png"}
    return nbformat.v4.new_output("display_data", kept)


@pytest.fixture(scope="module")
def both(tmp_path_factory, shell):
    """Chapter -> (real notebook, its frames, frames of the same rows printed whole)."""
    folder = tmp_path_factory.mktemp("studies")
    real, whole = small_study(folder / "real", False), small_study(folder / "whole", True)
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        for name in CHAPTERS:
            notebook, frames = executed(shell, name, real, patch)
            patch.undo()
            found[name] = (notebook, frames, executed(shell, name, whole, patch)[1])
            patch.undo()
    return read_study(real), found


ADDING_UP = [
    ("who_took_part", "centres", "families", []),
    ("who_took_part", "centres", "curators", []),
    ("change", "individual_table", "count", ["scale"]),
    ("risk", "levels_all", "count", ["wave"]),
    ("risk", "movement", "count", []),
    ("risk", "medians", "n", []),
    ("centres", "changes", "n", ["scale"]),
    ("costs", "units", "clients", ["unit"]),
]


@pytest.mark.slow
class TestSmallStudyMarkedAsReal:
    def test_the_gate_finds_nothing(self, both):
        study, found = both
        ids = gate.identifiers(study)
        assert len(ids) > 30
        problems = {name: gate.leaks(notebook, ids, 5) for name, (notebook, *_) in found.items()}
        assert {name: said for name, said in problems.items() if said} == {}

    def test_no_small_number_of_people_is_on_record(self, both):
        """Looked for by the column's name alone, without the vocabulary that protects."""
        named = re.compile(
            r"n|n_[a-z]+|count|events|families|clients|curators|interviews|told|documents"
        )
        for name, (notebook, *_) in both[1].items():
            for note in notes(notebook):
                for record in note["records"]:
                    if note["origin"] != "records" or record.get("counts") == "no people":
                        continue
                    assert record["n"] is None or record["n"] == 0 or record["n"] >= 5, (
                        name,
                        record,
                    )
                    if named.fullmatch(record["column"]) and record["column"] not in ("n_a", "n_b"):
                        assert record["value"] == 0 or record["value"] >= 5, (name, record)

    def test_something_is_hidden_and_most_is_shown(self, both):
        for chapter in ("risk", "centres", "change"):
            _, real, whole = both[1][chapter]
            blanks = sum(int(frame.isna().to_numpy().sum()) for frame in real.values())
            before = sum(int(frame.isna().to_numpy().sum()) for frame in whole.values())
            cells = sum(frame.size for frame in real.values())
            assert before < blanks < 0.6 * cells

    @pytest.mark.parametrize("chapter, key, column, by", ADDING_UP)
    def test_nothing_can_be_worked_out_from_the_others(self, both, chapter, key, column, by):
        _, real, whole = both[1][chapter]
        truth, shown = whole[key], real[key]
        rows = ~truth.iloc[:, :2].astype(str).isin(["All centres"]).any(axis=1)
        keys = (
            truth.loc[rows, by].astype(str).agg("/".join, axis=1)
            if by
            else pd.Series("", truth.index[rows])
        )
        for _, block in truth[rows].groupby(keys):
            counts = block[[column]].astype(int)
            gone = shown.loc[block.index, [column]].isna() & counts.gt(0)
            totals = with_totals(counts)
            mask = gone.reindex(totals.index, fill_value=False)
            if gone[column].sum() != counts[column].gt(0).sum():  # all gone: as safe as it gets
                assert recoverable(totals, mask, 5).empty, block

    def test_no_figure_had_to_be_withheld(self, both):
        notice = TestPage.WORDS
        gone = [
            (name, n["key"])
            for name, (book_, *_) in both[1].items()
            for n in notes(book_)
            if n.get("caption") == notice
        ]
        assert set(gone) <= {("practitioners", "roles")}


def notes(notebook):
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if RECORD in output.get("data", {}):
                yield output["data"][RECORD]


def two_waves(groups):
    """Centre -> families above the best level and those who reached it at the second wave: one row each."""
    rows = [
        {"centre": c, "time": 1.0, "n_at_risk": n, "events": k, "censored": n - k}
        | {"survival": 1 - k / n, "low": 0.1, "high": 0.9}
        for c, (n, k) in groups.items()
    ]
    return pd.DataFrame(rows)


class TestGate:
    IDS = frozenset({"F-0001", "kурат_7", "12", "K"})

    def notebook(self, data=None, **fields):
        output = (
            nbformat.v4.new_output("display_data", data)
            if data
            else nbformat.v4.new_output("stream", **fields)
        )
        return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x", outputs=[output])])

    def leaks(self, data=None, **fields):
        return gate.leaks(self.notebook(data, **fields), self.IDS, 5)

    def test_an_identifier_anywhere(self):
        assert "'F-0001'" in self.leaks(text="the family F-0001 left")[0]
        assert self.leaks({"text/plain": "kурат_7, F-0002"})
        page = report.Page("records", "t", "en", 5)
        frame = pd.DataFrame({"who": ["F-0001"], "value": [1.5]})
        assert self.leaks(printed(page.table, "t", frame, "c"))
        assert self.leaks(printed(page.text, "k", "as F-0001 said"))

    def test_part_of_a_word_or_a_number_is_none(self):
        assert self.leaks(text="F-00012 and 12 of 12, K") == []

    def test_a_number_that_is_all_a_cell_says_is_one(self):
        frame = pd.DataFrame({"who": ["12"], "value": [1.5]})
        assert self.leaks(printed(report.Page("records", "t", "en", 5).table, "t", frame, "c"))

    def test_plain_numbers_are_no_identifiers_where_numbers_are_expected(self):
        """Families 1 to 80, centres 1 to 4 and waves 1 and 2: only a row named by a family's number leads to one."""
        ids = [str(n) for n in range(1, 81)]
        names = [*"1234"]
        page = report.Page("records", "t", "en", 5)

        def found(frame):
            data = printed(page.table, "t", frame, "n = 80")
            return gate.leaks(self.notebook(data), ids, 5, names)

        counted = pd.DataFrame({"centre": [*"1234"], "wave": [*"1212"], "n": 80, "said": "12"})
        assert found(counted) == [] and found(counted.assign(n=["80"] * 4)) == []
        assert found(counted[["n", "centre"]]) == []
        assert "identifier '57'" in found(pd.DataFrame({"who": ["57"], "value": [1.5]}))[0]
        assert "identifier '3'" in found(pd.DataFrame({"centre": ["1"], "family": ["3"]}))[0]

    def test_whoever_has_plain_numbers_hears_how_to_mend_it(self, small, tmp_path, monkeypatch):
        monkeypatch.setattr(gate, "identifiers", lambda study: frozenset({"57"}))
        path = tmp_path / "chapter.ipynb"
        page = report.Page("records", "t", "en", 5)
        data = printed(page.table, "t", pd.DataFrame({"who": ["57"], "value": [1.5]}), "c")
        nbformat.write(self.notebook(data), path)
        with pytest.raises(NotebookError, match=r"put a letter before them \(F12 for 12\)"):
            gate.check([path], read_study(small.folder))

    def test_names_of_centres_waves_and_levels_are_nobody(self, small):
        study = read_study(small.folder)
        assert {*study.waves, *study.risk.levels} <= gate.known_names(study)

    @pytest.mark.parametrize(
        "action, arguments",
        [
            ("say", ("k", {"m": 1.0, "low": 0.0, "high": 2.0, "n": 3}, "m")),
            ("share", ("k", {"count": 24, "n": 25, "low": 0.1, "high": 0.2})),
            ("count", ("k", 3)),
            ("table", ("k", pd.DataFrame({"a": ["x"], "n": [3]}), "c")),
            ("table", ("k", pd.DataFrame({"a": ["x"], "count": [23], "n": [25]}), "c")),
        ],
    )
    def test_a_page_that_forgot_to_protect_is_stopped(self, action, arguments):
        """A page that hides nothing but says that its numbers come from records."""
        data = printed(getattr(report.Page("records", "t", "en", 1), action), *arguments)
        assert self.leaks(data)
        assert (
            self.leaks(printed(getattr(report.Page("records", "t", "en", 5), action), *arguments))
            == []
        )
        assert self.leaks(printed(getattr(report.Page("synthetic", "t"), action), *arguments)) == []

    def test_bases_in_words(self):
        page = report.Page("records", "t", "en", 5)
        assert self.leaks(printed(page.text, "k", "rose (n = 3)")) and not self.leaks(
            printed(page.text, "k", "rose (n = 30)")
        )

    def test_a_report_is_stopped_with_a_sentence(self, small, tmp_path):
        study = read_study(small.folder)
        path = tmp_path / "chapter.ipynb"
        nbformat.write(self.notebook(text="007 and k1"), path)
        with pytest.raises(
            NotebookError, match=r"chapter\.ipynb, cell 1: the identifier 'k1' is printed\."
        ):
            gate.check([path], study)
        small.change("synthetic = false", "synthetic = true")
        gate.check([path], read_study(small.folder))
