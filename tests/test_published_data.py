"""The folder data/published: its codebook, its links, and the arithmetic the sources themselves state."""

import json
import re
import shutil
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from frictionless import validate

FOLDER = Path(__file__).parents[1] / "data" / "published"
PACKAGE = json.loads((FOLDER / "datapackage.json").read_text(encoding="utf-8"))
RESOURCES = {resource["name"]: resource for resource in PACKAGE["resources"]}
READ_TEXTS = {"casework2023", "seminar", "nuances2021", "policycases", "intec2021"}


def read(name: str, folder: Path = FOLDER) -> pd.DataFrame:
    """Read one table as text, empty cells as empty strings."""
    return pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)


def errors(folder: Path) -> set[str]:
    """Types of the errors frictionless finds in a copy of the package."""
    report = validate(str(folder / "datapackage.json"))
    return {error for (error,) in report.flatten(["type"])}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "published"))


def spoil(folder: Path, table: str, column: str, row: int, value: str) -> None:
    frame = read(table, folder)
    frame.loc[row, column] = value
    frame.to_csv(folder / f"{table}.csv", index=False, lineterminator="\n")


# ---------------------------------------------------------------- the codebook


def test_package_is_valid():
    assert errors(FOLDER) == set()


@pytest.mark.parametrize(
    ("table", "column", "value", "error"),
    [
        ("verbal", "percentage", "no-such-row", "foreign-key"),
        ("percentages", "same_as", "no-such-row", "foreign-key"),
        ("themes", "claim", "no-such-claim", "foreign-key"),
        ("policy_cases", "region", "Atlantis", "foreign-key"),
        ("percentages", "printed", "guessed", "constraint-error"),
        ("percentages", "percent", "72,0", "constraint-error"),
        ("claims", "kind", "", "constraint-error"),
        ("policy_cases", "level", "galaxy", "constraint-error"),
        ("policy_events", "year", "about 2006", "type-error"),
    ],
)
def test_validation_can_fail_on_a_spoilt_cell(copy, table, column, value, error):
    spoil(copy, table, column, 0, value)
    assert errors(copy) == {error}


def test_validation_can_fail_on_a_repeated_identifier(copy):
    spoil(copy, "percentages", "id", 1, read("percentages")["id"][0])
    assert {"primary-key", "unique-error"} & errors(copy)


def test_validation_can_fail_on_an_undescribed_column(copy):
    read("verbal", copy).assign(extra="x").to_csv(copy / "verbal.csv", index=False)
    assert "extra-label" in errors(copy)


@pytest.mark.parametrize("name", sorted(RESOURCES))
def test_codebook_and_table_have_the_same_columns(name):
    described = [field["name"] for field in RESOURCES[name]["schema"]["fields"]]
    assert list(read(name).columns) == described


def test_every_file_is_described_and_every_described_file_is_there():
    files = {path.name for path in FOLDER.iterdir()} - {"README.md", "datapackage.json"}
    assert files == {resource["path"] for resource in RESOURCES.values()}
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [name for name in files if f"`{name}`" not in readme] == []


def test_every_field_is_described_for_people():
    for resource in RESOURCES.values():
        for field in resource["schema"]["fields"]:
            assert field["title"]
            assert len(field["description"]) > 10, field["name"]


def test_every_allowed_value_occurs_except_those_listed_here():
    """A code that no row uses is a mistake, unless it completes a scale on purpose."""
    unused = set()
    for name, resource in RESOURCES.items():
        frame = read(name)
        for field in resource["schema"]["fields"]:
            allowed = set(field.get("constraints", {}).get("enum", []))
            unused |= {
                (name, field["name"], value) for value in allowed - set(frame[field["name"]])
            }
    assert unused == {
        ("policy_cases", "level", "individual"),
        ("policy_cases", "level", "national"),
        ("policy_cases", "achieved", "no"),
        ("policy_cases", "conflict", "no"),
        ("policy_cases", "structural_change", "no"),
    }


def test_files_are_plain_utf8_with_lf_and_no_local_paths():
    for path in FOLDER.iterdir():
        content = path.read_bytes()
        assert not content.startswith(b"\xef\xbb\xbf"), path.name
        assert b"\r" not in content, path.name
        assert content.endswith(b"\n"), path.name
        assert not re.search(r"(?<![\w.])/(work|home|tmp|root|Users)/", content.decode("utf-8"))


