"""From notebooks to a published book: parameters, runs, results, pages, the build. No statistics here."""

from analysis.kernels import spare_grammars

spare_grammars()  # here, because every room of the pipeline is imported after this file
