#include <stdio.h>

int from_other(void);
int (*table[])(void) = {from_other};

int main(int argc, char **argv) {
  (void)argv;
  printf("truth: table %p\n", argc > 5 ? (void *)table : NULL);
  return 0;
}