def test_no_cell_has_stray_blanks():
    for name in RESOURCES:
        frame = read(name)
        for column in frame:
            assert (frame[column] == frame[column].str.strip()).all(), (name, column)


# ---------------------------------------------------------------- links


def links():
    for name, resource in RESOURCES.items():
        for link in resource["schema"].get("foreignKeys", []):
            target = link["reference"]["resource"] or name
            yield name, link["fields"][0], target, link["reference"]["fields"][0]


@pytest.mark.parametrize(("name", "column", "target", "key"), list(links()))
def test_foreign_ids_resolve(name, column, target, key):
    present = set(read(name)[column]) - {"", "not stated"}
    assert present
    assert present <= set(read(target)[key])


def test_each_read_text_has_claims_and_the_unread_one_has_none():
    assert set(read("claims")["source"]) == READ_TEXTS
    assert set(read("sources")["key"]) == READ_TEXTS | {"goldkind2016"}


def test_second_hand_is_exactly_what_is_cited_from_others():
    rows = read("percentages")
    second = rows["status"] == "second-hand"
    assert (second == rows["survey"].isin(["goldkind2016", "context"])).all()
    assert second.any() and not second.all()
    cited = read("claims").merge(rows[second], left_on="percentage", right_on="id")
    assert set(cited["kind"]) == {"context"}


def test_a_claim_that_is_a_percentage_agrees_with_its_row():
    rows = read("percentages").set_index("id")
    claims = read("claims")
    own = claims[claims["id"] == claims["percentage"]].set_index("id")
    assert set(own.index) == set(rows.index[rows["printed"] != "derived"])
    assert (own["place"] == rows.loc[own.index, "place"]).all()
    figures = own[own["value"].str.fullmatch(r"[\d.]+%")]
    assert (figures["value"] == rows.loc[figures.index, "percent"] + "%").all()


def test_theme_of_a_claim_is_in_the_themes_table():
    claims = read("claims").set_index("id")
    themes = read("themes")
    pairs = set(zip(themes["claim"], themes["theme"], strict=True))
    assert {(i, t) for i, t in claims["theme"].items() if t} <= pairs
    assert set(themes["claim"]) == set(claims.index[claims["theme"] != ""])
    assert (claims.loc[themes["claim"], "source"].to_numpy() == themes["source"].to_numpy()).all()


# ---------------------------------------------------------------- percentages


def percent(identifier: str) -> str:
    return str(read("percentages").set_index("id").loc[identifier, "percent"])


@pytest.mark.parametrize(
    ("identifier", "as_printed"),
    [  # read in the texts, digit by digit
        ("nuances-institution-territorial-centres", "72.0"),
        ("nuances-institution-care-homes", "7.0"),
        ("nuances-department-in-home", "35.0"),
        ("nuances-worker-advantage-quick-online", "18.0"),
        ("nuances-manager-advantage-interdepartmental", "30.0"),
        ("nuances-manager-advantage-email", "10.0"),
        ("nuances-manager-advantage-document-management", "15"),
        ("nuances-manager-advantage-films", "25"),
        ("nuances-manager-advantage-copier", "5.0"),
        ("nuances-manager-advantage-video-camera", "5"),
        ("nuances-worker-difficulty-outdated-equipment", "6"),
        ("intec-manager-advantage-interdepartmental", "30"),
        ("intec-manager-advantage-databases", "32.5"),
        ("intec-manager-difficulty-technical-support", "40"),
        ("intec-manager-difficulty-paper-duplication", "10.0"),
        ("intec-manager-difficulty-clients-abilities", "10"),
        ("intec-manager-use-document-management", "15.0"),
        ("intec-context-organisations-website", "75.0"),
        ("intec-context-russia-internet", "75"),
        ("intec-us-use-email", "99"),
    ],
)
def test_decimals_are_kept_as_printed(identifier, as_printed):
    assert percent(identifier) == as_printed


def test_every_percent_sign_and_every_percentage_in_words_has_one_row():
    """Counted by hand in the texts: 75 and 49 percent signs, 8 and 14 percentages in words."""
    rows = read("percentages")
    once = rows[rows["same_as"] == ""]
    counts = once.groupby(["source", "printed"]).size()
    assert counts["nuances2021", "figure"] == 75
    assert counts["intec2021", "figure"] == 49
    assert counts["nuances2021", "words"] == 8
    assert counts["intec2021", "words"] == 14


