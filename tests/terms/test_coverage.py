"""Every row of the five readings is kept by something that is named, or it is said why not."""

from pathlib import Path

import pytest

from workflows.coverage import document, rows
from workflows.terms.load import library

PAGE = Path(__file__).parents[2] / "docs" / "coverage.md"
LAST = {"stkkr": ("ST", 46), "kmo-solutions": ("KM", 44), "constant-it": ("CI", 59)}
LAST |= {"mms-solutions": ("MM", 48), "contict": ("CO", 32)}
LAST |= {"c2c-baa": ("CB", 18), "eu-scc-2021-915": ("SC", 25), "boly-dba": ("BO", 24), "shipdocs-vwo": ("SD", 18)}
LAST |= {"posthog-dpa": ("PH", 14), "signals-dpa": ("SG", 11), "github-dpa": ("GH", 12), "herodesk-dpa": ("HD", 17)}
LAST |= {"bonterms-dpa": ("BT", 17)}
LAST |= {"logfire-dpa": ("LF", 19), "spacelift-dpa": ("SP", 20), "oxil-annex": ("OX", 18), "baton-dpa": ("BN", 17)}
LAST |= {"igorbox-dpa": ("IG", 19), "myhealthily-baa": ("MH", 21)}
LAST |= {"idio-avv": ("IO", 31), "ct-annexe-dcp": ("CT", 21)}
LAST |= {"deranged-dba": ("DE", 26), "lekbanken-pub": ("LB", 22)}
LAST |= {"eu-scc-2021-914-c2p": ("EC", 29), "eu-scc-2021-914-p2p": ("EP", 29)}
LAST |= {"common-paper-dpa": ("CP", 20), "revenuehunt-dpa": ("RH", 25), "runtara-dpa": ("RN", 21)}
LAST |= {"cnil-clauses": ("CN", 13)}
LAST |= {"vutler-dpa": ("VU", 23), "keepnet-dpa": ("KN", 20)}
LAST |= {"planopia-dpa": ("PL", 14), "starred-bwo": ("SR", 16)}
LAST |= {"hello-pine-avv": ("HP", 24), "iapm-atd": ("IA", 27), "sequenceflow-vwo": ("SQ", 12)}

