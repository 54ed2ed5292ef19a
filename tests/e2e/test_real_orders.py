"""18,532 real orders through the wizard; the 4,338 customers whom they name are created on the way."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import OpenContext, Server, fill_welcome

DATA = Path(os.environ.get("TIERLOOM_TEST_DATA", Path(__file__).parents[3] / "shared" / "data"))
FILE = DATA / "uci_online_retail_orders.csv"
CUSTOMERS = {
    "format": 1,
    "kind": "record_type",
    "key": "customers",
    "label": {"zh": "客户", "en": "Customers"},
    "key_field": "number",
    "fields": [
        {"key": "number", "label": "Number", "type": "integer", "required": True, "unique": True}
    ],
}
ORDERS = {
    "format": 1,
    "kind": "record_type",
    "key": "orders",
    "label": {"zh": "订单", "en": "Orders"},
    "key_field": "invoice_no",
    "date_field": "order_time",
    "fields": [
        {
            "key": "invoice_no",
            "label": "InvoiceNo",
            "type": "text",
            "required": True,
            "unique": True,
        },
        {"key": "customer_id", "label": "Customer", "type": "reference", "target": "customers"},
        {"key": "order_time", "label": "Order time", "type": "datetime"},
        {"key": "amount", "label": "Amount", "type": "money", "currency": "GBP", "scale": 2},
        {"key": "lines", "label": "Lines", "type": "integer"},
        {"key": "country", "label": "Country", "type": "text"},
    ],
}


@pytest.mark.skipif(not FILE.is_file(), reason=f"no {FILE} (TIERLOOM_TEST_DATA names the folder)")
def test_orders_bring_their_customers(
    server: Server, open_context: OpenContext, tmp_path: Path
) -> None:
    page = open_context("en").new_page()
    page.goto(server.links["real"])
    fill_welcome(page, "owner-real")
    tables = tmp_path / "tables.json"
    for table in (CUSTOMERS, ORDERS):
        tables.write_text(json.dumps(table), "utf-8")
        subprocess.run(
            [sys.executable, "-m", "tierloom", "--workspace", "real", "apply", str(tables)],
            env={**os.environ, "TIERLOOM_DATA": str(server.folder)},
            check=True,
            capture_output=True,
        )
    page.goto("/import?table=orders")
    page.locator("#file").set_input_files(FILE)
    page.locator("#upload-file").click()
    page.wait_for_url(re.compile(r"/import/\d+"))
    for place in range(6):
        expect(page.locator(f"#c{place}-field")).not_to_have_value("")
    page.locator("#unknown-create").check()
    page.locator("#check-rows").click()
    page.locator("#import-rows").click(timeout=60_000)
    expect(page.locator("#count-created .value")).to_have_text("18,532", timeout=60_000)
    expect(page.locator("#count-rejected .value")).to_have_text("0")
    expect(page.locator("#state")).to_contain_text("4,338")
    page.goto("/data/customers")
    expect(page.locator(".page-head .sub")).to_contain_text("4,338")
    page.goto("/data/orders")
    expect(page.locator(".page-head .sub")).to_contain_text("18,532")
