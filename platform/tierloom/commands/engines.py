"""`tierloom verify-engine`: whether another database engine gives the answers that we give."""

import sys

import click


@click.command("verify-engine")
@click.argument("address")
@click.option("--limit", default=5, help="Differences to print.")
def verify_engine(address: str, limit: int) -> None:
    """Ask the engine at ADDRESS rules on which engines are known to differ, and compare every answer.

    Known are sqlite, postgresql, duckdb and spark. Only tables of this one session are made.

    Example: tierloom verify-engine duckdb:///warehouse.duckdb
    """
    from tierloom.backends.sql.connections import connect
    from tierloom.backends.sql.verify import verify

    with connect(address) as connection:
        report = verify(connection)
        name = f"{connection.engine} {connection.version}"
    for one in report.differences[:limit]:
        click.echo(f"{one.rule}: {one.expected} expected, {one.found} found for {one.record}")
    for rule, reason in report.refused.items():
        click.echo(f"Not translated: {rule}: {reason}")
    click.echo(
        f"{name}: {report.rules} rules, {report.answers:,} answers,"
        f" {len(report.differences):,} differences."
    )
    if not report.good:
        sys.exit(1)
