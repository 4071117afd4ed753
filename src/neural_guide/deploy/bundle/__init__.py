"""Bundle: one folder that solves tasks without a network. Its contents, and the launcher that starts it."""
