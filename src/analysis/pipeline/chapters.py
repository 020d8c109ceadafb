"""The chapters that a report can have, what each needs, and which of them a study can feed. Data: chapters.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

FILE = Path(__file__).with_name("chapters.toml")


@dataclass(frozen=True)
class Chapter:
    """One notebook as a chapter; `sentences` by language say what the first page takes from it."""

    name: str
    needs: tuple[str, ...] = ()
    compendium: bool = False
    long: bool = False
    sentences: Mapping[str, str] = field(default_factory=dict)


def all_chapters() -> tuple[Chapter, ...]:
    """Every chapter, in the order of the book."""
    entries = tomllib.loads(FILE.read_text(encoding="utf-8"))["chapters"]
    return tuple(
        Chapter(
            entry["name"],
            tuple(entry.get("needs", ())),
            entry.get("compendium", False),
            entry.get("long", False),
            {language: entry[language] for language in ("en", "ru") if language in entry},
        )
        for entry in entries
    )


def fed_by(parts: Collection[str]) -> tuple[Chapter, ...]:
    """The chapters of a study's own report that these parts can feed."""
    return tuple(c for c in all_chapters() if not c.compendium and set(c.needs) <= set(parts))


def lacking(parts: Collection[str]) -> dict[str, list[str]]:
    """Part that is not there -> the chapters that wait for it, in the order of the book; each part once."""
    waiting: dict[str, list[str]] = {}
    for chapter in all_chapters():
        for part in () if chapter.compendium else chapter.needs:
            if part not in parts:
                waiting.setdefault(part, []).append(chapter.name)
    return waiting
