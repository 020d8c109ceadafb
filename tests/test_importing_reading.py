"""Files as people keep them: a title above the header, totals below, a sheet or a file for each wave or centre."""

import pandas as pd
import pytest

from analysis.importing import bring as room
from analysis.records import load_monitoring
from analysis.study import read_study

TITLED = [
    ["Monitoring 2021", "", "", ""],
    ["", "", "", ""],
    ["family", "centre", "wave", "stress"],
    *(
        [f"F{n}", "North", w, str((n + at) % 5 + 1)]
        for n in range(8)
        for at, w in enumerate(("pre", "post"))
    ),
]
TOTALS = [["Итого", "", "", "24"], ["Average:", "", "", "3"]]


def brought(tmp_path, *files):
    guesses = room.bring(list(files), tmp_path / "study")
    study = read_study(tmp_path / "study")
    return study, load_monitoring(study), guesses


def said(guesses, what):
    return [(guess.value, guess.sure) for guess in guesses.made if guess.what == what]


def written(file, rows):
    if file.suffix == ".xlsx":
        pd.DataFrame(rows).to_excel(file, index=False, header=False)
    else:
        file.write_text("\n".join(";".join(row) for row in rows), encoding="utf-8")
    return file


def table(ids, add=0):
    """Four items of 1 to 5 for each id."""
    return pd.DataFrame(
        {
            "family": ids,
            **{
                f"stress_{i}": [1 + (n * i + add) % 5 for n in range(len(ids))] for i in range(1, 5)
            },
        }
    )


IDS = [f"F{n:02d}" for n in range(20)]


@pytest.mark.parametrize("suffix", ["xlsx", "csv"])
@pytest.mark.parametrize("below", [[], TOTALS])
def test_a_title_above_the_header_and_totals_below_are_passed_over_and_said(
    tmp_path, suffix, below
):
    file = written(tmp_path / f"titled.{suffix}", TITLED + below)
    study, monitoring, guesses = brought(tmp_path, file)
    assert (study.waves, len(monitoring)) == (("pre", "post"), 16)
    assert monitoring["stress"].tolist() == [(n + at) % 5 + 1 for n in range(8) for at in (0, 1)]
    assert said(guesses, f"header of titled.{suffix}") == [
        ("row 3; left out above it: Monitoring 2021", "likely")
    ]
    left = [value for value, _ in said(guesses, "rows") if "left out" in value]
    assert left == [f"row {n} left out" for n in (20, 21)][: len(below)]


def test_a_family_whose_id_begins_like_a_total_stays(tmp_path):
    rows = [*TITLED[2:], ["Total-1", "North", "pre", "2"], ["Total-1", "North", "post", "2"]]
    _, monitoring, _ = brought(tmp_path, written(tmp_path / "t.csv", rows))
    assert len(monitoring) == 18 and "Total-1" in set(monitoring["family"])


def test_lines_are_those_of_the_file_below_a_title(tmp_path):
    """A row that is too short is named by its place in the file, not by its place below the header."""
    file = written(tmp_path / "t.csv", [*TITLED[:5], ["F9", "North"]])
    with pytest.raises(room.BringError, match=r"t\.csv: row 6: 2 cells; expected 4"):
        room.bring([file], tmp_path / "study")


@pytest.mark.parametrize(
    ("names", "order"),
    [(("before", "after"), ("before", "after")), (("Замер 2", "Замер 1"), ("Замер 1", "Замер 2"))],
)
def test_sheets_with_the_same_columns_are_waves(tmp_path, names, order):
    file = tmp_path / "records.xlsx"
    frames = {names[0]: table(IDS), names[1]: table(IDS[5:], 1)}
    with pd.ExcelWriter(file) as book:
        for name, frame in frames.items():
            frame.to_excel(book, sheet_name=name, index=False)
    study, monitoring, guesses = brought(tmp_path, file)
    assert study.waves == order
    for name, frame in frames.items():
        own = monitoring[monitoring["wave"] == name].set_index("family")
        assert own["stress_2"].to_dict() == dict(
            zip(frame["family"], frame["stress_2"], strict=True)
        )
    assert said(guesses, "sheets") == [(", ".join(names), "likely")]
    assert said(guesses, "wave")[0][1] == "likely"


def test_a_sheet_of_remarks_first_and_another_table_last(tmp_path):
    file = tmp_path / "records.xlsx"
    with pd.ExcelWriter(file) as book:
        pd.DataFrame({"How to fill this in": ["Rate every item.", "Twice."]}).to_excel(
            book, sheet_name="Read me", index=False
        )
        pd.concat([table(IDS).assign(wave="t1"), table(IDS, 2).assign(wave="t2")]).to_excel(
            book, sheet_name="Data", index=False
        )
        pd.DataFrame({"a": [1], "b": [2], "c": [3]}).to_excel(book, sheet_name="Lists", index=False)
    study, monitoring, guesses = brought(tmp_path, file)
    assert (study.waves, len(monitoring)) == (("t1", "t2"), 40)
    assert said(guesses, "sheets left out") == [("Read me, Lists", "unsure")]


def test_files_of_other_families_are_centres_and_of_the_same_ones_waves(tmp_path):
    long = {
        name: pd.concat([table(ids, at).assign(wave=f"t{at}") for at in (1, 2)])
        for name, ids in (("North", IDS), ("South", [f"S{n}" for n in range(12)]))
    }
    files = []
    for name, frame in long.items():
        files.append(tmp_path / f"{name}.csv")
        frame.to_csv(files[-1], index=False)
    _, monitoring, guesses = brought(tmp_path, *files)
    assert monitoring.groupby("centre", observed=True)["family"].nunique().to_dict() == {
        "North": 20,
        "South": 12,
    }
    assert said(guesses, "centre")[0] == ("one table each: North, South", "likely")


def test_files_named_by_time_of_other_families_are_no_centres_and_are_doubted(tmp_path):
    table(IDS).to_csv(tmp_path / "before.csv", index=False)
    table([f"S{n}" for n in range(12)]).to_csv(tmp_path / "after.csv", index=False)
    _, monitoring, guesses = brought(tmp_path, tmp_path / "before.csv", tmp_path / "after.csv")
    assert monitoring["centre"].nunique() == 1
    assert said(guesses, "wave")[0] == ("one table each: before, after", "unsure")
