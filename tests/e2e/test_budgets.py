"""Pages stand there at once, hold still and answer at once: LCP, CLS and INP with the demo company."""

from __future__ import annotations

import pytest

from salesgoals.browser_bench import ACTIONS, INP_MS, answers, sights

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def test_every_page_is_seen_in_time_and_holds_still(chromium, site):
    seen = dict(sights(chromium, site))
    over = {name: sight for name, sight in seen.items() if not sight.is_within_budget}
    assert not over, "\n".join(f"{name}: {sight}" for name, sight in over.items())
    assert len(seen) > 40


def test_every_key_and_click_is_answered_in_time(chromium, site):
    told = dict(answers(chromium, site))
    assert len(told) == 2 * len(ACTIONS)
    assert {name: inp_ms for name, inp_ms in told.items() if inp_ms > INP_MS} == {}
