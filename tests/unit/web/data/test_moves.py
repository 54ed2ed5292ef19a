"""A customer who orders for the first time moves, and both pages that tell of moves say so."""

import json
import re

from flask.testing import FlaskClient

from tests.shop import Shop, text_of
from tierloom.services.runs import recalculation


def test_a_first_order_moves_a_customer(shop: Shop, owner: FlaskClient) -> None:
    never = json.dumps({"segment": ["never_ordered"]})
    page = owner.get("/data/customers", query_string={"filter": never, "cols": "customer_no"}).text
    row = re.search(r'id="row-(\d+)".*?class="row-link"[^>]*>([^<]+)<.*?<td>([^<]+)<', page, re.S)
    assert row
    record, name, number = row.groups()
    with shop.bench() as bench:
        today = bench.context.today.isoformat()
    order = {"order_no": "T-1", "customer": number, "ordered_on": today, "amount": "88"}
    keys = [*order, "channel", "category", "status"]
    choices = {"channel": "app", "category": "food", "status": "completed"}
    form = owner.get("/data/orders/new").text
    for key in choices:
        found = re.search(rf'<select[^>]*id="{key}".*?<option value="(\w+)"', form, re.S)
        assert found
        choices[key] = found[1]
    if 'value="completed"' in form:
        choices["status"] = "completed"
    answer = owner.post("/data/orders/new", data={**order, **choices, "shown": keys})
    assert answer.status_code == 303, text_of(answer.text)
    recalculation.recalculate(shop.platform, shop.owner.workspace, "edit")
    page = owner.get(f"/data/customers/{record}").text
    moves = text_of(page[page.index('<ol class="timeline">') :])
    assert re.search(r"Prospects (to )?New Orders: Added · \S+ Lifecycle", moves), moves[:200]
    home = owner.get("/").text
    lately = text_of(home[home.index("Who moved lately") :])
    assert name in lately
    assert re.search(r"Prospects (to )?New", lately)
