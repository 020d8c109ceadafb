"""A new book takes over in one step: the old one stands until then, and again after a crash."""

import pytest

from analysis.pipeline import release
from analysis.pipeline.errors import ParameterError


@pytest.fixture
def work(tmp_path):
    """Writes a finished book with its results into the place of work."""

    def write(text):
        html = tmp_path / "work" / "html"
        (html / "sub").mkdir(parents=True, exist_ok=True)
        (html / "index.html").write_text(text, encoding="utf-8")
        (html / "sub" / "page.html").write_text(text, encoding="utf-8")
        (tmp_path / "work" / "results.csv").write_text(text, encoding="utf-8")
        return html, tmp_path / "work" / "results.csv"

    return write


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def seen(out):
    """What a reader finds at the place of publication."""
    names = ("html/index.html", "html/sub/page.html", "results.csv")
    return [(out / name).read_text(encoding="utf-8") for name in names]


def test_nothing_stands_there_at_first(out):
    assert release.published(out) is None


def test_first_and_second_release(out, work):
    assert release.publish(*work("one"), out, "mark1") == out / "html" / "index.html"
    assert seen(out) == ["one"] * 3 and release.published(out) == "mark1"
    release.publish(*work("two"), out, "mark2")
    assert seen(out) == ["two"] * 3 and release.published(out) == "mark2"
    assert len(list((out / "releases").iterdir())) == 1, "the old release is cleared away"


def test_the_same_mark_can_be_published_again(out, work):
    release.publish(*work("one"), out, "mark")
    release.publish(*work("again"), out, "mark")
    assert seen(out) == ["again"] * 3


def test_at_every_step_a_reader_sees_one_whole_release(out, work, monkeypatch):
    """Looks at the place after every rename and link: html and results are always of one release."""
    release.publish(*work("old"), out, "mark1")
    glimpses = []

    def watched(function):
        def call(*arguments, **named):
            glimpses.append(seen(out))
            result = function(*arguments, **named)
            glimpses.append(seen(out))
            return result

        return call

    for name in ("rename", "replace", "symlink_to", "unlink"):
        monkeypatch.setattr(release.Path, name, watched(getattr(release.Path, name)))
    monkeypatch.setattr(release.shutil, "copytree", watched(release.shutil.copytree))
    monkeypatch.setattr(release.shutil, "rmtree", watched(release.shutil.rmtree))
    release.publish(*work("new"), out, "mark2")
    assert all(len(set(glimpse)) == 1 for glimpse in glimpses)
    order = [glimpse[0] for glimpse in glimpses]
    assert order == sorted(order, key=["old", "new"].index) and set(order) == {"old", "new"}


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
    release.publish(
        *work("new"), out, "mark2"
    )  # what the crash left is no hindrance, and is cleared
    assert seen(out) == ["new"] * 3
    assert [path.name[:5] for path in (out / "releases").iterdir()] == ["mark2"]


@pytest.mark.parametrize("lost", ["html/index.html", "results.csv", "current/fingerprint"])
def test_a_book_that_is_not_whole_does_not_count(out, work, lost):
    release.publish(*work("one"), out, "mark")
    (out / lost).resolve().unlink()
    assert release.published(out) is None


@pytest.mark.parametrize("name", ["html", "results.csv", "current"])
def test_what_somebody_else_put_there_is_not_replaced(out, work, name):
    out.mkdir()
    (out / name).write_text("mine", encoding="utf-8")
    with pytest.raises(ParameterError, match=f"{name} is not from an earlier report"):
        release.publish(*work("new"), out, "mark")
    assert (out / name).read_text(encoding="utf-8") == "mine"
    assert [path.name for path in out.iterdir()] == [name]


def test_the_links_are_relative_so_that_a_report_can_be_moved(out, work, tmp_path):
    release.publish(*work("one"), out, "mark")
    out.rename(tmp_path / "elsewhere")
    assert seen(tmp_path / "elsewhere") == ["one"] * 3
