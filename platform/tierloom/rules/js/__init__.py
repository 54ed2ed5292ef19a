"""The official JavaScript semantics of JSON Logic, on one record, within a budget.

For the public test-suite and for rules written elsewhere: what would they have said? Nothing that is
stored is ever evaluated here, and no tier comes from it.

    reading       JSON, within the limits of rules
    interpreter   from JSON to closures; the operators that choose what to work out
    operations    all other operators
    values        JavaScript's conversions and comparisons
    budget        steps and bytes
"""

from tierloom.rules.js.interpreter import compile_js

__all__ = ["compile_js"]
