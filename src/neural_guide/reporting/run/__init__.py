"""What a run says of itself: report.md and report.html, with its criteria and where the guide fails."""
