"""Threads that have their next task in store."""

import threading

import pytask
import pytest

from analysis.pipeline import build, hands
from analysis.pipeline.errors import ReportError


def made(folder, names, work):
    """One task of pytask for each name, which does `work(name)` and leaves a file."""

    def task(name):
        @pytask.task(name=name, kwargs={"produces": folder / name})
        def run(produces):
            work(produces.name)
            produces.touch()

        return run

    return [task(name) for name in names]


def test_as_many_tasks_run_at_once_as_there_are_threads_and_never_more(tmp_path, monkeypatch):
    monkeypatch.setattr(hands, "at_once", lambda data: 2)
    both, lock = threading.Barrier(2), threading.Lock()
    running, most = set(), []

    def work(name):
        with lock:
            running.add(name)
            most.append(len(running))
        both.wait(30)  # breaks unless two run at once
        with lock:
            running.discard(name)

    build.carry_out(made(tmp_path, "abcdef", work), tmp_path / "work")
    assert len(most) == 6
    assert max(most) == 2


def test_a_task_begins_when_a_thread_takes_it_though_it_was_handed_over_before(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(hands, "at_once", lambda data: 1)
    told, second_in_store = [], threading.Event()
    submit = hands.Hands.submit

    def watched_submit(self, fn, /, *args, **kwargs):
        future = submit(self, fn, *args, **kwargs)
        if self._work_queue.qsize():
            second_in_store.set()
        return future

    monkeypatch.setattr(hands.Hands, "submit", watched_submit)
    monkeypatch.setattr(hands, "begun", lambda task: told.append("begun"))
    monkeypatch.setattr(hands, "ended", lambda task: told.append("ended"))

    def work(name):
        if not told[1:]:
            assert second_in_store.wait(30), "the thread has nothing in store"

    build.carry_out(made(tmp_path, "ab", work), tmp_path / "work")
    assert told == ["begun", "ended", "begun", "ended"]


def test_what_waited_for_an_end_is_handed_out_though_another_task_goes_on(tmp_path, monkeypatch):
    """With nothing in store the third task begins only when the end of the first was taken note of; the second goes on until then."""
    monkeypatch.setattr(hands, "at_once", lambda data: 2)
    monkeypatch.setattr(hands, "IN_STORE", 1)
    order, third = [], threading.Event()
    submit = hands.Hands.submit

    def noted(self, fn, /, *args, task, **kwargs):
        order.append(task.name.rpartition("::")[2])
        return submit(self, fn, *args, task=task, **kwargs)

    monkeypatch.setattr(hands.Hands, "submit", noted)

    def work(name):
        if order.index(name) == 1:
            assert third.wait(20), "pytask waits for the second before it hands out the third"
        if order.index(name) == 2:
            third.set()

    build.carry_out(made(tmp_path, "abc", work), tmp_path / "work")
    assert third.is_set()


def test_the_end_of_a_task_that_fails_is_told_too(tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(hands, "ended", lambda task: told.append(task.name))

    def work(name):
        raise ValueError("on purpose")

    with pytest.raises(ReportError, match="on purpose"):
        build.carry_out(made(tmp_path, "a", work), tmp_path / "work")
    assert len(told) == 1


@pytest.mark.parametrize(
    ("cores", "gib", "data", "threads"),
    [
        (2, 8, 0, 3),  # one more than the cores
        (16, 8, 0, 17),
        (16, 3, 0, 10),  # by hand: 3 x 1.0737e9 / 3e8 = 10.7
        (2, 4, 3e8, 1),  # 4.29e9 / (3e8 + 8 x 3e8) = 1.6
        (2, 8, 3e8, 3),  # 3.2
        (8, 1, 3e9, 1),  # nothing fits, and one is tried
    ],
)
def test_as_many_as_cores_and_memory_allow(monkeypatch, cores, gib, data, threads):
    monkeypatch.setattr(hands, "cpu_count", lambda: cores)
    free = type("Memory", (), {"available": gib * 2**30})
    monkeypatch.setattr(hands.psutil, "virtual_memory", lambda: free)
    assert hands.at_once(data) == threads
