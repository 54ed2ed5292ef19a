"""Compile the rules that come in as JSON lines, in a process that has compiled nothing; prints the CPU seconds."""

import sys
import time

from tests.bench.yardstick import catalogue_and_context
from tierloom.domain.rules import RuleDocument
from tierloom.rules.compile import compile_rule


def main() -> None:
    catalogue, context = catalogue_and_context()
    documents = [RuleDocument(line) for line in sys.stdin.read().splitlines()]
    start = time.process_time()
    for one in documents:
        compile_rule(one, "customers", catalogue, zone=context.zone)
    print(time.process_time() - start)


if __name__ == "__main__":
    main()