def test_fractions_have_the_value_they_stand_for():
    rows = read("percentages")
    assert set(rows.loc[rows["printed"] == "fraction", "percent"]) == {"25", "10", "33.3"}
    assert list(rows.loc[rows["printed"] == "derived", "id"]) == ["intec-share-managers-derived"]


def test_same_as_repeats_a_value_printed_once():
    rows = read("percentages").set_index("id")
    repeated = rows[rows["same_as"] != ""]
    first = rows.loc[repeated["same_as"]]
    assert (first["same_as"] == "").all()
    for column in ["percent", "printed", "source", "question", "n", "base"]:
        assert (repeated[column].to_numpy() == first[column].to_numpy()).all(), column


def test_a_base_size_stands_exactly_where_a_base_is_known():
    rows = read("percentages")
    assert ((rows["n"] == "") == (rows["base"] == "none")).all()
    assert ((rows["group"] == "") == (rows["base"] == "none")).all()
    sizes = rows[rows["n"] != ""].groupby("group")["n"].unique().map(list).to_dict()
    assert sizes == {
        "all": ["157"],
        "workers": ["117"],
        "managers": ["40"],
        "us-supervisors": ["361"],
    }


@pytest.mark.parametrize("source", ["nuances2021", "intec2021"])
def test_the_stated_totals_add_up(source):
    """157 = 130 + 27 in both articles; 157 = 117 + 40 in the one that prints 117 and 40."""
    claims = read("claims").set_index("id")["value"]
    prefix = source.removesuffix("2021")
    total = int(claims[f"{prefix}-n"])
    assert total == int(claims[f"{prefix}-moscow"]) + int(claims[f"{prefix}-volgograd"]) == 157
    if source == "nuances2021":
        workers, managers = int(claims["nuances-workers-117"]), int(claims["nuances-managers-40"])
        assert total == workers + managers
        assert percent("nuances-share-workers") == f"{100 * workers / total:.1f}"


@pytest.mark.parametrize("question", ["position", "institution", "experience"])
def test_printed_classes_of_the_survey_sum_to_100(question):
    """Added up by hand from the text: each of the three lists gives 100.0."""
    rows = read("percentages")
    rows = rows[(rows["source"] == "nuances2021") & (rows["question"] == question)]
    assert sum(map(Decimal, rows["percent"])) == Decimal("100.0")


def test_us_degrees_sum_to_100():
    rows = read("percentages")
    assert sum(map(Decimal, rows.loc[rows["question"] == "us-degree", "percent"])) == 100


def test_managers_share_is_the_sum_of_its_parts_in_both_articles():
    derived = Decimal(percent("intec-share-managers-derived"))
    for one, two in [
        ("nuances-position-heads", "nuances-position-assistant-directors"),
        ("intec-position-heads", "intec-position-deputy-directors"),
    ]:
        assert Decimal(percent(one)) + Decimal(percent(two)) == derived
    assert 100 - Decimal(percent("nuances-share-workers")) == derived


def test_words_are_compared_with_figures_only():
    """A fraction without a printed figure would agree with itself whatever was printed."""
    rows = read("percentages").set_index("id")
    verbal = read("verbal")
    assert not (rows.loc[verbal["percentage"], "printed"] == "fraction").any()
    assert (
        rows.loc[verbal["percentage"], "source"].to_numpy() == verbal["source"].to_numpy()
    ).all()
    assert (verbal["phrase"].str.split().str.len() <= 5).all()


# ---------------------------------------------------------------- the cases


def test_regions_are_the_number_the_text_states():
    claims = read("claims").set_index("id")
    assert claims.loc["policy-eight-regions", "value"] == "eight"
    assert list(read("policy_regions").columns) == ["region", "named_in"]
    assert len(read("policy_regions")) == 8


def test_events_are_in_order_and_their_years_never_go_back():
    events = read("policy_events")
    assert list(events["order"].astype(int)) == list(range(1, len(events) + 1))
    years = [int(year) for year in events["year"] if year]
    assert years == sorted(years) == [2004, 2006, 2008, 2011]


def test_cases_agree_with_the_events():
    cases = read("policy_cases").set_index("id")
    case = cases.loc["petrozavodsk-inclusive-education"]
    assert (case["year_start"], case["year_end"]) == ("2004", "2008")
    assert cases.loc["karelia-access-bill", "year_start"] == "2011"
