"""From notebooks to a published book: parameters, runs, results, pages, the build. No statistics here."""
