"""In how many interviews a code is heard: tiny codings counted by hand, and two coders' files put together."""

from dataclasses import replace

import pandas as pd
import pytest

from analysis import voices
from analysis.disclosure import DisclosureError
from analysis.readers import coding_frame
from analysis.readers.refi_write import write_project
from analysis.study import read_study

# I1: both coders give X, only one gives Y. I2: only coder b works there and gives X.
# I3: both work there; one gives X, the other Y.
GIVEN = [
    ("I1", "X", "a"),
    ("I1", "X", "b"),
    ("I1", "X", "b"),
    ("I1", "Y", "a"),
    ("I2", "X", "b"),
    ("I3", "X", "a"),
    ("I3", "Y", "b"),
]
DOCUMENTS = {"I1": "Да, очень тяжело было.", "I2": "Нет.", "I3": "Иногда."}
BOOK = pd.DataFrame(
    {
        "code": ["Branch", "X", "Y"],
        "parent": ["", "Branch", "Branch"],
        "description": "",
        "codable": [False, True, True],
        "guid": "",
    }
)


def coding(given=GIVEN):
    return coding_frame(
        {
            "document": document,
            "code": code,
            "coder": coder,
            "start": i % 2,
            "end": 3 + i % 2,
            "created": "2022-01-01T00:00:00Z",
            "memo": "",
            "quote": DOCUMENTS[document][i % 2 : 3 + i % 2],
        }
        for i, (document, code, coder) in enumerate(given)
    )


def test_heard_by_everyone_who_coded_the_interview():
    table = voices.heard(coding()).set_index(["document", "code"])["all_coders"].to_dict()
    assert table == {
        ("I1", "X"): True,
        ("I1", "Y"): False,
        ("I2", "X"): True,
        ("I3", "X"): False,
        ("I3", "Y"): False,
    }


def test_prevalence_any_and_every_coder():
    table = voices.prevalence(coding(), ["X", "Y", "Z"], 3)
    counts = table.set_index(["code", "heard_by"])["count"].unstack().loc[["X", "Y", "Z"]]
    assert counts["any coder"].tolist() == [3, 2, 0]
    assert counts["every coder"].tolist() == [2, 0, 0]
    assert set(table["n"]) == {3}
    row = table.iloc[1]  # R prop.test(2, 3, correct = FALSE): 0.2077 to 0.9385
    assert (row["low"], row["high"]) == pytest.approx((0.2077, 0.9385), abs=5e-5)


def test_by_group_shows_every_code_and_every_group():
    interviews = pd.DataFrame({"interview": ["I1", "I2", "I3"], "role": ["c", "s", "s"]})
    table = voices.by_group(coding(), interviews, "role", ["Y", "X"])
    assert list(table.index) == ["Y", "X"] and list(table.columns) == ["c", "s"]
    assert table.to_numpy().tolist() == [[0, 0], [1, 1]]


@pytest.fixture
def coders(small):
    """A small study with two coders' files; returns a function that writes them and reads them together."""
    small.with_interviews()
    text = (small.folder / "study.toml").read_text(encoding="utf-8")
    small.toml(text.replace('["coder.qdpx"]', '["a.qdpx", "b.qdpx"]'))

    def read(second=DOCUMENTS, book=BOOK, first=DOCUMENTS):
        for name, documents, codes in (("a", first, BOOK), ("b", second, book)):
            frame = coding([row for row in GIVEN if row[2] == name and row[0] in documents])
            path = small.folder / f"{name}.qdpx"
            write_project(documents, frame, codes, path, origin="t", created="2022-01-01T00:00:00Z")
        return voices.read_coders(read_study(small.folder))

    return read


class TestReadCoders:
    def test_codings_of_both_and_codes_of_one_branch(self, coders):
        project = coders()
        assert sorted(project.coding["coder"].unique()) == ["a", "b"]
        assert len(project.coding) == len(GIVEN)
        assert voices.codes_of(project, "Branch") == ["X", "Y"]
        assert voices.codes_of(project, "Nothing") == []

    def test_an_interview_only_the_second_coder_has_is_kept(self, coders):
        first = {name: text for name, text in DOCUMENTS.items() if name != "I2"}
        assert set(coders(first=first).documents) == set(DOCUMENTS)

    def test_a_code_only_the_second_codebook_has_is_kept(self, coders):
        more = pd.concat([BOOK, BOOK.tail(1).assign(code="Z")], ignore_index=True)
        assert voices.codes_of(coders(book=more), "Branch") == ["X", "Y", "Z"]

    def test_texts_that_differ_are_refused(self, coders):
        with pytest.raises(ValueError, match=r"b\.qdpx: the text of I2 differs"):
            coders(second=DOCUMENTS | {"I2": "Нет!"})


class TestChosenQuotes:
    def test_most_agreed_first_one_per_interview_with_translation(self, coders, small):
        project = coders()
        small.write("translations.csv", "document,quote,translation\nI1,Да,yes\n")
        study = read_study(small.folder)
        table = voices.chosen_quotes(study, project, "X", 5)
        assert table["document"].tolist()[0] in ("I1", "I2") and table["document"].is_unique
        assert set(table["document"]) == {"I1", "I2", "I3"}
        assert (table["translation"] == "").all()  # no translation of exactly these passages
        quote = table["quote"].iloc[0]
        small.write("translations.csv", f'document,quote,translation\nI1,"{quote}",Found\n')
        again = voices.chosen_quotes(study, project, "X", 1)
        assert len(again) == 1

    def test_limit_and_a_code_nobody_gave(self, coders, small):
        project, study = coders(), read_study(small.folder)
        assert voices.chosen_quotes(study, project, "X", 0).empty
        silent = replace(project, coding=project.coding[project.coding["code"] == "X"])
        assert voices.chosen_quotes(study, silent, "Y", 3).empty

    def test_default_study_prints_no_quote_without_translation(self):
        study = read_study("data/casework")
        project = voices.read_coders(study)
        codes = project.codebook.loc[project.codebook["codable"], "code"]
        chosen = {code: voices.chosen_quotes(study, project, code, 10) for code in codes}
        assert sum(map(len, chosen.values())) > 100  # there is something to look at
        for code, quotes in chosen.items():
            assert (quotes["translation"] != "").all(), code


def test_units_with_a_name_are_stopped_until_it_is_masked(small):
    small.with_interviews()
    study = read_study(small.folder)
    units = pd.DataFrame(
        {"document": ["I1"], "unit": [3], "text": ["Тут пришла Марина Петровна и всё решила."]}
    )
    with pytest.raises(DisclosureError):
        voices.cleared_units(study, units)
    (small.folder / "mask.csv").write_text(
        "found,replacement\nМарина Петровна,[имя]\n", encoding="utf-8"
    )
    assert voices.cleared_units(study, units)["text"].tolist() == ["Тут пришла [имя] и всё решила."]


def test_a_translation_is_printed_too_and_is_stopped_too(small):
    small.with_interviews()
    study = read_study(small.folder)
    row = {
        "quote_id": "I1:1-9",
        "document": "I1",
        "quote": "Пишите нам.",
        "translation": "Write to anna@example.org.",
    }
    with pytest.raises(DisclosureError):
        voices.cleared(study, pd.DataFrame([row]))
    (small.folder / "mask.csv").write_text(
        "found,replacement\nanna@example.org,[address]\n", encoding="utf-8"
    )
    assert voices.cleared(study, pd.DataFrame([row]))["translation"].tolist() == [
        "Write to [address]."
    ]
