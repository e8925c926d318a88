#include <stdio.h>

__attribute__((weak)) int from_nowhere(void);

int main(void) {
  printf("truth: weak %s\n", from_nowhere ? "there" : "absent");
  return 0;
}
