"""What the rule check finds in stored records: counted by hand, among those that the actor may see."""

from dataclasses import replace

from tests.unit.services.shop import Shop, things_of
from tierloom.domain.people import Actor, Role
from tierloom.domain.rules import Json
from tierloom.domain.scores import Score
from tierloom.domain.tiers import Segment, TierModel
from tierloom.rules.lint.findings import Finding
from tierloom.services import configuration
from tierloom.services.rule_check import rule_check
from tierloom.services.workbench import reading


def model(*rules: Json, on_missing: str = "hold") -> TierModel:
    tiers: list[Json] = [
        {"key": f"t{n}", "label": f"T{n}", "icon": "star", "slot": "teal", "rule": rule}
        for n, rule in enumerate(rules)
    ]
    [made] = things_of({
        "format": 1, "kind": "tier_model", "key": "tried", "label": "Tried", "record_type": "customers",
        "on_missing": on_missing, "tiers": tiers, "default": {"key": "rest", "label": "Rest"},
    })  # fmt: skip
    assert isinstance(made, TierModel)
    return made


def checked(
    shop: Shop, thing: TierModel | Segment | Score, actor: Actor | None = None
) -> list[Finding]:
    with reading(shop.platform, actor or shop.owner) as bench:
        return rule_check(bench, thing)


def at_least(field: str, number: float) -> Json:
    return {">=": [{"var": field}, number]}


def test_a_clean_model_has_only_information(any_shop: Shop) -> None:
    shop = any_shop
    found = checked(shop, model(at_least("spend", 1000), at_least("spend", 300)))
    rest = [one for one in shop.customers if shop.spend(one) < 300]
    assert [one.code for one in found] == ["only-default"]
    assert f"{len(rest)} records" in str(found[0].message)
    assert found[0].record in rest


def test_a_window_into_the_past_raises_no_alarm(shop: Shop) -> None:
    window: Json = {"<=": [0, {"days_since": [{"var": "joined"}]}, 90]}
    until: Json = {">=": [{"days_since": [{"var": "joined"}]}, 90]}
    assert [one.code for one in checked(shop, model(window, until))] == []
    far: Json = {">=": [{"days_since": [{"var": "joined"}]}, 9000]}
    assert "out-of-range" in [one.code for one in checked(shop, model(far))]


def test_a_threshold_that_no_record_reaches_is_told_with_the_nearest_record(shop: Shop) -> None:
    most = max(shop.customers, key=shop.spend)
    [found] = [
        one for one in checked(shop, model(at_least("spend", 10**7))) if one.code != "only-default"
    ]
    assert (found.code, found.severity, found.record) == ("out-of-range", "warning", most)
    assert "above" in str(found.message)


def test_older_values_are_beyond_limits_that_were_drawn_closer(shop: Shop) -> None:
    """What the limits of a field rule out for new values is not ruled out for those that are stored."""
    table = shop.table("customers")
    limited = replace(table.field("points").type, minimum=-5, maximum=20)
    fields = (replace(one, type=limited) if one.key == "points" else one for one in table.fields)
    configuration.apply(shop.platform, shop.owner, [replace(table, fields=tuple(fields))])
    assert {"30", "55"} <= {str(row["points"]) for row in shop.customers.values()}
    codes = {one.code for one in checked(shop, model(at_least("points", 30)))}
    assert "contradiction" not in codes
    # Nothing lies below the other limit.
    [found] = [
        one
        for one in checked(shop, model({"<": [{"var": "points"}, -5]}))
        if one.severity == "error"
    ]
    assert found.code == "contradiction"


def test_records_that_fall_through_for_lack_of_a_value_are_counted(shop: Shop) -> None:
    rule: Json = {"and": [at_least("spend", 300), {">": [{"var": "points"}, 20]}]}
    fallen = [
        one
        for one, row in shop.customers.items()
        if row["points"] is None and shop.spend(one) >= 300
    ]
    found = [
        one
        for one in checked(shop, model(rule, on_missing="skip"))
        if one.code == "missing-value-hole"
    ]
    assert len(found) == 1
    assert found[0].record in fallen
    assert str(len(fallen)) in str(found[0].message)


