"""The scripted visit that anybody can watch (`make demo-drive`) goes all the way against the real server."""

import json

import pytest

from butler.demo.visit import STEPS
from running import Running


@pytest.mark.proof
def test_a_first_visit_goes_all_the_way(whole: Running) -> None:
    done = whole.flask("butler", "demo", "drive", "--json")

    assert done.returncode == 0, done.stdout + done.stderr
    visit = json.loads(done.stdout)
    assert (visit["failed"], visit["violations"], len(visit["told"])) == (None, [], STEPS)
