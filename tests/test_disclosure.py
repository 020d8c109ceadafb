"""Gate and masks for quotes; small cells against hand examples and against counting every solution."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.disclosure import DisclosureError, gate, mask, masked, read_allow, read_mask
from analysis.identifiers import scan
from analysis.small_cells import recoverable, suppress, with_totals

QUOTES = pd.DataFrame(
    {
        "document": ["I01", "I01", "I02"],
        "quote": ["Марина не пришла.", "Мы ждали Марину и Марину Петровну.", "Это обычный день."],
    }
)


def test_gate_lets_clean_quotes_through_and_stops_at_a_name():
    gate(scan(QUOTES.iloc[2:]))
    with pytest.raises(DisclosureError) as stopped:
        gate(scan(QUOTES))
    message = str(stopped.value)
    assert "I01, row 0, characters 0 to 6: name «Марина»" in message
    assert "mask.csv (found,replacement)" in message and "allow.csv (word,reason)" in message
    assert isinstance(stopped.value, ValueError) and len(stopped.value.hits) == 3


@pytest.mark.parametrize(("name", "read"), [("mask.csv", read_mask), ("allow.csv", read_allow)])
def test_a_list_that_is_a_link_out_of_the_folder_is_not_read(tmp_path, name, read):
    folder = tmp_path / "study"
    folder.mkdir()
    (tmp_path / "secret").write_text("root:x:0\n", encoding="utf-8")
    (folder / name).symlink_to(tmp_path / "secret")
    with pytest.raises(ValueError, match="leads out of the study folder") as refused:
        read(folder)
    assert "root" not in str(refused.value)


def test_gate_message_stays_short():
    many = pd.DataFrame({"document": "I01", "text": ["Мы ждали Марину."] * 50})
    with pytest.raises(DisclosureError, match="and 30 more"):
        gate(scan(many))


def test_mask_then_gate():
    table = pd.DataFrame(
        {
            "found": ["Марина", "Марину", "Марину Петровну"],
            "replacement": ["[имя]", "[имя]", "[имя и отчество]"],
        }
    )
    clean = mask(QUOTES, table)
    assert list(clean["quote"][:2]) == [
        "[имя] не пришла.",
        "Мы ждали [имя] и [имя и отчество].",  # longest first
    ]
    gate(scan(clean))
    assert list(QUOTES["quote"][:1]) == ["Марина не пришла."]  # the given frame is left alone
    assert list(masked(QUOTES, table)["n"]) == [1, 1, 1]


def test_mask_takes_whole_words_and_does_not_mask_twice():
    texts = pd.DataFrame({"document": "a", "text": ["Вера, Веранда, +7 (495) 1.", None]})
    table = pd.DataFrame(
        {"found": ["Вера", "Анна", "+7 (495) 1"], "replacement": ["Анна", "Ольга", "[телефон]"]}
    )
    assert mask(texts, table)["text"].tolist()[0] == "Анна, Веранда, [телефон]."
    assert mask(texts, table)["text"].isna().tolist() == [False, True]
    pd.testing.assert_frame_equal(mask(texts, table.iloc[:0]), texts)


def test_lists_of_the_study_folder(tmp_path):
    assert read_allow(tmp_path).empty and list(read_mask(tmp_path)) == ["found", "replacement"]
    (tmp_path / "allow.csv").write_text('\ufeffword,reason\nМосква,"a city, large"\n', "utf-8")
    (tmp_path / "mask.csv").write_text("found,replacement\n", "utf-8")
    assert read_allow(tmp_path).to_dict("records") == [
        {"word": "Москва", "reason": "a city, large"}
    ]
    assert read_mask(tmp_path).empty


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("allow.csv", "word\nМосква\n", "line 1 holds word; expected word,reason"),
        ("allow.csv", "", "line 1 holds nothing"),
        ("allow.csv", "word,reason\nМосква,\n", "line 2: expected word and reason, both filled in"),
        ("allow.csv", "word,reason\nА,б\nА,в\n", "line 3: 'А' stands there twice"),
        (
            "mask.csv",
            "found,replacement\nАнна,Анна П.\n",
            "line 2: the replacement still holds 'Анна'",
        ),
        ("mask.csv", 'found,replacement\n"Анна,б\n', "not readable as CSV"),
    ],
)
def test_lists_say_what_is_wrong(tmp_path, name, content, complaint):
    (tmp_path / name).write_text(content, "utf-8")
    with pytest.raises(ValueError, match=complaint) as error:
        (read_allow if name == "allow.csv" else read_mask)(tmp_path)
    assert str(error.value).startswith(name)


def table(*rows, name="Total"):
    return with_totals(pd.DataFrame(list(rows)), name)


def gaps(shown):
    return {(int(i), int(j)) for i, j in np.argwhere(shown.isna().to_numpy())}


def test_a_single_small_cell_takes_three_others_with_it():
    # By hand: the 3 needs cover in its row (30 is the smallest) and in its column (8), and these two
    # need cover in theirs: their common corner 22. Then 3 + 30 and 3 + 8 are known: 1 to 10.
    full = table([20, 50, 10], [8, 19, 22], [17, 32, 12], [3, 57, 30])
    shown = suppress(full, 5)
    assert gaps(shown) == {(3, 0), (3, 2), (1, 0), (1, 2)}
    narrow = recoverable(full, shown.isna(), minimum=100)
    assert narrow.query("row == 3 and column == 0")[["low", "high"]].to_numpy().tolist() == [
        [1, 10]
    ]


def test_the_audit_finds_what_single_suppression_gives_away():
    # Row total 60 less 57: what acro 1.0.2 leaves open.
    full = table([20, 40], [3, 57])
    hidden = pd.DataFrame(False, full.index, full.columns)
    hidden.iloc[1, 0] = True
    assert recoverable(full, hidden).to_numpy().tolist() == [[1, 0, 3.0, 3.0]]


def test_two_gaps_in_every_line_are_not_always_enough():
    # 1 + 2 = 3 in one dimension: two gaps, but each is 1 or 2 for sure, so both are small.
    full = table([1, 2, 100])
    hidden = full.lt(5)
    assert recoverable(full, hidden, minimum=1).empty
    assert len(recoverable(full, hidden, minimum=5)) == 2
    assert gaps(suppress(full, 5)) == {(0, 0), (0, 1), (0, 2)}


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([[3, 7, 100]], {(0, 0), (0, 1)}),  # one row: the next smallest covers
        ([[3], [7], [100]], {(0, 0), (1, 0)}),  # one column
        ([[3, 0, 0]], {(0, 0), (0, 3)}),  # the sum itself is small; zeros are shown
        ([[9, 9], [9, 9]], set()),
        ([[0, 0], [0, 0]], set()),
        ([[5, 5], [5, 5]], set()),  # exactly the minimum may be shown
        ([[4, 4, 30], [4, 4, 30], [30, 30, 30]], {(0, 0), (0, 1), (1, 0), (1, 1)}),
    ],
)
def test_hand_examples(rows, expected):
    full = table(*rows)
    assert gaps(suppress(full, 5)) == expected


def test_shown_counts_stay_as_they_are():
    full = table([20, 50, 10], [8, 3, 22])
    shown = suppress(full, 5)
    kept = shown.notna().to_numpy()
    assert (shown.to_numpy()[kept] == full.to_numpy()[kept]).all()
    assert list(shown.columns) == list(full.columns) and "Total" in shown.index


def test_wrong_tables_are_refused():
    with pytest.raises(
        ValueError, match="row 1, column 0: 4, but the cells it should sum up make 3"
    ):
        suppress(pd.DataFrame([[3], [4]]), 5)
    with pytest.raises(ValueError, match="whole numbers"):
        suppress(pd.DataFrame([[2.5], [2.5]]), 5)
    with pytest.raises(ValueError, match="whole numbers"):
        suppress(pd.DataFrame([[-1], [-1]]), 5)
    with pytest.raises(ValueError, match="none missing"):
        suppress(pd.DataFrame([[None], [1]], dtype="Int64"), 5)
    with pytest.raises(ValueError, match="one person is always too few"):
        suppress(table([9, 9]), 1)
    with pytest.raises(ValueError, match="shape"):
        recoverable(table([9, 9]), pd.DataFrame([[True]]))


def every_solution(shown, top):
    """Values each gap of a 2 x 2 table with margins can take, by trying all tables up to `top`."""
    choices = [
        [int(value)] if np.isfinite(value) else np.arange(1, top + 1)
        for value in shown[:2, :2].ravel()
    ]
    inner = np.array(np.meshgrid(*choices)).reshape(4, -1).T.reshape(-1, 2, 2)
    across = np.concatenate([inner, inner.sum(axis=2, keepdims=True)], axis=2)
    full = np.concatenate([across, across.sum(axis=1, keepdims=True)], axis=1)
    known = np.isfinite(shown)
    fits = full[(full[:, known] == shown[known]).all(axis=1) & (full[:, ~known] >= 1).all(axis=1)]
    return [fits[:, i, j] for i, j in np.argwhere(~known)]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=4, max_size=4), st.integers(2, 5))
def test_no_gap_can_be_narrowed_by_trying_every_table(counts, minimum):
    full = table(counts[:2], counts[2:])
    shown = suppress(full, minimum).astype(float).to_numpy()
    for values in every_solution(shown, top=18):
        assert values.max() - values.min() >= minimum


tables = st.integers(1, 4).flatmap(
    lambda columns: st.lists(
        st.lists(st.integers(0, 40), min_size=columns, max_size=columns), min_size=1, max_size=5
    )
)


@settings(max_examples=80, deadline=None)
@given(tables, st.integers(2, 10))
def test_suppressed_tables_are_safe(rows, minimum):
    full = table(*rows)
    shown = suppress(full, minimum)
    hidden = shown.isna()
    assert not ((full > 0) & (full < minimum) & ~hidden).to_numpy().any()
    assert (full.where(~hidden) == shown).where(~hidden, True).to_numpy().all()
    assert not ((full == 0) & hidden).to_numpy().any()
    if full.size > 1:
        for axis, length in enumerate(full.shape):
            if full.shape[1 - axis] > 1:
                single = hidden.sum(axis=1 - axis) == 1
                assert not single.any(), f"{length} lines, one has a single gap"
        assert recoverable(full, hidden, minimum).empty
