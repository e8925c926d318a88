int from_other(void) { return 0; }
