"""Generated tables and rules. All choices come from one `Random`."""

from datetime import UTC, date, datetime, timedelta
from random import Random

from tests.unit.backends.memory_columns import Tables
from tierloom.domain.fields import Aggregate, Field, FieldKind, FieldType, Link, Option
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.rules import dates, ir
from tierloom.rules.types import BOOLEAN, DATE, DATETIME, DOUBLE, INTEGER, TEXT, value_type
from tierloom.text import Label

WORDS = (
    *("北京", "上海", "a", "A", "Ab", "ß", "é", "👩‍👧", "%", "_", "北京市", "|", "x y"),
    *(
        "*",
        "a%b",
        "a_b",
        "?",
        "\\",
        "'",
        '"',
        "王芳",
        "🙂",
        "🙂🙂",
        "Σς",
        "İ",
        "12",
        "-7",
        "2024-02-29",
    ),
)
TODAY = date(2024, 2, 29)
DAYS = (
    *(TODAY + timedelta(days=n) for n in (-731, -366, -365, -90, -89, -31, -1, 0, 1, 40)),
    date(1960, 2, 29),
    date(2023, 2, 28),
    date(2023, 12, 31),
    date(2000, 2, 29),
    date(1900, 2, 28),
    date(2025, 1, 31),
    date(1, 1, 1),
    date(9999, 12, 31),
)
INSTANTS = tuple(
    datetime(2024, 2, 29, 12, tzinfo=UTC) + timedelta(minutes=n)
    for n in (
        -60 * 24 * 365,
        -60 * 24 * 90,
        -60 * 24 * 30 - 800,
        -60 * 13,
        -1,
        0,
        1,
        600,
        60 * 24 * 40,
    )
)
NUMBERS = (0, 1, -1, 2, 3, 7, -7, 10, 499.99, 500.0, 0.01, -0.5, 9_999_999_999_999.99, -1234.5)
CENTS = ir.ValueType(ir.Family.NUMBER, scale=2)
HUGE = (999_999_999_999_999, -999_999_999_999_999)
LEVELS, TAGS = ("low", "mid", "high"), ("vip", "新", "vi", "old one")


def _options(keys):
    return tuple(Option(key, Label.of(key)) for key in keys)


def _field(key: str, kind: FieldKind, **more) -> Field:
    return Field(key, Label.of(key), FieldType(kind, **more))


CATALOGUE = Catalogue(
    {
        one.key: one
        for one in (
            RecordType(
                "companies",
                Label.of("Companies"),
                (
                    _field("name", FieldKind.TEXT),
                    _field("staff", FieldKind.INTEGER),
                    _field("founded", FieldKind.DATE),
                    _field("listed", FieldKind.BOOLEAN),
                ),
                key_field="name",
            ),
            RecordType(
                "customers",
                Label.of("Customers"),
                (
                    _field("name", FieldKind.TEXT),
                    _field("city", FieldKind.TEXT),
                    _field("spend", FieldKind.DECIMAL, scale=2),
                    _field("visits", FieldKind.INTEGER),
                    _field("member", FieldKind.BOOLEAN),
                    _field("born", FieldKind.DATE),
                    _field("seen", FieldKind.DATETIME),
                    _field("level", FieldKind.CHOICE, options=_options(LEVELS), ranked=True),
                    _field("tags", FieldKind.CHOICES, options=_options(TAGS)),
                    _field("company", FieldKind.REFERENCE, target="companies"),
                ),
            ),
            RecordType(
                "orders",
                Label.of("Orders"),
                (
                    _field("customer", FieldKind.REFERENCE, target="customers"),
                    _field("day", FieldKind.DATE),
                    _field("amount", FieldKind.DECIMAL, scale=2),
                    _field("kind", FieldKind.TEXT),
                    _field("paid", FieldKind.BOOLEAN),
                ),
                date_field="day",
            ),
            RecordType(
                "calls",
                Label.of("Calls"),
                (
                    _field("customer", FieldKind.REFERENCE, target="customers"),
                    _field("at", FieldKind.DATETIME),
                    _field("minutes", FieldKind.INTEGER),
                ),
                date_field="at",
            ),
            RecordType(
                "lines",
                Label.of("Lines"),
                (
                    _field("order", FieldKind.REFERENCE, target="orders"),
                    _field("price", FieldKind.DECIMAL, scale=2),
                ),
            ),
        )
    }
)
RELATED = {
    "customers": (("orders", "customer", "day"), ("calls", "customer", "at")),
    "orders": (("lines", "order", None),),
}


