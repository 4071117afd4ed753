"""Plans before a run: time, memory, disk and money that it will need, settings that fit, and a check of the machine."""
