#include <stdio.h>

int from_a(void);

int main(void) {
  printf("truth: library %d\n", from_a());
  return 0;
}
