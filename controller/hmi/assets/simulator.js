// S8: what is simulated, and how much time was left at the gate.
