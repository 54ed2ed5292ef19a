"""/data/<table>/filter: the builder over a list. It keeps nothing: the form carries its tree along."""

import json

from flask import Response, request

from tierloom.domain.views import View
from tierloom.rules.builder import Group, settle, tree_to_json
from tierloom.services.counting import count_filter
from tierloom.services.workbench import Workbench, reading
from tierloom.web import hx
from tierloom.web.as_of import moment
from tierloom.web.builder.describe import Drawing
from tierloom.web.builder.form import carry_out, read_values
from tierloom.web.data.filters import address_of, opened_tree, sent_tree
from tierloom.web.data.inputs import GridState
from tierloom.web.data.views import blueprint
from tierloom.web.session import actor, platform


@blueprint.get("/<table_key>/filter")
def filter_form(table_key: str) -> Response:
    """Show the builder with the filter of the list at hand."""
    state = GridState.read(table_key, request.args)
    with reading(platform(), actor()) as bench:
        then = moment(bench, request.args, bench.published.table(table_key).key)
        view = _view(then, table_key, request.args.get("view", ""))
        return _panel(then, state, view, opened_tree(then, table_key, state.rule(view)))


@blueprint.post("/<table_key>/filter")
def filter_edit(table_key: str) -> Response:
    """Carry out one operation and count again, or go to the filtered list."""
    state = GridState.read(table_key, request.form)
    op = request.form.get("op", "noop")
    with reading(platform(), actor()) as today:
        bench = moment(today, request.form, today.published.table(table_key).key)
        view = _view(bench, table_key, request.form.get("view", ""))
        tree = carry_out(read_values(sent_tree(request.form.get("tree", "")), request.form), op)
        tree = settle(tree, bench.published.table(table_key).key, bench.catalogue)
        counted = count_filter(bench, table_key, tree)
        if op == "apply" and counted.total is not None:
            wanted = address_of(bench, table_key, counted.rule, view)
            return hx.redirect(state.href(_base(table_key, view), filter=wanted))
        return _panel(bench, state, view, tree)


def _base(table: str, view: View | None) -> str:
    return f"/views/{view.key}" if view else f"/data/{table}"


def _view(bench: Workbench, table: str, key: str) -> View | None:
    found = bench.published.view(key) if key else None
    return found if found and found.record_type == table else None


def _panel(bench: Workbench, state: GridState, view: View | None, tree: Group) -> Response:
    table = bench.published.table(state.table)
    counted = count_filter(bench, table.key, tree)
    drawing = Drawing(bench, counted.nodes, counted.unfinished, counted.faults)
    return hx.page(
        "data/filter.html",
        block="filter_panel",
        table=table,
        view=view,
        state=state,
        base=_base(table.key, view),
        tree=json.dumps(tree_to_json(tree), ensure_ascii=False),
        shape=drawing.shape(tree, table.key),
        counted=counted,
        in_dialog=hx.wants_fragment(),
        total=int(bench.visible(table.key).sum()),
    )