def tables(random: Random, sizes: dict[str, int]) -> Tables:
    """Make records: a third of all values is unknown, references may lead nowhere."""
    made = Tables(CATALOGUE)
    for table, size in sizes.items():
        made.records[table] = []
        for number in random.sample(range(1, 4 * size + 1), size):
            values = {
                one.key: _value(random, one.type, sizes) for one in CATALOGUE.table(table).fields
            }
            made.add(table, number, values)
    return made


def _value(random: Random, kind: FieldType, sizes: dict[str, int]):
    if random.randrange(3) == 0:
        return None
    match kind.kind:
        case FieldKind.REFERENCE:
            return Link(random.randint(1, 4 * sizes[kind.target] + 1), "?")
        case FieldKind.CHOICES:
            return tuple(key for key in TAGS if random.randrange(2)) or None
    return constant(random, value_type(kind))


def constant(random: Random, kind: ir.ValueType):
    match kind.family:
        case ir.Family.NUMBER if kind.scale == 0:
            return int(random.choice((*NUMBERS, *HUGE)))
        case ir.Family.NUMBER:
            return float(random.choice(NUMBERS))
        case ir.Family.TEXT:
            return random.choice(WORDS)
        case ir.Family.BOOLEAN:
            return random.randrange(2) == 1
        case ir.Family.DATE:
            return random.choice(DAYS)
        case ir.Family.DATETIME:
            return random.choice(INSTANTS)
        case ir.Family.CHOICE:
            return random.choice(kind.options)
    raise TypeError(kind)


