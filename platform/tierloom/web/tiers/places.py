"""The tabs of "Tiers", each with a kind of thing that has rules, and what its pages say."""

from dataclasses import dataclass

from tierloom.text import T, Text


@dataclass(frozen=True, slots=True)
class Place:
    """One tab: `key` is the first part of its addresses, `kind` that of its documents."""

    key: str
    kind: str
    icon: str
    many: Text
    new: Text
    lead: Text
    empty: Text
    delete: Text
    examples: tuple[Text, Text]
    first: Text


PLACES: dict[str, Place] = {
    one.key: one
    for one in (
        Place(
            "tiers",
            "tier_model",
            "layers",
            T("Tier models"),
            T("New tier model"),
            T("Ordered tiers; every record is in exactly one, the first match wins."),
            T("No tiers yet. Say who belongs to which tier, and watch the counts while you type."),
            T("Delete tier model"),
            (T("for example 价值分层"), T("for example Value tiers")),
            T(
                "This is the first version. From then on every record has a tier, and it stays current by itself. "
                "Nothing is sent to customers."
            ),
        ),
        Place(
            "segments",
            "segment",
            "target",
            T("Segments"),
            T("New segment"),
            T("A named rule. Segments may overlap, and stay current."),
            T("No segments yet. A segment is a named rule that stays current."),
            T("Delete segment"),
            (T("for example 华东大客户"), T("for example Big customers in the north")),
            T(
                "This is the first version. From then on the segment can be used in filters and tiers, and stays "
                "current by itself. Nothing is sent to customers."
            ),
        ),
        Place(
            "labels",
            "label_set",
            "tag",
            T("Labels"),
            T("New label set"),
            T(
                "Several labels at once: every record carries those whose rules hold, and they stay current."
            ),
            T(
                "No labels yet. Say what interests your customers; one customer can carry several labels."
            ),
            T("Delete label set"),
            (T("for example 兴趣标签"), T("for example Interests")),
            T(
                "This is the first version. From then on the labels are in lists, on record pages and in exports, and "
                "stay current by themselves. Nothing is sent to customers."
            ),
        ),
        Place(
            "scores",
            "score",
            "award",
            T("Scores"),
            T("New score"),
            T("Points added up over criteria, so that you can rank records and see why."),
            T("No scores yet. Give points for what counts, and see who comes out on top."),
            T("Delete score"),
            (T("for example 客户价值评分"), T("for example Customer value")),
            T(
                "This is the first version. From then on the score is in lists, on record pages and in exports, can be "
                "used in rules, and stays current by itself. Nothing is sent to customers."
            ),
        ),
    )
}
