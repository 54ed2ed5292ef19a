"""What our words mean, for the tips beside them: docs/glossary.md in the reader's language; a test compares the two."""

from dataclasses import dataclass

from tierloom.text import T, Text


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the interface, what we mean by it, and the chapter of the handbook that says more."""

    word: Text
    meaning: Text
    chapter: str


TERMS: dict[str, Term] = {
    "workspace": Term(
        T("Workspace"),
        T("Everything that belongs to one company; nothing is shared between two of them."),
        "settings",
    ),
    "field": Term(
        T("Field"),
        T("A thing we know about a record; files and lists have columns, tables have fields."),
        "fields",
    ),
    "calculated_field": Term(
        T("Calculated field"), T("A field that is worked out and never typed."), "fields"
    ),
    "roll_up": Term(
        T("Total from related records"),
        T(
            "A calculated field that looks at the records pointing here, such as a customer's orders."
        ),
        "fields",
    ),
    "rule": Term(T("Rule"), T("A question about a record that has the answer yes or no."), "rules"),
    "view": Term(T("View"), T("A filter worth keeping, with its columns and its order."), "views"),
    "segment": Term(T("Segment"), T("A rule with a name; a customer may be in many."), "rules"),
    "tier_model": Term(
        T("Tier model"),
        T("Tiers in order; a customer gets the first one whose rule holds."),
        "tiers",
    ),
    "main_tier_model": Term(
        T("Main tier model"),
        T("The one whose badge stands beside a customer's name wherever it appears."),
        "tiers",
    ),
    "default_tier": Term(T("Everyone else"), T("Where a customer is when no rule holds."), "tiers"),
    "not_enough_data": Term(
        T("Not enough data"), T("No tier: too little is known to say which."), "tiers"
    ),
    "stay_policy": Term(
        T("Staying in a tier"),
        T(
            "How long a record keeps a tier that the rules no longer give it: a minimum stay or membership period, "
            "then days of grace."
        ),
        "tiers",
    ),
    "tier_view": Term(T("Tier view"), T("A view split by the tiers of one model."), "views"),
    "label_set": Term(
        T("Labels"),
        T("Words that fit a customer, several at once, such as what they are interested in."),
        "scores",
    ),
    "score": Term(
        T("Score"),
        T("Points added up from criteria, each with its share in the result."),
        "scores",
    ),
    "draft_publish_version": Term(
        T("Draft, publish, version"),
        T(
            "A change waits as a draft; publishing makes it count inside Tierloom and sends nothing to anybody."
        ),
        "tiers",
    ),
    "as_of": Term(T("As of"), T("The day and hour that a rule takes for the present."), "rules"),
    "masked": Term(T("Masked"), T("Shown in part only, such as 138****8000."), "people"),
    "share_link": Term(
        T("Share link"),
        T("An address that shows one view, to anybody who has it, until it ends or is revoked."),
        "views",
    ),
}


def term(key: str) -> Term:
    """Return a term.

    Raises:
        LookupError: there is none with this key, naming those that there are.
    """
    if key not in TERMS:
        raise LookupError(f"No term {key!r}. Known: {', '.join(TERMS)}.")
    return TERMS[key]
