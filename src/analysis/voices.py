"""In how many interviews a code is heard: by any coder, and by every coder who coded the interview."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import pandas as pd

from analysis.coding import quotes
from analysis.disclosure import gate, mask, read_allow, read_mask
from analysis.identifiers import scan
from analysis.proportions import share
from analysis.readers import Project, read_project
from analysis.records import coding_files, load_translations
from analysis.study import Study


def read_coders(study: Study) -> Project:
    """All coders' projects of a study as one: their codings, texts and codes together, the first coder's first.

    Where a file names no coder, its own name stands for one.

    Raises
    ------
    ValueError
        When two coders' files hold different texts under one name: their places would not match.
    """
    projects = {path: read_project(path) for path in coding_files(study)}
    documents: dict[str, str] = {}
    for path, project in projects.items():
        different = [n for n, text in project.documents.items() if documents.get(n, text) != text]
        if different:
            raise ValueError(
                f"{path.name}: the text of {', '.join(different)} differs from another coder's file."
            )
        documents |= project.documents
    parts = list(projects.values())
    named = [
        project.coding.assign(coder=project.coding["coder"].replace("", path.stem))
        for path, project in projects.items()
    ]
    codings = pd.concat(named, ignore_index=True)
    codebook = pd.concat([project.codebook for project in parts], ignore_index=True)
    codebook = codebook.drop_duplicates("code", ignore_index=True)
    return Project(codings, documents, codebook, parts[0].variables, parts[0].report)


def grouping(study: Study, interviews: pd.DataFrame) -> str:
    """The first declared variable of the interviews that tells some of them apart; "" when there is none."""
    declared = study.interviews.variables if study.interviews else ()
    return next((name for name in declared if interviews[name].nunique() > 1), "")


def group_sizes(interviews: pd.DataFrame, variable: str, everyone: str) -> pd.DataFrame:
    """How many interviews each value of the variable has: `group, interviews`; all under `everyone` when there is no variable."""
    groups = interviews[variable] if variable else pd.Series(everyone, index=interviews.index)
    return (
        groups.value_counts(sort=False)
        .sort_index()
        .rename_axis("group")
        .reset_index(name="interviews")
    )


def coded_interviews(project: Project) -> list[str]:
    """Every interview that a coder's file holds, as a text or as the place of a coding."""
    return list(dict.fromkeys([*project.documents, *project.coding["document"].astype(str)]))


def heard(coding: pd.DataFrame) -> pd.DataFrame:
    """One row per interview and code: `document, code, coders` (who gave it) and `all_coders` (everyone who coded there)."""
    given = (
        coding.groupby(["document", "code"], sort=False)["coder"]
        .nunique()
        .rename("coders")
        .reset_index()
    )
    working = coding.groupby("document")["coder"].nunique()
    return given.assign(all_coders=given["coders"].eq(given["document"].map(working)))


def prevalence(coding: pd.DataFrame, codes: Sequence[str], interviews: int) -> pd.DataFrame:
    """Share of interviews in which a code is heard, by any and by every coder.

    Returns
    -------
    DataFrame
        Two rows per code: `code, heard_by` (any coder, every coder), `count, n, share, low, high` (Wilson, proportions; the
        exact interval beside it). n is `interviews`, those without any coding among them.
    """
    table, n = heard(coding), interviews
    rows = []
    for code in codes:
        here = table[table["code"] == code]
        rows.append({"code": code, "heard_by": "any coder"} | share(len(here), n))
        rows.append(
            {"code": code, "heard_by": "every coder"} | share(int(here["all_coders"].sum()), n)
        )
    return pd.DataFrame(rows)


def by_group(
    coding: pd.DataFrame, interviews: pd.DataFrame, variable: str, codes: Sequence[str]
) -> pd.DataFrame:
    """Interviews in which every coder heard a code, per group: matrix of codes by groups, counts.

    Without a variable (""), one column for all interviews.
    """
    if not variable:
        variable = "interviews"
        interviews = interviews.assign(interviews=variable)
    table = (
        heard(coding)
        .query("all_coders")
        .merge(interviews, left_on="document", right_on="interview")
    )
    counts = pd.crosstab(table["code"], table[variable])
    groups = sorted(interviews[variable].unique())
    return counts.reindex(index=list(codes), columns=groups, fill_value=0)


def codes_of(project: Project, parent: str) -> list[str]:
    """Codes of one branch of the codebook, in its order."""
    book = project.codebook
    return list(book.loc[book["parent"].eq(parent) & book["codable"], "code"])


def branches(project: Project, flat_name: str = "") -> dict[str, list[str]]:
    """Top-level branches of the codebook, in its order -> their codes at any depth.

    A codable top-level code with codes below it counts among its own branch. Codes on the top level with none below stand
    together under `flat_name`, last; a codebook without branches has only that.

    Raises
    ------
    ValueError
        When a code stands below itself.
    """
    book = project.codebook
    above = dict(zip(book["code"], book["parent"], strict=True))
    parents = set(above.values()) - {""}
    found: dict[str, list[str]] = {
        code: [] for code in above if not above[code] and code in parents
    }
    flat = []
    for code in book.loc[book["codable"], "code"]:
        top, seen = code, {code}
        while above.get(top):
            top = above[top]
            if top in seen:
                raise ValueError(
                    f"codebook: the code {code!r} stands below itself; mend its parent."
                )
            seen.add(top)
        if top in found:
            found[top].append(code)
        else:
            flat.append(code)
    found = {branch: codes for branch, codes in found.items() if codes}
    return found | ({flat_name: flat} if flat else {})


