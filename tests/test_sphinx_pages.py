"""What a book built on an earlier one must not keep, with a stand-in for Sphinx's application and environment."""

from types import SimpleNamespace

import pytest

from analysis.pipeline import sphinx_pages


@pytest.fixture
def app(tmp_path):
    """A book of one page with one picture and one download, built where an earlier build left more."""
    files = [
        "html/index.html",
        "html/search.html",
        "html/gone.html",
        "html/_static/theme.html",
        "html/_static/tables/kept.csv",
        "html/_static/tables/gone.csv",
        "html/_static/ledger/gone.csv",
        "html/_images/kept.png",
        "html/_images/gone.png",
        "html/_sources/index.md",
        "html/_sources/notebooks/gone.ipynb",
        "html/_downloads/1/kept.csv",
        "html/_downloads/2/gone.csv",
        "_static/tables/kept.csv",
    ]
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    env = SimpleNamespace(
        found_docs={"index"},
        doc2path=lambda page, base: f"{page}.md",
        images={"somewhere/kept.png": ({"index"}, "kept.png")},
        dlfiles={"kept.csv": ({"index"}, "1/kept.csv")},
        titles={"index": SimpleNamespace(astext=lambda: "First")},
    )
    return SimpleNamespace(env=env, outdir=str(tmp_path / "html"), srcdir=str(tmp_path))


def test_nothing_stays_that_no_page_has(app, tmp_path):
    sphinx_pages.drop_leftovers(app, None)
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert not [name for name in left if "gone" in name]
    assert {
        "html/index.html",
        "html/search.html",
        "html/_static/theme.html",
        "html/_static/tables/kept.csv",
        "html/_images/kept.png",
        "html/_sources/index.md",
        "html/_downloads/1/kept.csv",
    } <= left


def test_a_build_that_failed_is_left_as_it_is(app, tmp_path):
    sphinx_pages.drop_leftovers(app, RuntimeError("no"))
    assert (tmp_path / "html" / "gone.html").exists()


def test_only_pages_that_glue_from_a_changed_notebook_are_read_again(app, tmp_path):
    texts = {
        "a": "{glue:text}`notebooks/x.ipynb::k:s`",
        "b": "{glue:text}`notebooks/xx.ipynb::k:s`",
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.md").write_text(text, encoding="utf-8")
    env = SimpleNamespace(found_docs=set(texts), doc2path=lambda page: tmp_path / f"{page}.md")
    again = sphinx_pages.reread_glued_pages(app, env, set(), {"notebooks/x"}, set())
    assert again == ["a"]
    assert sphinx_pages.reread_glued_pages(app, env, set(), {"index"}, set()) == []


def test_a_new_title_has_every_page_written_again(app):
    sphinx_pages.note_titles(app, app.env, set(), set(), set())
    assert sphinx_pages.write_retitled_anew(app, app.env) == []
    app.env.titles = {"index": SimpleNamespace(astext=lambda: "Second")}
    assert sphinx_pages.write_retitled_anew(app, app.env) == ["index"]
