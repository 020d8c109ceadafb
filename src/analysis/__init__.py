"""Evaluation of casework with families: from a study's folder to a published report.

A flat house of small rooms. Imports run one way: a room uses only rooms that stand above it here.
tests/test_house.py holds the house to this map, so a new room gets its line.

Reading: what is in a folder, checked before anything is computed
    patience                 what somebody who waits is told
    toml                     typed values of a TOML table, every problem a sentence
    printed                  numbers as they stand in print, no digit lost
    contract                 the further tables of a study, as data
    study_parts              what a study is made of
    study_sections           the sections of study.toml, read
    study_rules              what in a declaration contradicts itself
    study                    a study folder: found, and its declaration read
    wording                  how numbers are written
    problem                  one thing that is wrong in a table, as data
    cells                    text cells, and what they mean as numbers, dates, yes and no
    packed                   zip archives from strangers, under limits
    record_csv               text files of cells: encoding, delimiter, large files
    record_books             workbooks, parquet, SPSS and Stata files as text cells
    record_files             a table in any format as text cells
    record_schema            what each column of a table must hold
    record_sheets            the tables of a study folder as checked text
    record_rules             what rows of monitoring say about each other
    record_cache             large tables kept under their hash
    records                  the tables of a study folder, typed
    delimited                strict reading of delimited text
    published                printed figures, claims and their bases
    sources                  the project's own published tables
    propositions             goals and expectations, read as data
    readers                  coded interviews from any tool as one `Project`
    readers.archive          files of a project and XML from strangers
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

Bringing in: a study folder from somebody's files
    importing                what columns are is guessed, and how sure
    importing.words          what headers and answers are called
    importing.columns        what is in each column
    importing.guess          what was guessed, how sure, why
    importing.slips          cells that differ from all others in a column
    importing.numerals       numbers however they are written, words where none was given
    importing.answers        answers in ordered words as numbers
    importing.days           days written as numbers
    importing.labels         labels of SPSS and Stata files put to use
    importing.times          the times that a header may name
    importing.marks          headers taken apart: measure and wave
    importing.wide           wide tables turned long
    importing.stacking       tables below each other: waves or centres
    importing.joining        tables beside each other, by id or by id and wave
    importing.occasions      which column names the wave
    importing.shape          which rows belong to one family, which wave each is
    importing.moments        what the name of a wave says of its moment
    importing.timing         waves in their order
    importing.roles          centre, curator, date, risk
    importing.items          the items of scales, and measures of one column
    importing.ratings        columns as a monitoring table
    importing.declare        study.toml from the guesses
    importing.interviews     coded interviews copied and listed
    importing.endings        rows below a table that are no families
    importing.sheets         merged cells, two rows of headers, formulas of workbooks
    importing.reading        files as tables: sheets, a header below a title, labels
    importing.bring          files in, a study folder out
    importing.blank          a study folder to fill by hand

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
    survey_table             one's own survey, one row per respondent, as the same tables (for your own notebooks)
    cases                    coded cases, events and claims, counted

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
    pseudomedian             the estimate that belongs to the signed-rank test (for your own notebooks)
    change                   scale points, effect sizes
    centres                  the centres as units: t on means, sign-flip
    clusters                 errors within clusters, wild bootstrap
    mixed                    random intercept of family, for those who missed waves
    equivalence              is the change small enough to call it none?
    survival                 time until the best risk level
    schedule                 the plan of stages: PERT and CPM
    stages                   days that stages really took
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

Counts from print: how far they carry
    rank_intervals           ranks that hold all at once, from counts alone
    groups                   two groups on what they named
    sets                     coded cases as sets
    minimisation             Boolean minimisation in whole numbers
    qca                      coded cases as sets: truth table, solutions, fit

Words: coded interviews
    text                     words, sentences, stems, offline
    turns                    who speaks in a transcript: marks, turns, lines
    wordtree                 how a word is continued, branch by branch (for your own notebooks)
    fisher                   exact test for two rows and any number of groups
    spans                    stretches of text: measured, put in pairs
    coding                   codes counted, grouped, together, quoted
    units                    common units of text, coders x units
    queries                  AND, NOT, NEAR, WITHIN over coded text (for your own notebooks)
    portraits                single documents, and how alike they are (for your own notebooks)
    saturation               do further interviews bring new codes?
    codebook                 codes as a tree, and from version to version (for your own notebooks)
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
    small_groups             groups too small to show on any page
    protecting               frames of real records made safe to print

Checking: a study's records, before anything is made from them
    record_hints             monitoring that is possible and looks wrong
    record_spelling          one centre, id or kind spelt two ways
    record_identity          names, phone numbers, formulas in cells
    record_time              what happened before it could have, or long after
    record_belonging         who belongs to which centre, supervisor, wave
    record_repeats           rows that stand there twice, sums in two currencies
    record_doubts            what study.toml itself leaves open
    record_tables            further tables against themselves and against monitoring
    record_interviews        interviews, coded files and translations against each other
    record_propositions      propositions.toml against what the study has
    record_coded             codes, coders and rows of coded files
    record_quotes            coded passages that might lead to a person
    checking                 everything that is wrong with a study folder, in one pass

Planning: many centres
    rollout                  what pages for thousands of centres would cost

Meeting: numbers and words
    voices                   in how many interviews a code is heard
    speech                   what respondents say, and the words that set a group apart
    typology                 variables by code-based type, summary grid, quote matrix (for your own notebooks)
    joint                    ratings of a centre beside what its practitioners say
    joint_themes             change where a theme was voiced, and where it was not
    joint_cases              most and least improved, and what was said there
    joint_waves              scores at each wave beside words on that phase of the work
    negative_cases           predicted and not voiced, voiced and not predicted
    meta                     propositions with number, theme, relation, inference
    matrix                   CIPP, logframe and UTOS as rows that lead to results

Users and money: what they say, what it costs
    informants               ratings of one family by several informants
    answers                  who answered, and what the silent could hide
    costs                    who pays how much, and unit costs
    schreiner                aspects of cost and benefit, stated or not known
    sensitivity              how far a result hangs on uncertain inputs

Learning: the exercises of the pages on methods
    exercise_answers         right answers, and what usual mistakes would give
    exercises                answers checked, with a hint that gives nothing away

Showing: from a tidy frame to what a reader sees
    alternative_text         what a figure shows, in words
    tables                   tables
    figures                  figures
    figures_waves            figures of what happens over waves
    figures_tornado          how far a result moves with each input
    figures_flow             figures of what leads to what
    figures_timeline         a story with dates partly known, a grid of marks
    carried                  how a printed thing carries its numbers, the only user of glue
    report                   every printed number passes here

Managing: the service as it runs
    control_charts           control charts with exact limits
    funnel                   centres against their size, no league table
    operations               what is overdue, who was not seen, who does not improve
    workload                 caseload, completeness, checks of files
    alliance                 curators and supervisors, seen from both sides
    shown_cells              which counts of a base may be printed
    figures_control          control charts and funnels drawn
    service                  what the pages on the running service show
    service_words            the same in words
    joint_measures           numbers for the joint displays, from all tables
    parts                    which parts a study has

Running: notebooks, book, command
    kernels                  kernels forked from one process that has imported everything
    kernels.preload          what is imported before any is forked
    kernels.child            from a fork to an ordinary kernel
    kernels.server           the process that forks
    kernels.client           one server for this process, its kernels like child processes
    kernels.provisioner      what Jupyter calls for such a kernel
    kernels.early            for pytest: the server starts while pytest does
    pipeline                 from notebooks to a published book
    pipeline.errors          what can go wrong, by kind
    pipeline.files           a file written in one step, and only when it changes
    pipeline.fingerprint     what went into a book, as one hash
    pipeline.release         which book stands, and how a new one takes over
    pipeline.turns           one report at a time at one place, and how it ends early
    pipeline.ranges          what each parameter means and may be
    pipeline.parameters      what a notebook may be told
    pipeline.results         results.csv
    pipeline.gate            the last look at what pages of real records print
    pipeline.markdown        parts of every page written from data
    pipeline.anchors         places in a page that a link can open
    pipeline.shown_tables    tables as shown, with the numbers behind them
    pipeline.downloads       tables as CSV and XLSX
    pipeline.ledger          the verdict on every claim, by rule
    pipeline.ledger_links    where each claim leads
    pipeline.ledger_page     the page of the ledger
    pipeline.pages           pages written from data
    pipeline.reporting       the page of reporting checklists
    pipeline.findings        the summary of findings, rated by standards
    pipeline.programs        the code behind what a notebook shows
    pipeline.exhibits        figures, tables and numbers with their programs
    pipeline.explain         where a printed number comes from
    pipeline.chapters        the chapters there are, and what each needs
    pipeline.citing          how a page is cited
    pipeline.sphinx_pages    finished pages: no other host, no stale number
    pipeline.run             one notebook, run and looked at
    pipeline.book            the book, staged and built
    pipeline.own_book        first page and contents of a study's own report
    pipeline.editions        the compendium, or the report of one study
    pipeline.progress        how far a report is, and the time left
    pipeline.tasks           the tasks of a report
    pipeline.hands           threads that never wait for pytask, nor it for them, and how many
    pipeline.build           tasks carried out, here or on a cluster
    pipeline.make            one report from start to finish
    pipeline.single_page     an executed notebook as one HTML file
    pipeline.sweep           one page for each centre
    commands                 what is typed, one module a command
    commands.check           `casework check`
    commands.bring           `casework new` and `casework import`
    commands.explain         `casework explain`
    cli                      the command `casework`
"""