def test_a_tier_that_is_never_reached_shows_a_stored_record(shop: Shop) -> None:
    found = checked(shop, model(at_least("points", 10), at_least("points", 30)))
    [never] = [one for one in found if one.code == "never-reached"]
    assert never.severity == "error"
    assert found[0] == never
    assert never.record is not None
    points = shop.customers[never.record]["points"]
    assert isinstance(points, int)
    assert points >= 30


def test_a_hole_between_tiers_shows_who_is_in_it(shop: Shop) -> None:
    rules: tuple[Json, ...] = ({">": [{"var": "points"}, 30]}, {"<": [{"var": "points"}, 30]})
    inside = [one for one, row in shop.customers.items() if row["points"] == 30]
    [hole] = [one for one in checked(shop, model(*rules)) if one.code == "boundary-hole"]
    assert inside
    assert hole.record in inside


def test_overlapping_segments_are_information(shop: Shop) -> None:
    [thing] = things_of({
        "format": 1, "kind": "segment", "key": "rich", "label": "Rich", "record_type": "customers",
        "rule": at_least("spend", 300),
    })  # fmt: skip
    assert isinstance(thing, Segment)
    both = [
        one for one, row in shop.customers.items() if shop.spend(one) >= 300 and row["city"] == "bj"
    ]
    [found] = [one for one in checked(shop, thing) if one.code == "overlap"]
    assert found.severity == "info"
    assert str(len(both)) in str(found.message)
    assert found.record in both


def test_records_out_of_sight_and_hidden_fields_are_not_told(shop: Shop) -> None:
    analyst = shop.people[Role.ANALYST]
    assert checked(shop, model({"starts_with": [{"var": "phone"}, "138"]}), analyst) == []
    shop.limit(Role.ANALYST, "customers", {"==": [{"var": "city"}, "sh"]})
    for one in checked(shop, model(at_least("points", 10), at_least("points", 30)), analyst):
        if one.record is not None:
            assert shop.customers[one.record]["city"] == "sh"


def score(*criteria: Json) -> Score:
    [made] = things_of({
        "format": 1, "kind": "score", "key": "tried", "label": "Tried", "record_type": "customers",
        "groups": [{"label": "All", "criteria": list(criteria)}],
    })  # fmt: skip
    assert isinstance(made, Score)
    return made


def test_a_score_is_checked_criterion_by_criterion(shop: Shop) -> None:
    twice: Json = {"and": [at_least("points", 30), at_least("points", 10)]}
    far: Json = {"and": [at_least("spend", 10**7), at_least("points", 10)]}
    found = checked(
        shop,
        score(
            {"label": "Good", "rule": at_least("spend", 300), "points": 10},
            {"label": "Twice", "rule": twice, "points": 5},
            {"label": "Far", "rule": far, "points": 5},
            {"label": "Points", "field": "points", "cuts": [0, 20], "points": [3, 5, 9]},
        ),
    )
    told = {(one.code, one.severity, one.key): one for one in found}
    assert {*told} == {
        ("redundant", "warning", "0-1"),
        ("out-of-range", "warning", "0-2"),
        ("unreachable-band", "warning", "0-3"),
    }
    shown = told["redundant", "warning", "0-1"].record
    assert shown is not None
    points = shop.customers[shown]["points"]
    assert isinstance(points, int)
    assert points >= 30
    assert str(told["unreachable-band", "warning", "0-3"].message).endswith("for less than 0.")


def test_a_score_with_errors_has_no_findings(shop: Shop) -> None:
    wrong: Json = {"label": "Wrong", "rule": {"==": [{"var": "nothing"}, 1]}, "points": 10}
    assert checked(shop, score(wrong)) == []
    assert (
        checked(shop, score({"label": "No", "field": "nothing", "cuts": [1], "points": [0, 1]}))
        == []
    )