class Rules:
    """Makes typed nodes over one table."""

    def __init__(self, random: Random, table: str, *, texts: bool = True) -> None:
        self.random = random
        self.table = table
        self.texts = texts

    def predicate(self, depth: int) -> ir.Predicate:
        random = self.random
        if depth > 0 and random.randrange(2):
            match random.randrange(4):
                case 0:
                    return ir.Not(self.predicate(depth - 1))
                case 1:
                    return ir.And(self._some(depth))
                case 2:
                    return ir.Or(self._some(depth))
                case _:
                    return ir.InSegment("s", self.predicate(depth - 1))
        return self._atom(depth)

    def _some(self, depth: int) -> tuple[ir.Predicate, ...]:
        return tuple(self.predicate(depth - 1) for _ in range(self.random.randint(1, 3)))

    def _atom(self, depth: int) -> ir.Predicate:
        random = self.random
        match random.randrange(9):
            case 0:
                return ir.Constant(random.randrange(2) == 1)
            case 1:
                links = self._vars(ir.Family.REFERENCE)
                if links and random.randrange(4) == 0:
                    return ir.IsKnown(random.choice(links))
                return ir.IsKnown(self.value(self._kind(), depth))
            case 2:
                return ir.IsTrue(self.value(BOOLEAN, depth))
            case 3:
                needle = random.choice(WORDS)
                return ir.Matches(random.choice(list(ir.TextTest)), self.value(TEXT, depth), needle)
            case 4 if tags := self._vars(ir.Family.CHOICES):
                wanted = tuple(random.sample(TAGS, random.randint(1, 2)))
                return ir.HasAnyOf(random.choice(tags), wanted)
            case 5:
                kind = self._kind()
                choices = tuple(constant(random, kind) for _ in range(random.choice((1, 3, 12))))
                return ir.OneOf(self.value(kind, depth), choices)
        kind = self._kind()
        ordered = kind.ranked or kind.family in (
            ir.Family.NUMBER,
            ir.Family.DATE,
            ir.Family.DATETIME,
        )
        how = random.choice(list(ir.Comparison)) if ordered else ir.Comparison.EQUAL
        return ir.Compare(how, self.value(kind, depth), self.value(kind, depth - 1))

    def _kind(self) -> ir.ValueType:
        level = value_type(CATALOGUE.table("customers").field("level").type)
        kinds = [INTEGER, DOUBLE, DOUBLE, TEXT, BOOLEAN, DATE, DATETIME]
        return self.random.choice([*kinds, level] if self.table == "customers" else kinds)

    def _vars(self, family: ir.Family) -> list[ir.Var]:
        fields = CATALOGUE.table(self.table).fields
        found = [ir.Var((one.key,), value_type(one.type)) for one in fields]
        for one in fields:
            if one.type.target is not None:
                above = CATALOGUE.table(one.type.target).fields
                found += [ir.Var((one.key, up.key), value_type(up.type)) for up in above]
        return [one for one in found if one.type.family is family]

    def value(self, kind: ir.ValueType, depth: int) -> ir.ValueNode:
        random = self.random
        own = self._vars(kind.family)
        if depth <= 0 or random.randrange(3) == 0:
            if own and random.randrange(4):
                return random.choice(own)
            return ir.Literal(None if random.randrange(8) == 0 else constant(random, kind), kind)
        match random.randrange(9):
            case 8:
                return ir.Scored("s", self.value(kind, depth - 1), random.randrange(2) == 1, kind)
            case 0:
                branches = tuple(
                    (self.predicate(depth - 1), self.value(kind, depth - 1))
                    for _ in range(random.randint(1, 2))
                )
                return ir.If(branches, self.value(kind, depth - 1), kind)
            case 1:
                args = tuple(self.value(kind, depth - 1) for _ in range(random.randint(2, 3)))
                return ir.Call(ir.Function.COALESCE, args, kind)
            case 2 | 3 | 4 if RELATED.get(self.table):
                found = self._roll_up(kind, depth - 1)
                if found is not None:
                    return (
                        ir.Calculated(self.table, "it", found, kind)
                        if random.randrange(2)
                        else found
                    )
        return self._special(kind, depth - 1)

    def _roll_up(self, kind: ir.ValueType, depth: int) -> ir.RollUpOf | None:
        random = self.random
        relation, reference, day = random.choice(RELATED[self.table])
        inner = Rules(random, relation, texts=self.texts)
        only = inner.predicate(min(depth, 1)) if random.randrange(2) else None
        window = random.choice((None, 1, 30, 90)) if day else None
        rows = ir.Related(relation, relation, reference, day, only, window)
        numeric = kind.family is ir.Family.NUMBER
        if numeric and random.randrange(3) == 0:
            return ir.RollUpOf(Aggregate.COUNT, rows, None, INTEGER)
        if numeric and random.randrange(3) == 0:
            return self._counted(rows, inner)
        operands = inner._vars(kind.family)
        if not operands:
            return None
        operand = random.choice(operands)
        hows = [Aggregate.FIRST, Aggregate.LAST, Aggregate.MOST_FREQUENT]
        if numeric or kind.family in (ir.Family.DATE, ir.Family.DATETIME):
            hows += [Aggregate.MINIMUM, Aggregate.MAXIMUM]
        if numeric:
            hows += [Aggregate.SUM, Aggregate.AVERAGE] * 2
        how = random.choice(hows)
        if (
            numeric
            and how is not Aggregate.AVERAGE
            and RELATED.get(relation)
            and random.randrange(3) == 0
        ):
            operand = inner._figure(depth - 1) or operand
        made = DOUBLE if how is Aggregate.AVERAGE else operand.type
        return ir.RollUpOf(how, rows, operand, made)

    def _figure(self, depth: int) -> ir.Calculated | None:
        """A calculated field with declared decimals: a total of records below, or a formula."""
        kind = ir.ValueType(ir.Family.NUMBER, scale=2)
        if self.random.randrange(2):
            return ir.Calculated(self.table, "z", ir.Rounded(self.value(DOUBLE, 1), kind), kind)
        below = self._roll_up(kind, depth)
        if below is None or below.type.scale is None:
            return None
        return ir.Calculated(self.table, "x", below, below.type)

    def _counted(self, rows: ir.Related, inner: "Rules") -> ir.RollUpOf:
        """A number made of whole records, of their dates, or of what they hold of any type."""
        random = self.random
        match random.randrange(3):
            case 0:
                return ir.RollUpOf(Aggregate.SHARE, rows, ir.Truth(inner.predicate(1)), DOUBLE)
            case 1 if rows.date_field is not None:
                day: ir.ValueNode = ir.Var((rows.date_field,), DATE)
                if rows.date_field == "at":
                    day = ir.Call(ir.Function.DATE_OF, (ir.Var(("at",), DATETIME),), DATE)
                return ir.RollUpOf(Aggregate.GAP, rows, day, INTEGER)
        family = random.choice(
            [one for one in ir.Family if inner._vars(one) and one is not ir.Family.REFERENCE]
        )
        operand: ir.ValueNode = random.choice(inner._vars(family))
        if family is ir.Family.NUMBER and random.randrange(2):
            operand = ir.Calculated(rows.child, "y", inner.value(INTEGER, 1), INTEGER)
        return ir.RollUpOf(Aggregate.DISTINCT, rows, operand, INTEGER)

    def _special(self, kind: ir.ValueType, depth: int) -> ir.ValueNode:
        """A node that only values of this family have."""
        random = self.random
        match kind.family:
            case ir.Family.NUMBER:
                return self._number(kind, depth)
            case ir.Family.TEXT if self.texts:
                return self._text(depth)
            case ir.Family.BOOLEAN:
                return ir.Truth(self.predicate(depth))
            case ir.Family.DATE:
                match random.randrange(4):
                    case 0:
                        return ir.Today(DATE)
                    case 1:
                        return ir.Call(ir.Function.DATE_OF, (self.value(DATETIME, depth),), DATE)
                    case 2:
                        args = (self.value(DATE, depth), self.value(DATE, depth))
                        return ir.Call(
                            random.choice((ir.Function.MIN, ir.Function.MAX)), args, DATE
                        )
                unit = random.choice(("day", "week", "month", "year"))
                return ir.Call(
                    ir.Function.DATE_ADD,
                    (self.value(DATE, depth), self.value(INTEGER, depth)),
                    DATE,
                    unit,
                )
            case ir.Family.DATETIME:
                return self._instant(depth)
        if kind.family is ir.Family.CHOICE:
            cuts = tuple(sorted(random.sample((-7.0, 0.0, 2.0, 499.99, 500.0), len(LEVELS) - 1)))
            value = self.value(random.choice((DOUBLE, INTEGER)), depth)
            classes = tuple(random.sample(LEVELS, len(LEVELS)))
            return ir.Banded(value, cuts, classes, random.randrange(2) == 1, kind)
        return random.choice(self._vars(kind.family))

    def _number(self, kind: ir.ValueType, depth: int) -> ir.ValueNode:
        random = self.random
        unit = random.choice(("day", "week", "month", "year"))
        match random.randrange(7):
            case 4:
                scale = random.choice((0, 2, 4))
                kind = ir.ValueType(ir.Family.NUMBER, scale=scale)
                return ir.Rounded(self.value(DOUBLE, depth), kind)
            case 0:
                args = (self.value(DATE, depth), self.value(DATE, depth))
                return ir.Call(ir.Function.DATE_DIFF, args, INTEGER, unit)
            case 1:
                part = random.choice(("year", "month", "day", "weekday"))
                return ir.Call(ir.Function.DATE_PART, (self.value(DATE, depth),), INTEGER, part)
            case 2:
                return ir.Call(ir.Function.ANNIVERSARY, (self.value(DATE, depth),), INTEGER)
            case 3:
                args = tuple(self.value(kind, depth) for _ in range(random.randint(1, 3)))
                return ir.Call(random.choice((ir.Function.MIN, ir.Function.MAX)), args, kind)
        sign = random.choice(list(ir.Sign))
        parts = 2 if sign is ir.Sign.REMAINDER else random.randint(2, 3)
        return ir.Arithmetic(sign, tuple(self.value(kind, depth) for _ in range(parts)), DOUBLE)

    def _instant(self, depth: int) -> ir.ValueNode:
        """Arithmetic is on stored instants: "now" may be finer than a millisecond."""
        random = self.random
        own = self._vars(ir.Family.DATETIME)
        unit = random.choice(dates.INSTANT_UNITS)
        match random.randrange(3):
            case 0 if own:
                args = (random.choice(own), self.value(INTEGER, depth))
                return ir.Call(ir.Function.DATE_ADD, args, DATETIME, unit)
            case 1 if own:
                return ir.Call(ir.Function.TRUNCATE, (random.choice(own),), DATETIME, unit)
        return ir.Now(DATETIME)

    def _text(self, depth: int) -> ir.ValueNode:
        random = self.random
        match random.randrange(4):
            case 0:
                places = tuple(self._place(depth) for _ in range(random.randint(1, 2)))
                return ir.Call(ir.Function.SUBSTR, (self.value(TEXT, depth), *places), TEXT)
            case 1 | 2:
                parts = tuple(self._written(depth) for _ in range(random.randint(1, 3)))
                return ir.Call(ir.Function.CAT, parts, TEXT)
        function = random.choice((ir.Function.LOWER, ir.Function.UPPER))
        own = self._vars(ir.Family.TEXT)
        text = random.choice(own) if own and random.randrange(4) else self.value(TEXT, depth)
        return ir.Call(function, (text,), TEXT)

    def _place(self, depth: int) -> ir.ValueNode:
        random = self.random
        if random.randrange(4) == 0:
            return self.value(INTEGER, depth)
        return ir.Literal(random.randint(-3, 3), INTEGER)

    def _written(self, depth: int) -> ir.ValueNode:
        """Text, or what has one canonical text: a date, a number with declared decimals."""
        random = self.random
        kind = random.choice((TEXT, TEXT, DATE, INTEGER, CENTS))
        own = self._vars(kind.family)
        declared = [
            one
            for one in own
            if kind.family is not ir.Family.NUMBER or one.type.scale == kind.scale
        ]
        if kind.family is ir.Family.NUMBER:
            if declared and random.randrange(2):
                return random.choice(declared)
            return ir.Rounded(self.value(DOUBLE, depth), kind)
        return self.value(kind, depth)
