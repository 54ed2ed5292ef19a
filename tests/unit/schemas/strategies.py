"""Random field types, values, tables and tier models."""

from datetime import UTC, date, datetime, timedelta

from hypothesis import strategies as st

from tierloom.domain.fields import (
    WITHOUT_OPERAND,
    Aggregate,
    Bands,
    DataClass,
    Field,
    FieldKind,
    FieldType,
    Formula,
    Option,
    RollUp,
    TimeSince,
    TimeUnit,
    TimeUntil,
)
from tierloom.domain.forms import Form, FormItem, Section
from tierloom.domain.keys import is_key
from tierloom.domain.rules import RuleDocument
from tierloom.domain.tables import RecordType
from tierloom.domain.tiers import (
    TIER_ICONS,
    DefaultTier,
    OnMissing,
    Segment,
    Slot,
    StayPolicy,
    Tier,
    TierModel,
)
from tierloom.domain.views import Sort, View
from tierloom.schemas.free_text import normal_text
from tierloom.text import Label

K = FieldKind
ZONES = ("UTC", "Asia/Shanghai", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca")
_NO_BAR = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="|")
_LETTERS = st.characters(exclude_categories=("Cs", "Cc"))
words = st.text(_LETTERS, min_size=1, max_size=12).filter(lambda word: bool(word.strip()))
keys = st.from_regex(r"[a-z户é][a-z0-9_-]{0,8}", fullmatch=True).filter(is_key)
labels = st.one_of(
    words.map(Label.of), st.builds(lambda a, b: Label({"zh": a, "en": b}), words, words)
)
maybe_label = st.none() | labels
days = st.dates(date(1, 1, 1), date(9999, 12, 31))
_naive = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1))  # noqa: DTZ001
instants = _naive.map(
    lambda moment: moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=UTC)
)
# Around clock changes, where wall-clock times are missing or come twice.
tricky_instants = st.builds(
    lambda start, minutes: start + timedelta(minutes=minutes),
    st.sampled_from(
        [
            datetime(2024, month, day, tzinfo=UTC)
            for month, day in ((3, 10), (11, 3), (4, 6), (10, 5))
        ]
    ),
    st.integers(-2_000, 2_000),
)


@st.composite
def option_lists(draw):
    names = draw(
        st.lists(
            st.text(_NO_BAR, min_size=1, max_size=6).map(normal_text).filter(bool),
            min_size=1, max_size=5, unique=True,
        )
    )  # fmt: skip
    return tuple(Option(name, draw(labels), draw(st.booleans())) for name in names)


MEMBERS = (
    Option("1", Label.of("王芳"), aliases=("wang.fang",)),
    Option("7", Label.of("Li Ming"), aliases=("li.ming",)),
    Option("12", Label.of("gone"), retired=True, aliases=("left",)),
)


def _options(draw, kind):
    if kind is K.PERSON:
        return MEMBERS
    return draw(option_lists()) if kind in (K.CHOICE, K.CHOICES) else ()


@st.composite
def field_types(draw, kinds=tuple(FieldKind)):
    kind = draw(st.sampled_from(kinds))
    scale = draw(st.integers(0, 6)) if kind in (K.DECIMAL, K.MONEY, K.PERCENT) else 0
    limits = {}
    if kind.is_number or kind is K.DATE:
        numbers = days if kind is K.DATE else st.integers(-1000, 1000) | st.floats(-9, 9)
        low, high = sorted([draw(numbers), draw(numbers)])
        limits = draw(st.sampled_from([{}, {"minimum": low}, {"minimum": low, "maximum": high}]))
    if kind is K.RATING:
        limits = draw(st.sampled_from([{}, {"maximum": 3}, {"minimum": 1, "maximum": 10}]))
    if kind.is_text:
        limits = draw(st.sampled_from([{}, {"max_length": 9}, {"pattern": r"^\p{Han}+$"}]))
    return FieldType(
        kind, scale,
        currency=draw(st.sampled_from(["CNY", "USD", "JPY"])) if kind is K.MONEY else None,
        options=_options(draw, kind),
        ranked=draw(st.booleans()) if kind is K.CHOICE else False,
        target=draw(keys) if kind is K.REFERENCE else None,
        **limits,
    )  # fmt: skip


def values(field_type):
    """Known values of a type; limits are not looked at."""
    scaled = st.integers(-(10**15) + 1, 10**15 - 1)
    match field_type.kind:
        case K.INTEGER:
            return scaled
        case K.DECIMAL | K.MONEY | K.PERCENT:
            return scaled.map(lambda n: n / 10**field_type.scale)
        case K.BOOLEAN:
            return st.booleans()
        case K.DATE:
            return days
        case K.DATETIME:
            return instants | tricky_instants
        case K.CHOICE:
            return st.sampled_from(field_type.option_keys)
        case K.CHOICES:
            chosen = st.sets(st.sampled_from(field_type.option_keys), min_size=1)
            return chosen.map(lambda some: tuple(k for k in field_type.option_keys if k in some))
        case K.RATING:
            return st.integers(1, int(field_type.maximum))
        case K.PERSON:
            return st.sampled_from([int(key) for key in field_type.option_keys])
        case K.REGION:
            return st.sampled_from(["440000", "440300", "440305", "310115", "429004", "440205"])
        case K.PHONE:
            return st.from_regex(r"1[3-9][0-9]{9}|\+4420[0-9]{8}|0[1-9][0-9]{9}", fullmatch=True)
        case K.EMAIL:
            return st.from_regex(r"[a-z0-9.]{1,9}@[a-z0-9]{1,9}\.(com|cn)", fullmatch=True)
        case K.TEXT | K.LONG_TEXT:
            return words.map(normal_text).filter(bool)


