"""What react-awesome-query-builder and react-querybuilder exported comes in typed, and goes out as it was."""

from typing import Any

import pytest

from tests.unit.rules.dialects.builders import CATALOGUE, SHARED, ZONE, cases
from tierloom.errors import Invalid
from tierloom.rules.convert import export_rule, import_rule

pytestmark = pytest.mark.skipif(not SHARED.exists(), reason="the samples are not here")

RAQB = cases("raqb-exports.json")
RQB = cases("rqb-exports.json")
REFUSED = {
    "time equal": ("/and/0/==/1", "wrong-type"),
    "ops": ("/and/16/>/0/var", "unknown-field"),
}


@pytest.mark.parametrize(
    ("dialect", "case", "logic"),
    [("raqb", *one) for one in RAQB] + [("rqb", *one) for one in RQB],
)
def test_a_sample_comes_in_or_is_refused_with_its_place(
    dialect: str, case: str, logic: Any
) -> None:
    if case in REFUSED:
        with pytest.raises(Invalid) as caught:
            import_rule(logic, "customers", CATALOGUE, zone=ZONE)
        assert [(one.pointer, one.code) for one in caught.value.problems] == [REFUSED[case]]
        return
    document = import_rule(logic, "customers", CATALOGUE, zone=ZONE)
    written = export_rule(document, dialect, "customers", CATALOGUE, zone=ZONE)
    assert written == logic
    assert import_rule(written, "customers", CATALOGUE, zone=ZONE) == document


def test_all_but_the_field_that_is_not_there_comes_in() -> None:
    """The sample with every operator names `amount`, which is a field of orders."""
    logic = dict(RQB)["ops"]
    parts = {"and": logic["and"][:-1]}
    document = import_rule(parts, "customers", CATALOGUE, zone=ZONE)
    assert export_rule(document, "rqb", "customers", CATALOGUE, zone=ZONE) == parts


def test_an_embedded_object_is_no_field() -> None:
    with pytest.raises(Invalid) as caught:
        import_rule({"==": [{"var": "address.city"}, "x"]}, "customers", CATALOGUE, zone=ZONE)
    assert [(one.pointer, one.code) for one in caught.value.problems] == [
        ("/==/0/var", "unknown-field")
    ]
