"""Program search: candidates in the order of a prior."""
