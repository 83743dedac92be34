"""Who belongs to which group of countries, from which day to which."""

from datetime import date

import pytest

from workflows.errors import BadInput
from workflows.model.parties import Certification
from workflows.terms.countries import (
    COUNTRIES,
    country_problem,
    frameworks,
    groups,
    in_region,
    left_region,
    region_until,
)

NOW = date(2026, 3, 2)
DPF = Certification(framework="US:DPF", since=date(2023, 9, 1), until=date(2026, 8, 31))


def test_the_union_and_the_area() -> None:
    eu = {code for code in COUNTRIES if in_region(code, ["EU"], NOW)}
    eea = {code for code in COUNTRIES if in_region(code, ["EEA"], NOW)}
    assert len(COUNTRIES) == 249
    assert len(eu) == 27
    assert eea - eu == {"IS", "LI", "NO"}
    assert in_region("NL", ["BE", "NL"], NOW)
    assert not in_region("NL", [], NOW)
    assert not in_region("CH", ["EU", "EEA"], NOW)


@pytest.mark.parametrize(
    ("country", "group", "day", "inside"),
    [
        ("GB", "EU", "2020-12-31", True),  # the last day of the transition period
        ("GB", "EU", "2021-01-01", False),
        ("GB", "ADEQUATE", "2020-12-31", False),
        ("GB", "ADEQUATE", "2021-01-01", True),  # the bridge of the Trade and Cooperation Agreement
        ("GB", "ADEQUATE", "2021-07-01", True),  # Decision (EU) 2021/1772
        ("GB", "ADEQUATE", "2025-12-28", True),  # renewed in December 2025
        ("GB", "ADEQUATE", "2031-12-27", True),
        ("GB", "ADEQUATE", "2031-12-28", False),
        ("CH", "ADEQUATE", "2026-03-02", True),
        ("JP", "ADEQUATE", "2019-01-22", False),
        ("JP", "ADEQUATE", "2019-01-23", True),
        ("KR", "ADEQUATE", "2021-12-16", False),
        ("KR", "ADEQUATE", "2021-12-17", True),
        ("BR", "ADEQUATE", "2026-01-25", False),
        ("BR", "ADEQUATE", "2026-01-26", True),
        ("NL", "ADEQUATE", "2026-03-02", False),  # a Member State needs no decision
        ("RE", "EEA", "2026-03-02", False),
        ("IN", "ADEQUATE", "2026-03-02", False),
    ],
)
def test_a_place_belongs_from_a_day_to_a_day(country: str, group: str, day: str, inside: bool) -> None:
    assert in_region(country, [group], date.fromisoformat(day)) is inside


@pytest.mark.parametrize("group", ["ADEQUATE", "US:DPF"])
def test_who_is_not_known_to_be_certified_is_not(group: str) -> None:
    assert not in_region("US", [group], NOW)
    assert in_region("US", [group], NOW, [DPF])
    assert in_region("US", [group], date(2026, 8, 31), [DPF])
    assert not in_region("US", [group], date(2026, 9, 1), [DPF])
    assert not in_region("US", [group], date(2023, 8, 31), [DPF])
    assert not in_region("CA", [group], NOW, [DPF])


def test_a_framework_that_was_annulled_helps_nobody() -> None:
    shield = Certification(framework="US:PRIVACY_SHIELD", since=date(2017, 1, 1))
    early = Certification(framework="US:DPF", since=date(2023, 1, 1))
    assert in_region("US", ["ADEQUATE"], date(2020, 7, 15), [shield])
    assert not in_region("US", ["ADEQUATE"], date(2020, 7, 16), [shield])
    assert "C-311/18" in left_region("US", ["ADEQUATE"], date(2020, 7, 16), [shield])
    assert not in_region("US", ["US:DPF"], NOW, [shield])
    assert not in_region("US", ["US:DPF"], date(2023, 7, 9), [early])


def test_what_ended_is_said() -> None:
    assert left_region("GB", ["EEA", "ADEQUATE"], date(2032, 1, 1)).endswith("(EU) 2021/1772, until 2031-12-27")
    assert "does not reach beyond 2026-08-31" in left_region("US", ["ADEQUATE"], date(2026, 9, 1), [DPF])
    assert left_region("IN", ["EEA"], NOW) == ""


def test_how_long_a_place_will_be_inside_as_far_as_is_known() -> None:
    assert region_until("GB", ["EEA", "ADEQUATE"], NOW) == date(2031, 12, 27)
    assert region_until("GB", ["EEA", "ADEQUATE"], date(2021, 1, 1)) == date(2031, 12, 27)  # one after the other
    assert region_until("GB", ["EEA"], date(2020, 6, 1)) == date(2020, 12, 31)
    assert region_until("US", ["ADEQUATE"], NOW, [DPF]) == date(2026, 8, 31)
    renewed = Certification(framework="US:DPF", since=date(2026, 9, 1))
    assert region_until("US", ["ADEQUATE"], NOW, [DPF, renewed]) is None
    assert region_until("JP", ["ADEQUATE"], NOW) is None
    assert region_until("GB", ["GB", "ADEQUATE"], NOW) is None
    assert region_until("IN", ["ADEQUATE"], NOW) is None


def test_names_that_are_none() -> None:
    for wrong, right in (("UK", "'GB'"), ("EL", "'GR'"), ("nl", "'NL'"), ("EU", "ISO 3166-1"), ("XX", "ISO")):
        with pytest.raises(BadInput, match=right):
            in_region(wrong, ["EEA"], NOW)
    assert country_problem("ADEQUATE", groups_too=True) is None
    assert country_problem("US:DPF", groups_too=True) is None
    assert country_problem("US:DPF") is not None
    assert "write 'US:DPF'" in (country_problem("DPF", groups_too=True) or "")
    assert "or a group: EU, EEA, ADEQUATE," in (country_problem("Europe", groups_too=True) or "")
    assert set(frameworks()) < set(groups())
