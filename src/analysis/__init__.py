"""Evaluation of casework with families: from a study's folder to a published report.

A flat house of small rooms. Imports run one way: a room uses only rooms that stand above it here.
tests/test_house.py holds the house to this map, so a new room gets its line.

Reading: what is in a folder, checked before anything is computed
    toml                     typed values of a TOML table, every problem a sentence
    contract                 the further tables of a study, as data
    study_parts              what a study is made of
    study_sections           the sections of study.toml, read
    study_rules              what in a declaration contradicts itself
    study                    a study folder: found, and its declaration read
    record_problems          what can be wrong with the rows of a study's tables
    records                  the tables of a study folder
    parts                    which parts a study has
    printed                  numbers as they stand in print, no digit lost
    delimited                strict reading of delimited text
    published                printed figures, claims and their bases
    sources                  the project's own published tables
    readers                  coded interviews from any tool as one `Project`
    readers.archive          zip and XML from strangers, under limits
    readers.offsets          how a tool counted characters, told by evidence
    readers.assembly         what every reader does at the end
    readers.placing          selections placed by rule, checked by their words
    readers.table            tables of codings, cell by cell as text
    readers.sqlite           another tool's SQLite file, read-only
    readers.refi_xml         codes, people, notes, variables of REFI-QDA
    readers.refi_texts       the texts of a REFI-QDA project
    readers.refi             REFI-QDA projects and codebooks, read
    readers.refi_write       the same, written
    readers.plain            a table under our own column names
    readers.atlasti          ATLAS.ti's list of quotations
    readers.qualcoder        QualCoder projects
    readers.qualcoder_table  QualCoder's report of coded text
    readers.requal           Requal projects
    readers.taguette         Taguette projects
    readers.taguette_table   Taguette's highlights as a table
    readers.taguette_codebook  Taguette's codebook as a table
    coding_lines             an import report as lines of text

Making: the declared model behind the default study
    worlds                   its declared values, and the hidden state of invented families
    synthetic                what practitioners would have written down about them
    synthetic_service        how the invented service ran: stages, contacts, staff, files
    synthetic_costs          what it cost, in units that are no currency
    synthetic_views          what people said about it
    invented                 the invented interviews and tables as files

Figures in print: what the published numbers can and cannot be
    proportions              exact arithmetic of percentages and means, intervals of a share
    verdicts                 the verdict on one figure
    audit                    figure by figure, other bases, single-choice tables
    audit_lines              the same as lines of text
    contradictions           figures against each other and against words
    survey                   the published survey as tables of mentions
    cases                    coded cases and claims, counted

Scales: what the items measure
    numeric                  tables as numbers, or a refusal that names the cell
    holm                     correction for several tests
    association              correlations of every pair, also within groups
    polychoric               correlations of ordered answers
    factors                  one factor behind a set of items
    cronbach                 alpha of a covariance matrix, its intervals
    items                    the items of a scale, checked and turned
    scoring                  scale scores
    scales                   reliability, items against the rest, split halves
    measures                 reliability and items of a whole study

Change: between waves, and what else it could be
    waves                    who was measured when
    ranks                    signed-rank, rank-biserial, Friedman
    pseudomedian             the estimate that belongs to the signed-rank test
    change                   scale points, effect sizes
    centres                  the centres as units: t on means, sign-flip
    clusters                 errors within clusters, wild bootstrap
    mixed                    random intercept of family, for those who missed waves
    equivalence              is the change small enough to call it none?
    survival                 time until the best risk level
    margins                  tests of a square table
    transitions              risk levels between waves
    cumulative               the cumulative logit on its distinct rows
    ordinal                  odds of a worse risk level over waves
    individual               reliable change of single families
    threats                  regression to the mean, who left, tipping point
    ordinary                 regression to the mean as a what-if
    imputation               scores missing at later waves, and Rubin's rules
    comparison               one change by every method, side by side
    description              who is in the records, ratings at each wave
    robustness               the analysis in worlds where the truth is known

Words: coded interviews
    text                     words, sentences, stems, offline
    wordtree                 how a word is continued, branch by branch
    fisher                   exact test for two rows and any number of groups
    spans                    stretches of text: measured, put in pairs
    coding                   codes counted, grouped, together, quoted
    units                    common units of text, coders x units
    queries                  AND, NOT, NEAR, WITHIN over coded text
    portraits                single documents, and how alike they are
    saturation               do further interviews bring new codes?
    codebook                 codes as a tree, and from version to version
    krippendorff             alpha for numbers and for sets of codes
    coefficients             the other coefficients of agreement
    agreement                agreement per code, and where coders differ
    agreement_sets           agreement over all codes at once
    continua                 documents as stretches that coders marked
    alpha_u                  alpha of the lengths and places of stretches
    unitising                alphas of marking and naming stretches of text

Protecting: what could tell who somebody is
    lemmas                   dictionary forms of words, offline
    personal_numbers         check digits of personal numbers
    identifier_patterns      shapes of personal numbers and addresses
    russian_names            names of people in Russian text
    identifiers              all of these found in a text
    disclosure               masks for quotes, and the gate before any is printed
    small_cells              small counts hidden so that no sum gives them back

Meeting: numbers and words
    voices                   in how many interviews a code is heard
    speech                   what respondents say, and the words that set a group apart
    typology                 variables by code-based type, summary grid, quote matrix
    joint                    ratings of a centre beside what its practitioners say

Showing: from a tidy frame to what a reader sees
    wording                  how numbers are written
    tables                   tables
    figures                  figures
    figures_waves            figures of what happens over waves
    report                   the only user of glue: every printed number passes here

Running: notebooks, book, command
    pipeline                 from notebooks to a published book
    pipeline.errors          what can go wrong, by kind
    pipeline.fingerprint     what went into a book, as one hash
    pipeline.release         which book stands, and how a new one takes over
    pipeline.turns           one report at a time at one place
    pipeline.parameters      what a notebook may be told
    pipeline.results         results.csv
    pipeline.pages           pages written from data
    pipeline.reporting       the page of reporting checklists
    pipeline.chapters        the chapters there are, and what each needs
    pipeline.sphinx_pages    finished pages: no other host, no stale number
    pipeline.run             one notebook, run and looked at
    pipeline.book            the book, staged and built
    pipeline.own_book        first page and contents of a study's own report
    pipeline.editions        the compendium, or the report of one study
    pipeline.progress        how far a report is, and the time left
    pipeline.tasks           the tasks of a report
    pipeline.make            one report from start to finish
    cli                      the command `casework`
"""
