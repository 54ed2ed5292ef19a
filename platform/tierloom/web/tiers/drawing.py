"""What the editor shows beside the builder: changes against the published version, examples, where lists are."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from markupsafe import Markup

from tierloom.domain.fields import Field, FieldKind
from tierloom.domain.rules import RuleDocument
from tierloom.domain.tables import RecordType
from tierloom.domain.tiers import TierModel
from tierloom.rules.builder import Condition, Group, nodes
from tierloom.services import authorize
from tierloom.services.drafts import Draft
from tierloom.services.grid import HELD
from tierloom.services.preview import Preview
from tierloom.services.shown import RecordView
from tierloom.services.workbench import Workbench
from tierloom.text import T
from tierloom.web import formats
from tierloom.web.values import NUMERIC, show

NOTES = 2


def rule_address(table: str, rule: RuleDocument) -> str:
    """Return the address of a table's list that a rule filters."""
    return f"/data/{table}?{urlencode({'filter': rule.json})}"


def tier_address(bench: Workbench, model: TierModel, tier: str) -> str:
    """Return the address of the list of one tier: of its tier view where there is one."""
    views = bench.published.views(model.record_type)
    view = next((one.key for one in views if one.tier_model == model.key), None)
    base = f"/views/{view}" if view else f"/data/{model.record_type}"
    return f"{base}?{urlencode({'tier': f'{model.key}.{tier}'})}" if tier else base


@dataclass(frozen=True, slots=True)
class Beside:
    """The parts of the editor that come from a preview; its methods are what the template calls."""

    draft: Draft
    preview: Preview
    figures: tuple[Field, ...]

    def change_note(self, tier: str) -> str | Markup:
        """Return how a tier's size changes by this draft, nothing where it does not."""
        before = (self.preview.published or {}).get(tier)
        after = (self.preview.sizes or {}).get(tier)
        if not self.draft.has_changes or before is None or after is None or before == after:
            return ""
        return Markup('<span class="delta same">{}</span>').format(formats.signed(after - before))

    def distribution(self) -> list[dict[str, object]]:
        """Return the tiers' sizes as a chart takes them."""
        model = self.draft.thing
        if not isinstance(model, TierModel) or self.preview.sizes is None:
            return []
        return distribution(
            model, {**self.preview.sizes, HELD: self.preview.not_enough_data}, self.preview.total
        )

    @property
    def sample_figure(self) -> Field | None:
        """The field that stands at the end of an example's line."""
        return next((one for one in self.figures if one.type.kind in NUMERIC), None)

    def sample_note(self, record: RecordView) -> Markup:
        """Return what else the rule looks at, of one example."""
        rest = [one for one in self.figures if one is not self.sample_figure][:NOTES]
        return Markup(" · ").join(
            show(one, record.values[one.key], record)
            for one in rest
            if record.values.get(one.key) is not None
        )


def distribution(
    model: TierModel, sizes: Mapping[str, int], total: int, address: str = ""
) -> list[dict[str, object]]:
    """Return a tier model's sizes as a chart takes them; `address` is what a tier's key is added to."""
    found = [_part(one.slot, one.label, sizes.get(one.key, 0), total) for one in model.all_tiers]
    keys = [one.key for one in model.all_tiers]
    if sizes.get(HELD):
        found.append(_part("stone", T("Not enough data"), sizes[HELD], total))
        keys.append(HELD)
    if address:
        for key, one in zip(keys, found, strict=True):
            one["href"] = f"{address}{model.key}.{key}"
    return found


def _part(slot: str, label: object, count: int, total: int) -> dict[str, object]:
    share = count / total if total else 0
    return {"slot": slot, "label": label, "count": count, "share": share}


def figures_of(bench: Workbench, table: RecordType, tree: Group | None) -> tuple[Field, ...]:
    """Return the fields that examples show: those the rule asks about, else the first calculated ones."""
    readable = {one.key: one for one in authorize.readable_fields(bench.actor, table)}
    asked = [one.field for one in nodes(tree) if isinstance(one, Condition)] if tree else []
    found = [readable[key] for key in dict.fromkeys(asked) if key in readable]
    if not any(one.type.kind in NUMERIC for one in found):
        found += [
            one
            for one in readable.values()
            if not one.is_stored and one.type.kind is FieldKind.MONEY and one not in found
        ][:1]
    short = (one for one in found if one.type.kind is not FieldKind.BOOLEAN)
    return tuple(one for one in short if one is not table.name_field)
