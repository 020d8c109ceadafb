"""A new book takes over in one step: the old one stands until then, and again after a crash."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from analysis.pipeline import release
from analysis.pipeline.errors import ParameterError, ReportError


@pytest.fixture
def work(tmp_path):
    """Writes a finished book with its results, sealed, into the place of work."""

    def write(text):
        html = tmp_path / "work" / "html"
        (html / "sub").mkdir(parents=True, exist_ok=True)
        (html / "index.html").write_text(text, encoding="utf-8")
        (html / "sub" / "page.html").write_text(text, encoding="utf-8")
        (tmp_path / "work" / "results.csv").write_text(text, encoding="utf-8")
        release.seal(html, html.with_suffix(".sha256"))
        return html, tmp_path / "work" / "results.csv"

    return write


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def seen(out):
    """What a reader finds at the place of publication."""
    names = ("html/index.html", "html/sub/page.html", "results.csv")
    return [(out / name).read_text(encoding="utf-8") for name in names]


def releases(out):
    return sorted(path.name for path in (out / "releases").iterdir())


def test_nothing_stands_there_at_first(out):
    assert release.published(out) is None
    assert release.standing(out) == f"No book stands at {out}."


def test_first_and_second_release(out, work):
    assert release.publish(*work("one"), out, "mark1") == out / "html" / "index.html"
    assert seen(out) == ["one"] * 3 and release.published(out) == "mark1"
    release.publish(*work("two"), out, "mark2")
    assert seen(out) == ["two"] * 3 and release.published(out) == "mark2"
    assert len(releases(out)) == 1, "the old release is cleared away"
    assert str(out / "html" / "index.html") in release.standing(out)


def test_the_same_mark_can_be_published_again(out, work):
    release.publish(*work("one"), out, "mark")
    release.publish(*work("again"), out, "mark")
    assert seen(out) == ["again"] * 3


def test_at_every_step_a_reader_sees_one_whole_release(out, work, monkeypatch):
    """Looks at the place after every rename and link: html and results are always of one release."""
    release.publish(*work("old"), out, "mark1")
    new = work("new")
    glimpses = []

    def watched(function):
        def call(*arguments, **named):
            glimpses.append((*seen(out), release.published(out)))
            result = function(*arguments, **named)
            glimpses.append((*seen(out), release.published(out)))
            return result

        return call

    for name in ("rename", "replace", "symlink_to", "unlink"):
        monkeypatch.setattr(release.Path, name, watched(getattr(release.Path, name)))
    monkeypatch.setattr(release.shutil, "copytree", watched(release.shutil.copytree))
    monkeypatch.setattr(release.shutil, "rmtree", watched(release.shutil.rmtree))
    release.publish(*new, out, "mark2")
    old_then_new = [("old", "old", "old", "mark1"), ("new", "new", "new", "mark2")]
    assert set(glimpses) == set(old_then_new)
    assert glimpses == sorted(glimpses, key=old_then_new.index)


@pytest.mark.parametrize("place", ["copytree", "copyfile", "rename", "symlink_to"])
def test_a_crash_before_the_switch_leaves_the_old_book(out, work, monkeypatch, place):
    release.publish(*work("old"), out, "mark1")
    with monkeypatch.context() as broken:
        owner = release.shutil if place.startswith("copy") else release.Path

        def crash(*_, **__):
            raise OSError("power cut")

        broken.setattr(owner, place, crash)
        with pytest.raises(OSError, match="power cut"):
            release.publish(*work("new"), out, "mark2")
    assert seen(out) == ["old"] * 3 and release.published(out) == "mark1"
    release.publish(*work("new"), out, "mark2")  # what the crash left is no hindrance
    assert seen(out) == ["new"] * 3
    assert [name[:5] for name in releases(out)] == ["mark2"]


def test_a_copy_that_fails_leaves_nothing_that_fills_the_disk(out, work, monkeypatch):
    html, results = work("new")

    def half(source, target, **_):
        Path(target).write_text("ha", encoding="utf-8")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(release.shutil, "copyfile", half)
    with pytest.raises(OSError):
        release.publish(html, results, out, "mark")
    assert releases(out) == [] and release.published(out) is None


@pytest.mark.parametrize(
    "lost", ["html/index.html", "html/sub/page.html", "results.csv", "current/fingerprint"]
)
def test_a_book_that_is_not_whole_does_not_count(out, work, lost):
    release.publish(*work("one"), out, "mark")
    (out / lost).resolve().unlink()
    assert release.published(out) is None


@pytest.mark.parametrize("cut", ["html/sub/page.html", "results.csv", "current/sha256sums"])
def test_a_book_with_a_file_cut_short_or_changed_does_not_count(out, work, cut):
    release.publish(*work("one"), out, "mark")
    path = (out / cut).resolve()
    path.write_bytes(path.read_bytes()[:-1])
    assert release.published(out) is None


def test_a_link_of_another_release_does_not_count(out, work):
    release.publish(*work("one"), out, "mark")
    [name] = releases(out)
    (out / "results.csv").unlink()
    (out / "results.csv").symlink_to(f"releases/{name}/results.csv")
    assert release.published(out) is None


def test_a_page_that_changed_after_the_seal_is_not_published(out, work):
    html, results = work("one")
    (html / "sub" / "page.html").write_text("half", encoding="utf-8")
    with pytest.raises(ReportError, match=r"sub/page\.html is not as it was"):
        release.publish(html, results, out, "mark")
    assert release.published(out) is None and releases(out) == []


@pytest.mark.parametrize("name", ["html", "results.csv", "current"])
def test_what_somebody_else_put_there_is_not_replaced(out, work, name):
    out.mkdir()
    (out / name).write_text("mine", encoding="utf-8")
    with pytest.raises(ParameterError, match=f"{name} is not from an earlier report"):
        release.publish(*work("new"), out, "mark")
    assert (out / name).read_text(encoding="utf-8") == "mine"
    assert [path.name for path in out.iterdir()] == [name]


@pytest.mark.parametrize("name", ["html", "results.csv", "current"])
@pytest.mark.parametrize("target", ["/somewhere", "public/html", "."])
def test_nor_is_a_link_of_somebody_else(out, work, name, target):
    out.mkdir()
    (out / name).symlink_to(target)
    with pytest.raises(ParameterError, match=f"{name} is not from an earlier report"):
        release.check_place(out)


def test_what_stopped_runs_left_is_cleared_away_and_the_book_stands(out, work):
    release.publish(*work("one"), out, "mark")
    [name] = releases(out)
    assert not release.untidy(out)
    for left in (".mark2-5", "mark0-1"):
        (out / "releases" / left / "html").mkdir(parents=True)
    (out / ".current.new").symlink_to("releases/gone")
    assert release.untidy(out) and release.published(out) == "mark"
    release.tidy(out)
    assert releases(out) == [name] and not (out / ".current.new").is_symlink()
    assert seen(out) == ["one"] * 3 and not release.untidy(out)


def test_finished_releases_are_left_alone_where_none_is_current(out, work):
    release.publish(*work("one"), out, "mark")
    kept = releases(out)
    (out / "releases" / ".half").mkdir()
    (out / "current").unlink()
    release.tidy(out)
    assert releases(out) == kept


def test_the_links_are_relative_so_that_a_report_can_be_moved(out, work, tmp_path):
    release.publish(*work("one"), out, "mark")
    out.rename(tmp_path / "elsewhere")
    assert seen(tmp_path / "elsewhere") == ["one"] * 3
    assert release.published(tmp_path / "elsewhere") == "mark"


def test_the_seal_is_read_by_sha256sum(out, work):
    release.publish(*work("one"), out, "mark")
    place = (out / "current").resolve()
    try:
        done = subprocess.run(["sha256sum", "-c", "sha256sums"], cwd=place, capture_output=True)
    except FileNotFoundError:
        pytest.skip("no sha256sum on this system")
    assert done.returncode == 0 and done.stdout.count(b"OK") == 3


def test_looking_at_a_large_book_takes_no_time_that_anybody_notices(out, work):
    html, results = work("one")
    for number in range(200):
        (html / f"{number}.png").write_bytes(os.urandom(100_000))
    release.seal(html, html.with_suffix(".sha256"))
    release.publish(html, results, out, "mark")
    start = time.perf_counter()
    assert release.published(out) == "mark"
    assert time.perf_counter() - start < 1  # 20 MB; about 0.03 s on an idle machine
