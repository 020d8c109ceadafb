"""What somebody who waits is told. Times by hand."""

import time

from analysis import patience


def test_nothing_is_said_of_what_is_quick(capsys):
    with patience.patience("reading", 1):
        pass
    assert capsys.readouterr().err == ""


def test_what_takes_long_says_so_with_the_time_left(capsys, monkeypatch):
    monkeypatch.setattr(patience, "SILENT", 0.05)
    with patience.patience("reading", 60):
        time.sleep(0.3)
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1 and said[0].startswith("reading: 0 s, about 60 s left")


def test_a_guess_that_was_too_short_is_owned_up_to():
    assert patience.told("x", 6.2, 18) == "x: 6 s, about 12 s left"
    assert patience.told("x", 20, 18) == "x: 20 s, longer than expected"


def test_time_left_of_things_of_one_length():
    # 3 took 30 s, so the other 9 take 90 s
    assert patience.counted(3, 12, 100.0, lambda: 130.0) == "   3 of 12, about 90 s left"


def test_size_tells_the_time(tmp_path):
    file = tmp_path / "a"
    file.write_bytes(b"x" * 1000)
    assert patience.seconds_for([file, tmp_path / "none"]) == 1 + 1000 / patience.BYTES_A_SECOND
