"""Who holds a lease: a living process is never taken for dead, a killed one is known to be at once."""

import os
import socket

import processes
import psutil
import pytest

from tasks import process
from tasks.process import is_dead, owner


def say_owner(say) -> None:
    say(owner())


def test_this_process_is_alive_and_each_use_of_it_has_its_own_name():
    first, second = owner(), owner()
    assert first != second
    assert not is_dead(first)


@pytest.mark.crash
def test_a_killed_process_is_dead_even_before_its_parent_has_noticed():
    with processes.waiting(say_owner) as (name, child):
        assert not is_dead(name)
        os.kill(child.pid, 9)
        psutil.Process(child.pid).status()  # not waited for: it is a zombie or about to be
        while psutil.Process(child.pid).status() != psutil.STATUS_ZOMBIE:
            pass
        assert is_dead(name)
        child.join()
        assert is_dead(name)


def test_another_process_under_the_same_number_is_not_the_owner():
    host, pid, started, token = owner().split("|")
    assert is_dead(f"{host}|{pid}|{float(started) - 5:.2f}|{token}")


def test_of_a_process_on_another_machine_nothing_is_known():
    _, pid, started, token = owner().split("|")
    assert not is_dead(f"elsewhere|{pid}|{started}|{token}")


def test_of_a_process_in_another_container_of_the_same_name_nothing_is_known(
    monkeypatch: pytest.MonkeyPatch,
):
    """Two containers may share a host name and still not see each other's processes."""
    name = owner()
    monkeypatch.setattr(process, "_reach", lambda: f"{socket.gethostname()} pid:[1]")
    assert not is_dead(name.replace(str(os.getpid()), "999999"))


@pytest.mark.skipif(not psutil.LINUX, reason="only Linux counts a process's start from the boot")
def test_setting_the_systems_clock_kills_nobody(monkeypatch: pytest.MonkeyPatch):
    name = owner()
    booted = psutil.boot_time()
    monkeypatch.setattr("psutil._pslinux.boot_time", lambda: booted + 3600)
    assert not is_dead(name)


def test_an_owner_that_names_no_process_is_not_known_to_be_dead():
    assert not is_dead("somebody")
