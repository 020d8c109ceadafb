"""Zip archives from strangers: looked at under limits, read in memory; nothing is extracted to disk."""

import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from analysis.printed import shown
from analysis.problem import TableError, refused

MAX_MEMBERS = 20_000
MAX_RATIO = 300  # unpacked to packed, for members above a megabyte: a bomb, not an interview
KNOWN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others unpack more at once than is asked for


def members(path: Path, most: int, endings: tuple[str, ...] = ("",)) -> list[zipfile.ZipInfo]:
    """What a zip archive holds under names with these endings; nothing is unpacked.

    Parameters
    ----------
    most : bytes that all these members together may unpack to.

    Raises
    ------
    TableError
        If it is damaged or no zip archive, a name climbs out of it, a member is encrypted, or a
        limit is passed.
    """
    with path.open("rb") as file:
        try:
            found = zipfile.ZipFile(file).infolist()
        except Exception as error:  # zipfile lets many kinds of error through on a damaged list
            raise _damaged(path, error) from error
    if len(found) > MAX_MEMBERS:
        raise _wrong(path, f"holds {len(found)} files; allowed are {MAX_MEMBERS}")
    for member in found:
        name = member.filename.replace("\\", "/")
        if name.startswith("/") or ".." in PurePosixPath(name).parts or ":" in name.split("/")[0]:
            raise _wrong(path, f"the name {shown(member.filename)} leads out of the archive")
    wanted = [member for member in found if member.filename.lower().endswith(endings)]
    for member in wanted:
        if member.flag_bits & 1:
            raise _wrong(path, f"{shown(member.filename)} is encrypted")
        if member.file_size > max(2**20, MAX_RATIO * member.compress_size):
            said = f"unpacks to more than {MAX_RATIO} times its size"
            raise _wrong(path, f"{shown(member.filename)} {said}")
    if sum(member.file_size for member in wanted) > most:
        raise _wrong(path, f"unpacks to more than {most // 2**20} MB")
    return wanted


def unpacked(
    path: Path, most: int, endings: tuple[str, ...] = ("",)
) -> Iterator[tuple[str, bytes]]:
    """Name and content of every one of `members`, one after another.

    Raises
    ------
    TableError
        As `members`; if the content of a member is damaged.
    """
    wanted = members(path, most, endings)
    with zipfile.ZipFile(path) as archive:
        for member in wanted:
            try:
                if member.compress_type not in KNOWN:
                    raise NotImplementedError(f"method of packing {member.compress_type}")
                with archive.open(member) as stream:
                    # Asked for all, zipfile would unpack more than the size that was looked at.
                    data = stream.read(member.file_size + 1)
            except Exception as error:  # zlib's own, and whatever else zipfile lets through
                raise _damaged(path, error, f": {shown(member.filename)}") from error
            yield member.filename, data


def _damaged(path: Path, error: Exception, where: str = "") -> TableError:
    said = str(error) or type(error).__name__
    return _wrong(path, f"damaged, or not a zip archive as it has to be{where} ({said})")


def _wrong(path: Path, said: str) -> TableError:
    mend = "open it in the program it comes from, and save or export it again without a password."
    return refused(path.name, f"{said}; save or export it again.", mend)
