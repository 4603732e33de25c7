// S5: the life of a serial.
