"""Where the published data sets are, and the tables they go into."""

import os
from pathlib import Path

import pytest

from tierloom.domain.rules import Json

SHARED = Path(__file__).parents[3] / "shared" / "data"
FOLDER = Path(os.environ.get("TIERLOOM_TEST_DATA") or SHARED)

CUSTOMERS: Json = {
    "format": 1, "kind": "record_type", "key": "customers", "label": {"zh": "客户", "en": "Customers"},
    "key_field": "customer_id", "title_field": "customer_id",
    "fields": [
        {"key": "customer_id", "label": {"zh": "客户编号", "en": "Customer ID"}, "type": "integer", "unique": True},
        {"key": "orders_count", "label": {"zh": "订单数", "en": "Orders"}, "type": "integer",
         "calculation": {"kind": "roll_up", "aggregate": "count", "relation": "orders"}},
        {"key": "spend", "label": {"zh": "消费", "en": "Spend"}, "type": "money", "currency": "GBP", "scale": 2,
         "calculation": {"kind": "roll_up", "aggregate": "sum", "relation": "orders", "operand": "amount"}},
        {"key": "last_order", "label": {"zh": "最近下单", "en": "Last order"}, "type": "datetime",
         "calculation": {"kind": "roll_up", "aggregate": "last", "relation": "orders", "operand": "order_time"}},
        {"key": "lines_count", "label": {"zh": "明细数", "en": "Lines"}, "type": "integer",
         "calculation": {"kind": "roll_up", "aggregate": "count", "relation": "lines"}},
    ],
}  # fmt: skip
ORDERS: Json = {
    "format": 1, "kind": "record_type", "key": "orders", "label": {"zh": "订单", "en": "Orders"},
    "key_field": "invoice", "date_field": "order_time",
    "fields": [
        {"key": "invoice", "label": {"zh": "发票号", "en": "Invoice"}, "type": "text", "unique": True},
        {"key": "customer", "label": {"zh": "客户", "en": "Customer"}, "type": "reference", "target": "customers"},
        {"key": "order_time", "label": {"zh": "时间", "en": "Time"}, "type": "datetime"},
        {"key": "amount", "label": {"zh": "金额", "en": "Amount"}, "type": "money", "currency": "GBP", "scale": 2},
        {"key": "lines", "label": {"zh": "行数", "en": "Lines"}, "type": "integer"},
        {"key": "country", "label": {"zh": "国家", "en": "Country"}, "type": "text"},
    ],
}  # fmt: skip
LINES: Json = {
    "format": 1, "kind": "record_type", "key": "lines", "label": {"zh": "明细", "en": "Lines"}, "date_field": "at",
    "fields": [
        {"key": "invoice", "label": {"zh": "发票号", "en": "Invoice"}, "type": "text"},
        {"key": "stock", "label": {"zh": "商品", "en": "Stock code"}, "type": "text"},
        {"key": "description", "label": {"zh": "说明", "en": "Description"}, "type": "text"},
        {"key": "quantity", "label": {"zh": "数量", "en": "Quantity"}, "type": "integer"},
        {"key": "at", "label": {"zh": "时间", "en": "Time"}, "type": "datetime"},
        {"key": "price", "label": {"zh": "单价", "en": "Unit price"}, "type": "decimal", "scale": 3},
        {"key": "customer", "label": {"zh": "客户", "en": "Customer"}, "type": "reference", "target": "customers"},
        {"key": "country", "label": {"zh": "国家", "en": "Country"}, "type": "text"},
    ],
}  # fmt: skip
SILENCE: Json = {"days_since": [{"date_of": [{"var": "last_order"}]}]}
VALUE: Json = {
    "format": 1, "kind": "tier_model", "key": "value", "label": {"zh": "价值", "en": "Value"},
    "record_type": "customers", "on_missing": "skip",
    "tiers": [
        {"key": "gold", "label": {"zh": "黄金", "en": "Gold"}, "icon": "crown", "slot": "gold",
         "rule": {"and": [{">=": [{"var": "spend"}, 2000]}, {"<=": [SILENCE, 90]}]}},
        {"key": "silver", "label": {"zh": "白银", "en": "Silver"}, "icon": "medal", "slot": "slate",
         "rule": {">=": [{"var": "spend"}, 500]}},
    ],
    "default": {"key": "rest", "label": {"zh": "其余", "en": "Rest"}},
}  # fmt: skip
ORDER_COLUMNS = {"InvoiceNo": "invoice", "customer_id": "customer"}
LINE_COLUMNS = {
    "InvoiceNo": "invoice", "StockCode": "stock", "Description": "description", "Quantity": "quantity",
    "InvoiceDate": "at", "UnitPrice": "price", "CustomerID": "customer", "Country": "country",
}  # fmt: skip


def data_file(name: str) -> Path:
    """A published data set. Skips the test where it is not there."""
    file = FOLDER / name
    if not file.is_file():
        pytest.skip(f"{name} is not in {FOLDER}; TIERLOOM_TEST_DATA says where else it may be")
    return file
