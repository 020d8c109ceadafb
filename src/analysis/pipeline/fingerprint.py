"""What went into a book, as one hash: if it has not changed, nothing needs doing. Imports nothing heavy."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

BOOK = ("*.md", "own/*.md", "*.yml", "*.bib", "*.csv", "_static/**/*")
CODE = (".py", ".toml", ".json", ".css", ".mplstyle", ".txt", ".xsd")


def code_files(package: Path) -> list[Path]:
    """Every file of the package whose content can change a result."""
    return sorted(
        p for p in package.rglob("*") if p.suffix in CODE and "__pycache__" not in p.parts
    )


def book_files(book: Path) -> list[Path]:
    """Hand-written files of the book, in a stable order."""
    return sorted({path for pattern in BOOK for path in book.glob(pattern) if path.is_file()})


def data_files(folder: Path) -> list[Path]:
    """Every file of a data folder, hidden ones apart."""
    return sorted(p for p in folder.rglob("*") if p.is_file() and not p.name.startswith("."))


def bytes_of(files: Iterable[Path]) -> int:
    """Their sizes together."""
    return sum(path.stat().st_size for path in files)


def fingerprint(files: Iterable[Path], parameters: Mapping[str, Any]) -> str:
    """Sixteen hexadecimal digits over names, contents and parameters."""
    digest = hashlib.sha256(json.dumps(parameters, sort_keys=True, default=str).encode())
    for path in files:
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{path}\0{content}\n".encode())
    return digest.hexdigest()[:16]
