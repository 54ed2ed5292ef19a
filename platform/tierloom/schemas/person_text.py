"""People in text: members of the workspace by name, login or the number of their account."""

from dataclasses import dataclass, field

from tierloom.domain.fields import FieldType, Option
from tierloom.schemas.choice_text import OptionReader
from tierloom.schemas.problems import BadText, shown
from tierloom.text import Label, T


def person_option(account: int, name: str, login: str, *, shut_out: bool = False) -> Option:
    """Return a member as a person field offers it. Whoever is shut out keeps what they have."""
    return Option(str(account), Label.of(name.strip() or login), shut_out, (login,))


def person_name(field_type: FieldType, account: int, locale: str) -> str:
    """Return a member's name, the number of the account where nobody is known under it."""
    found = field_type.option(str(account))
    return found.label.read(locale) if found else f"#{account}"


@dataclass(frozen=True, slots=True)
class PersonReader:
    """Finds members in texts. Made once for many texts."""

    type: FieldType
    options: OptionReader = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "options", OptionReader(self.type))

    def one(self, text: str) -> int | None:
        """Return the account of the member in `text`, None where there is no text.

        Raises:
            BadText: nobody, or more than one member, has this name.
        """
        try:
            found = self.options.one(text)
        except BadText as bad:
            raise _said_of_people(bad, text) from bad
        return int(found) if found else None


def _said_of_people(bad: BadText, text: str) -> BadText:
    if bad.problem.code == "ambiguous-option":
        return BadText(
            "ambiguous-person",
            T("%(text)s is the name of two members.", text=shown(text)),
            T("Use the name that the person signs in with."),
        )
    return BadText(
        "no-such-person",
        T("%(text)s is no member of this workspace.", text=shown(text)),
        T("Use the name or the sign-in name of a member."),
    )
