"""A short `make stress`: what leaks much with every request, or loses one over a restart, shows here already."""

import pytest

from stress import crowds
from stress.kinds import KINDS
from stress.leaks import leak
from stress.restarts import restarts
from testenv.httpd import MPM

pytestmark = [pytest.mark.local_only, pytest.mark.mpm("event"), pytest.mark.needs("wrk")]


@pytest.mark.parametrize("name", KINDS)
def test_many_requests_leave_nothing_behind(name):
    assert leak(name, KINDS[name], 500, MPM).problems == []


def test_restarts_lose_no_request():
    assert restarts(3, MPM).problems == []


def test_uploads_at_once_are_all_stored():
    assert crowds.uploads(MPM, 200).problems == []


def test_slow_clients_keep_nobody_waiting_for_ever():
    assert crowds.slow(1, MPM, 10).problems == []
