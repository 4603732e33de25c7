// S2: an order from its loading to its start.
