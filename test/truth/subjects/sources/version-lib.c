int from_versioned(void) { return 7; }