calculations = st.one_of(
    st.builds(TimeSince, st.just("day0"), st.sampled_from(TimeUnit)),
    st.builds(
        TimeUntil, st.just("day0"), st.sampled_from(TimeUnit)
    ),
    st.builds(TimeUntil, st.just("day0"), st.just(TimeUnit.DAY), st.booleans()),
    st.builds(Formula, st.just(RuleDocument.of({"+": [{"var": "a"}, 0.5, "é"]}))),
    st.builds(RollUp, st.just(Aggregate.GAP), keys),
    st.builds(
        RollUp, st.just(Aggregate.SHARE), keys, matching=st.just(RuleDocument.of({"!": [1]}))
    ),
    st.builds(RollUp, st.just(Aggregate.COUNT), keys, st.none(), st.none() | st.integers(1, 400)),
    st.builds(
        RollUp, st.sampled_from([a for a in Aggregate if a not in WITHOUT_OPERAND]), keys, keys,
        st.none(), st.none() | st.just(RuleDocument.of({">": [{"var": "amount"}, 5.5]})),
    ),
)  # fmt: skip


@st.composite
def fields(draw, key):
    calculation = draw(st.none() | calculations)
    kind = draw(field_types())
    if kind.kind is K.PERSON:
        kind = FieldType(K.PERSON)  # documents do not know the members
    if kind.kind is K.CHOICE and len(kind.options) > 1 and draw(st.booleans()):
        cuts = sorted(
            draw(
                st.sets(
                    st.floats(-9, 9) | st.integers(-99, 99).map(float),
                    min_size=len(kind.options) - 1,
                    max_size=len(kind.options) - 1,
                )
            )
        )
        calculation = Bands(
            draw(st.just("day0")), tuple(cuts), kind.option_keys, draw(st.booleans())
        )
    return Field(
        key, draw(labels), kind, draw(st.integers(0, 99)),
        required=draw(st.booleans()) and calculation is None,
        unique=draw(st.booleans()) and calculation is None,
        data_class=draw(st.sampled_from(DataClass)), calculation=calculation,
        help=draw(maybe_label), wording=draw(maybe_label), unit=draw(maybe_label),
        retired=draw(st.booleans()),
    )  # fmt: skip


@st.composite
def record_types(draw):
    names = draw(st.lists(keys, max_size=3, unique=True))
    first = Field("day0", draw(labels), FieldType(K.DATE))
    made = (first, *(draw(fields(name)) for name in names if name != "day0"))
    role = st.none() | st.sampled_from([one.key for one in made])
    return RecordType(
        draw(keys), draw(labels), made, draw(st.integers(0, 99)), draw(maybe_label),
        draw(role), draw(role), draw(st.sampled_from([None, "day0"])), "users",
    )  # fmt: skip


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.floats(-9, 9) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
icons = st.sampled_from(TIER_ICONS)
rules = json_values.map(RuleDocument.of)


stays = st.builds(
    lambda days, renews, grace, level: StayPolicy(days, renews and days > 0, grace, level),
    st.integers(0, 3_660), st.booleans(), st.integers(0, 3_660), st.booleans(),
)  # fmt: skip


@st.composite
def tier_models(draw):
    names = draw(st.lists(keys, min_size=2, max_size=5, unique=True))
    tiers = tuple(
        Tier(name, draw(labels), draw(icons), draw(st.sampled_from(Slot)), draw(rules))
        for name in names[1:]
    )
    return TierModel(
        draw(keys), draw(labels), draw(keys), tiers, DefaultTier(names[0], draw(labels)),
        draw(st.sampled_from(OnMissing)), draw(st.booleans()), draw(maybe_label),
        draw(st.none() | stays), draw(st.integers(0, 9)),
    )  # fmt: skip


forms = st.builds(
    lambda key, label, table, names, heading: Form(
        key, label, table, (Section(heading, tuple(FormItem(n, n < "m") for n in names)),), 3
    ),
    keys, labels, keys, st.lists(keys, unique=True, max_size=4), labels,
)  # fmt: skip
segments = st.builds(Segment, keys, labels, keys, rules, words, st.integers(0, 9))
views = st.builds(
    View, keys, labels, keys, rules,
    st.lists(keys.map("tier:{}".format) | keys, max_size=3).map(tuple),
    st.lists(st.builds(Sort, keys, st.booleans()), max_size=2).map(tuple),
    st.none() | keys, st.integers(0, 9),
)  # fmt: skip
things = record_types() | forms | segments | tier_models() | views
