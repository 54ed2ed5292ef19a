"""What an input shows, and what is shown masked."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.schemas.strategies import K
from tierloom.domain.fields import Field, FieldType
from tierloom.schemas.display import edit_text, mask
from tierloom.text import Label

UTC = ZoneInfo("UTC")


@pytest.mark.parametrize(
    ("field_type", "value", "text"),
    [
        (FieldType(K.MONEY, 2, "CNY"), 1200.0, "1200.00"),
        (FieldType(K.DECIMAL, 3), 1200.5, "1200.5"),
        (FieldType(K.DECIMAL, 3), 1200.0, "1200"),
        (FieldType(K.DECIMAL, 6), 0.000001, "0.000001"),
        (FieldType(K.INTEGER), 1200, "1200"),
        (FieldType(K.PERCENT, 4), 0.1234, "12.34%"),
        (FieldType(K.PERCENT, 4), 2.0, "200%"),
        (FieldType(K.BOOLEAN), False, "false"),
    ],
)
def test_numbers_are_written_in_full(field_type, value, text):
    assert edit_text(field_type, value, UTC) == text


@pytest.mark.parametrize(
    ("kind", "text", "masked"),
    [
        (K.PHONE, "13800138000", "138****8000"),
        (K.PHONE, "+442079460958", "+44****0958"),
        (K.PHONE, "4008208820", "4****20"),
        (K.PHONE, "95588", "****"),
        (K.EMAIL, "alice@x.com", "a***@x.com"),
        (K.EMAIL, "a@x.com", "***@x.com"),
        (K.TEXT, "王伟", "王*"),
        (K.TEXT, "王小明", "王**"),
        (K.TEXT, "欧阳小明明", "欧**"),
        (K.TEXT, "王", "***"),
        (K.LONG_TEXT, "王伟住在北京", "***"),
        (K.DATE, "1990-01-31", "***"),
        (K.INTEGER, "42", "***"),
        (K.PHONE, "", ""),
    ],
)
def test_masks(kind, text, masked):
    assert mask(Field("f", Label.of("F"), FieldType(kind)), text) == masked


@given(
    st.text(min_size=1),
    st.sampled_from([k for k in K if k not in (K.MONEY, K.CHOICE, K.CHOICES, K.REFERENCE)]),
)
def test_a_mask_hides_at_least_something(text, kind):
    masked = mask(Field("f", Label.of("F"), FieldType(kind)), text)
    assert "*" in masked
    assert len(set(masked) - {"*"}) == 0 or masked != text
