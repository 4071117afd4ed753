"""What a run will need before it is started: time, memory, disk, money; and what would fit where it does not."""
