"""Evaluation of casework with families: from a study's folder to a published report.

A flat house of small rooms. Imports run one way, from top to bottom:

reading     study, records, published, readers     what is in a folder, checked
making      synthetic                              the declared model behind the default study
numbers     proportions, scales, factors, polychoric, association,
            change, centres, individual, transitions, threats, audit
words       coding, agreement, text
meeting     joint                                  where numbers and words meet
showing     figures, tables, words                 tidy frame to picture or table, one style
printing    report                                 the only user of glue; every printed number passes here
running     pipeline, cli                          notebooks, book, results.csv, the command `casework`
"""
