"""Which correct targets are judged, with which profiles, and what is said of those left out."""

import pytest

from fixtures.demo import PROFILE
from suites.selftest.no_false_alarm import possible
from suites.selftest.variants import BROWSED, PROFILES, VARIANTS


def test_every_profile_of_the_reference_target_is_judged_on_a_correct_one() -> None:
    profiles = {path.name for path in PROFILE.parent.glob("*.yaml")} - {"template.yaml"}
    assert {*PROFILES.values(), PROFILE.name} == profiles
    assert set(PROFILES) <= set(VARIANTS)


def test_without_a_browser_its_variants_are_left_out_in_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert possible(None) == list(VARIANTS)
    assert capsys.readouterr().out == ""
    assert set(VARIANTS) - set(possible("no Chromium was found")) == set(BROWSED)
    assert "left out: no Chromium was found" in capsys.readouterr().out
