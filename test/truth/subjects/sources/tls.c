#include <stdio.h>

extern __thread int shared_counter;
static __thread int own_counter = 2;

int main(void) {
  printf("truth: tls %d\n", shared_counter + own_counter);
  return 0;
}
