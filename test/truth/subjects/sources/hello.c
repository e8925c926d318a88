#include <stdio.h>

int main(void) {
  puts("truth: hello from C");
  return 0;
}
