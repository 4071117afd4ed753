"""Many tasks solved beside each other: attempts in processes of their own, a journal of them, and their verdicts."""
