from werkzeug.datastructures import MultiDict

from tierloom.domain.rules import EVERYBODY, RuleDocument
from tierloom.domain.views import Sort, View
from tierloom.text import Label
from tierloom.web.data.inputs import GridState

VIEW = View(
    "late", Label.of("Late"), "orders", RuleDocument('{"var":"late"}'), ("no",), (Sort("no", True),)
)


def state(**args: str) -> GridState:
    return GridState.read("orders", MultiDict(args))


def test_an_address_is_read_and_written_back() -> None:
    found = state(q="wang", sort="-total", tier="value.gold", cols="a,b", dense="1", page="3")
    query = found.query()
    assert query.search == "wang"
    assert query.sort == Sort("total", descending=True)
    assert query.tiers == (("value", "gold"),)
    assert query.columns == ("a", "b")
    assert query.offset == 100
    written = found.href("/data/orders", page=3)
    assert written.endswith("?q=wang&sort=-total&tier=value.gold&cols=a%2Cb&dense=1&page=3")


def test_nonsense_in_an_address_is_left_out() -> None:
    assert state(page="-1").page == 1
    assert state(page="٣" * 9).page == 1
    assert state(page="9" * 30).page == 1
    assert state().query().rule == EVERYBODY


def test_several_tiers_in_an_address() -> None:
    pairs = (("value", "gold"), ("lifecycle", "active"))
    for sent in (["value.gold,lifecycle.active"], ["value.gold", "lifecycle.active"]):
        found = GridState.read("orders", MultiDict([("tier", one) for one in sent]))
        assert found.query().tiers == pairs
        assert found.href("/x") == "/x?tier=value.gold%2Clifecycle.active"
    assert found.with_tier("value", "") == "lifecycle.active"
    assert found.with_tier("value", "silver") == "lifecycle.active,value.silver"
    assert state(tier="value.gold,value.silver").tiers == (("value", "silver"),)
    assert state(tier="nonsense,,.,value.").tiers == ()
    assert state().with_tier("value", "gold") == "value.gold"


def test_ticked_boxes_are_columns() -> None:
    boxes = GridState.read("orders", MultiDict([("col", "a"), ("col", "b"), ("cols", "z")]))
    assert boxes.cols == "a,b"


def test_a_view_says_what_the_address_does_not() -> None:
    query = state().query(VIEW)
    assert (query.rule, query.columns, query.sort) == (VIEW.filter, VIEW.columns, VIEW.sort[0])
    own = state(filter="true", cols="total", sort="total").query(VIEW)
    assert (own.rule, own.columns, own.sort) == (EVERYBODY, ("total",), Sort("total"))


def test_a_click_on_a_head_goes_up_down_and_back() -> None:
    assert state().sorted_by("a") == "a"
    assert state(sort="a").sorted_by("a") == "-a"
    assert state(sort="-a").sorted_by("a") == ""
    assert state(sort="a").sorted_by("b") == "b"
    # A view has an order of its own: going back to none must be said.
    assert state().sorted_by("no", VIEW) == "none"
    assert state(sort="none").query(VIEW).sort is None


def test_a_change_goes_to_the_first_page() -> None:
    assert state(page="4").href("/x", q="a") == "/x?q=a"
    assert state(page="4").href("/x") == "/x"
