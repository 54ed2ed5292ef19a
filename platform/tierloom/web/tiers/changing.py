"""Changes that the editor's form asks for: the values of the builder, and one operation."""

from collections.abc import Mapping

from werkzeug.datastructures import MultiDict

from tierloom.domain.label_sets import LabelSet
from tierloom.domain.scores import Score
from tierloom.domain.tiers import TierModel
from tierloom.rules.builder import Group
from tierloom.services import drafts
from tierloom.services.drafts import Parted, Ruled
from tierloom.web.builder.form import carry_out, read_values
from tierloom.web.tiers import inputs, score_inputs
from tierloom.web.tiers.score_inputs import CutsOf

Trees = Mapping[str, Group]
Form = MultiDict[str, str]


def changed(
    thing: Ruled, trees: Trees, chosen: str, op: str, form: Form, cuts_of: CutsOf
) -> tuple[Ruled, Trees]:
    """Return a draft after the form: `chosen` is the tree that it shows, `cuts_of` proposes cut points of a field.

    Raises:
        ValueError: the operation leaves nothing that could be a draft.
    """
    after = dict(trees)
    if chosen in after:
        after[chosen] = carry_out(read_values(after[chosen], form), op)
    name, _, rest = op.partition(":")
    match thing:
        case TierModel() | LabelSet() if name == "tier":
            return _parts(thing, after, rest)
        case Score():
            return score_inputs.changed(thing, after, op, form, cuts_of)
    return thing, after


def _parts(thing: Parted, trees: dict[str, Group], op: str) -> tuple[Parted, Trees]:
    """Add, copy, move or delete a tier or a label."""
    name, _, key = op.partition(":")
    match name:
        case "add":
            part = inputs.next_part(thing)
            return drafts.add_part(thing, part), {**trees, part.key: Group("n1")}
        case "up" | "down":
            return drafts.move_part(thing, key, -1 if name == "up" else 1), trees
        case "delete":
            return drafts.remove_part(thing, key), _without(trees, key)
        case "copy" if key in trees:
            part = inputs.next_part(thing)
            return drafts.add_part(thing, part), {**trees, part.key: trees[key]}
    return thing, trees


def _without(trees: Mapping[str, Group], key: str) -> Trees:
    return {one: tree for one, tree in trees.items() if one != key}
