"""The report of a run: report.md and report.html, with success criteria and a diagnosis of errors."""
