"""JSON Logic as other rule builders spell it, in and out.

    forms      what other builders write, brought to ours, one function per operator; syntax only
    relative   their relative dates
    lowering   what only we have, said with what everybody has
    writing    writes a rule; `targets` holds one record per dialect

Reading is a part of `rules.normalise`: whatever is pasted is understood. `rules.convert` puts reading
and writing together with the checks.
"""
