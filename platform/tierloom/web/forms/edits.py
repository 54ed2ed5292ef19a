"""Changes of a form's layout. All pure; what cannot be done changes nothing."""

from dataclasses import replace

from tierloom.domain.forms import Form, FormItem, Section
from tierloom.text import Label


def add_section(form: Form, label: Label) -> Form:
    """Return the form with an empty section at its end."""
    return replace(form, sections=(*form.sections, Section(label, ())))


def rename_section(form: Form, number: int, label: Label) -> Form:
    """Return the form with a section's heading changed."""
    return _with_section(form, number, replace(form.sections[number], label=label))


def move_section(form: Form, number: int, by: int) -> Form:
    """Return the form with a section moved up (negative) or down."""
    sections = list(form.sections)
    to = max(0, min(len(sections) - 1, number + by))
    sections.insert(to, sections.pop(number))
    return replace(form, sections=tuple(sections))


def remove_section(form: Form, number: int) -> Form:
    """Return the form without a section; its fields can be placed again."""
    return replace(
        form, sections=tuple(one for place, one in enumerate(form.sections) if place != number)
    )


def place(form: Form, field: str, number: int, *, wide: bool = False) -> Form:
    """Return the form with a field at the end of a section."""
    if any(item.field == field for section in form.sections for item in section.items):
        return form
    section = form.sections[number]
    return _with_section(
        form, number, replace(section, items=(*section.items, FormItem(field, wide)))
    )


def take_out(form: Form, field: str) -> Form:
    """Return the form without a field."""
    sections = tuple(
        replace(section, items=tuple(item for item in section.items if item.field != field))
        for section in form.sections
    )
    return replace(form, sections=sections)


def widen(form: Form, field: str) -> Form:
    """Return the form with a field that takes the whole width, or no longer does."""
    sections = tuple(
        replace(
            section,
            items=tuple(
                replace(item, wide=not item.wide) if item.field == field else item
                for item in section.items
            ),
        )
        for section in form.sections
    )
    return replace(form, sections=sections)


def move(form: Form, field: str, by: int) -> Form:
    """Return the form with a field moved up (negative) or down; past the end it goes to the next section."""
    for number, section in enumerate(form.sections):
        keys = [item.field for item in section.items]
        if field not in keys:
            continue
        at = keys.index(field)
        if 0 <= at + by < len(keys):
            items = list(section.items)
            items.insert(at + by, items.pop(at))
            return _with_section(form, number, replace(section, items=tuple(items)))
        if 0 <= number + by < len(form.sections):
            return _move_over(form, number + by, section.items[at], first=by > 0)
    return form


def _move_over(form: Form, target: int, item: FormItem, *, first: bool) -> Form:
    left = take_out(form, item.field)
    section = left.sections[target]
    items = (item, *section.items) if first else (*section.items, item)
    return _with_section(left, target, replace(section, items=items))


def _with_section(form: Form, number: int, section: Section) -> Form:
    sections = list(form.sections)
    sections[number] = section
    return replace(form, sections=tuple(sections))
