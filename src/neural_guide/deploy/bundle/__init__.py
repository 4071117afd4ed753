"""One folder with which the solver runs where there is no network: what goes into it, and how it starts there."""
