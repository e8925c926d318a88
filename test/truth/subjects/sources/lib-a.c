int from_b(void);
int from_a(void) { return from_b() + 1; }
