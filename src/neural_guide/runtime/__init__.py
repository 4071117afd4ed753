"""The machine and its processes: cores, memory, allocator, signals, locks, atomic files, worker pools, progress."""
