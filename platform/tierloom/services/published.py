"""What a workspace has published: tables, forms, tier models, segments, scores … Read once per catalogue version."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tierloom.domain.fields import Option
from tierloom.domain.forms import Form
from tierloom.domain.label_sets import LabelSet
from tierloom.domain.rules import RuleDocument
from tierloom.domain.scores import Score
from tierloom.domain.tables import Catalogue, RecordType
from tierloom.domain.tiers import Segment, TierModel
from tierloom.domain.views import View
from tierloom.errors import NotFound
from tierloom.rules.compile import Objects
from tierloom.schemas import documents
from tierloom.services.members import all_with_members, has_persons, member_options
from tierloom.store.documents import Document
from tierloom.store.uow import UnitOfWork
from tierloom.text import T, Text

Thing = RecordType | Form | Segment | TierModel | LabelSet | Score | View
KINDS: dict[str, Text] = {
    "record_type": T("table"),
    "form": T("form"),
    "score": T("score"),
    "segment": T("segment"),
    "label_set": T("label set"),
    "tier_model": T("tier model"),
    "view": T("view"),
}


@dataclass(frozen=True, slots=True)
class Published:
    """Everything published in a workspace at one catalogue version, by kind and key, in the order people gave it.

    `scopes` are the rules that limit roles to some records of a table, by `scope_key`.
    """

    version: int
    catalogue: Catalogue
    things: Mapping[str, Mapping[str, Thing]]
    documents: Mapping[tuple[str, str], Document]
    objects: Objects = field(default_factory=Objects)
    members: tuple[Option, ...] = ()
    scopes: Mapping[str, RuleDocument] = field(default_factory=dict)

    def with_members_of(self, uow: UnitOfWork, workspace: int) -> "Published":
        """Return the same with the workspace's present members as the options of its person fields."""
        if not any(has_persons(one) for one in self.catalogue):
            return self
        members = member_options(uow, workspace)
        if members == self.members:
            return self
        tables = all_with_members(self.catalogue.tables, members)
        return replace(
            self,
            catalogue=Catalogue(tables, self.version),
            things={**self.things, "record_type": tables},
            members=members,
        )

    def tier_models(self, table: str | None = None) -> tuple[TierModel, ...]:
        """Published tier models, of one table or of all."""
        found = (one for one in self.things["tier_model"].values() if isinstance(one, TierModel))
        return tuple(one for one in found if table in (None, one.record_type))

    def segments(self, table: str | None = None) -> tuple[Segment, ...]:
        """Published segments, of one table or of all."""
        found = (one for one in self.things["segment"].values() if isinstance(one, Segment))
        return tuple(one for one in found if table in (None, one.record_type))

    def scores(self, table: str | None = None) -> tuple[Score, ...]:
        """Published scores, of one table or of all."""
        found = (one for one in self.things["score"].values() if isinstance(one, Score))
        return tuple(one for one in found if table in (None, one.record_type))

    def label_sets(self, table: str | None = None) -> tuple[LabelSet, ...]:
        """Published label sets, of one table or of all."""
        found = (one for one in self.things["label_set"].values() if isinstance(one, LabelSet))
        return tuple(one for one in found if table in (None, one.record_type))

    def views(self, table: str | None = None) -> tuple[View, ...]:
        """Saved views, of one table or of all."""
        found = (one for one in self.things["view"].values() if isinstance(one, View))
        return tuple(one for one in found if table in (None, one.record_type))

    def forms(self, table: str) -> tuple[Form, ...]:
        """Published forms of a table."""
        found = (one for one in self.things["form"].values() if isinstance(one, Form))
        return tuple(one for one in found if one.record_type == table)

    def main_model(self, table: str) -> TierModel | None:
        """Return the tier model whose badge follows the table's records, None where there is none."""
        models = self.tier_models(table)
        return next((one for one in models if one.main), models[0] if models else None)

    def table(self, key: str) -> RecordType:
        """Return the table with this key.

        Raises:
            NotFound: the workspace has no such table.
        """
        try:
            return self.catalogue.table(key)
        except KeyError:
            raise NotFound(_missing("record_type", key, self.catalogue.tables)) from None

    def tier_model(self, key: str) -> TierModel:
        """Return the published tier model with this key.

        Raises:
            NotFound: there is none.
        """
        found = self.things["tier_model"].get(key)
        if not isinstance(found, TierModel):
            raise NotFound(_missing("tier_model", key, self.things["tier_model"]))
        return found

    def score(self, key: str) -> Score:
        """Return the published score with this key.

        Raises:
            NotFound: there is none.
        """
        found = self.things["score"].get(key)
        if not isinstance(found, Score):
            raise NotFound(_missing("score", key, self.things["score"]))
        return found

    def label_set(self, key: str) -> LabelSet:
        """Return the published label set with this key.

        Raises:
            NotFound: there is none.
        """
        found = self.things["label_set"].get(key)
        if not isinstance(found, LabelSet):
            raise NotFound(_missing("label_set", key, self.things["label_set"]))
        return found

    def view(self, key: str) -> View:
        """Return the view with this key.

        Raises:
            NotFound: there is none.
        """
        found = self.things["view"].get(key)
        if not isinstance(found, View):
            raise NotFound(_missing("view", key, self.things["view"]))
        return found


def _missing(kind: str, key: str, known: Mapping[str, object]) -> Text:
    if not known:
        return T(
            "There is no %(kind)s “%(key)s”; there is none at all yet.", kind=KINDS[kind], key=key
        )
    return T(
        "There is no %(kind)s “%(key)s”. Known: %(known)s.",
        kind=KINDS[kind],
        key=key,
        known=sorted(known),
    )


def scope_key(role: str, table: str) -> str:
    """Return the key of the document that limits a role to some records of a table."""
    return f"{role}-{table}"


def read_published(uow: UnitOfWork, workspace: int, version: int) -> Published:
    """Read what is published in a workspace."""
    things: dict[str, dict[str, Thing]] = {kind: {} for kind in KINDS}
    found: dict[tuple[str, str], Document] = {}
    for kind, by_key in things.items():
        for document in uow.documents.all(workspace, kind):
            if document.published is not None:
                by_key[document.key] = documents.load(document.published, kind)
                found[kind, document.key] = document
    tables = {key: one for key, one in things["record_type"].items() if isinstance(one, RecordType)}
    segments = {key: one for key, one in things["segment"].items() if isinstance(one, Segment)}
    scores = {key: one for key, one in things["score"].items() if isinstance(one, Score)}
    models = {key: one for key, one in things["tier_model"].items() if isinstance(one, TierModel)}
    objects = Objects(segments=segments, scores=scores, tier_models=models)
    scopes = {
        one.key: RuleDocument(one.published)
        for one in uow.documents.all(workspace, "scope")
        if one.published
    }
    return Published(version, Catalogue(tables, version), things, found, objects, scopes=scopes)
