"""Where data may be under one agreement: as its terms have it, or as it selects itself. Pure."""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from workflows.terms.countries import country_problem
from workflows.terms.model import Region, Terms


def region_of(terms: Terms, facts: Mapping[str, Any]) -> Region | None:
    """The region of an agreement with these facts; where it selects the places itself and has not said which, none is
    inside."""
    region = terms.subprocessors.region
    if region is None or not region.field:
        return region
    return replace(region, inside=places_in(facts.get(region.field)))


def places_in(value: object) -> tuple[str, ...]:
    """Places as a fact names them: `EEA, CH`."""
    return tuple(one.strip() for one in value.split(",") if one.strip()) if isinstance(value, str) else ()


def selected_problem(terms: Terms, name: str, value: object) -> str | None:
    """What is wrong with the places that an agreement selects; None where nothing is."""
    region = terms.subprocessors.region
    allowed = region.inside if region is not None and region.field == name else ()
    places = places_in(value)
    if not places:
        return "is no place: write countries or groups of them, such as EEA"
    for one in places:
        if (problem := country_problem(one, groups_too=True)) is not None:
            return problem
        if allowed and one not in allowed:
            return f"{one!r} is none of the places that may be selected: {', '.join(allowed)}"
    return None