def top(
    prevalence: pd.DataFrame, codes: Sequence[str], nobody: str, reason: str = "", shown: Any = None
) -> pd.Series:
    """The row of the code heard in most interviews among `codes`, the first of equals.

    `prevalence` holds the rows of one `heard_by`, nothing hidden; the row is taken from `shown`, the same as they may be printed: no
    other may win because the winner is hidden. None of the codes there: 0 of n under the name `nobody`; no codes at all: 0 of 0 and the `reason`.
    """
    if not codes:
        return pd.Series({"code": nobody, "reason": reason} | share(0, 0))
    known = prevalence.loc[prevalence["code"].isin(list(codes)), "count"]
    if len(known):
        first = known.index[int(known.to_numpy().argmax())]
        return (prevalence if shown is None else shown).loc[first]
    n = int(prevalence["n"].max()) if len(prevalence) else 0
    return pd.Series({"code": nobody} | share(0, n))


def chosen_quotes(
    study: Study, project: Project, code: str, limit: int, places: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Passages to print for a code: those that most coders gave, then the shortest, at most one per interview.

    A passage with anything that looks like an identifier, neither masked nor allowed in the study folder, is passed over. With `places` (`document, start, end`) only those very stretches are chosen from.

    Returns
    -------
    DataFrame
        `quote_id, document, quote, translation` (empty where the study has none), `marked` (by how many of the coders).
    """
    table = _passages(project, code)
    working = project.coding.groupby("document")["coder"].nunique()
    if places is not None:
        table = table.merge(places.drop_duplicates(), on=["document", "start", "end"])
    table["agreed"] = table["coders"].str.count(";") + 1
    table["length"] = table["quote"].str.len()
    table = table.sort_values(["agreed", "length", "quote_id"], ascending=[False, True, True])
    translated = load_translations(study).drop_duplicates(["document", "quote"])
    merged = table.merge(translated, on=["document", "quote"], how="left").fillna(
        {"translation": ""}
    )
    merged["marked"] = [
        f"marked so by {len(who.split('; '))} of {working[name]} coders"
        for name, who in zip(merged["document"], merged["coders"], strict=True)
    ]
    columns = ["quote_id", "document", "quote", "translation", "marked"]
    return _first_clear(study, merged[columns].reset_index(drop=True), limit, "document")


def _passages(project: Project, code: str) -> pd.DataFrame:
    """`coding.quotes` of a code; those of a table without places keep their words and have no place in their name."""
    of_code = project.coding[project.coding["code"].eq(code)]
    there = of_code["start"].notna() & of_code["document"].isin(list(project.documents))
    found = quotes(
        of_code[there].astype({"start": "int64", "end": "int64"}), project.documents, code
    )
    loose = of_code[~there & of_code["quote"].ne("")]
    parts = loose.groupby(["document", "quote"], sort=True)["coder"].agg(
        lambda who: "; ".join(sorted(set(who)))
    )
    placeless = parts.rename("coders").reset_index()
    placeless["quote_id"] = [
        f"{name}:{sha256(words.encode()).hexdigest()[:8]}"
        for name, words in zip(placeless["document"], placeless["quote"], strict=True)
    ]
    return pd.concat([found, placeless.reindex(columns=found.columns)], ignore_index=True)


def quotes_by_code(
    study: Study, project: Project, interviews: pd.DataFrame, codes: Sequence[str], limit: int
) -> dict[str, pd.DataFrame]:
    """`chosen_quotes` of several codes, each with the interview's declared variables beside it."""
    variables = list(study.interviews.variables) if study.interviews else []
    known = interviews[["interview", *variables]].rename(columns={"interview": "document"})
    return {
        code: chosen_quotes(study, project, code, limit).merge(known, on="document", how="left")
        for code in codes
    }


def clear_units(study: Study, units: pd.DataFrame, limit: int) -> pd.DataFrame:
    """The first units of text, up to `limit`, in which nothing could tell who somebody is, with the study's masks applied.

    `units` is a frame with `document` and a column `text` or `quote`.
    """
    return _first_clear(study, units, limit, None)


def _first_clear(
    study: Study, passages: pd.DataFrame, limit: int, once: str | None
) -> pd.DataFrame:
    """The first passages without a hit, each value of the column `once` one time; looks no further than it must."""
    allow = list(read_allow(study.folder)["word"])
    words = read_mask(study.folder)
    masked = mask(passages, words)
    if "translation" in passages:
        told = mask(
            passages[["document", "translation"]].rename(columns={"translation": "quote"}), words
        )
        masked = masked.assign(translation=told["quote"])
    kept: list[int] = []
    for place in range(len(masked)):
        if len(kept) >= limit:
            break
        row = masked.iloc[[place]]
        if once and row[once].iloc[0] in set(masked[once].iloc[kept]):
            continue
        texts = [row]
        if "translation" in row:
            texts.append(row[["document", "translation"]].rename(columns={"translation": "quote"}))
        if all(scan(part, allow=allow).empty for part in texts):
            kept.append(place)
    return masked.iloc[kept].reset_index(drop=True)


def cleared(study: Study, passages: pd.DataFrame) -> pd.DataFrame:
    """The passages with the study's masks applied, when nothing in them could tell who somebody is.

    Raises
    ------
    DisclosureError
        For anything that looks like an identifier and is neither masked nor allowed in the study folder.
    """
    translated = passages[["document", "translation"]].rename(columns={"translation": "quote"})
    printed = cleared_units(study, translated)["quote"]
    return cleared_units(study, passages).assign(translation=printed)


def cleared_units(study: Study, differing: pd.DataFrame) -> pd.DataFrame:
    """Units of text with the study's masks applied, when nothing in them could tell who somebody is.

    `differing` is a frame with `document` and a column `text` or `quote`. Raises as `cleared`.
    """
    masked = mask(differing, read_mask(study.folder))
    gate(scan(masked, allow=list(read_allow(study.folder)["word"])))
    return masked
