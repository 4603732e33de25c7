// S1: how the line runs.
