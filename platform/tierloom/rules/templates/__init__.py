"""Templates: tier models and label sets written over *figures*, to be laid over whatever a table calls its fields.

    values     what a template is: figures it needs, thresholds it asks for, documents
    reading    from the data folder `rules/packs`
    filling    a template and a table's fields and thresholds → a tier model or label set

A template is a pack with a `template.json`. Its rules say `{"var": figure}`, `{"parameter": threshold}`,
`{"option": figure}` where a label stands for an option, and `{"options": [words]}` for options that are called so.
"""
