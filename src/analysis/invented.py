"""The invented interviews of the default study, turned into the files that a real study would bring.

Reads the interviews' texts and the two coders' tables in `making/`, and writes what a coding tool would have written:
one REFI-QDA project per coder, the table of interviews and the translations, and the further tables of the service.
Invents nothing itself.
"""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from analysis.readers import coding_frame
from analysis.readers.refi_write import write_project
from analysis.study import PROJECT
from analysis.synthetic import declared_values, monitoring, write_monitoring
from analysis.synthetic_costs import costs
from analysis.synthetic_service import case_log, contacts, documents, spans, staff, stages
from analysis.synthetic_views import alliance, supervision, views
from analysis.worlds import Parameters, parameters_of, read_parameters, read_worlds

CODERS = {"coder_a": "Coder A (invented)", "coder_b": "Coder B (invented)"}
ROLES = {"куратор": "curator", "супервизор": "supervisor"}
ORIGIN = "casework-evaluation, invented interviews"
CREATED = "2022-11-30T12:00:00Z"
HEADER = re.compile(
    r"^Интервью (?P<interview>I\d+); роль: (?P<role>\w+); центр: (?P<centre>\w)$", re.M
)


def read_interviews(making: Path) -> dict[str, str]:
    """Interview texts by name, in order."""
    return {
        path.stem: path.read_text(encoding="utf-8")
        for path in sorted((making / "interviews").glob("I*.txt"))
    }


def interview_table(documents: Mapping[str, str], records: pd.DataFrame) -> pd.DataFrame:
    """One row per interview: `interview, role, centre, curator, date, words, synthetic`.

    Role and centre stand in the header of each text. A curator interviewed is one of the centre's curators in the
    monitoring table, in order; supervisors have none. Dates are invented, one interview a day.
    """
    rows = []
    taken: dict[str, int] = {}
    for day, (name, text) in enumerate(documents.items()):
        header = HEADER.search(text)
        if header is None or header["interview"] != name:
            raise ValueError(
                f"{name}.txt: the second line should read 'Интервью {name}; роль: …; центр: …'."
            )
        role, centre = ROLES[header["role"]], f"Centre {header['centre']}"
        curator = ""
        if role == "curator":
            curators = sorted(records.loc[records["centre"] == centre, "curator"].unique())
            curator = curators[taken.get(centre, 0)]
            taken[centre] = taken.get(centre, 0) + 1
        date = pd.Timestamp("2022-10-03") + pd.Timedelta(days=day)
        words = len(text.split("\n", 2)[2].split())
        rows.append((name, role, centre, curator, f"{date:%Y-%m-%d}", words, True))
    columns = ["interview", "role", "centre", "curator", "date", "words", "synthetic"]
    return pd.DataFrame(rows, columns=columns)


def coder_frame(making: Path, coder: str, documents: Mapping[str, str]) -> pd.DataFrame:
    """One coder's codings in the standard frame; each quote is found in its text.

    Raises
    ------
    ValueError
        When a quote does not occur exactly once in its interview.
    """
    rows = []
    for line, row in enumerate(_rows(making / f"{coder}.csv"), 2):
        text = documents[row["document"]]
        if text.count(row["quote"]) != 1:
            found = text.count(row["quote"])
            raise ValueError(
                f"{coder}.csv, line {line}: the quote occurs {found} times in {row['document']}; expected once."
            )
        start = text.index(row["quote"])
        place = {"start": start, "end": start + len(row["quote"]), "coder": CODERS[coder]}
        rows.append(
            {name: row[name] for name in ("document", "code", "created", "memo", "quote")} | place
        )
    return coding_frame(rows)


def codebook(making: Path) -> pd.DataFrame:
    """The codebook in tree order: folders that cannot be used as codes, and the codes in them."""
    rows: list[dict[str, object]] = []
    for row in _rows(making / "codebook.csv"):
        if row["parent"] not in [r["code"] for r in rows]:
            rows.append(
                {
                    "code": row["parent"],
                    "parent": "",
                    "description": "",
                    "codable": False,
                    "guid": "",
                }
            )
        rows.append(
            {
                "code": row["code"],
                "parent": row["parent"],
                "description": row["description"],
                "codable": True,
                "guid": "",
            }
        )
    return pd.DataFrame(rows)


