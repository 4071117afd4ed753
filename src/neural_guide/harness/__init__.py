"""Many tasks at once: isolated attempts, a journal of results, outcomes, and comparison of priors."""