# Facts alone: no period, no form, nobody who owes an act.
RECORDED = {
    "stkkr": {"ST-01", "ST-02", "ST-04"},
    "kmo-solutions": {"KM-02", "KM-03", "KM-43"},
    "constant-it": {"CI-04", "CI-25", "CI-40", "CI-59"},
    "mms-solutions": {"MM-46", "MM-47"},
    "contict": {"CO-01", "CO-30", "CO-32"},
    "c2c-baa": {"CB-17"},
    "eu-scc-2021-915": {"SC-19", "SC-25"},
    "boly-dba": {"BO-18"},
    "shipdocs-vwo": {"SD-14"},
    "posthog-dpa": {"PH-14"},
    "signals-dpa": set(),
    "github-dpa": {"GH-11"},
    "herodesk-dpa": {"HD-17"},
    "bonterms-dpa": {"BT-16", "BT-17"},
    "logfire-dpa": {"LF-13", "LF-19"},
    "spacelift-dpa": {"SP-12", "SP-13", "SP-20"},
    "oxil-annex": {"OX-10", "OX-12"},
    "baton-dpa": {"BN-11", "BN-16", "BN-17"},
    "igorbox-dpa": {"IG-12", "IG-15", "IG-18", "IG-19"},
    "myhealthily-baa": {"MH-10", "MH-20"},
    "idio-avv": {"IO-19", "IO-22", "IO-24", "IO-26", "IO-27", "IO-29"},
    "ct-annexe-dcp": {"CT-15", "CT-19"},
    "deranged-dba": {"DE-17", "DE-22", "DE-23", "DE-24"},
    "lekbanken-pub": {"LB-17", "LB-19", "LB-20"},
    "planopia-dpa": {"PL-11", "PL-13", "PL-14"},
    "starred-bwo": {"SR-11", "SR-15"},
    "common-paper-dpa": {"CP-17", "CP-19"},
    "revenuehunt-dpa": {"RH-20", "RH-23"},
    "runtara-dpa": {"RN-18"},
    "vutler-dpa": {"VU-18"},
    "cnil-clauses": {"CN-09"},
    "keepnet-dpa": {"KN-15", "KN-18"},
    "eu-scc-2021-914-c2p": {"EC-19", "EC-29"},
    "eu-scc-2021-914-p2p": {"EP-19", "EP-29"},
    "hello-pine-avv": {"HP-18", "HP-21", "HP-22", "HP-24"},
    "iapm-atd": {"IA-20", "IA-27"},
    "sequenceflow-vwo": {"SQ-12"},
}
# Every number of the five documents: what counts it is a clock or a penalty and nothing less.
COUNTED = {
    "stkkr": {"ST-31", "ST-33", "ST-35", "ST-38", "ST-40", "ST-41"},
    "kmo-solutions": {"KM-12", "KM-26", "KM-35", "KM-38", "KM-44"},
    "constant-it": {"CI-09", "CI-11", "CI-13", "CI-19", "CI-27", "CI-44", "CI-50"},
    "mms-solutions": {"MM-15", "MM-22", "MM-26", "MM-27", "MM-32", "MM-33", "MM-38", "MM-43"},
    "contict": {"CO-12", "CO-19", "CO-28"},
    "c2c-baa": {"CB-07", "CB-08"},
    "eu-scc-2021-915": {"SC-03", "SC-07", "SC-11"},
    "boly-dba": {"BO-05", "BO-08", "BO-09", "BO-10", "BO-11", "BO-12"},
    "posthog-dpa": {"PH-03", "PH-04", "PH-05"},
    "signals-dpa": {"SG-03", "SG-05"},
    "github-dpa": {"GH-05"},
    "herodesk-dpa": {"HD-03", "HD-04", "HD-08"},
    "bonterms-dpa": {"BT-05", "BT-06", "BT-07", "BT-10"},
    "logfire-dpa": {"LF-04", "LF-06", "LF-08"},
    "spacelift-dpa": {"SP-03", "SP-04"},
    "oxil-annex": {"OX-05", "OX-06"},
    "baton-dpa": {"BN-04", "BN-07", "BN-08"},
    "igorbox-dpa": {"IG-03", "IG-05", "IG-08"},
    "myhealthily-baa": {"MH-07", "MH-09", "MH-21"},
    "shipdocs-vwo": {"SD-02", "SD-05", "SD-06", "SD-07", "SD-08", "SD-09", "SD-10"},
    "idio-avv": set(),
    "ct-annexe-dcp": {"CT-08", "CT-14"},
    "deranged-dba": {"DE-03", "DE-04", "DE-08"},
    "lekbanken-pub": {"LB-05", "LB-06", "LB-09", "LB-10", "LB-11", "LB-12", "LB-13"},
    "planopia-dpa": {"PL-06"},
    "starred-bwo": set(),
    "common-paper-dpa": {"CP-07", "CP-08", "CP-11"},
    "revenuehunt-dpa": {"RH-03", "RH-09", "RH-10", "RH-11", "RH-13", "RH-15", "RH-16"},
    "runtara-dpa": {"RN-03", "RN-04", "RN-08", "RN-09", "RN-10", "RN-12", "RN-14", "RN-15"},
    "keepnet-dpa": {"KN-09", "KN-11"},
    "cnil-clauses": {"CN-04", "CN-02"},
    "vutler-dpa": {"VU-04", "VU-08", "VU-09", "VU-10", "VU-11", "VU-13"},
    "eu-scc-2021-914-c2p": {"EC-03", "EC-06"},
    "eu-scc-2021-914-p2p": {"EP-03", "EP-06"},
    "hello-pine-avv": {"HP-12"},
    "iapm-atd": {"IA-03", "IA-08", "IA-09", "IA-10", "IA-11", "IA-12", "IA-13", "IA-14", "IA-15"},
    "sequenceflow-vwo": {"SQ-06"},
}


def test_the_page_is_made_from_the_terms() -> None:
    assert PAGE.read_text("utf-8") == document(), "run `make docs`"


@pytest.mark.parametrize("name", sorted(LAST))
def test_every_row_is_there_once_with_all_that_carries_it(name: str) -> None:
    prefix, last = LAST[name]
    found = rows(library()[name])
    assert [row.id for row in found] == [f"{prefix}-{number:02}" for number in range(1, last + 1)]
    assert all(row.by and row.clauses for row in found)
    page = PAGE.read_text("utf-8")
    assert all(page.count(f"\n| {row.id} |") == 1 for row in found)


@pytest.mark.parametrize("name", sorted(LAST))
def test_only_facts_are_merely_recorded(name: str) -> None:
    assert {row.id for row in rows(library()[name]) if row.standing == "recorded"} == RECORDED[name]
    for one in library()[name].statements:
        assert not (one.outside and one.enforced_by), one.id
        assert len(one.outside) > 20 or len(one.enforced_by) > 20 or one.id in RECORDED[name] | {"KM-44", "MM-06"}


@pytest.mark.parametrize("name", sorted(LAST))
def test_every_number_is_counted(name: str) -> None:
    carried = {row.id: row.by for row in rows(library()[name])}
    for one in COUNTED[name]:
        assert any(by.startswith(("`rules.", "`penalties.")) for by in carried[one]), one