def translations(making: Path) -> pd.DataFrame:
    """English translations of every coded passage: `document, quote, translation`, the first coder's first."""
    frame = pd.concat([pd.DataFrame(_rows(making / f"{coder}.csv")) for coder in CODERS])
    frame = frame[["document", "quote", "translation"]].drop_duplicates(["document", "quote"])
    return frame.sort_values(["document", "quote"], ignore_index=True)


def write_study(folder: Path | None, world: str) -> list[Path]:
    """Write monitoring, interviews and the service's tables of one declared world into a study folder (the default study's own, if None).

    The declaration `study.toml` and the material in `making/` are read from the default study; a folder elsewhere gets a
    copy of `study.toml`.
    """
    home = PROJECT / "data" / "casework"
    target = folder or home
    target.mkdir(parents=True, exist_ok=True)
    if target.resolve() != home.resolve():
        shutil.copyfile(home / "study.toml", target / "study.toml")
    declared = read_parameters(home / "making"), read_worlds(home / "making")
    values = parameters_of(world, *declared)
    records = monitoring(values)
    write_monitoring(records, target / "monitoring.csv")
    tables = service_tables(values, records) | {"client_costs": client_costs(home / "making")}
    return [
        target / "monitoring.csv",
        *write_interviews(home / "making", target),
        *(write_table(table, target / f"{name}.csv") for name, table in tables.items()),
    ]


def service_tables(parameters: Parameters, records: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The tables of `contract` that the model makes for a monitoring table, by name.

    All but `client_costs`, whose words no model makes. Each has the columns of the contract and `synthetic`.

    Raises
    ------
    ValueError : a value is not declared.
    """
    with declared_values():
        log, people = case_log(parameters, records), staff(parameters, records)
        span, met = spans(parameters, records, log), contacts(parameters, records, log)
        return {
            "stages": stages(parameters),
            "case_log": log,
            "contacts": met,
            "staff": people,
            "documents": documents(parameters, log),
            "supervision": supervision(parameters, people, span),
            "alliance": alliance(parameters, people),
            "views": views(parameters, records),
            "costs": costs(parameters, span, people, met),
        }


def client_costs(making: Path) -> pd.DataFrame:
    """Invented statements about what the service costs a family, as they stand in `making/`, marked synthetic."""
    return pd.DataFrame(_rows(making / "client_costs.csv")).assign(synthetic=True)


def write_table(frame: pd.DataFrame, path: Path) -> Path:
    """Write an invented table as CSV in one step: whole numbers without a point, empty = missing, ISO dates.

    Raises
    ------
    ValueError : the frame does not say in every row that it is synthetic.
    """
    if "synthetic" not in frame or not frame["synthetic"].eq(True).all():
        raise ValueError(
            f"{path.name}: this table does not say synthetic = True in every row, and only invented tables are "
            "written here; records of real families must not be saved as synthetic ones."
        )
    numbers = frame.select_dtypes("float").columns
    whole = [name for name in numbers if frame[name].dropna().mod(1).eq(0).all()]
    partial = path.with_name(f".{path.name}.partial")
    frame.astype(dict.fromkeys(whole, "Int64")).to_csv(
        partial, index=False, date_format="%Y-%m-%d", lineterminator="\n"
    )
    partial.replace(path)
    return path


def write_interviews(making: Path, folder: Path) -> list[Path]:
    """Write `coder_a.qdpx`, `coder_b.qdpx`, `interviews.csv` and `translations.csv` into a study folder."""
    documents = read_interviews(making)
    records = pd.read_csv(folder / "monitoring.csv")
    written = []
    for coder in CODERS:
        frame, path = coder_frame(making, coder, documents), folder / f"{coder}.qdpx"
        write_project(documents, frame, codebook(making), path, origin=ORIGIN, created=CREATED)
        written.append(path)
    tables = {
        "interviews.csv": interview_table(documents, records),
        "translations.csv": translations(making),
    }
    for name, table in tables.items():
        partial = folder / f".{name}.partial"
        table.to_csv(partial, index=False, lineterminator="\n")
        partial.replace(folder / name)
        written.append(folder / name)
    return written


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
