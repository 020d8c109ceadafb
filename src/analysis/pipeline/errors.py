"""What can go wrong with a report, by kind: refused before anything ran, or failed while running."""

from analysis.study import StudyError


class ParameterError(ValueError):
    """A parameter that a notebook cannot take; the text is one sentence for a person."""


class NotebookError(RuntimeError):
    """A run that does not count; the text names the notebook, the cell and what went wrong."""


class BookError(RuntimeError):
    """The book could not be built; the text holds the builder's own words."""


class EvidenceError(ValueError):
    """A claim, or an item of a checklist, whose evidence is missing or leads nowhere."""


class ReportError(RuntimeError):
    """The report was not made; the last good book, if there is one, still stands."""


REFUSALS = (ParameterError, StudyError)
FAILURES = (NotebookError, BookError, EvidenceError, ReportError)
