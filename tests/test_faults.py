"""A build killed at seeded operations on files, or left without a place to write: the last good book stays whole, the next run ends well."""

import itertools
import os
import random
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from analysis.pipeline import release
from fault_builder import PROJECT
from fault_builds import Place, check_after, paused, place_of, stands, with_books

pytestmark = pytest.mark.slow

SEED, KILLS, FULL = 20230, 12, 6


@pytest.fixture(scope="module")
def light(tmp_path_factory):
    """A builder that needs no kernels, and its books."""
    yield from with_books(tmp_path_factory.mktemp("light"), "light")


def points(n, last):
    """One operation from each of `n` equal stretches."""
    generator = random.Random(SEED)
    edges = [1 + i * last // n for i in range(n + 1)]
    return [generator.randrange(a, max(b, a + 1)) for a, b in itertools.pairwise(edges)]


# ---- killed ---------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(KILLS))
def test_killed_at_an_operation(light, number):
    out = place_of(light, f"kill-{number}")
    at = points(KILLS, light.operations)[number]
    code, said = light.report(out, kill=at, alone=number % 2)
    assert code == -signal.SIGKILL, (at, light.operations, said)
    check_after(light, out)


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("page", ["one", "results"])
def test_killed_while_the_book_is_written(light, page, alone):
    """Alone: the builder is another process, and would go on to write where the next run writes."""
    out = place_of(light, f"builder-{page}-{alone}")
    with paused(light, f"hold-{page}", "half"):
        pid = light.start(out)
        light.until("half")
        (os.kill if alone else os.killpg)(pid, signal.SIGKILL)
        assert light.ask(wait=pid) == -signal.SIGKILL
        light.leaves_nothing()
    check_after(light, out)


def test_killed_at_its_first_book(light):
    """Before the first book stands, nothing may pass for one."""
    new = light.new
    for number, at in enumerate(points(3, light.operations)):
        out = light.place / "outs" / f"first-{number}"
        code, said = light.report(out, kill=at)
        assert code == -signal.SIGKILL, said
        assert release.published(out) in (None, release.published(new))
        code, said = light.report(out)
        assert code == 0 and stands(out) == stands(new), said


# ---- no room on the disk, or a place that may not be written --------------------------------


@pytest.mark.parametrize("number", range(FULL))
def test_no_room_from_an_operation_on(light, number):
    out = place_of(light, f"full-{number}")
    at = points(FULL, light.operations)[number]
    code, said = light.report(out, fill=at)
    assert code == 1 and "Traceback" not in said, said
    assert "he disk is full" in said and "Make room or choose another place with --to." in said
    assert "The last good book still stands" in said and "What was finished is kept" in said
    check_after(light, out)


def namespace(*mounts):
    """A command prefix under which mounts are seen by nobody else; skips where the system does not let us."""
    script = " && ".join((*mounts, 'exec "$@"'))
    inside = ["unshare", "-rm", "sh", "-c", script, "sh"]
    if (
        not shutil.which("unshare")
        or subprocess.run([*inside, "true"], capture_output=True).returncode
    ):
        pytest.skip("this system does not let us mount anything")
    return inside


def test_a_disk_that_is_really_full(tmp_path):
    """A file system of 3 MB, of which so many kilobytes are left: every library under the report meets its own error."""
    place, disk = tmp_path / "place", tmp_path / "disk"
    disk.mkdir()
    tiny = Place(place, "light", inside=namespace(f"mount -t tmpfs -o size=3m tmpfs '{disk}'"))
    assert tiny.ready
    seen = Path(f"/proc/{tiny.process.pid}/root{disk}")
    code, said = tiny.report(disk / "out")
    assert code == 0, said
    good, failed = stands(seen / "out"), 0
    for value, kilobytes in enumerate((0, 20, 60, 150, 300), 2):
        tiny.value(value)
        ballast = max(free(seen) - 1024 * kilobytes, 0)
        (seen / "ballast").write_bytes(bytes(ballast))
        code, said = tiny.report(disk / "out")
        assert release.published(seen / "out"), said
        if code:
            failed += 1
            assert code == 1 and "he disk is full" in said and "Traceback" not in said, said
            assert stands(seen / "out") == good
        (seen / "ballast").unlink()
        code, said = tiny.report(disk / "out")
        assert code == 0 and f"{value}.0" in (seen / "out" / "results.csv").read_text(), said
        good = stands(seen / "out")
    assert failed >= 2
    tiny.close()


def free(folder):
    state = os.statvfs(folder)
    return state.f_bavail * state.f_bsize


def test_a_checkout_that_is_read_only(tmp_path):
    mounts = (f"mount --bind '{PROJECT}' '{PROJECT}'", f"mount -o remount,ro,bind '{PROJECT}'")
    inside = namespace(*mounts)
    if (
        subprocess.run(
            [*inside, "touch", str(PROJECT / ".written")], capture_output=True
        ).returncode
        == 0
    ):
        (PROJECT / ".written").unlink()
        pytest.skip("the mount is not read-only")
    place = tmp_path / "place"
    place.mkdir()
    (place / "nowhere").touch()
    tiny = Place(place, inside=inside)
    assert tiny.ready
    code, said = tiny.report("")
    assert code == 1 and "the place is read-only. No book stands at" in said, said
    assert "choose another place with --to" in said and "Traceback" not in said
    code, said = tiny.report(tmp_path / "elsewhere")
    assert code == 0 and release.published(tmp_path / "elsewhere"), said
    tiny.close()
