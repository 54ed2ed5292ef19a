"""Other spellings of the same rule, brought to one form: `===`, `date==`, counts by `reduce`."""

from tierloom.rules.dialects.forms import FORMS
from tierloom.rules.operators import ALIASES
from tierloom.rules.syntax import Apply, Syntax


def normalise(node: Syntax) -> Syntax:
    """Return the rule in our own spelling; pointers still lead into the given document.

    Raises:
        Invalid: it says something that cannot be said here, as a `reduce` that neither counts nor
            adds up.
    """
    if not isinstance(node, Apply):
        return node
    key = ALIASES.get(node.key, node.key)
    made = Apply(key, tuple(map(normalise, node.args)), node.pointer)
    return FORMS[key](made) if key in FORMS else made
