"""Files written in one step, and only when they change."""

import os

import pytest

from analysis.pipeline.files import put


@pytest.mark.parametrize("content", ["ä\r\n\n", b"\xff\x00", ""])
def test_the_content_is_what_was_given(tmp_path, content):
    assert put(tmp_path / "x", content) is True
    assert (tmp_path / "x").read_bytes() == (
        content.encode() if isinstance(content, str) else content
    )
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_what_is_the_same_keeps_its_time_and_what_differs_does_not(tmp_path):
    put(tmp_path / "x", "same")
    os.utime(tmp_path / "x", (1, 1))
    assert put(tmp_path / "x", "same") is False
    assert (tmp_path / "x").stat().st_mtime == 1
    assert put(tmp_path / "x", "other") is True
    assert (tmp_path / "x").stat().st_mtime > 1


def test_a_failure_leaves_the_old_content_whole(tmp_path, monkeypatch):
    put(tmp_path / "x", "old")

    def full(self, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(tmp_path), "write_bytes", full)
    with pytest.raises(OSError, match="No space"):
        put(tmp_path / "x", "new")
    assert (tmp_path / "x").read_text() == "old"
