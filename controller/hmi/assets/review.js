// S4: the rejects of a batch.
