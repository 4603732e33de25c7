// S7: the close of a batch.
