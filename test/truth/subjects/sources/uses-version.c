#include <stdio.h>

int from_versioned(void);

int main(void) {
  printf("truth: version %d\n", from_versioned());
  return 0;
}
