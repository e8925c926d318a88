#include <stdio.h>

int main(void) {
  puts("truth: isa");
  return 0;
}
